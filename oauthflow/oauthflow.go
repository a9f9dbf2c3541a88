// Package oauthflow gets tokens: consent in the browser, the exchange of the
// code, the refresh (RFC 6749, RFC 7636, OpenID Connect Core 1.0). It knows no
// file, no portal and no language: its errors are types.
package oauthflow

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// Config is an application and where it is known. It is a confidential client:
// its secret goes into the body of each request (client_secret_post). Without a
// secret it is a public one (RFC 6749 section 2.1), which sends none.
type Config struct {
	ClientID  string
	Secret    secret.String
	Authorize string // URL of the authorization endpoint
	Token     string // URL of the token endpoint
	HTTP      *network.Client
	Now       func() time.Time
}

// Token is what a token answer gave.
type Token struct {
	Access   secret.String
	Refresh  secret.String // empty when none, or none that can be stored, came: the old one stays good
	Lifetime time.Duration // of Access, 5 minutes to 24 hours
	Scope    string        // as granted, sanitised
	ID       *Claims       // nil without an id_token
	Notes    []string      // what was odd in the answer, in English, for the log
	Date     time.Time     // the server's clock; zero when it did not tell
}

// Refresh renews a token with the very request an Odoo base makes: the scope
// and the redirect URI go along, the secret is in the body. It posts once.
// Errors are *Error for a refusal, ErrNotTokenAnswer, guard.ErrRedirect, or
// the network's. A Token with a Refresh may come along with ErrNotTokenAnswer:
// it must not be lost.
func (c Config) Refresh(ctx context.Context, refresh secret.String, scope, redirectURI string) (Token, error) {
	return c.post(ctx, c.Token, url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {refresh.Reveal()},
		"scope": {scope}, "redirect_uri": {redirectURI},
	})
}

// ClientCredentials proves the client secret: it asks for a token of the
// application itself and throws it away unread.
func (c Config) ClientCredentials(ctx context.Context, tokenURL, scope string) error {
	_, err := c.post(ctx, tokenURL, url.Values{"grant_type": {"client_credentials"}, "scope": {scope}})
	return err
}

// post sends one form with the application's credentials.
func (c Config) post(ctx context.Context, to string, form url.Values) (Token, error) {
	form.Set("client_id", c.ClientID)
	if !c.Secret.Empty() {
		form.Set("client_secret", c.Secret.Reveal())
	}
	req, err := http.NewRequest(http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return Token{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	answer, err := c.HTTP.Do(ctx, req)
	if err != nil {
		return Token{}, err
	}
	return readAnswer(answer, c.Now())
}

// Exchange redeems the code, once: a code is spent even when its answer is
// lost. The id_token, when there is one, must be meant for this sign-in.
func (c Config) Exchange(ctx context.Context, r *Callback) (Token, error) {
	read := &reader{config: c}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: read})
	_, err := c.oauth2(r.signIn.redirect).Exchange(ctx, r.code.Reveal(), oauth2.VerifierOption(r.signIn.verifier))
	switch {
	case read.err != nil:
		return Token{}, read.err
	case err != nil:
		return Token{}, fmt.Errorf("%w: %s", ErrNotTokenAnswer, "the exchange failed")
	}
	if read.token.ID != nil {
		if err := read.token.ID.check(c, r.signIn.nonce); err != nil {
			return Token{}, err
		}
	}
	return read.token, nil
}

// oauth2 is the library's idea of the application. The style is set: left to
// itself the library would send a refused request twice.
func (c Config) oauth2(redirect string) *oauth2.Config {
	return &oauth2.Config{ClientID: c.ClientID, ClientSecret: c.Secret.Reveal(), RedirectURL: redirect,
		Endpoint: oauth2.Endpoint{AuthURL: c.Authorize, TokenURL: c.Token, AuthStyle: oauth2.AuthStyleInParams}}
}

// reader is the transport behind the library's exchange: it reads the answer
// as every other one is read here, and hands the library a cleaned one, which
// would otherwise lose a good refresh token to an odd neighbour.
type reader struct {
	config Config
	token  Token
	err    error
}

// RoundTrip sends the request through the guarded client.
func (r *reader) RoundTrip(req *http.Request) (*http.Response, error) {
	answer, err := r.config.HTTP.Do(req.Context(), req)
	if err == nil {
		r.token, err = readAnswer(answer, r.config.Now())
	}
	if r.err = err; err != nil {
		return nil, err
	}
	header := http.Header{"Content-Type": {"application/json"}}
	body := io.NopCloser(strings.NewReader(`{"access_token":"kept by the reader","token_type":"Bearer"}`))
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: body, Request: req}, nil
}
