package wizard

import (
	"context"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
)

func (r *run) hasSecret() bool {
	f := r.draft.File
	return !f.Client.Secret.Empty() && !r.Dialog.Differs("client-secret", f.Client.Secret.Reveal()) &&
		!r.Dialog.Differs("secret-expires", f.Azure.SecretExpires)
}

// clientSecret makes a client secret through Graph, or asks for one. It is saved
// only when Entra has accepted it: the one in the file stays until then.
func (r *run) clientSecret(ctx context.Context, bad []check.Result) error {
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
		if err := r.askClientID(ctx); err != nil {
			return err
		}
		if err := r.askTenant(ctx); err != nil {
			return err
		}
		if !r.draft.File.Client.Secret.Empty() {
			return nil
		}
	}
	candidate := r.draft.File
	if again := r.Dialog.Reopened; !again("secret-expires") || again("client-secret") || candidate.Client.Secret.Empty() {
		if candidate, err = r.askSecret(ctx, candidate); err != nil {
			return err
		}
	}
	return r.saveSecret(ctx, candidate)
}

// askSecret returns the candidate with the secret that the person typed.
func (r *run) askSecret(ctx context.Context, candidate tokenfile.File) (_ tokenfile.File, err error) {
	r.Dialog.Read(r.draft.ShowPage(guide.Secret).Parts...)
	candidate.Client.Secret, err = r.Dialog.AskSecret(ctx, prompt.Question{ID: "client-secret",
		Title: i18n.T("Value of the client secret")})
	if err == nil {
		r.Dialog.Tell.Print(i18n.T("%d characters received.", candidate.Client.Secret.Len()))
	}
	return candidate, err
}

// saveSecret asks for the secret's expiry date, proves the secret and saves both.
func (r *run) saveSecret(ctx context.Context, candidate tokenfile.File) error {
	expires, err := r.Dialog.Ask(ctx, prompt.Question{ID: "secret-expires", Optional: true,
		Title: i18n.T("Expiry date of the secret (Date d'expiration)"),
		Help:  i18n.T("As the portal shows it, for example 2028-11-22; you will be warned in time. Leave it empty if you do not know it.")})
	if err != nil {
		return err
	}
	if err := r.draft.ProveTyped(ctx, candidate, r.Patience); err != nil {
		return err
	}
	return r.draft.Save(ctx, func(f *tokenfile.File) {
		f.Client.Secret, f.Azure.SecretExpires = candidate.Client.Secret, expires
	})
}
