package transfer

import (
	"context"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
)

// order shows which server OpenFire takes for the mail of its users, and puts the
// others behind ours if the person wants that: a server that is never picked has
// no use for its token.
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
	t.Dialog.Tell.Print(i18n.T("Outgoing mail servers, in the order in which OpenFire takes them for %s:", colleague))
	for _, o := range picked {
		t.Dialog.Tell.Detail(i18n.Literal("%s  %s  %s", o.Text("name"), o.Text("smtp_host"), o.User()))
	}
	if picked[0].ID() == ours.ID() {
		return nil
	}
	return t.rearrange(ctx, ours, picked)
}

// rearrange asks what becomes of the servers before ours.
func (t *target) rearrange(ctx context.Context, ours openfire.Server, picked []openfire.Server) error {
	q := prompt.Question{ID: "others", Default: dialog.LowerOthers,
		Help: i18n.T("below: put them behind it; archive: disable them; keep: leave them.")}
	if t.Dialog.Unattended() {
		q.Default = dialog.KeepOthers
	}
	q.Title = i18n.T("Other users' mail does not go through %s. What about the other outgoing mail servers?", ours.Text("name"))
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
			err = t.client.Archive(ctx, o)
		case answer == dialog.LowerOthers && o.Int("sequence") <= first:
			err = t.client.SetSequence(ctx, o, first+10)
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

// reportFirst prints which server comes first now. A server can stay before ours
// whatever the order: its host has the sender's domain, or it was to be kept.
func (t *target) reportFirst(ours openfire.Server) {
	_, domain, _ := strings.Cut(ours.User(), "@")
	if picked := t.config.ServersFor("?@" + domain); len(picked) > 0 && picked[0].ID() != ours.ID() {
		t.Dialog.Tell.Warn(i18n.T("OpenFire still takes %s before %s; to change that, archive it (--others archive).",
			picked[0].Text("name"), ours.Text("name")))
		return
	}
	t.Dialog.Tell.Done(i18n.T("%s comes first.", ours.Text("name")))
}

// warnBounceAddress warns where Exchange will see the bounce address as sender
// instead of the mailbox.
func (t *target) warnBounceAddress() {
	address := t.config.BounceAddress()
	if address == "" || strings.EqualFold(address, t.file.Mailbox()) {
		return
	}
	t.Dialog.Tell.Warn(i18n.T("mail.catchall.domain is set: the base hands over all its mail in the name of %s, and Exchange refuses it unless %s may send as that address. Empty mail.catchall.domain (Technical > System Parameters), or from Odoo 12 on set mail.force.smtp.from to %[2]s.", address, t.file.Mailbox()))
}
