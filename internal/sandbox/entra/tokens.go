package entra

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math/big"
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

// Issue makes the tokens of a mailbox that has consented to scopes, as if it had
// signed in: for training and tests that begin where set-up ends.
func Issue(now time.Time, mailbox string, scopes ...string) (access, refresh string) {
	g := grant{Mailbox: mailbox, ObjectID: objectID(mailbox), Tenant: TenantID, Client: ClientID, Granted: scopes}
	return g.access(now, short(scopes)), g.refresh(now)
}

// access is an access token for Exchange with those scopes, by their short names.
func (g grant) access(now time.Time, scopes []string) string {
	g.Audience, g.Scope, g.Granted = "https://outlook.office.com", strings.Join(scopes, " "), nil
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
		if name, ok := strings.CutPrefix(s, azure.Resource); ok {
			names = append(names, name)
		}
	}
	return names
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

// signingKey signs id_tokens.
type signingKey struct {
	private *rsa.PrivateKey
	id      string
}

func newKey() *signingKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // crypto/rand never fails (its documentation)
	}
	return &signingKey{key, rand.Text()[:16]}
}

// idToken is a v2.0 id_token, a real JWT (RFC 7519) signed with RS256.
func (s *Server) idToken(g grant) string {
	key := s.key()
	now := s.Now()
	segment := func(v any) string {
		b, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(b)
	}
	text := segment(map[string]string{"typ": "JWT", "alg": "RS256", "kid": key.id}) + "." + segment(map[string]any{
		"aud": g.Client, "iss": s.Address + "/" + g.Tenant + "/v2.0", "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"name": strings.Split(g.Mailbox, "@")[0], "nonce": g.nonce, "oid": g.ObjectID, "preferred_username": g.Mailbox, "email": g.Mailbox,
		"sub": mac(g.ObjectID), "tid": g.Tenant, "uti": rand.Text()[:20], "ver": "2.0"})
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, key.private, crypto.SHA256, digest[:])
	if err != nil {
		panic(err) // the key has 2048 bits and the digest fits
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// keys is the JSON Web Key Set (RFC 7517).
func (s *Server) keys(w http.ResponseWriter, _ *http.Request) {
	key := s.key()
	public := key.private.PublicKey
	exponent := binary.BigEndian.AppendUint32(nil, uint32(public.E))
	writeJSON(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "use": "sig", "kid": key.id, "alg": "RS256",
		"n": base64.RawURLEncoding.EncodeToString(public.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(new(big.Int).SetBytes(exponent).Bytes())}}})
}
