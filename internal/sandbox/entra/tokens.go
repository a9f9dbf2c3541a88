package entra

import (
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// lifetime is the lifetime of an access token: Entra's average.
const lifetime = 75 * time.Minute

func newGrant(mailbox, client string, scopes []string) tenant.Grant {
	return tenant.Grant{Mailbox: mailbox, ObjectID: tenant.AccountID(mailbox), Tenant: TenantID, Client: client,
		Granted: scopes, Session: rand.Text()[:12]}
}

// Issue returns tokens for a mailbox as if it had signed in and consented to the
// scopes.
func Issue(now time.Time, mailbox string, scopes ...string) (access, refresh string) {
	g := newGrant(mailbox, ClientID, scopes)
	return accessToken(g, now, scopes), refreshToken(g, now)
}

// accessToken returns an access token for the scopes of one resource.
func accessToken(g tenant.Grant, now time.Time, scopes []string) string {
	resource := azure.Resource
	if g.Client == azure.GraphCommandLine {
		resource = azure.GraphResource
	}
	g.Audience, g.Granted = strings.TrimSuffix(resource, "/"), nil
	g.Scope = strings.Join(shortNames(scopes), " ")
	g.Issued, g.Expires = now.Unix(), now.Add(lifetime).Unix()
	return g.Sign(tenant.AccessPrefix)
}

// refreshToken returns a refresh token for the granted scopes.
func refreshToken(g tenant.Grant, now time.Time) string {
	g.Issued = now.Unix()
	return g.Sign(tenant.RefreshPrefix)
}

// shortNames returns scopes without the prefix of their resource.
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

// isOpenIDScope reports whether a scope is defined by OpenID Connect (Core sections
// 5.4 and 11). These scopes need no consent.
func isOpenIDScope(scope string) bool {
	return scope == "openid" || scope == "profile" || scope == "email" || scope == "offline_access"
}

// issue answers with tokens for those requested scopes that belong to one resource.
// The response lists them and the OpenID scopes, but never offline_access.
func (s *Server) issue(w http.ResponseWriter, r *http.Request, c code, scopes []string) {
	now, scenario := s.Now(), tenant.Scenario(c.Mailbox)
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
		AccessToken: accessToken(c.Grant, now, granted),
	}
	rotates := scenario != "norotate" || r.PostForm.Get("grant_type") == "authorization_code"
	if slices.Contains(c.Granted, "offline_access") && scenario != "norefresh" && rotates {
		answer.RefreshToken = refreshToken(c.Grant, now)
	}
	if c.openid || slices.Contains(scopes, "openid") {
		answer.IDToken = s.idToken(c, address(r)+"/"+c.Tenant+"/v2.0")
	}
	if r.PostForm.Get("client_info") == "1" { // sent by MSAL, which identifies the account by client_info
		info, _ := json.Marshal(map[string]string{"uid": c.ObjectID, "utid": c.Tenant}) // encoding strings cannot fail
		answer.ClientInfo = base64.RawURLEncoding.EncodeToString(info)
	}
	w.Header().Set("x-ms-request-id", tenant.NewID())
	writeJSON(w, http.StatusOK, answer)
}

// signing returns the key that signs id_tokens, and its id. The key is generated on
// first use because this takes long.
var signing = sync.OnceValues(func() (*rsa.PrivateKey, string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // crypto/rand never fails (its documentation)
	}
	return key, rand.Text()[:16]
})

// idToken returns a v2.0 id_token: a JWT (RFC 7519) signed with RS256.
func (s *Server) idToken(c code, issuer string) string {
	key, id := signing()
	now, encode := s.Now(), base64.RawURLEncoding.EncodeToString
	segment := func(v any) string {
		b, _ := json.Marshal(v) // encoding strings and numbers cannot fail
		return encode(b)
	}
	claims := map[string]any{
		"aud": c.Client, "iss": issuer, "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"name": strings.Split(c.Mailbox, "@")[0], "oid": c.ObjectID,
		"preferred_username": c.Mailbox, "email": cmp.Or(tenant.AccountOf(c.Mailbox).Address, c.Mailbox),
		"sub": encode(tenant.Checksum(c.ObjectID)), "tid": c.Tenant, "uti": rand.Text()[:20], "ver": "2.0"}
	if c.nonce != "" { // requested, and not a refresh (OpenID Connect Core sections 2 and 12.2)
		claims["nonce"] = c.nonce
	}
	text := segment(map[string]string{"typ": "JWT", "alg": "RS256", "kid": id}) + "." + segment(claims)
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err) // cannot fail: the digest fits the 2048-bit key
	}
	return text + "." + encode(signature)
}

// keys answers with the JSON Web Key Set (RFC 7517).
func (s *Server) keys(w http.ResponseWriter, _ *http.Request) {
	key, id := signing()
	writeJSON(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "kid": id, "alg": "RS256",
		"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": "AQAB", // 65537, as crypto/rsa makes it
	}}})
}
