package check

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// exchangeID is the application ID of Exchange Online. Some tokens have it as
// their audience instead of Exchange's URL
// (learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in).
const exchangeID = "00000002-0000-0ff1-ce00-000000000000"

// claims are the claims of an access token that the checks read
// (learn.microsoft.com/entra/identity-platform/access-token-claims-reference).
type claims struct {
	Audience string `json:"aud"`
	Scopes   string `json:"scp"`
	App      string `json:"appid"`
	AppV2    string `json:"azp"`
}

// parseClaims decodes the claims of a JWT. It does not verify the signature:
// only the mail server can.
func parseClaims(token secret.String) (c claims, readable bool) {
	parts := strings.Split(token.Reveal(), ".")
	if len(parts) != 3 {
		return c, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(raw, &c) != nil {
		return claims{}, false
	}
	return c, c.Audience != ""
}

// issuedToOtherApp returns the application that a token of the file was issued
// to, if it is not the file's own: such tokens cannot be refreshed with the
// file's secret.
func issuedToOtherApp(file tokenfile.File) string {
	for _, b := range file.Blocks() {
		token, _ := parseClaims(b.Tokens.Access)
		if app := cmp.Or(token.App, token.AppV2); app != "" && !strings.EqualFold(app, file.Client.ID) {
			return app
		}
	}
	return ""
}
