package wizard

import (
	"context"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
)

func (r *run) registered() bool {
	f := r.draft.File
	return f.Client.ID != "" && f.Azure.TenantID != "" && r.app.Finished() &&
		!r.Dialog.Differs("client-id", f.Client.ID) && !r.Dialog.Differs("tenant", f.Azure.TenantID)
}

// registration makes the application through Graph, or shows what to fill in on
// the portal's page and asks for the two identifiers of its Overview page.
func (r *run) registration(ctx context.Context, bad []check.Result) error {
	if err := r.agreeToReplace(ctx); err != nil {
		return err
	}
	if r.draft.File.Client.ID == "" || !r.app.Finished() || r.Dialog.Reopened("incoming", "register", "loopback") {
		automatic, err := r.app.ChooseAutomatic(ctx)
		if err != nil {
			return err
		}
		if automatic {
			return r.app.Register(ctx)
		}
		if err := r.registerByHand(ctx); err != nil {
			return err
		}
	}
	if id := r.draft.File.Client.ID; id == "" || r.Dialog.Differs("client-id", id) {
		if err := r.askClientID(ctx); err != nil {
			return err
		}
	}
	if id := r.draft.File.Azure.TenantID; id != "" && !failed(bad, check.EntraTenant) && !r.Dialog.Differs("tenant", id) {
		return nil
	}
	return r.askTenant(ctx)
}

// registerByHand is the article's way: it shows what to do in the portal.
func (r *run) registerByHand(ctx context.Context) error {
	page := r.draft.ShowPage(guide.Registration)
	r.Dialog.Tell.Print(i18n.T("In Microsoft's portal, with your administrator account:"))
	r.Dialog.Read(page.Parts[:2]...) // the application and its second redirect URI
	answer, err := r.Dialog.Ask(ctx, prompt.Question{ID: "loopback", Default: prompt.Yes,
		Title: i18n.T("Is the second URI (%s) registered?", azure.LoopbackRedirect)})
	if err != nil {
		return err
	}
	if err := r.app.ByHand(ctx, func(f *tokenfile.File) {
		f.Azure.Loopback, f.Azure.RedirectURI = answer == prompt.Yes, r.draft.Base.RedirectURI()
	}); err != nil {
		return err
	}
	r.Dialog.Tell.Clipboard.Forget()
	r.Dialog.Read(page.Parts[2:]...)
	return nil
}

// agreeToReplace asks before the application of a working base is replaced by one
// that was given ahead: the file is changed at once, and its tokens are the old
// application's.
func (r *run) agreeToReplace(ctx context.Context) error {
	f := r.draft.File
	for _, c := range []struct{ id, old string }{{"client-id", f.Client.ID}, {"tenant", f.Azure.TenantID}} {
		yes, _ := r.Dialog.Given("yes")
		if !f.Complete() || c.old == "" || !r.Dialog.Differs(c.id, c.old) || yes == prompt.Yes {
			continue
		}
		given, _ := r.Dialog.Given(c.id)
		flag, other := "--"+c.id, sanitize.Line(given)
		if err := r.Dialog.Confirm(ctx, prompt.Question{ID: "yes", Default: prompt.No,
			Title: i18n.T("This base is connected with %s, %s gives %s. Change it?", c.old, flag, other)},
			&problem.Problem{Exit: problem.Usage, ID: c.id,
				What: i18n.T("Nothing was changed: the token file names %s, %s gives %s.", c.old, flag, other),
				Do:   i18n.T("Leave %s out, or give --yes to change it.", flag)}); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) askClientID(ctx context.Context) error {
	id, err := r.Dialog.Ask(ctx, prompt.Question{ID: "client-id",
		Title: i18n.T("Application (client) ID"),
		Help:  i18n.T("On the application's Overview page (Vue d'ensemble).")})
	if err != nil {
		return err
	}
	return r.draft.Save(ctx, func(f *tokenfile.File) { f.Client.ID = id })
}

func (r *run) askTenant(ctx context.Context) error {
	tenant, err := r.Dialog.Ask(ctx, prompt.Question{ID: "tenant",
		Title: i18n.T("Directory (tenant) ID"),
		Help:  i18n.T("Just below the previous one, on the same page.")})
	if err != nil {
		return err
	}
	return r.draft.Save(ctx, func(f *tokenfile.File) { f.Azure.TenantID = tenant })
}
