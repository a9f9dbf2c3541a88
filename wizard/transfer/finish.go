package transfer

import (
	"context"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/exchange"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
)

// arrivalPatience is the time limit for the arrival of a message in the mailbox,
// queuePatience that for leaving the queue of the base.
const (
	arrivalPatience = 30 * time.Second
	queuePatience   = time.Minute
)

// finish does what follows the writing, in all modes.
func (t *target) finish(ctx context.Context) error {
	for _, do := range []func(context.Context) error{t.read, t.confirmIncoming, t.order, t.prove} {
		if err := do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// confirmIncoming calls "Test & Confirm" of the incoming server, which does not
// fetch mail before that.
func (t *target) confirmIncoming(ctx context.Context) error {
	server, found := t.config.IncomingServer(t.file.Mailbox())
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
func (t *target) prove(ctx context.Context) error {
	server, _ := t.config.OutgoingServer(t.file.Mailbox())
	l := t.Dialog.Tell.Lang
	subject := i18n.T("OpenFire: test message").In(l)
	body := i18n.T("<p>If you can read this message, the base %s sends its mail through Microsoft 365.</p>",
		t.base.URL()).In(l)
	defer t.Dialog.Tell.Wait(i18n.T("Waiting for the base to send a test message"))()
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
		t.Dialog.Tell.Done(i18n.T("The base sent a message to %s through %s: everything works.",
			t.file.Mailbox(), server.Text("name")))
		return t.arrived(ctx, mail.MessageID)
	case "exception", "cancel":
		return t.mailProblem(mail.Reason)
	}
	return &problem.Problem{Exit: problem.Temporary, ID: "base.mail",
		What: i18n.T("The base has not sent the test message yet (state \"%s\").", mail.State),
		Do:   i18n.T("Check Technical > Emails in a few minutes.")}
}

// sent waits until the base has sent the message or given up.
func (t *target) sent(ctx context.Context, id int) (mail openfire.MailState, err error) {
	_, err = network.Poll(ctx, queuePatience, 200*time.Millisecond, 5*time.Second,
		func(ctx context.Context) (bool, error) {
			now, err := t.client.MailState(ctx, id)
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
	box := exchange.Mailbox{Cloud: t.Cloud, Address: t.file.Mailbox(), Token: t.file.Fetch.Access,
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

// mailProblem returns the problem for a failure_reason of the base, with the
// explanation of the fault catalogue if it contains a refusal by Exchange or Entra.
func (t *target) mailProblem(reason string) error {
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

// order shows which servers OpenFire prefers for the mail of its users, and changes
// the others if the user agrees: a token is useless on a server that OpenFire never
// selects.
func (t *target) order(ctx context.Context) error {
	mailbox := t.file.Mailbox()
	ours, _ := t.config.OutgoingServer(mailbox)
	_, domain, _ := strings.Cut(mailbox, "@")
	colleague := i18n.T("a-colleague").In(t.Dialog.Tell.Lang) + "@" + domain
	picked := t.config.ServersFor(colleague)
	t.warnBounceAddress()
	if len(picked) == 0 || len(picked) == 1 && picked[0].ID() == ours.ID() {
		return nil
	}
	t.Dialog.Tell.Print(i18n.T("Outgoing mail servers, in the order in which OpenFire prefers them for %s:", colleague))
	for _, o := range picked {
		t.Dialog.Tell.Detail(i18n.Literal("%s  %s  %s", o.Text("name"), o.Text("smtp_host"), o.User()))
	}
	if picked[0].ID() == ours.ID() {
		return nil
	}
	return t.rearrange(ctx, ours, picked)
}

// rearrange asks what to do with the servers that OpenFire prefers to ours.
func (t *target) rearrange(ctx context.Context, ours openfire.Server, picked []openfire.Server) error {
	q := prompt.Question{ID: "others", Default: dialog.LowerOthers,
		Help: i18n.T("below: give them a lower priority; archive: disable them; keep: leave them unchanged.")}
	if t.Dialog.Unattended() {
		q.Default = dialog.KeepOthers
	}
	q.Title = i18n.T("Mail from other users does not go through %s. What should happen to the other outgoing "+
		"mail servers?", ours.Text("name"))
	answer, err := t.Dialog.Ask(ctx, q)
	if err != nil {
		return err
	}
	first := ours.Int("sequence")
	for _, o := range picked {
		if o.ID() == ours.ID() {
			continue
		}
		switch {
		case answer == dialog.ArchiveOthers:
			err = t.client.Set(ctx, o, "active", false)
		case answer == dialog.LowerOthers && o.Int("sequence") <= first:
			err = t.client.Set(ctx, o, "sequence", first+10)
		}
		if err != nil {
			return err
		}
	}
	if answer != dialog.KeepOthers {
		if err := t.read(ctx); err != nil {
			return err
		}
	}
	t.reportFirst(ours)
	return nil
}

// reportFirst prints which server is the first one now. Another server can still be
// preferred: if its host has the sender's domain, or if it was kept.
func (t *target) reportFirst(ours openfire.Server) {
	_, domain, _ := strings.Cut(ours.User(), "@")
	if picked := t.config.ServersFor("?@" + domain); len(picked) > 0 && picked[0].ID() != ours.ID() {
		t.Dialog.Tell.Warn(i18n.T("OpenFire still prefers %s to %s. To change that, archive it (--others archive).",
			picked[0].Text("name"), ours.Text("name")))
		return
	}
	t.Dialog.Tell.Done(i18n.T("%s is now the first outgoing mail server.", ours.Text("name")))
}

// warnBounceAddress warns if the base sends with its bounce address instead of the
// mailbox as the envelope sender.
func (t *target) warnBounceAddress() {
	address := t.config.BounceAddress()
	if address == "" || strings.EqualFold(address, t.file.Mailbox()) {
		return
	}
	t.Dialog.Tell.Warn(i18n.T("mail.catchall.domain is set: the base sends all its mail as %s, and Exchange "+
		"refuses it unless %s may send as that address. Clear mail.catchall.domain (Technical > System "+
		"Parameters) or, with Odoo 12 and later, set mail.force.smtp.from to %[2]s.", address, t.file.Mailbox()))
}
