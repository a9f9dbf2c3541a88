package wizard

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/report"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
)

// testStep sends test messages.
type testStep struct{ *run }

// testAccepted reports whether a test message was accepted since the mailbox was
// connected, and no further one is requested.
func (r *run) testAccepted() bool {
	_, to := r.Dialog.Given("test-to")
	return r.tested || !to && len(r.SendAs) == 0 && r.Store.State(r.draft.Base).Tested
}

// testMessage sends a test message from each sender until Exchange accepts it. The
// tokens are kept even if it is refused: enabling SMTP AUTH can take a day.
func (r *run) testMessage(ctx context.Context, _ []check.Result) error {
	step := testStep{r}
	if err := chooseUser(ctx, r); err != nil {
		return err
	}
	state, to := r.Store.State(r.draft.Base), ""
	state.Tested = true
	for _, from := range append([]string{r.draft.File.Mailbox()}, r.SendAs...) {
		arrived, err := step.deliver(ctx, from, &to)
		if err != nil {
			return err
		}
		state.Tested = state.Tested && arrived
	}
	r.tested = true
	_ = r.Store.SaveState(r.draft.Base, state) // if it is lost, the next setup tests again
	return nil
}

// deliver sends a message until Exchange accepts it, and returns false if the user
// says that it did not arrive. It asks for the recipient if there is none yet, and
// again after each failure.
func (r testStep) deliver(ctx context.Context, from string, to *string) (arrived bool, err error) {
	for ask := *to == ""; ; ask = true {
		if ask {
			*to, err = r.Dialog.Ask(ctx, prompt.Question{ID: "test-to", Default: cmp.Or(*to, r.draft.File.Mailbox()),
				Title: i18n.T("Where should the test message be sent?")})
			if err != nil {
				return false, err
			}
		}
		bad, arrived, err := r.send(ctx, from, *to)
		switch {
		case err != nil || arrived:
			return arrived, err
		case bad != nil:
			if err := r.showRefusal(ctx, *bad, from); err != nil {
				return false, err
			}
			continue
		}
		if arrived, err = r.askArrival(ctx, *to); err != nil || arrived {
			return arrived, err
		}
		page, _ := guide.Find(r.Dialog.Tell.Lang, r.draft.GuideValues(), guide.Test)
		r.Dialog.Read(page.Parts[len(page.Parts)-1])
		answer, err := r.Dialog.Ask(ctx, retry)
		if err != nil || answer != prompt.Yes {
			return false, err
		}
	}
}

// retry asks whether to send the test message again.
var retry = prompt.Question{ID: "retry", Default: prompt.Yes, Title: i18n.T("Send the test message again now?")}

// send sends one message and looks for it in the mailbox if that can be read. It
// returns the check that failed, if any.
func (r testStep) send(ctx context.Context, from, to string) (bad *check.Result, arrived bool, err error) {
	env := r.env()
	env.From, env.Send = from, []string{to}
	shown := []check.ID{check.SMTPSend, check.IMAPAuth, check.MailArrival}
	done := r.Dialog.Tell.Wait(i18n.T("Sending the test message from %s; it can take a minute to arrive", from))
	results := slices.Collect(check.Run(ctx, env,
		append([]check.ID{check.SMTPConnect, check.SMTPTLS, check.SMTPAuth}, shown...)...))
	done()
	for _, result := range results {
		switch {
		case notSent(result) && bad == nil:
			bad = &result
		case slices.Contains(shown, result.ID) && result.Status != check.Skipped && !notSent(result):
			report.Result(r.Dialog.Tell, result)
			arrived = arrived || result.ID == check.MailArrival && result.Status == check.OK
		}
	}
	return bad, arrived && bad == nil, ctx.Err()
}

// notSent reports whether a check keeps the message from counting as sent. A
// message that has not arrived yet counts as sent.
func notSent(r check.Result) bool {
	return r.Status == check.Failed || r.Status == check.Unknown && r.ID != check.MailArrival
}

// showRefusal shows why a message was not sent, with the PowerShell command that
// allows it if there is one, and asks whether to send it again. The error says that
// setup can continue later.
func (r testStep) showRefusal(ctx context.Context, bad check.Result, from string) error {
	if r.Dialog.Unattended() {
		p := resultProblem(bad)
		p.Do = i18n.T("%s The tokens are saved: run setup again to continue from here.", p.Do)
		return p
	}
	report.Result(r.Dialog.Tell, bad)
	q := retry
	if command := allowing(bad.Fault, from, r.draft.File.Mailbox()); command != "" {
		r.Dialog.Tell.Value(i18n.T("The same in Exchange Online PowerShell"), command)
		q.Page = guide.Permissions
	}
	return r.Dialog.Confirm(ctx, q, &problem.Problem{Exit: cmp.Or(bad.Exit, problem.Temporary), ID: stopped,
		What: i18n.T("The test message was not sent."),
		Do:   i18n.T("The tokens are saved: run setup again to continue from here.")})
}

// allowing returns the Exchange Online PowerShell command that corrects a refusal, or
// "" if there is none.
func allowing(fault, from, mailbox string) string {
	quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	switch {
	case slices.Contains([]string{"535-5.7.139", "535-5.7.139-tenant", "535-5.7.139-mailbox"}, fault):
		return "Set-CASMailbox -Identity " + quote(mailbox) + " -SmtpClientAuthenticationDisabled $false"
	case strings.HasSuffix(fault, "sendas"), fault == "550-5.7.60":
		return "Add-RecipientPermission -Identity " + quote(from) + " -Trustee " + quote(mailbox) +
			" -AccessRights SendAs"
	}
	return ""
}

// askArrival asks whether the message arrived. If nobody can be asked, it says what to
// check.
func (r testStep) askArrival(ctx context.Context, to string) (bool, error) {
	if r.Dialog.Unattended() {
		r.Dialog.Tell.Print(i18n.T("Check that the message arrived at %s.", to))
		return true, nil
	}
	answer, err := r.Dialog.Ask(ctx, prompt.Question{ID: "arrived", Default: prompt.Yes,
		Title: i18n.T("Did the message arrive at %s?", to),
		Help:  i18n.T("It can take a few minutes. Look in the junk mail folder too.")})
	return answer == prompt.Yes, err
}
