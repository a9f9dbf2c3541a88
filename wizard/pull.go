package wizard

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/guard"
	"github.com/openfire-fr/openfire-o365/internal/lang"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// Pull reads a base that is connected already into a token file, so that
// verify and cron can take over what was set up by hand. mailbox chooses among
// several; empty: the only one.
func (a *Apply) Pull(ctx context.Context, to openfire.Base, mailbox string) error {
	had, err := a.Load(to)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	b, err := a.signIn(ctx, to, openfire.NewFile(to, ""))
	if err != nil {
		return err
	}
	if mailbox, err = b.which(mailbox); err != nil {
		return err
	}
	file, err := b.remote.Pull(ctx, b.survey, mailbox)
	if err != nil {
		return err
	}
	b.List.Say(lang.Text{FR: "Lu dans la base : application %s, boîte %s, %d bloc(s) de jetons (secrets, non affichés).", EN: "Read from the base: application %s, mailbox %s, %d block(s) of tokens (secret, not shown)."}.
		With(guard.Line(file.Client.ID), file.Mailbox(), len(file.Blocks())))
	b.report("pull", map[string]any{"client_id": guard.Line(file.Client.ID), "mailbox": file.Mailbox()})
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
	if _, err := a.Save(ctx, to, func(f *openfire.File) { f.Adopt(file) }); err != nil {
		return err
	}
	if _, err := a.Fresh(ctx, to, renewNow); err != nil {
		return err
	}
	a.Tell.Done(lang.Text{FR: "Fichier de jetons écrit et renouvelé une fois. « openfire-o365 verify %s » vérifie toute la chaîne.", EN: "Token file written and renewed once. \"openfire-o365 verify %s\" checks the whole chain."}.With(to.Name()))
	return nil
}

// replaces asks before another mailbox's tokens take the file's place.
func (b *base) replaces(ctx context.Context, had openfire.File) error {
	refusal := &lang.Problem{Exit: lang.Safety, ID: "mailbox",
		What: lang.Text{FR: "Le fichier de jetons de %s est celui de %s.", EN: "The token file of %s is that of %s."}.With(b.Host(), had.Mailbox()),
		Do:   lang.Text{FR: "Choisissez l'autre boîte avec --mailbox, ou --force pour remplacer le fichier.", EN: "Choose the other mailbox with --mailbox, or --force to replace the file."}}
	switch {
	case b.Force:
		return nil
	case b.Alone || b.Yes:
		return refusal
	}
	b.Tell.Problem(refusal)
	return b.confirm(ctx, lang.Text{FR: "Le remplacer ?", EN: "Replace it?"}, No, refusal)
}

// which is the connected mailbox that is meant.
func (b *base) which(mailbox string) (string, error) {
	var users []string
	for _, o := range b.survey.Servers {
		if o.Active() && o.Outlook && o.Connected && (mailbox == "" || strings.EqualFold(o.User(), mailbox)) {
			users = append(users, o.User())
		}
	}
	switch len(users) {
	case 0:
		return "", &lang.Problem{Exit: lang.Mail, ID: "base.connected",
			What: lang.Text{FR: "%s n'a aucun serveur de courriel sortant connecté à Microsoft.", EN: "%s has no outgoing mail server that is connected to Microsoft."}.With(b.Host()),
			Do:   lang.Text{FR: "Connectez-la avec « apply --native », ou avec setup puis apply.", EN: "Connect it with \"apply --native\", or with setup and then apply."}}
	case 1:
		return openfire.ParseMailbox(users[0])
	}
	return "", &lang.Problem{Exit: lang.Usage, ID: "mailbox",
		What: lang.Text{FR: "Plusieurs boîtes sont connectées : %s.", EN: "Several mailboxes are connected: %s."}.With(guard.Line(strings.Join(users, ", "))),
		Do:   lang.Text{FR: "Choisissez avec --mailbox.", EN: "Choose with --mailbox."}}
}

// tenant is not in a base; the mailbox's own directory is the likely one.
func (b *base) tenant(ctx context.Context, had, file openfire.File) (string, error) {
	if had.Azure.TenantID != "" {
		return had.Azure.TenantID, nil
	}
	_, domain, _ := strings.Cut(file.Mailbox(), "@")
	id, err := azure.Tenant(ctx, b.HTTP, b.Cloud, domain)
	if err != nil {
		return "", ctx.Err() // verify will ask for it
	}
	return id, nil
}
