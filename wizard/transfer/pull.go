package transfer

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure/entra"
	"github.com/openfire-fr/openfire-o365/internal/apply"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/openfire/input"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
)

// Pull creates a token file from a base that is already connected, so that verify
// and token refresh also work for a base that was set up by hand. mailbox selects
// one of several; "" selects the only one.
func (t *Transfer) Pull(ctx context.Context, to openfire.Base, mailbox string) error {
	had, err := t.Store.Load(to)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	b, err := t.connect(ctx, to, tokenfile.New(to, ""))
	if err != nil {
		return err
	}
	if mailbox, err = b.choose(mailbox); err != nil {
		return err
	}
	file, err := apply.Pull(ctx, b.client, b.config, mailbox)
	if err != nil {
		return err
	}
	t.List.Print(i18n.N("Read from the base: application %s, mailbox %s, %d set of tokens (secret, not shown).",
		"Read from the base: application %s, mailbox %s, %d sets of tokens (secret, not shown).", len(file.Blocks()),
		file.Client.ID, file.Mailbox(), len(file.Blocks())))
	b.report("pull", map[string]any{"client_id": sanitize.Line(file.Client.ID), "mailbox": file.Mailbox()})
	if t.DryRun {
		return nil
	}
	if had.Mailbox() != "" && !strings.EqualFold(had.Mailbox(), file.Mailbox()) {
		if err := b.override(ctx, i18n.T("Replace it?"), &problem.Problem{Exit: problem.Safety, ID: "mailbox",
			What: i18n.T("The token file of %s belongs to the mailbox %s.", to.Host(), had.Mailbox()),
			Do:   i18n.T("Choose the other mailbox with --mailbox, or replace the file with --force.")}); err != nil {
			return err
		}
	}
	if file.Azure.TenantID = had.Azure.TenantID; file.Azure.TenantID == "" {
		// A base does not store its tenant: use that of the mailbox's domain.
		_, domain, _ := strings.Cut(file.Mailbox(), "@")
		file.Azure.TenantID, _ = entra.Tenant(ctx, t.HTTP, t.Cloud, domain)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, err := t.Store.Edit(ctx, to, func(f *tokenfile.File) { f.Adopt(file) }); err != nil {
		return err
	}
	if _, err := t.Valid(ctx, to, tokens.Due{Always: true}); err != nil {
		return err
	}
	t.Dialog.Tell.Done(i18n.T("Token file written, tokens renewed once. Run \"openfire-o365 verify %s\" to check "+
		"everything.", to.Name()))
	return nil
}

// choose returns the connected mailbox; mailbox selects one of several.
func (t *target) choose(mailbox string) (string, error) {
	var users []string
	for _, o := range t.config.Outgoing {
		if o.Active() && o.Outlook && o.Connected && (mailbox == "" || strings.EqualFold(o.User(), mailbox)) {
			users = append(users, o.User())
		}
	}
	switch len(users) {
	case 0:
		return "", &problem.Problem{Exit: problem.Mail, ID: "base.connected",
			What: i18n.T("%s has no outgoing mail server that is connected to Microsoft.", t.base.Host()),
			Do:   i18n.T("Connect it with \"apply --native\", or with setup and then apply.")}
	case 1:
		return input.ParseMailbox(users[0])
	}
	return "", &problem.Problem{Exit: problem.Usage, ID: "mailbox",
		What: i18n.T("Several mailboxes are connected: %s.", strings.Join(users, ", ")),
		Do:   i18n.T("Choose one with --mailbox.")}
}
