package wizard

import (
	"context"
	"slices"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/report"
	"github.com/openfire-fr/openfire-o365/internal/ui"
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
	s.read(s.page(guide.Permissions).Parts...)
	to, err := s.ask(ctx, ui.Question{ID: "test-to", Default: mailbox,
		Title: i18n.T("Who gets the test message?")})
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
		done := s.Tell.Wait(i18n.T("The test message leaves from %s; it may take a minute to arrive", from))
		results := slices.Collect(check.Run(ctx, env, append([]check.ID{check.SMTPConnect, check.SMTPTLS, check.SMTPAuth}, wanted...)...))
		done()
		bad := slices.IndexFunc(results, unproven)
		for i, r := range results {
			if i == bad || slices.Contains(wanted, r.ID) && r.Status != check.Skipped {
				report.Result(s.Tell, r)
			}
		}
		if bad < 0 {
			return ctx.Err()
		}
		s.Tell.Print(i18n.T("The tokens are saved: running setup again goes on from here."))
		if s.Alone {
			return resultProblem(results[bad])
		}
		answer, err := s.ask(ctx, ui.Question{ID: "retry", Kind: ui.YesNo, Default: ui.No,
			Title: i18n.T("Send the test message again now?")})
		if err != nil || answer != ui.Yes {
			return firstOf(err, resultProblem(results[bad]))
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
