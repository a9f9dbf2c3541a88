package azure

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/secret"
)

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

// Use is what a base does with a mailbox.
type Use struct {
	Odoo     int  // the base's major version of Odoo
	Incoming bool // it fetches mail
}

// RefreshScope returns the exact scope string with which a base refreshes a token:
// the one of its incoming mail server with Incoming, else that of its outgoing mail
// server. Entra refuses scopes that were not consented to.
func (u Use) RefreshScope() string {
	scope := ScopeSMTP
	if u.Incoming {
		scope = ScopeIMAP
	}
	if u.Odoo >= userReadVersion {
		return "openid email offline_access " + Resource + "User.read " + scope
	}
	return "offline_access " + scope
}

// ConsentScopes returns the scopes of the interactive sign-in, for sending and with
// Incoming for fetching mail.
func (u Use) ConsentScopes() []string {
	scopes := []string{"offline_access", "openid", "email", "profile"}
	for _, name := range u.MinimalPermissions().Exchange {
		scopes = append(scopes, Resource+name)
	}
	return scopes
}

// MissingScopes returns the scopes of wanted that granted, separated by spaces,
// does not contain. Case and order do not matter. The resource may be either of
// Exchange's two host names, or left out.
func MissingScopes(granted string, wanted ...string) []string {
	have := strings.Fields(granted)
	var missing []string
	for _, w := range wanted {
		if !slices.ContainsFunc(have, func(h string) bool { return shortScope(h) == shortScope(w) }) {
			missing = append(missing, w)
		}
	}
	return missing
}

func shortScope(s string) string {
	s = strings.ToLower(s)
	return strings.TrimPrefix(strings.TrimPrefix(s, Resource), "https://outlook.office365.com/")
}

// The well-known application ids of the resources whose permissions are used.
const (
	GraphAppID    = "00000003-0000-0000-c000-000000000000" // Microsoft Graph
	ExchangeAppID = "00000002-0000-0ff1-ce00-000000000000" // Office 365 Exchange Online
)

// GraphCommandLine is the client ID of "Microsoft Graph Command Line Tools", a
// public client that exists in every tenant. The administrator who registers the
// application signs in with it.
const GraphCommandLine = "14d82eec-204b-4c2f-b7e8-296a70dab67e"

// GraphResource is the prefix of Microsoft Graph's scopes.
const GraphResource = "https://graph.microsoft.com/"

// Claims are the claims of an access token that this program uses
// (learn.microsoft.com/entra/identity-platform/access-token-claims-reference).
// Microsoft does not promise that clients can read them.
type Claims struct {
	Audience string `json:"aud"`
	Scopes   string `json:"scp"`
	V1App    string `json:"appid"`
	V2App    string `json:"azp"`
}

// ParseClaims decodes the claims of a JWT without verifying the signature, which
// only the server can that the token is for. It returns false if the token has no
// readable claims.
func ParseClaims(token secret.String) (c Claims, readable bool) {
	parts := strings.Split(token.Reveal(), ".")
	if len(parts) != 3 {
		return c, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(raw, &c) != nil {
		return Claims{}, false
	}
	return c, c.Audience != ""
}

// App returns the client ID that the token was issued to; it may be empty.
func (c Claims) App() string { return cmp.Or(c.V1App, c.V2App) }

// ForExchange reports whether the token is for Exchange Online. The audience is
// Exchange's URL or its client id.
func (c Claims) ForExchange() bool {
	return c.Audience == ExchangeAppID || strings.Contains(c.Audience, "outlook.office")
}
