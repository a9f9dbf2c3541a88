package entra

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
)

// Every token but the id_token, which must be a JWT, says what it is.
const (
	accessPrefix  = "sandbox-at"
	refreshPrefix = "sandbox-rt"
	lifetime      = 75 * time.Minute // Entra's mean
)

// grant is what a token, or a code, stands for.
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

// seal writes a token that describes itself. The key is known to everybody:
// what it keeps out is accidents, not people.
func seal(prefix string, g grant) string {
	g.Random = rand.Text()[:12]
	body, _ := json.Marshal(g) // strings and numbers always encode
	text := prefix + "." + base64.RawURLEncoding.EncodeToString(body)
	return text + "." + mac(text)
}

func mac(text string) string {
	h := hmac.New(sha256.New, []byte("openfire-o365 sandbox"))
	h.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// unseal reads a token of that kind.
func unseal(prefix, token string) (g grant, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || parts[0] != prefix || !hmac.Equal([]byte(mac(parts[0]+"."+parts[1])), []byte(parts[2])) {
		return g, false
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	return g, err == nil && json.Unmarshal(body, &g) == nil
}

// Authorize says whether an access token lets a mailbox use a mail scope: it is
// for Exchange, not expired, holds the scope, and is the mailbox's own.
func Authorize(now time.Time, token, mailbox, scope string) bool {
	g, ok := unseal(accessPrefix, token)
	return ok && g.Audience == "https://outlook.office.com" && now.Unix() < g.Expires &&
		slices.Contains(strings.Fields(g.Scope), strings.TrimPrefix(scope, azure.Resource)) && strings.EqualFold(g.Mailbox, mailbox)
}

// GraphCaller reads an access token for Microsoft Graph: whose it is, and the
// short names of its scopes.
func GraphCaller(now time.Time, token string) (mailbox string, scopes []string, ok bool) {
	g, ok := unseal(accessPrefix, token)
	ok = ok && g.Audience+"/" == azure.GraphResource && g.Mailbox != "" && now.Unix() < g.Expires
	return g.Mailbox, strings.Fields(g.Scope), ok
}

// AccountID is the object ID of a mailbox's account, the same in every run.
func AccountID(mailbox string) string { return objectID(mailbox) }

// Issue makes the tokens of a mailbox that has consented to scopes, as if it had
// signed in: for training and tests that begin where set-up ends.
func Issue(now time.Time, mailbox string, scopes ...string) (access, refresh string) {
	g := grant{Mailbox: mailbox, ObjectID: objectID(mailbox), Tenant: TenantID, Client: ClientID, Granted: scopes}
	return g.access(now, short(scopes)), g.refresh(now)
}

// access is an access token for Exchange with those scopes, by their short names.
func (g grant) access(now time.Time, scopes []string) string {
	if g.Audience = strings.TrimSuffix(azure.Resource, "/"); g.Client == azure.GraphCommandLine {
		g.Audience = strings.TrimSuffix(azure.GraphResource, "/")
	}
	g.Scope, g.Granted = strings.Join(scopes, " "), nil
	g.Issued, g.Expires = now.Unix(), now.Add(lifetime).Unix()
	return seal(accessPrefix, g)
}

// refresh is a refresh token for what was consented to.
func (g grant) refresh(now time.Time) string {
	g.Issued = now.Unix()
	return seal(refreshPrefix, g)
}

// short are scopes as an access token names them.
func short(scopes []string) []string {
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

// openID reports a scope of the protocol itself (OpenID Connect Core sections
// 5.4 and 11), which needs no permission of the resource.
func openID(scope string) bool {
	return scope == "openid" || scope == "profile" || scope == "email" || scope == "offline_access"
}

// objectID is the same for the same mailbox in every run.
func objectID(mailbox string) string {
	h := sha256.Sum256([]byte(strings.ToLower(mailbox)))
	e := base16(h[:16])
	return e[:8] + "-" + e[8:12] + "-4" + e[13:16] + "-8" + e[17:20] + "-" + e[20:32]
}

func base16(b []byte) string {
	const digits = "0123456789abcdef"
	var out []byte
	for _, x := range b {
		out = append(out, digits[x>>4], digits[x&15])
	}
	return string(out)
}

// grant answers with tokens for the mail scopes among those asked for. The
// answer names them and the OpenID scopes, but never offline_access.
func (s *Server) grant(w http.ResponseWriter, r *http.Request, g grant, scopes []string, first bool) {
	now := s.Now()
	if mood(g.Mailbox) == "noscope" {
		scopes = slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return s == azure.ScopeSMTP })
	}
	var told []string
	openid := g.openid
	for _, scope := range scopes {
		if strings.HasPrefix(scope, azure.Resource) || strings.HasPrefix(scope, azure.GraphResource) || openID(scope) && scope != "offline_access" {
			told = append(told, scope)
		}
		openid = openid || scope == "openid"
	}
	seconds := int(lifetime / time.Second)
	answer := success{TokenType: "Bearer", Scope: strings.Join(told, " "), ExpiresIn: seconds, ExtExpiresIn: seconds, AccessToken: g.access(now, short(told))}
	if slices.Contains(g.Granted, "offline_access") && mood(g.Mailbox) != "norefresh" && (first || mood(g.Mailbox) != "norotate") {
		answer.RefreshToken = g.refresh(now)
	}
	if openid {
		answer.IDToken = s.idToken(g, address(r)+"/"+g.Tenant+"/v2.0")
	}
	if r.PostForm.Get("client_info") == "1" { // MSAL's, which names the account by it
		info, _ := json.Marshal(map[string]string{"uid": g.ObjectID, "utid": g.Tenant})
		answer.ClientInfo = base64.RawURLEncoding.EncodeToString(info)
	}
	w.Header().Set("x-ms-request-id", newGUID())
	writeJSON(w, http.StatusOK, answer)
}
