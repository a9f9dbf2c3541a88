package azure

import "strings"

// Resource is the prefix of Exchange Online's scopes. Without it the same names
// request a token for Microsoft Graph, which SMTP and IMAP refuse.
const Resource = "https://outlook.office.com/"

// The delegated scopes a base uses
// (learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth).
const (
	ScopeSMTP = Resource + "SMTP.Send"
	ScopeIMAP = Resource + "IMAP.AccessAsUser.All"
)

// userReadVersion is the first major version of Odoo that requests User.Read.
const userReadVersion = 19

// RefreshScope returns the exact scope string with which a base of a major
// version of Odoo refreshes a token, for incoming or for outgoing mail. Entra
// refuses scopes that were not consented to.
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

// ConsentScopes returns the scopes of the interactive sign-in. They cover those
// of RefreshScope.
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

// MissingScopes returns the scopes of wanted that granted, separated by spaces,
// does not contain. Case and order do not matter. The resource may be either of
// Exchange's two host names, or left out.
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
