package wizard

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure/entra"
	"github.com/openfire-fr/openfire-o365/internal/apply"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// Pull reads a base that is connected already into a token file, so that
// verify and cron can take over what was set up by hand. mailbox chooses among
// several; empty: the only one.
func (a *Apply) Pull(ctx context.Context, to openfire.Base, mailbox string) error {
	had, err := a.Store.Load(to)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	b, err := a.signIn(ctx, to, tokenfile.New(to, ""))
	if err != nil {
		return err
	}
	if mailbox, err = b.which(mailbox); err != nil {
		return err
	}
	file, err := apply.Pull(ctx, b.remote, b.survey, mailbox)
	if err != nil {
		return err
	}
	b.List.Print(i18n.T("Read from the base: application %s, mailbox %s, %d block(s) of tokens (secret, not shown).", file.Client.ID, file.Mailbox(), len(file.Blocks())))
	b.report("pull", map[string]any{"client_id": sanitize.Line(file.Client.ID), "mailbox": file.Mailbox()})
	if a.DryRun {
		return nil
	}
	if had.Mailbox() != "" && !strings.EqualFold(had.Mailbox(), file.Mailbox()) {
		if err := b.replaces(ctx, had); err != nil {
			return err
		}
	}
	if file.Azure.TenantID, err = b.tenant(ctx, had, file); err != nil {
		return err
	}
	if _, err := a.Store.Edit(ctx, to, func(f *tokenfile.File) { f.Adopt(file) }); err != nil {
		return err
	}
	if _, err := a.Valid(ctx, to, tokens.Due{Always: true}); err != nil {
		return err
	}
	a.Tell.Done(i18n.T("Token file written and renewed once. \"openfire-o365 verify %s\" checks the whole chain.", to.Name()))
	return nil
}

// replaces asks before another mailbox's tokens take the file's place.
func (b *base) replaces(ctx context.Context, had tokenfile.File) error {
	refusal := &problem.Problem{Exit: problem.Safety, ID: "mailbox",
		What: i18n.T("The token file of %s is that of %s.", b.Host(), had.Mailbox()),
		Do:   i18n.T("Choose the other mailbox with --mailbox, or --force to replace the file.")}
	switch {
	case b.Force:
		return nil
	case b.Alone || b.Yes:
		return refusal
	}
	b.Tell.Problem(refusal)
	return b.confirm(ctx, i18n.T("Replace it?"), ui.No, refusal)
}

// which is the connected mailbox that is meant.
func (b *base) which(mailbox string) (string, error) {
	var users []string
	for _, o := range b.survey.Outgoing {
		if o.Active() && o.Outlook && o.Connected && (mailbox == "" || strings.EqualFold(o.User(), mailbox)) {
			users = append(users, o.User())
		}
	}
	switch len(users) {
	case 0:
		return "", &problem.Problem{Exit: problem.Mail, ID: "base.connected",
			What: i18n.T("%s has no outgoing mail server that is connected to Microsoft.", b.Host()),
			Do:   i18n.T("Connect it with \"apply --native\", or with setup and then apply.")}
	case 1:
		return openfire.ParseMailbox(users[0])
	}
	return "", &problem.Problem{Exit: problem.Usage, ID: "mailbox",
		What: i18n.T("Several mailboxes are connected: %s.", strings.Join(users, ", ")),
		Do:   i18n.T("Choose with --mailbox.")}
}

// tenant is not in a base; the mailbox's own directory is the likely one.
func (b *base) tenant(ctx context.Context, had, file tokenfile.File) (string, error) {
	if had.Azure.TenantID != "" {
		return had.Azure.TenantID, nil
	}
	_, domain, _ := strings.Cut(file.Mailbox(), "@")
	id, err := entra.Tenant(ctx, b.HTTP, b.Cloud, domain)
	if err != nil {
		return "", ctx.Err() // verify will ask for it
	}
	return id, nil
}
