package entra

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"
)

// signingKey signs id_tokens.
type signingKey struct {
	private *rsa.PrivateKey
	id      string
}

// signing is the key of all sandboxes of a process. It is made when it is first
// used, because that takes long.
var signing = sync.OnceValue(func() *signingKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // crypto/rand never fails (its documentation)
	}
	return &signingKey{key, rand.Text()[:16]}
})

// idToken returns a v2.0 id_token: a JWT (RFC 7519) signed with RS256.
func (s *Server) idToken(g grant, issuer string) string {
	key := signing()
	now := s.Now()
	segment := func(v any) string {
		b, _ := json.Marshal(v) // strings and numbers always encode
		return base64.RawURLEncoding.EncodeToString(b)
	}
	text := segment(map[string]string{"typ": "JWT", "alg": "RS256", "kid": key.id}) + "." + segment(map[string]any{
		"aud": g.Client, "iss": issuer, "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"name": strings.Split(g.Mailbox, "@")[0], "nonce": g.nonce, "oid": g.ObjectID,
		"preferred_username": g.Mailbox, "email": g.Mailbox,
		"sub": checksum(g.ObjectID), "tid": g.Tenant, "uti": rand.Text()[:20], "ver": "2.0"})
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, key.private, crypto.SHA256, digest[:])
	if err != nil {
		panic(err) // the key has 2048 bits and the digest fits
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// keys is the JSON Web Key Set (RFC 7517).
func (s *Server) keys(w http.ResponseWriter, _ *http.Request) {
	key := signing()
	public := key.private.PublicKey
	exponent := binary.BigEndian.AppendUint32(nil, uint32(public.E))
	encode := base64.RawURLEncoding.EncodeToString
	writeJSON(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "kid": key.id, "alg": "RS256",
		"n": encode(public.N.Bytes()), "e": encode(bytes.TrimLeft(exponent, "\x00")),
	}}})
}
