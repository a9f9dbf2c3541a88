package oauthflow

import (
	"cmp"
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
	Audience audience `json:"aud"`
	Issuer   string   `json:"iss"`
	Nonce    string   `json:"nonce"`
	TenantID string   `json:"tid"`
	ObjectID string   `json:"oid"`
	Username string   `json:"preferred_username"` // if missing, UPN
	UPN      string   `json:"upn"`
	Email    string   `json:"email"`
	Name     string   `json:"name"`
	Expires  float64  `json:"exp"` // Unix seconds
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
	var c Claims
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, errors.New("malformed claims")
	}
	c.Username = cmp.Or(c.Username, c.UPN)
	for _, shown := range []*string{&c.ObjectID, &c.Username, &c.UPN, &c.Email, &c.Name} {
		*shown = sanitize.Line(*shown)
	}
	return &c, nil
}

// clockSlack is the accepted difference between two clocks.
const clockSlack = 10 * time.Minute

// check returns ErrClaims unless the claims match the request: audience, nonce,
// expiry, and an issuer that is the named directory on the requested server.
func (c *Claims) check(config Config, nonce string) error {
	expiry := time.Unix(int64(c.Expires), 0).UTC()
	switch {
	case !slices.Contains(c.Audience, config.ClientID):
		return fmt.Errorf("%w: wrong audience", ErrClaims)
	case subtle.ConstantTimeCompare([]byte(c.Nonce), []byte(nonce)) != 1:
		return fmt.Errorf("%w: wrong nonce", ErrClaims)
	case config.Now().After(expiry.Add(clockSlack)):
		return fmt.Errorf("%w: expired at %s (check this machine's clock)", ErrClaims, expiry.Format(time.RFC3339))
	case !issuedBy(c.Issuer, config.Authorize) || c.TenantID != "" && !strings.Contains(c.Issuer, "/"+c.TenantID+"/"):
		return fmt.Errorf("%w: wrong issuer", ErrClaims)
	}
	return nil
}

// Of returns ErrClaims if the claims are for an account other than the one that
// signed in. It compares the object IDs or, if objectID is empty, the directories,
// provided that tenant is an ID.
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

// issuedBy reports whether the issuer and the endpoint are on the same server.
func issuedBy(issuer, endpoint string) bool {
	a, errA := url.Parse(issuer)
	b, errB := url.Parse(endpoint)
	return errA == nil && errB == nil && a.Scheme == b.Scheme && a.Host == b.Host
}
