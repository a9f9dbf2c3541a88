package wizard

import (
	"context"
	"errors"
	"slices"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/lang"
)

// tested: a test message has been accepted since the mailbox was connected.
func (s *session) tested() bool {
	_, to := s.Given["test-to"]
	return !to && len(s.SendAs) == 0 && (s.proven || s.Store.State(s.base).Tested)
}

// test says what Exchange must permit, then lets a message prove it. The
// tokens are kept whatever happens: SMTP AUTH may take a day to open.
func test(ctx context.Context, s *session, _ []check.Result) error {
	mailbox := s.file.Mailbox()
	s.Tell.Say(lang.Text{
		FR: "Deux réglages dans le centre d'administration Microsoft 365, Utilisateurs > Utilisateurs actifs (Active users) :",
		EN: "Two settings in the Microsoft 365 admin center, Users > Active users (Utilisateurs actifs):"})
	s.Tell.Address(azure.MailLink)
	s.Tell.Say(lang.Text{
		FR: "1. %s > Courrier (Mail) > Gérer les applications de messagerie (Manage email apps) : SMTP authentifié (Authenticated SMTP) coché.\n2. Pour chaque autre expéditeur, sa boîte > Courrier (Mail) > Autorisations « Envoyer en tant que » (Send as permissions) : ajoutez %s. L'article le dit dans l'autre sens ; c'est le message de test qui tranche.",
		EN: "1. %s > Mail (Courrier) > Manage email apps (Gérer les applications de messagerie): Authenticated SMTP (SMTP authentifié) ticked.\n2. For each other sender, their mailbox > Mail > Send as permissions (Envoyer en tant que): add %s. The article says it the other way round; the test message decides."}.
		With(mailbox, mailbox))
	to, err := s.ask(ctx, Question{ID: "test-to", Default: mailbox,
		Title: lang.Text{FR: "À qui envoyer le message de test ?", EN: "Who gets the test message?"}})
	if err != nil {
		return err
	}
	for _, from := range append([]string{mailbox}, s.SendAs...) {
		if err := s.send(ctx, from, to); err != nil {
			return err
		}
	}
	s.SendAs = nil
	delete(s.Given, "test-to")
	state := s.Store.State(s.base)
	state.Tested, s.proven = true, true
	_ = s.Store.SaveState(s.base, state) // lost, the next set-up tests again
	return nil
}

// send sends one message and waits for its arrival where that can be seen. A
// refusal may be tried again at once or left for later.
func (s *session) send(ctx context.Context, from, to string) error {
	env := s.env()
	env.From, env.Send = from, []string{to}
	wanted := []check.ID{check.SMTPSend, check.IMAPAuth, check.MailArrival}
	for {
		results := check.Run(ctx, env, nil, append([]check.ID{check.SMTPConnect, check.SMTPTLS, check.SMTPAuth}, wanted...)...)
		bad := slices.IndexFunc(results, unproven)
		for i, r := range results {
			if i == bad || slices.Contains(wanted, r.ID) && r.Status != check.Skipped {
				s.Tell.Result(r)
			}
		}
		if bad < 0 {
			return ctx.Err()
		}
		s.Tell.Say(lang.Text{FR: "Les jetons sont enregistrés : relancer setup reprendra ici.", EN: "The tokens are saved: running setup again goes on from here."})
		if s.Alone {
			return problem(results[bad])
		}
		answer, err := s.ask(ctx, Question{ID: "retry", Kind: YesNo, Default: No,
			Title: lang.Text{FR: "Renvoyer le message de test maintenant ?", EN: "Send the test message again now?"}})
		if err != nil || answer != Yes {
			return firstOf(err, problem(results[bad]))
		}
	}
}

// unproven reports a check that does not let a message count as sent; that it
// has not arrived yet is another matter.
func unproven(r check.Result) bool {
	return r.Status == check.Failed || r.Status == check.Unknown && r.ID != check.MailArrival
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// handOver says where the file is, who may read it, and what comes next.
func (s *session) handOver(ctx context.Context) error {
	t := s.Tell
	t.Step(len(steps)+1, len(steps)+1, lang.Text{FR: "Remise à OpenFire", EN: "Hand over to OpenFire"})
	t.Value(lang.Text{FR: "Le fichier de jetons, que vous seul pouvez lire", EN: "The token file, which only you can read"}, s.Store.Path(s.base))
	t.Say(lang.Text{FR: "Ensuite :", EN: "Next:"})
	t.Value(lang.Text{FR: "vérifier toute la chaîne", EN: "check the whole chain"}, "openfire-o365 verify "+s.base.Name()+s.Flags)
	t.Value(lang.Text{FR: "garder les jetons en vie (à programmer toutes les 15 minutes)", EN: "keep the tokens alive (to be scheduled every 15 minutes)"}, "openfire-o365 token refresh "+s.base.Name()+s.Flags)
	t.Done(lang.Text{FR: "%s peut envoyer son courrier avec %s.", EN: "%s can send its mail with %s."}.With(s.base.URL(), s.file.Mailbox()))
	applied := false
	if s.Apply != nil {
		var err error
		if applied, err = s.Apply(ctx, s.base); err != nil {
			return err
		}
	}
	if err := s.retire(ctx, applied); err != nil && !errors.Is(err, errAgain) {
		return err
	}
	return nil
}
