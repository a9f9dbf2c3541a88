package check

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// exchangeID is Exchange Online's own application, which some tokens name as
// their audience instead of its address
// (learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in).
const exchangeID = "00000002-0000-0ff1-ce00-000000000000"

// claims are what an access token says about itself
// (learn.microsoft.com/entra/identity-platform/access-token-claims-reference).
type claims struct {
	Audience string `json:"aud"`
	Scopes   string `json:"scp"`
	App      string `json:"appid"`
	AppV2    string `json:"azp"`
}

// read decodes the middle of a JWT without checking its signature, which is
// the mail server's business.
func read(token secret.String) (c claims, readable bool) {
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

// givenElsewhere compares the application a token was given to with the one the
// file names. Where they differ, the file was put together from two: its tokens
// cannot be renewed with its secret, and are not tried.
func givenElsewhere(file tokenfile.File) (Result, bool) {
	for _, b := range file.Blocks() {
		token, _ := read(b.Tokens.Access)
		app := cmp.Or(token.App, token.AppV2)
		if app == "" || strings.EqualFold(app, file.Client.ID) {
			continue
		}
		return failed(problem.Usage, i18n.T("the file's tokens were given to application %s, and the file names %s.", app, file.Client.ID),
			i18n.T("Put the right file back, or run setup to connect the mailbox again."), faults.Operator), true
	}
	return Result{}, false
}

// tokenScopes reads what the access tokens say about themselves, each for its
// own direction. Microsoft calls that text opaque, so it explains and never
// decides.
func tokenScopes(_ context.Context, r *run) Result {
	file, _ := r.live()
	for _, b := range file.Blocks() {
		wanted := azure.ScopeSMTP
		if b.Incoming {
			wanted = azure.ScopeIMAP
		}
		token, readable := read(b.Tokens.Access)
		switch {
		case !readable:
			return unknown(i18n.T("opaque token: its rights cannot be read (normal for some accounts)."))
		case token.Audience != exchangeID && !strings.Contains(token.Audience, "outlook.office"):
			return warning(i18n.T("the token is made for %s, not for Exchange.", token.Audience), setupAgain, faults.User)
		case len(azure.MissingScopes(token.Scopes, wanted)) > 0:
			return warning(i18n.T("the token lacks the permission %s.", wanted),
				i18n.T("OpenFire application > API permissions, then run setup again and accept."), faults.AppOwner)
		}
	}
	if file.Fetch != nil {
		return ok(i18n.T("the tokens allow sending and fetching mail."))
	}
	return ok(i18n.T("the token allows sending mail."))
}
