package check

import (
	"context"
	"slices"

	"github.com/openfire-fr/openfire-o365/internal/check/reach"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// ID names a check. Ids never change.
type ID string

// The IDs of checks that setup runs or that other checks need.
const (
	HostProxy    ID = reach.Proxy
	HostNetwork  ID = reach.Network
	HostRoots    ID = reach.Roots
	HostClock    ID = reach.Clock
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
	https  bool // needs a way to Entra's sign-in server, and the same way to another server
	online bool // skipped with Env.Offline
	run    func(context.Context, *run) Result
}

// catalogue returns all checks in the order in which they are reported. A check may
// need a later one: the base and Entra checks read the token file. The Entra checks of
// the application run one after the other, to spare login.microsoftonline.com, and
// TLS is used after the checks of proxy, roots and clock, on which it depends. The last
// three sign in to the base, with Env.Account.
func catalogue() []entry {
	return slices.Concat(hostChecks(), baseChecks(), entraChecks(), tokenChecks(), mailChecks(), settingsChecks())
}
