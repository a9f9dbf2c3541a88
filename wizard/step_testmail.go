package wizard

import (
	"context"
	"slices"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/report"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
)

// testAccepted reports that a test message was accepted since the mailbox was
// connected, and that no other one was asked for.
func (r *run) testAccepted() bool {
	_, to := r.Dialog.Given("test-to")
	return r.tested || !to && len(r.SendAs) == 0 && r.Store.State(r.draft.Base).Tested
}

// testMessage says what Exchange must permit, then sends a message that proves it.
// The tokens are kept whatever happens: SMTP AUTH may take a day to open.
func (r *run) testMessage(ctx context.Context, _ []check.Result) error {
	mailbox, base := r.draft.File.Mailbox(), r.draft.Base
	r.Dialog.Read(r.draft.ShowPage(guide.Permissions).Parts...)
	to, err := r.Dialog.Ask(ctx, prompt.Question{ID: "test-to", Default: mailbox, Title: i18n.T("Who gets the test message?")})
	if err != nil {
		return err
	}
	for _, from := range append([]string{mailbox}, r.SendAs...) {
		if err := r.send(ctx, from, to); err != nil {
			return err
		}
	}
	state := r.Store.State(base)
	state.Tested, r.tested = true, true
	_ = r.Store.SaveState(base, state) // if it is lost, the next setup tests again
	return nil
}

// send sends one message and waits for its arrival where that can be seen. After a
// refusal the person may try again at once or leave it for later.
func (r *run) send(ctx context.Context, from, to string) error {
	env := r.env()
	env.From, env.Send = from, []string{to}
	shown := []check.ID{check.SMTPSend, check.IMAPAuth, check.MailArrival}
	for {
		done := r.Dialog.Tell.Wait(i18n.T("The test message leaves from %s; it may take a minute to arrive", from))
		results := slices.Collect(check.Run(ctx, env, append([]check.ID{check.SMTPConnect, check.SMTPTLS, check.SMTPAuth}, shown...)...))
		done()
		bad := slices.IndexFunc(results, unproven)
		for i, result := range results {
			if i == bad || slices.Contains(shown, result.ID) && result.Status != check.Skipped {
				report.Result(r.Dialog.Tell, result)
			}
		}
		if bad < 0 {
			return ctx.Err()
		}
		r.Dialog.Tell.Print(i18n.T("The tokens are saved: running setup again goes on from here."))
		if r.Dialog.Unattended() {
			return resultProblem(results[bad])
		}
		again := prompt.Question{ID: "retry", Default: prompt.No, Title: i18n.T("Send the test message again now?")}
		if err := r.Dialog.Confirm(ctx, again, resultProblem(results[bad])); err != nil {
			return err
		}
	}
}

// unproven reports a check that does not let a message count as sent. That it has
// not arrived yet does not matter.
func unproven(r check.Result) bool {
	return r.Status == check.Failed || r.Status == check.Unknown && r.ID != check.MailArrival
}
