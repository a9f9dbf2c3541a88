package wizard

import (
	"context"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// What becomes of the base's other outgoing servers.
const (
	keep    = "keep"
	below   = "below"
	archive = "archive"
)

// others reads the answer in either language.
func others(s string) (string, error) {
	switch strings.ToLower(s) {
	case keep, "garder":
		return keep, nil
	case below, "apres", "après":
		return below, nil
	case archive, "archiver":
		return archive, nil
	}
	return "", &problem.Problem{Exit: problem.Usage, ID: "others", What: i18n.T("Answer keep, below or archive.")}
}

// order shows which server OpenFire takes for the mail of its users, and puts
// the others behind ours if that is wanted: a token is of no use to a server
// that is never picked.
func (b *base) order(ctx context.Context) error {
	mailbox := b.file.Mailbox()
	ours, _ := b.survey.OutgoingServer(mailbox)
	_, domain, _ := strings.Cut(mailbox, "@")
	colleague := i18n.T("a-colleague").In(b.Tell.Lang) + "@" + domain
	picked := b.survey.ServersFor(colleague)
	b.bounce()
	if len(picked) == 0 || len(picked) == 1 && picked[0].ID() == ours.ID() {
		return nil
	}
	b.Tell.Print(i18n.T("Outgoing mail servers, in the order in which OpenFire takes them for %s:", colleague))
	for _, o := range picked {
		b.Tell.Detail(i18n.Literal(sanitize.Line(o.Text("name")) + "  " + sanitize.Line(o.Text("smtp_host")) + "  " + sanitize.Line(o.User())))
	}
	if picked[0].ID() == ours.ID() {
		return nil
	}
	return b.rearrange(ctx, ours, picked)
}

// rearrange asks what becomes of the servers before ours.
func (b *base) rearrange(ctx context.Context, ours openfire.Server, picked []openfire.Server) error {
	q := questions(b.Now())["others"]
	if q.Default = below; b.Alone {
		q.Default = keep
	}
	q.Title = i18n.T("Other users' mail does not go through %s. What about the other outgoing mail servers?", ours.Text("name"))
	q.Help = i18n.T("below: put them behind it; archive: disable them; keep: leave them.")
	answer, err := b.Ask.Ask(ctx, q)
	if err != nil {
		return err
	}
	first := ours.Int("sequence")
	for _, o := range picked {
		if o.ID() == ours.ID() {
			continue
		}
		switch {
		case answer == archive:
			err = b.remote.Archive(ctx, o)
		case answer == below && o.Int("sequence") <= first:
			err = b.remote.SetSequence(ctx, o, first+10)
		}
		if err != nil {
			return err
		}
	}
	if answer != keep {
		if err := b.look(ctx); err != nil {
			return err
		}
	}
	return b.stillBehind(ours)
}

// stillBehind warns of a server that no order puts behind ours: its host bears
// the sender's own domain, or people left it there.
func (b *base) stillBehind(ours openfire.Server) error {
	_, domain, _ := strings.Cut(ours.User(), "@")
	if picked := b.survey.ServersFor("?@" + domain); len(picked) > 0 && picked[0].ID() != ours.ID() {
		b.Tell.Warn(i18n.T("OpenFire still takes %s before %s; to change that, archive it (--others archive).", picked[0].Text("name"), ours.Text("name")))
		return nil
	}
	b.Tell.Done(i18n.T("%s comes first.", ours.Text("name")))
	return nil
}

// bounce warns where Exchange will see another sender than the mail's own.
func (b *base) bounce() {
	address := b.survey.BounceAddress()
	if address == "" || strings.EqualFold(address, b.file.Mailbox()) {
		return
	}
	b.Tell.Warn(i18n.T("mail.catchall.domain is set: the base hands over all its mail in the name of %s, and Exchange refuses it unless %s may send as that address. Empty mail.catchall.domain (Technical > System Parameters), or from Odoo 12 on set mail.force.smtp.from to %[2]s.", address, b.file.Mailbox()))
}
