package oauthflow

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// Claims are the claims of an id_token (OpenID Connect Core 1.0 section 2). Its
// signature is not checked, as it comes from the token endpoint over TLS (section
// 3.1.3.7).
type Claims struct {
	Audience           audience
	Issuer, Nonce      string
	TenantID, ObjectID string
	Username           string // preferred_username, else upn
	Email, Name        string
	Expiry             time.Time
}

// audience is one name or a list of them (RFC 7519 section 4.1.3).
type audience []string

func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(a))
}

func claims(jwt string) (*Claims, error) {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return nil, errors.New("not a JWT")
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return nil, errors.New("not a JWT")
	}
	var c struct {
		Iss, Nonce, Tid, Oid, Upn, Email, Name string

		Aud      audience
		Username string  `json:"preferred_username"`
		Exp      float64 `json:"exp"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, errors.New("claims of an unknown shape")
	}
	if c.Username == "" {
		c.Username = c.Upn
	}
	return &Claims{Audience: c.Aud, Issuer: c.Iss, Nonce: c.Nonce, TenantID: c.Tid, ObjectID: sanitize.Line(c.Oid),
		Username: sanitize.Line(c.Username), Email: sanitize.Line(c.Email), Name: sanitize.Line(c.Name),
		Expiry: time.Unix(int64(c.Exp), 0)}, nil
}

// clockSlack is how far two clocks may be apart.
const clockSlack = 10 * time.Minute

// check returns ErrClaims unless the claims belong to a request: audience, nonce,
// expiry, and an issuer that is the named directory on the server that was asked.
func (c *Claims) check(config Config, nonce string) error {
	switch {
	case !slices.Contains(c.Audience, config.ClientID):
		return fmt.Errorf("%w: other audience", ErrClaims)
	case subtle.ConstantTimeCompare([]byte(c.Nonce), []byte(nonce)) != 1:
		return fmt.Errorf("%w: other nonce", ErrClaims)
	case config.Now().After(c.Expiry.Add(clockSlack)):
		return fmt.Errorf("%w: it ended at %s (check this machine's clock)", ErrClaims, c.Expiry.UTC().Format(time.RFC3339))
	case !issuedBy(c.Issuer, config.Authorize) || c.TenantID != "" && !strings.Contains(c.Issuer, "/"+c.TenantID+"/"):
		return fmt.Errorf("%w: other issuer", ErrClaims)
	}
	return nil
}

// Of returns ErrClaims if the claims are those of another account than the one
// that signed in. It compares object IDs, or if objectID is not known the
// directories, where tenant is an ID.
func (c *Claims) Of(objectID, tenant string) error {
	got, want := c.ObjectID, objectID
	if want == "" && len(tenant) == len("00000000-0000-0000-0000-000000000000") {
		got, want = c.TenantID, tenant
	}
	if got == "" || want == "" || strings.EqualFold(got, want) {
		return nil
	}
	return fmt.Errorf("%w: another account", ErrClaims)
}

// issuedBy reports whether the issuer is on the server of the endpoint.
func issuedBy(issuer, endpoint string) bool {
	a, errA := url.Parse(issuer)
	b, errB := url.Parse(endpoint)
	return errA == nil && errB == nil && a.Scheme == b.Scheme && a.Host == b.Host
}
