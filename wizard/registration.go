package wizard

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/report"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// known: the base has a token file. The module's absence is a failed check.
func (s *session) known() bool { return s.exists && !s.differs("odoo-version", s.file.OdooVersion) }

// prerequisites learns the base's version and starts its token file.
func prerequisites(ctx context.Context, s *session, _ []check.Result) error {
	s.Tell.Print(i18n.T("You need: a Microsoft 365 administrator account, the mailbox that will send the mail of %s, and about ten minutes. Ctrl+C stops and nothing is lost: setup will go on where you were.", s.base.URL()))
	done := s.Tell.Wait(i18n.T("Looking for your base"))
	var failed error
	for r := range check.Run(ctx, s.env(), check.BaseReach, check.BaseModule) {
		report.Result(s.Tell, r)
		if r.Status == check.Failed && failed == nil {
			failed = resultProblem(r)
		}
	}
	done()
	if failed != nil {
		return failed
	}
	version, err := s.version(ctx)
	if err != nil {
		return err
	}
	return s.save(ctx, func(f *tokenfile.File) { f.OdooVersion = version })
}

// version is what was given, what the base says, or what the person knows.
func (s *session) version(ctx context.Context) (string, error) {
	q := ui.Question{ID: "odoo-version", Default: "16.0",
		Title: i18n.T("Which version of Odoo does your base run?"),
		Help:  i18n.T("OpenFire 10 is 10.0, OpenFire 16 is 16.0. If in doubt keep 16.0.")}
	if _, given := s.Given[q.ID]; given {
		return s.ask(ctx, q)
	}
	if m, err := openfire.Probe(ctx, s.HTTP, s.Cloud, s.base); err == nil && m.Version != "" {
		return m.Version, nil
	} else if err == nil && m.AtLeast == 10 {
		q.Default = "10.0"
	}
	return s.ask(ctx, q)
}

// odooVersion takes 10 to 99, with or without a minor number.
func odooVersion(v string) (string, error) {
	major, minor, _ := strings.Cut(v, ".")
	n, err := strconv.Atoi(major)
	if minor == "" {
		minor = "0"
	}
	if _, bad := strconv.Atoi(minor); err != nil || bad != nil || n < 10 || n > 99 || len(v) > 5 {
		return "", &problem.Problem{Exit: problem.Usage, ID: "odoo-version",
			What: i18n.T("Wanted: a version of Odoo such as 10.0 or 16.0.")}
	}
	return strconv.Itoa(n) + "." + minor, nil
}

func (s *session) registered() bool {
	return s.file.Client.ID != "" && s.file.Azure.TenantID != "" &&
		!s.intended(pending) && !s.differs("client-id", s.file.Client.ID) && !s.differs("tenant", s.file.Azure.TenantID)
}

// registration shows what to fill in on the portal's page, then takes the two
// identifiers from the application's Overview page.
func registration(ctx context.Context, s *session, bad []check.Result) error {
	if err := s.replaceApplication(ctx); err != nil {
		return err
	}
	if s.file.Client.ID == "" || s.intended(pending) || s.again("incoming", "register", "loopback") {
		auto, err := s.whichWay(ctx)
		if err != nil {
			return err
		}
		if auto {
			return s.register(ctx)
		}
		if err := s.byHand(ctx); err != nil {
			return err
		}
	}
	if s.file.Client.ID == "" || s.differs("client-id", s.file.Client.ID) {
		if err := s.askClientID(ctx); err != nil {
			return err
		}
	}
	if s.file.Azure.TenantID != "" && !slices.ContainsFunc(bad, is(check.EntraTenant)) && !s.differs("tenant", s.file.Azure.TenantID) {
		return nil
	}
	return s.askTenant(ctx)
}

// replaceApplication asks before the application of a working base gives way to
// another that was given ahead: its file is changed at once, and its tokens are
// the old one's.
func (s *session) replaceApplication(ctx context.Context) error {
	for _, c := range []struct{ id, old string }{{"client-id", s.file.Client.ID}, {"tenant", s.file.Azure.TenantID}} {
		if !s.file.Complete() || c.old == "" || !s.differs(c.id, c.old) || s.Given["yes"] == ui.Yes {
			continue
		}
		flag, other := "--"+c.id, sanitize.Line(s.Given[c.id])
		answer, err := s.ask(ctx, ui.Question{ID: "yes", Kind: ui.YesNo, Default: ui.No,
			Title: i18n.T("This base is connected with %s, %s gives %s. Change it?", c.old, flag, other)})
		if err == nil && answer != ui.Yes {
			err = &problem.Problem{Exit: problem.Usage, ID: c.id, What: i18n.T("Nothing was changed: the token file names %s, %s gives %s.", c.old, flag, other),
				Do: i18n.T("Leave %s out, or give --yes to change it.", flag)}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func is(id check.ID) func(check.Result) bool { return func(r check.Result) bool { return r.ID == id } }

func (s *session) askClientID(ctx context.Context) error {
	id, err := s.ask(ctx, ui.Question{ID: "client-id",
		Title: i18n.T("Application (client) ID"),
		Help:  i18n.T("On the application's Overview page (Vue d'ensemble).")})
	if err != nil {
		return err
	}
	return s.save(ctx, func(f *tokenfile.File) { f.Client.ID = id })
}

func (s *session) askTenant(ctx context.Context) error {
	tenant, err := s.ask(ctx, ui.Question{ID: "tenant",
		Title: i18n.T("Directory (tenant) ID"),
		Help:  i18n.T("Just below the previous one, on the same page.")})
	if err != nil {
		return err
	}
	return s.save(ctx, func(f *tokenfile.File) { f.Azure.TenantID = tenant })
}

func (s *session) keyed() bool {
	return !s.file.Client.Secret.Empty() && !s.differs("client-secret", s.file.Client.Secret.Reveal()) && !s.differs("secret-expires", s.file.Azure.SecretExpires)
}

// clientSecret takes a client secret and keeps it only once Microsoft has not
// refused it: the one in the file goes on working until then.
func clientSecret(ctx context.Context, s *session, bad []check.Result) error {
	if s.madeByUs() {
		auto, err := s.automatic(ctx, i18n.T("Make the client secret for me?"), nil)
		if err != nil {
			return err
		}
		if auto {
			return s.renew(ctx, slices.ContainsFunc(bad, is(check.EntraApp)))
		}
	}
	if slices.ContainsFunc(bad, is(check.EntraApp)) {
		if err := s.askClientID(ctx); err != nil {
			return err
		}
		if err := s.askTenant(ctx); err != nil {
			return err
		}
		if !s.file.Client.Secret.Empty() {
			return nil
		}
	}
	if s.again("secret-expires") && !s.again("client-secret") && !s.file.Client.Secret.Empty() {
		return s.keepSecret(ctx, s.file)
	}
	s.read(s.page(guide.Secret).Parts...)
	candidate := s.file
	var note i18n.Text
	_, err := s.ask(ctx, ui.Question{ID: "client-secret",
		Title: i18n.T("Value of the client secret"),
		Check: func(v string) (_ string, err error) {
			candidate.Client.Secret, note, err = openfire.ParseSecret(v)
			return "", err
		}})
	if err != nil {
		return err
	}
	if !note.IsZero() {
		s.Tell.Print(note)
	}
	s.Tell.Print(i18n.T("%d characters received.", candidate.Client.Secret.Len()))
	return s.keepSecret(ctx, candidate)
}

// keepSecret asks for the secret's end, proves it and saves both.
func (s *session) keepSecret(ctx context.Context, candidate tokenfile.File) error {
	expires, err := s.ask(ctx, ui.Question{ID: "secret-expires", Optional: true,
		Title: i18n.T("Expiry date of the secret (Date d'expiration)"),
		Help:  i18n.T("As the portal shows it, for example 2028-11-22; you will be warned in time. Leave it empty if you do not know it.")})
	if err != nil {
		return err
	}
	if err := s.prove(ctx, candidate); err != nil {
		return err
	}
	return s.save(ctx, func(f *tokenfile.File) {
		f.Client.Secret, f.Azure.SecretExpires = candidate.Client.Secret, expires
	})
}

// prove asks Microsoft about the secret. A fresh one may be refused for up to a
// minute, so a refusal is tried again for as long as the patience lasts. Only a
// firm "wrong" or "expired" is an error; what cannot be told may be right.
func (s *session) prove(ctx context.Context, candidate tokenfile.File) error {
	defer s.Tell.Wait(proving)()
	for end := s.Now().Add(s.Patience); ; {
		refusal, refused := faults.AsRefusal(s.Prove(ctx, candidate))
		if !refused || refusal.Code != faults.WrongSecret && refusal.Code != faults.ExpiredSecret {
			return ctx.Err()
		}
		if refusal.Code == faults.ExpiredSecret || !s.Now().Before(end) {
			return s.anew(refusal)
		}
		pause := s.Patience / 12
		s.Tell.SetReason(notYet)
		if err := s.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// proving is why a secret takes its time, and notYet why one that was just made
// is tried again.
var (
	proving = i18n.T("Microsoft checks the secret")
	notYet  = i18n.T("Microsoft does not know this secret yet: a fresh one takes up to a minute")
)
