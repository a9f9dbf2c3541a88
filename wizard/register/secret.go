package register

import (
	"context"
	"slices"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/graph"
	"github.com/openfire-fr/openfire-o365/internal/check/expiry"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
)

// lifetimes are the lifetimes of a secret in days, in the order in which they are
// tried: the maximum of the portal, then less if a policy of the directory requires
// it.
var lifetimes = [...]int{730, 365, 180, 90, 60, 30}

// AddSecret adds a client secret through Graph. It is saved to the token file only
// after Entra has accepted it. The old one stays valid and is removed later.
func (r *Registration) AddSecret(ctx context.Context) error {
	if r.graph == nil && !r.Draft.File.Client.Secret.Empty() {
		add := i18n.T("Add a client secret to the application %s? The old one stays valid.", r.Draft.File.Client.ID)
		if err := r.agree(ctx, add, prompt.Yes); err != nil {
			return err
		}
	}
	err := r.signIn(ctx, manageApplications)
	if err == nil {
		r.Draft.Dialog.Commit()
		err = r.inDirectory().addSecret(ctx)
	}
	if err != nil {
		return r.failed(err)
	}
	return nil
}

func (d *directory) addSecret(ctx context.Context) error {
	begun, err := d.beginSecret(ctx)
	if err != nil {
		return err
	}
	password, err := d.addPassword(ctx, begun.Of)
	if err != nil {
		return err
	}
	if err := d.journal.Add(ctx, entry{Kind: clientSecret, ID: password.KeyID}); err != nil {
		return err
	}
	candidate := d.Draft.File
	candidate.Client.Secret = password.Text
	if err := d.Draft.ProveMade(ctx, candidate); err != nil {
		return err
	}
	err = d.Draft.Save(ctx, func(f *tokenfile.File) {
		if old := f.Azure.SecretKeyID; old != "" && old != password.KeyID {
			f.Azure.RetiredKeyIDs = append(without(f.Azure.RetiredKeyIDs, old), old)
		}
		f.Client.Secret, f.Azure.SecretKeyID = password.Text, password.KeyID
		f.Azure.SecretExpires = password.End.UTC().Format(time.DateOnly)
		remove(f, begun)
	})
	if err != nil {
		return err
	}
	delete(d.Draft.Dialog.Answers, "client-secret") // one given in advance is no longer needed
	d.tell().Done(i18n.T("Client secret created and accepted by Microsoft, valid until %s.",
		expiry.Day(password.End.UTC())))
	return nil
}

// beginSecret records the name of the secret that is about to be created. It removes
// secrets of that name left by an interrupted run: their values are lost.
func (d *directory) beginSecret(ctx context.Context) (entry, error) {
	all := entries(d.Draft.File)
	i := slices.IndexFunc(all, func(e entry) bool { return e.Kind == clientSecret && e.Pending })
	if i < 0 {
		name := "openfire-o365 " + d.Draft.Base.Host() + " " + d.Draft.Now().UTC().Format("2006-01-02 15:04:05")
		e := entry{Kind: clientSecret, Of: name, Pending: true}
		return e, d.journal.Begin(ctx, e)
	}
	app, err := d.awaitApplication(ctx)
	if err != nil {
		return all[i], err
	}
	for _, c := range app.Passwords {
		known := c.KeyID == d.Draft.File.Azure.SecretKeyID || slices.Contains(d.Draft.File.Azure.RetiredKeyIDs, c.KeyID)
		if c.Name != all[i].Of || known {
			continue
		}
		if err := d.removeSecret(ctx, c.KeyID); err != nil {
			return all[i], err
		}
	}
	return all[i], nil
}

// removeSecret removes a secret at Microsoft and in the token file.
func (d *directory) removeSecret(ctx context.Context, keyID string) error {
	if err := d.graph.RemovePassword(ctx, d.Draft.File.Azure.ApplicationObjectID, keyID); err != nil {
		return err
	}
	return d.Draft.Save(ctx, func(f *tokenfile.File) {
		remove(f, entry{Kind: clientSecret, ID: keyID})
		f.Azure.RetiredKeyIDs = without(f.Azure.RetiredKeyIDs, keyID)
		if f.Azure.SecretKeyID == keyID {
			f.Client.Secret, f.Azure.SecretKeyID, f.Azure.SecretExpires = secret.String{}, "", ""
		}
	})
}

// addPassword creates the secret with the longest lifetime that the directory allows.
func (d *directory) addPassword(ctx context.Context, name string) (made graph.PasswordCredential, err error) {
	for _, days := range lifetimes {
		end := d.Draft.Now().AddDate(0, 0, days)
		made, err = d.graph.AddPassword(ctx, d.Draft.File.Azure.ApplicationObjectID, name, end)
		if !graph.IsLifetimePolicy(err) {
			return made, err
		}
		d.tell().Print(i18n.T("A policy of your directory does not allow a secret to be valid for %d days.", days))
	}
	return made, err
}

// AskRetire asks whether the base already has the new secret, and if so removes the
// old ones.
func (r *Registration) AskRetire(ctx context.Context) error {
	if err := r.Draft.Load(); err != nil || len(r.Draft.File.Azure.RetiredKeyIDs) == 0 || r.Draft.Dialog.Unattended() {
		return err
	}
	answer, err := r.Draft.Dialog.Ask(ctx, prompt.Question{ID: "old-secret", Default: prompt.No,
		Title: i18n.T("Is the new secret already in OpenFire? If so, the old one will be removed."),
		Help: i18n.T("Answer yes only if the base already has the values of the token file. If in doubt, answer " +
			"no: setup asks again the next time.")})
	if err != nil || answer != prompt.Yes {
		return err
	}
	return r.Retire(ctx)
}

// Retire removes secrets that were replaced. The base must already have the new one,
// otherwise it could no longer send mail.
func (r *Registration) Retire(ctx context.Context) error {
	if err := r.Draft.Load(); err != nil || len(r.Draft.File.Azure.RetiredKeyIDs) == 0 {
		return err
	}
	if r.Draft.Dialog.Unattended() && r.graph == nil {
		return nil // not worth a sign-in of its own
	}
	err := r.signIn(ctx, manageApplications)
	for _, id := range r.Draft.File.Azure.RetiredKeyIDs {
		if err == nil {
			err = r.inDirectory().removeSecret(ctx, id)
		}
	}
	if err != nil {
		return r.failed(err)
	}
	r.tell().Done(i18n.T("The old secret was removed."))
	return nil
}
