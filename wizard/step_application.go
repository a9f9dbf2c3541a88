package wizard

import (
	"context"

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

// application asks for the values of an application.
type application struct{ *run }

// registration creates the application through Graph, or shows how to create it in
// the portal and asks for the two identifiers of its Overview page.
func (r *run) registration(ctx context.Context, bad []check.Result) error {
	step := application{r}
	if err := step.agreeToReplace(ctx); err != nil {
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
		if err := step.registerByHand(ctx); err != nil {
			return err
		}
	}
	if id := r.draft.File.Client.ID; id == "" || r.Dialog.Differs("client-id", id) {
		if err := step.askClientID(ctx); err != nil {
			return err
		}
	}
	if id := r.draft.File.Azure.TenantID; id == "" || failed(bad, check.EntraTenant) || r.Dialog.Differs("tenant", id) {
		return step.askTenant(ctx)
	}
	return nil
}

// registerByHand shows what to do in the portal, as the article does.
func (r application) registerByHand(ctx context.Context) error {
	page := r.draft.ShowPage(guide.Registration)
	r.Dialog.Read(page.Parts[:2]...) // the application and its second redirect URI
	if r.draft.Remembered("loopback") != "" {
		r.Dialog.Read(page.Parts[2:]...)
		return nil
	}
	answer, err := r.Dialog.Ask(ctx, prompt.Question{ID: "loopback", Default: prompt.Yes,
		Title: i18n.T("Did you add the second redirect URI?"),
		Help:  i18n.T("With it you do not have to paste an address after the sign-in.")})
	if err != nil {
		return err
	}
	if err := r.app.ByHand(ctx, func(f *tokenfile.File) {
		f.Azure.Loopback, f.Azure.RedirectURI = answer == prompt.Yes, r.draft.Base.RedirectURI()
	}); err != nil {
		return err
	}
	r.draft.Remember("loopback", answer)
	r.Dialog.Tell.Clipboard.Forget()
	r.Dialog.Read(page.Parts[2:]...)
	return nil
}

// agreeToReplace asks before an application given in advance replaces that of a
// working base: the file changes immediately, and its tokens belong to the old
// application.
func (r application) agreeToReplace(ctx context.Context) error {
	f := r.draft.File
	for _, c := range []struct{ id, old string }{{"client-id", f.Client.ID}, {"tenant", f.Azure.TenantID}} {
		yes, _ := r.Dialog.Given("yes")
		if !f.Complete() || c.old == "" || !r.Dialog.Differs(c.id, c.old) || yes == prompt.Yes {
			continue
		}
		given, _ := r.Dialog.Given(c.id)
		flag, other := "--"+c.id, sanitize.Line(given)
		if err := r.Dialog.Confirm(ctx, prompt.Question{ID: "yes", Default: prompt.No,
			Title: i18n.T("This base is connected with %s, but %s is %s. Change it?", c.old, flag, other)},
			&problem.Problem{Exit: problem.Usage, ID: c.id,
				What: i18n.T("Nothing was changed: the token file contains %s, but %s is %s.", c.old, flag, other),
				Do:   i18n.T("Omit %s, or use --yes to change it.", flag)}); err != nil {
			return err
		}
	}
	return nil
}

func (r application) askClientID(ctx context.Context) error {
	return r.askID(ctx, prompt.Question{ID: "client-id",
		Title: i18n.T("Application (client) ID"),
		Help:  i18n.T("On the application's Overview page (Vue d'ensemble).")},
		func(f *tokenfile.File, id string) { f.Client.ID = id })
}

func (r application) askTenant(ctx context.Context) error {
	return r.askID(ctx, prompt.Question{ID: "tenant",
		Title: i18n.T("Directory (tenant) ID"),
		Help:  i18n.T("On the same page, below the Application (client) ID.")},
		func(f *tokenfile.File, id string) { f.Azure.TenantID = id })
}

// askID asks for an identifier and saves the answer.
func (r application) askID(ctx context.Context, q prompt.Question, set func(f *tokenfile.File, id string)) error {
	id, err := r.Dialog.Ask(ctx, q)
	if err != nil {
		return err
	}
	return r.draft.Save(ctx, func(f *tokenfile.File) { set(f, id) })
}

func (r *run) hasSecret() bool {
	f := r.draft.File
	return !f.Client.Secret.Empty() && !r.Dialog.Differs("client-secret", f.Client.Secret.Reveal()) &&
		!r.Dialog.Differs("secret-expires", f.Azure.SecretExpires)
}

// clientSecret creates a client secret through Graph, or asks for one. It replaces
// the one in the file only after Entra has accepted it.
func (r *run) clientSecret(ctx context.Context, bad []check.Result) error {
	step := application{r}
	gone := failed(bad, check.EntraApp)
	automatic, err := r.app.ChooseNewSecret(ctx)
	switch {
	case err != nil:
		return err
	case automatic && gone:
		if err := r.app.Register(ctx); err != nil {
			return err
		}
		return r.app.AddSecret(ctx)
	case automatic:
		return r.app.AddSecret(ctx)
	case gone:
		if err := step.askClientID(ctx); err != nil {
			return err
		}
		if err := step.askTenant(ctx); err != nil {
			return err
		}
		if !r.draft.File.Client.Secret.Empty() {
			return nil
		}
	}
	candidate := r.draft.File
	onlyDate := r.Dialog.Reopened("secret-expires") && !r.Dialog.Reopened("client-secret")
	if !onlyDate || candidate.Client.Secret.Empty() {
		if candidate, err = step.askSecret(ctx, candidate); err != nil {
			return err
		}
		if err := r.draft.ProveTyped(ctx, candidate, r.Patience); err != nil {
			return err
		}
	}
	return step.saveSecret(ctx, candidate)
}

// askSecret returns the candidate with the secret that the user typed.
func (r application) askSecret(ctx context.Context, candidate tokenfile.File) (_ tokenfile.File, err error) {
	r.Dialog.Read(r.draft.ShowPage(guide.Secret).Parts...)
	candidate.Client.Secret, err = r.Dialog.AskSecret(ctx, prompt.Question{ID: "client-secret",
		Title: i18n.T("Value of the client secret")})
	if err == nil {
		r.Dialog.Tell.Print(i18n.N("%d character received.", "%d characters received.",
			candidate.Client.Secret.Len(), candidate.Client.Secret.Len()))
	}
	return candidate, err
}

// saveSecret asks for the expiry date of an accepted secret, and saves both.
func (r application) saveSecret(ctx context.Context, candidate tokenfile.File) error {
	expires, err := r.Dialog.Ask(ctx, prompt.Question{ID: "secret-expires", Optional: true,
		Title: i18n.T("Expiry date of the secret (Date d'expiration)"),
		Help: i18n.T("As the portal shows it, for example 2028-11-22. You will be warned before that date. " +
			"Leave it empty if you do not know it.")})
	if err != nil {
		return err
	}
	return r.draft.Save(ctx, func(f *tokenfile.File) {
		f.Client.Secret, f.Azure.SecretExpires = candidate.Client.Secret, expires
	})
}
