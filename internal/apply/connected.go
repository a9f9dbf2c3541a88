package apply

import (
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// Disconnected returns why the base does not send the mail of the file's mailbox, or
// does not fetch it although the file is for incoming mail too. It returns the empty
// text if its servers have tokens, whatever they are worth.
func Disconnected(c openfire.MailConfig, f tokenfile.File) i18n.Text {
	server, found := c.OutgoingServer(f.Accounts()...)
	switch {
	case !found:
		return i18n.T("the base has no outgoing mail server for %s.", f.Mailbox())
	case !server.Active() || !server.Outlook:
		return i18n.T("the outgoing mail server \"%s\" is archived or does not use Outlook.", server.Text("name"))
	case !server.Connected:
		return i18n.T("the outgoing mail server \"%s\" has no token.", server.Text("name"))
	}
	switch fetch, found := c.IncomingServer(f.Accounts()...); {
	case f.Fetch == nil:
	case !found || !fetch.Active() || !fetch.Outlook || !fetch.Connected:
		return i18n.T("the base has no connected incoming mail server for %s.", f.Mailbox())
	case fetch.Text("state") == "draft":
		return i18n.T("the incoming mail server \"%s\" is not confirmed, so the base fetches no mail from it.",
			fetch.Text("name"))
	}
	return i18n.Text{}
}
