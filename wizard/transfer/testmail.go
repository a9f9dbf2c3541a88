package transfer

import (
	"context"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/exchange"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// arrivalPatience is how long a message may take from the base into its own
// mailbox; queuePatience how long it may wait in the base.
const (
	arrivalPatience = 30 * time.Second
	queuePatience   = time.Minute
)

// confirmIncoming presses "Test & Confirm" of the incoming server, without
// which it never fetches.
func (t *target) confirmIncoming(ctx context.Context) error {
	server, found := t.config.IncomingServer(t.file.Mailbox())
	if t.file.Fetch == nil || !found || server.Text("state") == "done" {
		return nil
	}
	if err := t.client.ConfirmLogin(ctx, server); err != nil {
		return err
	}
	t.Dialog.Tell.Done(i18n.T("Incoming mail: the base opens the mailbox %s.", t.file.Mailbox()))
	return nil
}

// prove has the base send a message through the server. Odoo's own button "Test
// Connection" proves less: it only signs in, and Exchange may refuse the message.
func (t *target) prove(ctx context.Context) error {
	server, _ := t.config.OutgoingServer(t.file.Mailbox())
	l := t.Dialog.Tell.Lang
	subject := i18n.T("OpenFire: test message").In(l)
	body := i18n.T("<p>This message proves that the base %s itself sends its mail through Microsoft 365.</p>", t.base.URL()).In(l)
	defer t.Dialog.Tell.Wait(i18n.T("The base sends a test message, and its arrival is waited for"))()
	id, err := t.client.SendMail(ctx, server, t.file.Mailbox(), subject, body)
	if err != nil {
		return err
	}
	mail, err := t.sent(ctx, id)
	if err != nil {
		return err
	}
	t.report("proof", map[string]any{"state": mail.State, "message_id": sanitize.Line(mail.MessageID)})
	switch mail.State {
	case "sent", "received":
		t.Dialog.Tell.Done(i18n.T("The base has sent a message to %s through %s: proven.",
			t.file.Mailbox(), server.Text("name")))
		return t.arrived(ctx, mail.MessageID)
	case "exception", "cancel":
		return t.mailProblem(mail.Reason)
	}
	return &problem.Problem{Exit: problem.Temporary, ID: "base.mail",
		What: i18n.T("The test message is still waiting in the base (state \"%s\").", mail.State),
		Do:   i18n.T("Look into Technical > Emails in a few minutes.")}
}

// sent waits until the base has sent the message or given up.
func (t *target) sent(ctx context.Context, id int) (mail openfire.MailState, err error) {
	ctx, cancel := context.WithTimeout(ctx, queuePatience)
	defer cancel()
	for range network.Backoff(ctx, 200*time.Millisecond, 5*time.Second) {
		mail, err = t.client.MailState(ctx, id)
		if err != nil || mail.State != "outgoing" {
			return mail, err
		}
	}
	return openfire.MailState{State: mail.State}, nil
}

// arrived looks for the message in the mailbox, where a token for it exists.
func (t *target) arrived(ctx context.Context, messageID string) error {
	if t.file.Fetch == nil || t.file.Fetch.Left(t.Now()) <= 0 || messageID == "" {
		return nil
	}
	box := exchange.Mailbox{Cloud: t.Cloud, Address: t.file.Mailbox(), Token: t.file.Fetch.Access,
		Timeout: t.Timeout, Now: t.Now}
	patience, cancel := context.WithTimeout(ctx, arrivalPatience)
	defer cancel()
	for range network.Backoff(patience, 500*time.Millisecond, 5*time.Second) {
		found, err := box.Arrived(patience, messageID)
		switch {
		case found:
			t.report("arrival", map[string]any{"arrived": true})
			t.Dialog.Tell.Done(i18n.T("It has arrived in the mailbox."))
			return nil
		case err != nil && patience.Err() == nil:
			return err
		}
	}
	t.report("arrival", map[string]any{"arrived": false})
	t.Dialog.Tell.Warn(i18n.T("It has not arrived within %d s; it may still come.", int(arrivalPatience/time.Second)))
	return ctx.Err()
}

// mailProblem explains the base's failure_reason, by the fault catalogue where it
// holds a refusal by Exchange or Entra.
func (t *target) mailProblem(reason string) error {
	p := &problem.Problem{Exit: problem.Mail, ID: "base.mail",
		What: i18n.T("The base could not send: %s", reason)}
	found := faults.Find(reason)
	if len(found) == 0 {
		return p
	}
	f := found[0].Fault
	p.ID, p.Exit, p.Do = f.ID, f.Exit, i18n.T("%s %s", f.What, f.Do)
	if !t.handed && t.file.Complete() && (f.Where == faults.FromToken || f.Code != 0) {
		p.Do = i18n.T("%s The base has tokens of its own: \"apply %s --force\" puts the file's there.", p.Do, t.base.Name())
	}
	return p
}
