package check

import (
	"context"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// ID names a check. Ids never change.
type ID string

// The IDs of checks that setup runs or that other checks need.
const (
	HostClock    ID = "host.clock"
	BaseName     ID = "base.name"
	BaseReach    ID = "base.reach"
	BaseModule   ID = "base.module"
	baseLogin    ID = "base.connected"
	EntraTenant  ID = "entra.tenant"
	EntraApp     ID = "entra.app"
	EntraSecret  ID = "entra.secret"
	EntraExpiry  ID = "entra.secret-expiry"
	TokenFile    ID = "token.file"
	tokenAddress ID = "token.endpoint"
	TokenRefresh ID = "token.refresh"
	SMTPConnect  ID = "smtp.connect"
	SMTPTLS      ID = "smtp.tls"
	SMTPAuth     ID = "smtp.auth"
	SMTPSend     ID = "smtp.send"
	IMAPAuth     ID = "imap.auth"
	MailArrival  ID = "mail.arrival"
)

// entry describes one check. The check is skipped when one that it needs is
// neither ok nor a warning, or when one that it comes after has failed, so that
// each fault is reported once.
type entry struct {
	id     ID
	title  i18n.Text
	needs  []ID // must be ok or a warning
	after  []ID // must not have failed
	online bool // skipped with Env.Offline
	run    func(context.Context, *run) Result
}

// catalogue returns all checks in the order in which they are reported. A check may
// need one that is reported later: the base and Entra checks read their values
// from the token file.
//
// The Entra checks of the application run one after the other, beside the token
// refresh, to spare login.microsoftonline.com. All use of TLS comes after the
// clock, which decides whether certificates are valid. The last two sign in to the
// base, with Env.Account.
func catalogue() []entry {
	return []entry{
		{id: HostClock, title: i18n.T("Clock"), online: true, run: hostClock},
		{id: "host.proxy", title: i18n.T("Proxy"), run: hostProxy},
		{id: BaseName, title: i18n.T("Base name"), run: baseName},
		{id: BaseReach, title: i18n.T("Base reachable"), after: []ID{HostClock}, online: true, run: baseReach},
		{id: BaseModule, title: i18n.T("Outlook module"), needs: []ID{BaseReach}, online: true, run: baseModule},
		{id: "base.version", title: i18n.T("Odoo version"), needs: []ID{BaseReach}, online: true, run: baseVersion},
		{id: EntraTenant, title: i18n.T("Directory (tenant)"), needs: []ID{TokenFile}, after: []ID{HostClock},
			online: true, run: entraTenant},
		{id: EntraApp, title: i18n.T("Application"), needs: []ID{TokenFile, EntraTenant}, online: true, run: entraApp},
		{id: EntraSecret, title: i18n.T("Client secret"), needs: []ID{EntraApp}, online: true, run: entraSecret},
		{id: EntraExpiry, title: i18n.T("Secret expiry"), needs: []ID{TokenFile}, run: entraExpiry},
		{id: "entra.redirect", title: i18n.T("Redirect URI"),
			needs: []ID{EntraApp, tokenAddress}, online: true, run: entraRedirect},
		{id: TokenFile, title: i18n.T("Token file"), needs: []ID{BaseName}, run: tokenFile},
		{id: tokenAddress, title: i18n.T("Token endpoint"), needs: []ID{TokenFile}, run: tokenEndpoint},
		{id: TokenRefresh, title: i18n.T("Token refresh"),
			needs: []ID{TokenFile, tokenAddress}, after: []ID{HostClock}, run: tokenRefresh},
		{id: "token.scopes", title: i18n.T("Token permissions"), needs: []ID{TokenRefresh}, run: tokenScopes},
		{id: "token.account", title: i18n.T("Signed-in account"), needs: []ID{TokenFile}, run: tokenAccount},
		{id: "token.age", title: i18n.T("Token age"), needs: []ID{TokenFile}, run: tokenAge},
		{id: SMTPConnect, title: i18n.T("SMTP server"), online: true, run: smtpConnect},
		{id: SMTPTLS, title: i18n.T("Encryption"), needs: []ID{SMTPConnect}, after: []ID{HostClock}, online: true,
			run: smtpTLS},
		{id: SMTPAuth, title: i18n.T("SMTP sign-in"), needs: []ID{TokenRefresh, SMTPTLS}, online: true, run: smtpAuth},
		{id: SMTPSend, title: i18n.T("Test message"), needs: []ID{SMTPAuth}, online: true, run: smtpSend},
		{id: IMAPAuth, title: i18n.T("IMAP sign-in"), needs: []ID{TokenRefresh}, online: true, run: imapAuth},
		{id: MailArrival, title: i18n.T("Message delivery"), needs: []ID{SMTPSend, IMAPAuth}, online: true,
			run: mailArrival},
		{id: baseLogin, title: i18n.T("Base connected"), needs: []ID{TokenFile}, online: true, run: baseConnected},
		{id: "base.values", title: i18n.T("Base settings"), needs: []ID{baseLogin}, online: true, run: baseValues},
	}
}
