package faults

import (
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// imapFaults have no codes: the words are all there is (RFC 3501 section 7.1).
var imapFaults = []Fault{
	{
		ID: "imap-authenticate-failed", Where: FromIMAP, Verb: "AUTHENTICATE", Who: ExchangeAdmin,
		Words: []string{"authenticate failed"},
		// Source: learn.microsoft.com, OAuth for IMAP, POP and SMTP
		Sample: "AUTHENTICATE failed.",
		What:   i18n.T("Exchange refuses the IMAP sign-in: a token of another account, or IMAP switched off for this mailbox."),
		Do:     i18n.T("Microsoft 365 admin center > Active users > the mailbox > Mail > Manage email apps: tick IMAP."),
	}, {
		ID: "imap-not-connected", Where: FromIMAP, Verb: "SELECT", Who: ExchangeAdmin,
		Words: []string{"user is authenticated but not connected"},
		// Source: getmail6/getmail6#221; jstedfast/MailKit#1494
		Sample: "User is authenticated but not connected.",
		What:   i18n.T("The token is good but does not open this mailbox: it is often another account's."),
		Do:     i18n.T("Run \"openfire-o365 setup\" and sign in as the mailbox itself; check that IMAP is allowed for it."),
	},
}
