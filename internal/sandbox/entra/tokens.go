package entra

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
)

// All tokens begin with sandbox-, except the id_token, which is a JWT.
const (
	accessPrefix  = "sandbox-at"
	refreshPrefix = "sandbox-rt"
	lifetime      = 75 * time.Minute // of an access token: Entra's average
)

// grant is what a token or a code stands for.
type grant struct {
	Mailbox  string   `json:"upn"`
	ObjectID string   `json:"oid"`
	Tenant   string   `json:"tid"`
	Client   string   `json:"appid"`
	Audience string   `json:"aud,omitempty"`
	Scope    string   `json:"scp,omitempty"` // short names, space-separated
	Granted  []string `json:"granted,omitempty"`
	Issued   int64    `json:"iat"`
	Expires  int64    `json:"exp,omitempty"`
	Random   string   `json:"jti"`

	// Of a code only.
	redirect, challenge, method, nonce string
	openid, used                       bool
}

// signToken returns a token that holds the grant. The key of its checksum is
// public: it protects from mistakes only.
func signToken(prefix string, g grant) string {
	g.Random = rand.Text()[:12]
	body, _ := json.Marshal(g) // strings and numbers always encode
	text := prefix + "." + base64.RawURLEncoding.EncodeToString(body)
	return text + "." + checksum(text)
}

func checksum(text string) string {
	h := hmac.New(sha256.New, []byte("openfire-o365 sandbox"))
	h.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// readToken returns the grant in a token with that prefix.
func readToken(prefix, token string) (g grant, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || parts[0] != prefix || !hmac.Equal([]byte(checksum(parts[0]+"."+parts[1])), []byte(parts[2])) {
		return g, false
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	return g, err == nil && json.Unmarshal(body, &g) == nil
}

// Authorize reports whether an access token lets the mailbox use a mail scope:
// it is for Exchange, valid at that time, has the scope, and is the mailbox's.
func Authorize(now time.Time, token, mailbox, scope string) bool {
	g, ok := readToken(accessPrefix, token)
	return ok && g.Audience == "https://outlook.office.com" && now.Unix() < g.Expires &&
		slices.Contains(strings.Fields(g.Scope), strings.TrimPrefix(scope, azure.Resource)) &&
		strings.EqualFold(g.Mailbox, mailbox)
}

// GraphCaller reads an access token for Microsoft Graph. The scopes are without
// the resource's prefix.
func GraphCaller(now time.Time, token string) (mailbox string, scopes []string, ok bool) {
	g, ok := readToken(accessPrefix, token)
	ok = ok && g.Audience+"/" == azure.GraphResource && g.Mailbox != "" && now.Unix() < g.Expires
	return g.Mailbox, strings.Fields(g.Scope), ok
}

// AccountID returns the object id of a mailbox's account, the same in every run.
func AccountID(mailbox string) string { return objectID(mailbox) }

// Issue returns tokens of a mailbox as if it had signed in and consented to the
// scopes.
func Issue(now time.Time, mailbox string, scopes ...string) (access, refresh string) {
	g := grant{Mailbox: mailbox, ObjectID: objectID(mailbox), Tenant: TenantID, Client: ClientID, Granted: scopes}
	return g.accessToken(now, shortNames(scopes)), g.refreshToken(now)
}

// accessToken returns an access token with those scopes, without their prefix.
func (g grant) accessToken(now time.Time, scopes []string) string {
	if g.Audience = strings.TrimSuffix(azure.Resource, "/"); g.Client == azure.GraphCommandLine {
		g.Audience = strings.TrimSuffix(azure.GraphResource, "/")
	}
	g.Scope, g.Granted = strings.Join(scopes, " "), nil
	g.Issued, g.Expires = now.Unix(), now.Add(lifetime).Unix()
	return signToken(accessPrefix, g)
}

// refreshToken returns a refresh token for the granted scopes.
func (g grant) refreshToken(now time.Time) string {
	g.Issued = now.Unix()
	return signToken(refreshPrefix, g)
}

// shortNames returns the scopes of a resource without its prefix.
func shortNames(scopes []string) []string {
	var names []string
	for _, s := range scopes {
		for _, resource := range []string{azure.Resource, azure.GraphResource} {
			if name, ok := strings.CutPrefix(s, resource); ok {
				names = append(names, name)
			}
		}
	}
	return names
}

// isOpenIDScope reports a scope of OpenID Connect itself (Core sections 5.4 and
// 11), which needs no consent.
func isOpenIDScope(scope string) bool {
	return scope == "openid" || scope == "profile" || scope == "email" || scope == "offline_access"
}

// objectID derives a GUID from a mailbox.
func objectID(mailbox string) string {
	h := sha256.Sum256([]byte(strings.ToLower(mailbox)))
	e := hex.EncodeToString(h[:16])
	return e[:8] + "-" + e[8:12] + "-4" + e[13:16] + "-8" + e[17:20] + "-" + e[20:32]
}

// issue answers with tokens for the scopes of a resource among those requested.
// The answer lists them and the OpenID scopes, but never offline_access.
func (s *Server) issue(w http.ResponseWriter, r *http.Request, g grant, scopes []string) {
	now, scenario := s.Now(), scenarioOf(g.Mailbox)
	if scenario == "noscope" {
		scopes = slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return s == azure.ScopeSMTP })
	}
	var granted []string
	for _, scope := range scopes {
		ofResource := strings.HasPrefix(scope, azure.Resource) || strings.HasPrefix(scope, azure.GraphResource)
		if ofResource || isOpenIDScope(scope) && scope != "offline_access" {
			granted = append(granted, scope)
		}
	}
	seconds := int(lifetime / time.Second)
	answer := tokenResponse{
		TokenType: "Bearer", Scope: strings.Join(granted, " "), ExpiresIn: seconds, ExtExpiresIn: seconds,
		AccessToken: g.accessToken(now, shortNames(granted)),
	}
	rotates := scenario != "norotate" || r.PostForm.Get("grant_type") == "authorization_code"
	if slices.Contains(g.Granted, "offline_access") && scenario != "norefresh" && rotates {
		answer.RefreshToken = g.refreshToken(now)
	}
	if g.openid || slices.Contains(scopes, "openid") {
		answer.IDToken = s.idToken(g, address(r)+"/"+g.Tenant+"/v2.0")
	}
	if r.PostForm.Get("client_info") == "1" { // sent by MSAL, which names the account by the answer
		info, _ := json.Marshal(map[string]string{"uid": g.ObjectID, "utid": g.Tenant}) // strings always encode
		answer.ClientInfo = base64.RawURLEncoding.EncodeToString(info)
	}
	w.Header().Set("x-ms-request-id", newGUID())
	writeJSON(w, http.StatusOK, answer)
}
