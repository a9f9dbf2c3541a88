package azure

import "github.com/openfire-fr/openfire-o365/internal/lang"

// imapFaults have no codes: the words are all there is (RFC 3501 section 7.1).
var imapFaults = []Fault{
	{
		ID: "imap-authenticate-failed", Where: FromIMAP, Verb: "AUTHENTICATE",
		Words:  []string{"authenticate failed"},
		Sample: "AUTHENTICATE failed.",
		Source: "learn.microsoft.com, OAuth for IMAP, POP and SMTP",
		What:   lang.Text{FR: "Exchange refuse la connexion IMAP : jeton d'un autre compte, ou IMAP désactivé pour cette boîte.", EN: "Exchange refuses the IMAP sign-in: a token of another account, or IMAP switched off for this mailbox."},
		Do: lang.Text{FR: "Centre d'administration Microsoft 365 > Utilisateurs actifs (Active users) > la boîte > Courrier (Mail) > Gérer les applications de messagerie (Manage email apps) : cochez IMAP.",
			EN: "Microsoft 365 admin center > Active users > the mailbox > Mail > Manage email apps: tick IMAP."},
		Who: ExchangeAdmin, Link: MailLink, Exit: lang.Mail,
	}, {
		ID: "imap-not-connected", Where: FromIMAP, Verb: "SELECT",
		Words:  []string{"user is authenticated but not connected"},
		Sample: "User is authenticated but not connected.",
		Source: "getmail6/getmail6#221; jstedfast/MailKit#1494",
		What:   lang.Text{FR: "Le jeton est bon, mais il n'ouvre pas cette boîte aux lettres : c'est souvent celui d'un autre compte.", EN: "The token is good but does not open this mailbox: it is often another account's."},
		Do:     lang.Text{FR: "Relancez « openfire-o365 setup » et connectez-vous avec la boîte aux lettres elle-même ; vérifiez qu'IMAP y est permis.", EN: "Run \"openfire-o365 setup\" and sign in as the mailbox itself; check that IMAP is allowed for it."},
		Who:    ExchangeAdmin, Link: MailLink, Exit: lang.Mail,
	},
}
