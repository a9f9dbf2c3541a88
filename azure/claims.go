package azure

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/secret"
)

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
