package wizard

import (
	"context"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/report"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
)

// AskBase asks for the base that setup is for.
func (s *Setup) AskBase(ctx context.Context, suggestion string) (openfire.Base, error) {
	s.Dialog.Commit() // no earlier question to go back to
	name, err := s.Dialog.Ask(ctx, prompt.Question{ID: "base", Default: suggestion,
		Title: i18n.T("What is the name of your OpenFire base?"),
		Help:  i18n.T("Enter mabase if its address is https://mabase.openfire.fr.")})
	if err != nil {
		return openfire.Base{}, err
	}
	return openfire.ParseBase(name)
}

// versionKnown reports whether the base has a token file with its Odoo version. A
// missing module is a failed check.
func (r *run) versionKnown() bool {
	return r.draft.Exists && !r.Dialog.Differs("odoo-version", r.draft.File.OdooVersion)
}

// prerequisites finds the Odoo version of the base and creates its token file. The
// error is prompt.ErrBack if another base was meant.
func (r *run) prerequisites(ctx context.Context, _ []check.Result) error {
	tell := r.Dialog.Tell
	tell.Print(i18n.T("You need a Microsoft 365 administrator account, the mailbox that will send the mail of "+
		"%s, and about ten minutes. You can stop at any time with Ctrl+C. Run setup again to continue where you "+
		"stopped.", r.draft.Base.URL()))
	results := r.check(ctx, i18n.T("Looking for your base"), []check.ID{check.HostProxy, check.HostNetwork,
		check.HostRoots, check.HostClock, check.BaseReach, check.BaseModule})
	if bad := failures([]check.ID{check.BaseReach, check.BaseModule}, results); len(bad) > 0 {
		return failedCheck{bad[0]}
	}
	for _, result := range results {
		report.Result(tell, result)
		if result.ID == check.BaseReach && result.Status == check.Unknown && !r.Dialog.Unattended() {
			if err := r.Dialog.Confirm(ctx, prompt.Question{ID: "base-unreachable", Default: prompt.No,
				Title: i18n.T("Is %s the address of your base?", r.draft.Base.URL()),
				Help:  i18n.T("No: enter another name. Yes: setup continues without reaching the base.")},
				prompt.ErrBack); err != nil {
				return err
			}
		}
	}
	version, err := r.version(ctx)
	if err != nil {
		return err
	}
	return r.draft.Save(ctx, func(f *tokenfile.File) { f.OdooVersion = version })
}

// version returns the Odoo version: given in advance, found in the base, or asked for.
func (r *run) version(ctx context.Context) (string, error) {
	q := prompt.Question{ID: "odoo-version", Default: "16.0",
		Title: i18n.T("Which version of Odoo does your base run?"),
		Help:  i18n.T("Enter 10.0 for OpenFire 10, 16.0 for OpenFire 16. If in doubt, keep 16.0.")}
	if _, given := r.Dialog.Given(q.ID); given {
		return r.Dialog.Ask(ctx, q)
	}
	m, err := openfire.Probe(ctx, r.HTTP, r.Cloud, r.draft.Base)
	switch {
	case err == nil && m.Version != "":
		return m.Version, nil
	case err == nil && m.AtLeast == 10:
		q.Default = "10.0"
	}
	return r.Dialog.Ask(ctx, q)
}
