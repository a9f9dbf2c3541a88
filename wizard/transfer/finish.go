package transfer

import (
	"context"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/exchange"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/apply"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// arrivalPatience is the time limit for the arrival of a message in the mailbox,
// queuePatience that for leaving the queue of the base.
const (
	arrivalPatience = 30 * time.Second
	queuePatience   = time.Minute
)

// finish does what follows the writing, in all modes.
func (t *target) finish(ctx context.Context) error {
	for _, do := range []func(context.Context) error{t.read, t.confirmIncoming, t.senders} {
		if err := do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// confirmIncoming calls "Test & Confirm" of the incoming server, which does not
// fetch mail before that.
func (t *target) confirmIncoming(ctx context.Context) error {
	server, found := t.config.IncomingServer(t.file.Accounts()...)
	if t.file.Fetch == nil || !found || server.Text("state") == "done" {
		return nil
	}
	if err := t.client.ConfirmLogin(ctx, server); err != nil {
		return err
	}
	t.Dialog.Tell.Done(i18n.T("Incoming mail: the base can open the mailbox %s.", t.file.Mailbox()))
	return nil
}

// prove lets the base send a message through the server. Odoo's button "Test
// Connection" is not sufficient: it only signs in, and Exchange can still refuse the
// message.
func (t *target) prove(ctx context.Context, s apply.Senders) error {
	server := s.Server.ID()
	if s.Own.Through(s.Server) {
		server = 0 // as for all other mail of the mailbox
	}
	mail, err := t.sendTest(ctx, s.Mailbox, server)
	if err != nil {
		return err
	}
	if problem := t.mailProblem(mail); problem != nil {
		return problem
	}
	t.Dialog.Tell.Done(i18n.T("The base sent a message to %s through %s: everything works.",
		s.Mailbox, s.Server.Text("name")))
	return t.arrived(ctx, mail.MessageID)
}

// sendTest lets the base send a test message to the mailbox, through the server with
// that id, and waits for the result.
func (t *target) sendTest(ctx context.Context, from string, server int) (mail openfire.MailState, err error) {
	l := t.Dialog.Tell.Lang
	defer t.Dialog.Tell.Wait(i18n.T("Waiting for the base to send a test message"))()
	mail, err = t.client.SendMail(ctx, openfire.Mail{From: from, To: t.file.Mailbox(), Server: server,
		Subject: i18n.T("OpenFire: test message").In(l),
		HTML: i18n.T("<p>If you can read this message, the base %s sends its mail through Microsoft 365.</p>",
			t.base.URL()).In(l)})
	if err == nil {
		mail, err = t.sent(ctx, mail)
	}
	if err == nil {
		t.report("proof", map[string]any{"from": from, "state": mail.State, "message_id": sanitize.Line(mail.MessageID)})
	}
	return mail, err
}

// sent waits until the base has sent the message or given up.
func (t *target) sent(ctx context.Context, mail openfire.MailState) (openfire.MailState, error) {
	_, err := network.Poll(ctx, queuePatience, 200*time.Millisecond, 5*time.Second,
		func(ctx context.Context) (bool, error) {
			now, err := t.client.MailState(ctx, mail)
			if err == nil {
				mail = now
			}
			return err == nil && now.State != "outgoing", err
		})
	return mail, err
}

// arrived looks for the message in the mailbox, if there is a token for IMAP.
func (t *target) arrived(ctx context.Context, messageID string) error {
	if t.file.Fetch == nil || t.file.Fetch.Left(t.Now()) <= 0 || messageID == "" {
		return nil
	}
	box := exchange.Mailbox{Cloud: t.Cloud, Address: t.file.Mailbox(), User: t.file.Fetch.User,
		Token:   t.file.Fetch.Access,
		Timeout: t.Timeout, Now: t.Now}
	found, err := network.Poll(ctx, arrivalPatience, 500*time.Millisecond, 5*time.Second,
		func(ctx context.Context) (bool, error) { return box.Arrived(ctx, messageID) })
	if err != nil {
		return err
	}
	t.report("arrival", map[string]any{"arrived": found})
	if found {
		t.Dialog.Tell.Done(i18n.T("The message arrived in the mailbox."))
		return nil
	}
	t.Dialog.Tell.Warn(i18n.T("The message did not arrive within %d s. It may still arrive.",
		int(arrivalPatience/time.Second)))
	return nil
}

// mailProblem returns why the base did not send a message, nil if it did. The
// problem has the explanation of the fault catalogue if the base reports a refusal by
// Exchange or Entra.
func (t *target) mailProblem(mail openfire.MailState) *problem.Problem {
	switch mail.State {
	case "sent", "received":
		return nil
	case "exception", "cancel":
		return t.explain(mail.Reason)
	}
	return &problem.Problem{Exit: problem.Temporary, ID: "base.mail",
		What: i18n.T("The base has not sent the test message yet (state \"%s\").", mail.State),
		Do:   i18n.T("Check Technical > Emails in a few minutes.")}
}

// explain returns the problem for a failure_reason of the base.
func (t *target) explain(reason string) *problem.Problem {
	p := &problem.Problem{Exit: problem.Mail, ID: "base.mail",
		What: i18n.T("The base could not send the message: %s", reason)}
	found := faults.Find(reason)
	if len(found) == 0 {
		return p
	}
	f := found[0].Fault
	p.ID, p.Exit, p.Do = f.ID, f.Exit(), i18n.T("%s %s", f.What, f.Do)
	if !t.tokensWritten && t.file.Complete() && (f.Where == faults.FromToken || f.Code != 0) {
		p.Do = i18n.T("%s The base uses its own tokens. To replace them with those of the token file, run "+
			"\"apply %s --force\".", p.Do, t.base.Name())
	}
	return p
}
