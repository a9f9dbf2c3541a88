package azure

import "strings"

// Resource is the audience of mail tokens. The same scope names without it
// would give a token for Microsoft Graph, which SMTP and IMAP refuse.
const Resource = "https://outlook.office.com/"

// The delegated scopes a base uses
// (learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth).
const (
	ScopeSMTP = Resource + "SMTP.Send"
	ScopeIMAP = Resource + "IMAP.AccessAsUser.All"
)

// userReadVersion is the major version of Odoo from which its own list is longer.
const userReadVersion = 19

// RefreshScope is the exact scope string a base of that major version of Odoo
// sends with each renewal, for incoming or for outgoing mail. Entra refuses
// more than was consented, so consent must cover it.
func RefreshScope(odoo int, incoming bool) string {
	scope := ScopeSMTP
	if incoming {
		scope = ScopeIMAP
	}
	if odoo >= userReadVersion {
		return "openid email offline_access " + Resource + "User.read " + scope
	}
	return "offline_access " + scope
}

// ConsentScopes is what the mailbox's owner is asked to consent to, once.
func ConsentScopes(odoo int, incoming bool) []string {
	scopes := []string{"offline_access", "openid", "email", "profile", ScopeSMTP}
	if incoming {
		scopes = append(scopes, ScopeIMAP)
	}
	if odoo >= userReadVersion {
		scopes = append(scopes, Resource+"User.Read")
	}
	return scopes
}

// MissingScopes returns the mail scopes of wanted that granted lacks. Case and
// order do not matter; the resource may be either of Exchange's two host names,
// or left out: whose token it is the mail servers tell for certain.
func MissingScopes(granted string, wanted ...string) []string {
	have := map[string]bool{}
	for s := range strings.FieldsSeq(granted) {
		have[shortScope(s)] = true
	}
	var missing []string
	for _, s := range wanted {
		if !have[shortScope(s)] {
			missing = append(missing, s)
		}
	}
	return missing
}

func shortScope(s string) string {
	s = strings.ToLower(s)
	return strings.TrimPrefix(strings.TrimPrefix(s, Resource), "https://outlook.office365.com/")
}
