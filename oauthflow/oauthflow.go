// Package oauthflow is an OAuth 2.0 client: authorization in the browser with a
// loopback redirect, code exchange and refresh (RFC 6749, RFC 7636, RFC 8252,
// OpenID Connect Core 1.0). It does not interpret the errors of a specific server.
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

// Config is an application and its authorization server. With a secret, which is
// sent in the body (client_secret_post), the application is a confidential client,
// otherwise a public client (RFC 6749 section 2.1).
type Config struct {
	ClientID  string
	Secret    secret.String
	Authorize string // URL of the authorization endpoint
	Token     string // URL of the token endpoint
	HTTP      *network.Client
	Now       func() time.Time
}

// Token is a token response.
type Token struct {
	Access   secret.String
	Refresh  secret.String // empty if missing or malformed: the old one stays valid
	Lifetime time.Duration // of Access, 5 minutes to 24 hours
	Scope    string        // as granted, sanitized
	ID       *Claims       // nil without an id_token
	Notes    []string      // oddities of the response, in English, for the log
	Date     time.Time     // the server's clock; zero without a Date header
}

// Refresh refreshes a token with the same request as an Odoo base, which includes
// the scope and the redirect URI. It posts once. Errors are *Error,
// ErrNotTokenAnswer, network.ErrRedirect, or those of the network. A Token returned
// with ErrNotTokenAnswer may contain a refresh token, which must be kept.
func (c Config) Refresh(ctx context.Context, refresh secret.String, scope, redirectURI string) (Token, error) {
	return c.post(ctx, c.Token, url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {refresh.Reveal()},
		"scope": {scope}, "redirect_uri": {redirectURI},
	})
}

// ClientCredentials requests a token for the application itself (RFC 6749 section
// 4.4) and discards it, in order to check the client secret. Errors are those of
// Refresh.
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

// Exchange redeems the code. It posts once, because the code can be used only once,
// even if the answer is lost. Errors are those of Refresh, or ErrClaims for an
// id_token that was not issued for this request.
func (c Config) Exchange(ctx context.Context, r *Callback) (Token, error) {
	read := &reader{config: c}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: read})
	_, err := c.oauth2(r.request.redirect).Exchange(ctx, r.code.Reveal(), oauth2.VerifierOption(r.request.verifier))
	switch {
	case read.err != nil:
		err = read.err
	case err != nil:
		err = fmt.Errorf("%w: the exchange failed", ErrNotTokenAnswer)
	case read.token.ID != nil:
		err = read.token.ID.check(c, r.request.nonce)
	}
	if err != nil {
		return Token{}, err
	}
	return read.token, nil
}

// oauth2 returns the configuration for package oauth2. Without an AuthStyle, the
// package would send a refused request twice.
func (c Config) oauth2(redirect string) *oauth2.Config {
	return &oauth2.Config{ClientID: c.ClientID, ClientSecret: c.Secret.Reveal(), RedirectURL: redirect,
		Endpoint: oauth2.Endpoint{AuthURL: c.Authorize, TokenURL: c.Token, AuthStyle: oauth2.AuthStyleInParams}}
}

// reader is the transport for the exchange by package oauth2. It reads the response
// with readAnswer and gives the package a fixed response, because the package would
// reject a response with a valid refresh token if another member is malformed.
type reader struct {
	config Config
	token  Token
	err    error
}

// RoundTrip sends the request through the client of package network.
func (r *reader) RoundTrip(req *http.Request) (*http.Response, error) {
	answer, err := r.config.HTTP.Do(req.Context(), req)
	if err == nil {
		r.token, err = readAnswer(answer, r.config.Now())
	}
	if r.err = err; err != nil {
		return nil, err
	}
	header := http.Header{"Content-Type": {"application/json"}}
	body := io.NopCloser(strings.NewReader(`{"access_token":"in reader.token","token_type":"Bearer"}`))
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: body, Request: req}, nil
}
