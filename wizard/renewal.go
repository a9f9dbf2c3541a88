package wizard

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/azure/graph"
	"github.com/openfire-fr/openfire-o365/internal/check/expiry"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// lives are how long a secret is asked to live, in days: what the portal offers
// at most, then less, where a policy of the directory wants it.
var lives = [...]int{730, 365, 180, 90, 60, 30}

// freshSecret is how long a secret that was just made may be unknown to the
// token endpoint; about a minute was seen.
const freshSecret = 3 * time.Minute

// madeByUs reports that set-up knows the application well enough to renew its
// secret through Graph.
func (s *session) madeByUs() bool { return s.file.Azure.ApplicationObjectID != "" }

// renew adds a secret through Graph. It enters the token file only once
// Microsoft takes it; the one before stays good, and is removed when the base
// holds the new one. An application that is gone is registered anew.
func (s *session) renew(ctx context.Context, gone bool) error {
	if gone {
		if err := s.register(ctx); err != nil {
			return err
		}
	}
	if s.graph == nil && !s.file.Client.Secret.Empty() {
		if err := s.agree(ctx, i18n.T("Add a client secret to application %s? The old one stays good.", s.file.Client.ID)); err != nil {
			return err
		}
	}
	g, err := s.admin(ctx, false)
	if err == nil {
		s.settled()
		err = s.renewWith(ctx, g)
	}
	if err != nil {
		return s.trouble(err)
	}
	return nil
}

func (s *session) renewWith(ctx context.Context, g *graph.Client) error {
	name, err := s.beginSecret(ctx, g)
	if err != nil {
		return err
	}
	made, err := s.addPassword(ctx, g, name)
	if err != nil {
		return err
	}
	if err := s.save(ctx, func(f *tokenfile.File) { f.Azure.Created = marked(f.Azure.Created, "secret:"+made.KeyID, "") }); err != nil {
		return err
	}
	candidate := s.file
	candidate.Client.Secret = made.Text
	if err := s.proveFresh(ctx, candidate); err != nil {
		return err
	}
	err = s.save(ctx, func(f *tokenfile.File) {
		if old := f.Azure.SecretKeyID; old != "" && old != made.KeyID {
			f.Azure.RetiredKeyIDs = marked(f.Azure.RetiredKeyIDs, old, "")
		}
		f.Client.Secret, f.Azure.SecretKeyID, f.Azure.SecretExpires = made.Text, made.KeyID, made.End.UTC().Format(time.DateOnly)
		f.Azure.Created = marked(f.Azure.Created, "", "secret/"+name+"?")
	})
	if err != nil {
		return err
	}
	// The program knows this secret: an answer given ahead is no longer one.
	delete(s.Given, "client-secret")
	s.Tell.Done(i18n.T("Client secret made and taken by Microsoft, good until %s.", expiry.Day(made.End.UTC())))
	return nil
}

// beginSecret names the secret that is about to be made, and removes what an
// interrupted run has left under that name: nobody knows its text.
func (s *session) beginSecret(ctx context.Context, g *graph.Client) (name string, err error) {
	for _, m := range s.file.Azure.Created {
		if begun, ok := strings.CutPrefix(m, "secret/"); ok {
			name = strings.TrimSuffix(begun, "?")
		}
	}
	if name == "" {
		name = "openfire-o365 " + s.base.Host() + " " + s.Now().UTC().Format("2006-01-02 15:04:05")
		return name, s.intend(ctx, "secret/"+name)
	}
	var app graph.Application
	if _, err := g.WaitUntilFound(ctx, func() (bool, error) {
		app, err = g.Application(ctx, s.file.Azure.ApplicationObjectID)
		if graph.IsNotFound(err) {
			return false, nil
		}
		return err == nil, err
	}); err != nil {
		return name, err
	}
	for _, c := range app.Passwords {
		if c.Name != name || c.KeyID == s.file.Azure.SecretKeyID || slices.Contains(s.file.Azure.RetiredKeyIDs, c.KeyID) {
			continue
		}
		if err := s.removeSecret(ctx, g, c.KeyID); err != nil {
			return name, err
		}
	}
	return name, nil
}

// removeSecret removes a secret and what the token file says of it.
func (s *session) removeSecret(ctx context.Context, g *graph.Client, keyID string) error {
	if err := g.RemovePassword(ctx, s.file.Azure.ApplicationObjectID, keyID); err != nil {
		return err
	}
	return s.save(ctx, func(f *tokenfile.File) {
		f.Azure.Created = marked(f.Azure.Created, "", "secret:"+keyID)
		f.Azure.RetiredKeyIDs = marked(f.Azure.RetiredKeyIDs, "", keyID)
	})
}

// addPassword makes the secret with the longest life that the directory allows.
func (s *session) addPassword(ctx context.Context, g *graph.Client, name string) (made graph.PasswordCredential, err error) {
	for _, days := range lives {
		made, err = g.AddPassword(ctx, s.file.Azure.ApplicationObjectID, name, s.Now().AddDate(0, 0, days))
		if !graph.IsLifetimePolicy(err) {
			return made, err
		}
		s.Tell.Print(i18n.T("A policy of your directory refuses a secret of %d days.", days))
	}
	return made, err
}

// proveFresh waits until the token endpoint knows a secret that was just made,
// and its application.
func (s *session) proveFresh(ctx context.Context, candidate tokenfile.File) error {
	defer s.Tell.Wait(proving)()
	end := s.Now().Add(freshSecret)
	for pause := time.Second; ; pause = min(2*pause, 10*time.Second) {
		refusal, refused := faults.AsRefusal(s.Prove(ctx, candidate))
		early := refused && (refusal.Code == faults.WrongSecret || refusal.Code == faults.UnknownApplication)
		if refused && (!early || !s.Now().Before(end)) {
			return refusal
		}
		if !refused {
			return ctx.Err()
		}
		s.Tell.SetReason(notYet)
		if err := s.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// retire removes secrets that were replaced, once the base holds the new one:
// one that still has the old would stop sending. It does after apply; else
// somebody must say so.
func (s *session) retire(ctx context.Context, applied bool) error {
	if err := s.load(); err != nil || len(s.file.Azure.RetiredKeyIDs) == 0 {
		return err
	}
	if !applied {
		if agreed, err := s.baseHasIt(ctx); err != nil || !agreed {
			return err
		}
	}
	if s.Alone && s.graph == nil {
		return nil // nobody is there to sign in for this alone
	}
	g, err := s.admin(ctx, false)
	for _, id := range s.file.Azure.RetiredKeyIDs {
		if err == nil {
			err = s.removeSecret(ctx, g, id)
		}
	}
	if err != nil {
		return s.trouble(err)
	}
	s.Tell.Done(i18n.T("The old secret is removed."))
	return nil
}

// baseHasIt asks whether the base has loaded the token file already.
func (s *session) baseHasIt(ctx context.Context) (bool, error) {
	if s.Alone {
		return false, nil
	}
	answer, err := s.ask(ctx, ui.Question{ID: "old-secret", Kind: ui.YesNo, Default: ui.No,
		Title: i18n.T("Is the new secret in OpenFire already? The old one will then be removed."),
		Help:  i18n.T("Yes only after the base has loaded the token file. If in doubt, no: running setup again asks again.")})
	return answer == ui.Yes, err
}
