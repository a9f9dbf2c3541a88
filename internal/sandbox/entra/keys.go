package entra

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// signing returns the key that signs id_tokens, and its id. It is made when it is
// first used, because that takes long.
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
		b, _ := json.Marshal(v) // strings and numbers always encode
		return encode(b)
	}
	text := segment(map[string]string{"typ": "JWT", "alg": "RS256", "kid": id}) + "." + segment(map[string]any{
		"aud": c.Client, "iss": issuer, "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"name": strings.Split(c.Mailbox, "@")[0], "nonce": c.nonce, "oid": c.ObjectID,
		"preferred_username": c.Mailbox, "email": c.Mailbox,
		"sub": encode(tenant.Checksum(c.ObjectID)), "tid": c.Tenant, "uti": rand.Text()[:20], "ver": "2.0"})
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err) // the key has 2048 bits and the digest fits
	}
	return text + "." + encode(signature)
}

// keys is the JSON Web Key Set (RFC 7517).
func (s *Server) keys(w http.ResponseWriter, _ *http.Request) {
	key, id := signing()
	writeJSON(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "kid": id, "alg": "RS256",
		"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": "AQAB", // 65537, as crypto/rsa makes it
	}}})
}
