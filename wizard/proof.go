package wizard

import (
	"context"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/exchange"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
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
func (b *base) confirmIncoming(ctx context.Context) error {
	server, found := b.survey.IncomingServer(b.file.Mailbox())
	if b.file.Fetch == nil || !found || server.Text("state") == "done" {
		return nil
	}
	if err := b.remote.ConfirmLogin(ctx, server); err != nil {
		return err
	}
	b.Tell.Done(i18n.T("Incoming mail: the base opens the mailbox %s.", b.file.Mailbox()))
	return nil
}

// prove lets the base itself send a message through that very server. Its own
// button "Test Connection" proves less: it signs in, and Exchange refuses later.
func (b *base) prove(ctx context.Context) error {
	server, _ := b.survey.OutgoingServer(b.file.Mailbox())
	l := b.Tell.Lang
	subject := i18n.T("OpenFire: test message").In(l)
	body := i18n.T("<p>This message proves that the base %s itself sends its mail through Microsoft 365.</p>", b.Base.URL()).In(l)
	defer b.Tell.Wait(i18n.T("The base sends a test message, and its arrival is waited for"))()
	id, err := b.remote.SendMail(ctx, server, b.file.Mailbox(), subject, body)
	if err != nil {
		return err
	}
	mail, err := b.sent(ctx, id)
	if err != nil {
		return err
	}
	b.report("proof", map[string]any{"state": mail.State, "message_id": sanitize.Line(mail.MessageID)})
	switch mail.State {
	case "sent", "received":
		b.Tell.Done(i18n.T("The base has sent a message to %s through %s: proven.", b.file.Mailbox(), server.Text("name")))
		return b.arrived(ctx, mail.MessageID)
	case "exception", "cancel":
		return b.mailProblem(mail.Reason)
	}
	return &problem.Problem{Exit: problem.Temporary, ID: "base.mail",
		What: i18n.T("The test message is still waiting in the base (state \"%s\").", mail.State),
		Do:   i18n.T("Look into Technical > Emails in a few minutes.")}
}

// sent waits until the base has sent the message or given up.
func (b *base) sent(ctx context.Context, id int) (openfire.MailState, error) {
	ctx, cancel := context.WithTimeout(ctx, queuePatience)
	defer cancel()
	for wait := 200 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		mail, err := b.remote.MailState(ctx, id)
		if err != nil || mail.State != "outgoing" {
			return mail, err
		}
		select {
		case <-ctx.Done():
			return openfire.MailState{State: mail.State}, nil
		case <-time.After(wait):
		}
	}
}

// arrived looks for the message in the mailbox, where a token for it exists.
func (b *base) arrived(ctx context.Context, messageID string) error {
	if b.file.Fetch == nil || b.file.Fetch.Left(b.Now()) <= 0 || messageID == "" {
		return nil
	}
	box := exchange.Mailbox{Cloud: b.Cloud, Address: b.file.Mailbox(), Token: b.file.Fetch.Access, Timeout: b.Timeout, Now: b.Now}
	patience, cancel := context.WithTimeout(ctx, arrivalPatience)
	defer cancel()
	for wait := 500 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		found, err := box.Arrived(patience, messageID)
		switch {
		case found:
			b.report("arrival", map[string]any{"arrived": true})
			b.Tell.Done(i18n.T("It has arrived in the mailbox."))
			return nil
		case err != nil && patience.Err() == nil:
			return err
		}
		select {
		case <-patience.Done():
			b.report("arrival", map[string]any{"arrived": false})
			b.Tell.Warn(i18n.T("It has not arrived within %d s; it may still come.", int(arrivalPatience/time.Second)))
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// mailProblem is the base's failure_reason: what Exchange or Entra said in it
// finds its entry in the catalogue.
func (b *base) mailProblem(reason string) error {
	p := &problem.Problem{Exit: problem.Mail, ID: "base.mail",
		What: i18n.T("The base could not send: %s", reason)}
	found := faults.Find(reason)
	if len(found) == 0 {
		return p
	}
	f := found[0].Fault
	p.ID, p.Exit, p.Do = f.ID, f.Exit, i18n.T("%s %s", f.What, f.Do)
	if !b.handed && b.file.Complete() && (f.Where == faults.FromToken || f.Code != 0) {
		p.Do = i18n.T("%s The base has tokens of its own: \"apply %s --force\" puts the file's there.", p.Do, b.Name())
	}
	return p
}
