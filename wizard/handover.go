package wizard

import (
	"context"
	"errors"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/guard"
	"github.com/openfire-fr/openfire-o365/internal/lang"
)

// handOver offers to put the values into the base, then closes set-up: whatever
// became of that, the tokens are there.
func (s *session) handOver(ctx context.Context) error {
	s.Tell.Step(len(steps), names(), lang.Text{FR: "Remise à OpenFire", EN: "Hand over to OpenFire"})
	s.Tell.forget()
	s.Tell.Done(lang.Text{FR: "%s peut envoyer son courrier avec %s.", EN: "%s can send its mail with %s."}.With(s.base.URL(), s.file.Mailbox()))
	applied, err := false, error(nil)
	if s.Apply != nil {
		applied, err = s.Apply(ctx, s.base, s.spoke)
	}
	if err == nil {
		err = s.retire(ctx, applied)
	}
	if errors.Is(err, errAgain) {
		err = nil
	}
	if ctx.Err() != nil {
		return firstOf(err, ctx.Err())
	}
	return firstOf(s.load(), s.summary(applied), err)
}

// summary closes set-up: what there is now, where it is, what ends when, and
// the next two commands.
func (s *session) summary(applied bool) error {
	t := s.Tell
	t.forget()
	t.Title(lang.Text{FR: "En résumé", EN: "In short"})
	t.Fact(lang.Text{FR: "L'application chez Microsoft, par son ID d'application (client)", EN: "The application at Microsoft, by its application (client) ID"}, s.file.Client.ID)
	uses := lang.Text{FR: "La boîte aux lettres qui envoie le courrier", EN: "The mailbox that sends the mail"}
	if s.file.Fetch != nil {
		uses = lang.Text{FR: "La boîte aux lettres qui envoie le courrier et que la base relève", EN: "The mailbox that sends the mail and from which the base fetches"}
	}
	t.Fact(uses, s.file.Mailbox())
	t.Value(lang.Text{FR: "Le fichier de jetons, que vous seul pouvez lire", EN: "The token file, which only you can read"}, s.Store.Path(s.base))
	t.Title(lang.Text{FR: "Ce qui expire", EN: "What ends when"})
	for _, end := range check.Ends(s.file) {
		if end.Soon == 0 {
			continue // renewed by itself
		}
		_, when, _ := end.Left(s.Now())
		t.Detail(lang.Text{FR: "%s : %s", EN: "%s: %s"}.With(end.Title, when))
	}
	t.Title(lang.Text{FR: "Et maintenant", EN: "And now"})
	of := " " + guard.Line(s.base.Name()) + s.Flags
	t.Value(lang.Text{FR: "pour vérifier toute la chaîne", EN: "to check the whole chain"}, "openfire-o365 verify"+of)
	keep := "openfire-o365 token schedule install" + s.Flags
	if s.Practice { // nothing of a sandbox can be scheduled
		keep = "openfire-o365 token refresh" + of
	}
	t.Value(lang.Text{FR: "pour garder les jetons en vie, toutes les 15 minutes", EN: "to keep the tokens alive, every 15 minutes"}, keep)
	if s.Apply != nil && !applied && s.file.Azure.BaseRefreshIssued.IsZero() {
		t.Say(lang.Text{FR: "« openfire-o365 apply%s » met ces valeurs dans la base quand vous le voudrez.", EN: "\"openfire-o365 apply%s\" puts these values into the base whenever you like."}.With(of))
	}
	return nil
}
