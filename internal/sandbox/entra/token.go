package entra

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// token is the token endpoint.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm() // invalid parameters count as missing
	if f := s.checkClient(r); f.Code != 0 {
		s.writeError(w, r, f, "")
		return
	}
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		s.redeem(w, r)
	case "refresh_token":
		s.refresh(w, r)
	case "client_credentials":
		s.issueToClient(w, r)
	default:
		s.writeError(w, r, fault(faults.UnsupportedGrantType), "")
	}
}

// issueToClient answers with a token for the application itself. Scopes of OpenID
// Connect beside that of the resource, which MSAL sends, are ignored.
func (s *Server) issueToClient(w http.ResponseWriter, r *http.Request) {
	scopes := slices.DeleteFunc(strings.Fields(r.PostForm.Get("scope")), func(scope string) bool {
		return slices.Contains([]string{"openid", "profile", "email", "offline_access"}, scope)
	})
	resource, isDefault := strings.CutSuffix(strings.Join(scopes, " "), "/.default")
	if !isDefault || resource == "" {
		s.writeError(w, r, fault(faults.NotDefaultScope), "")
		return
	}
	client, _ := credentials(r)
	g := tenant.Grant{Tenant: TenantID, Client: client, Audience: resource, Issued: s.Now().Unix(),
		Expires: s.Now().Add(lifetime).Unix()}
	writeJSON(w, http.StatusOK, tokenResponse{
		TokenType: "Bearer", ExpiresIn: 3599, ExtExpiresIn: 3599, AccessToken: g.Sign(tenant.AccessPrefix),
	})
}

// checkClient checks what all requests have in common: an existing directory, an
// application in it and the application's secret. A fault without a code means
// success.
func (s *Server) checkClient(r *http.Request) faults.Fault {
	client, secret := credentials(r)
	code := 0
	_, known := s.client(client)
	switch {
	case tenantID(r.PathValue("tenant")) == "":
		code = faults.UnknownTenant
	case !known:
		code = faults.UnknownApplication
	case client == azure.GraphCommandLine && secret == "":
	case client == azure.GraphCommandLine:
		code = faults.PublicClient
	case secret == "":
		code = faults.MissingSecret
	case s.checkSecret(client, secret) != 0:
		code = s.checkSecret(client, secret)
	case r.PostForm.Get("scope") == "" && r.PostForm.Get("grant_type") != "authorization_code":
		code = faults.MissingParameter
	}
	return fault(code)
}

// checkSecret returns the error code for a client secret, or 0 if it is valid.
func (s *Server) checkSecret(client, secret string) int {
	switch {
	case client != ClientID:
		return s.Directory.CheckSecret(client, secret)
	case secret == Secret:
		return 0
	case secret == OldSecret:
		return faults.ExpiredSecret
	}
	return faults.WrongSecret
}

// credentials returns the application's credentials, from the form or from the
// Authorization header, where they are form-encoded (RFC 6749 section 2.3.1).
func credentials(r *http.Request) (client, secret string) {
	name, password, basic := r.BasicAuth()
	if !basic {
		return r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	client, _ = url.QueryUnescape(name)
	secret, _ = url.QueryUnescape(password)
	return client, secret
}

// redeem exchanges a code for tokens, once and within ten minutes, with the code
// verifier (RFC 7636 section 4.6). The request may add OpenID scopes, as MSAL does;
// all other scopes must have been consented to.
func (s *Server) redeem(w http.ResponseWriter, r *http.Request) {
	scopes := strings.Fields(r.PostForm.Get("scope"))
	s.mu.Lock()
	c, known := code{}, s.codes[r.PostForm.Get("code")]
	f := fault(s.checkCode(known, r.PostForm, scopes))
	if known != nil {
		known.used = true
		c = *known
	}
	s.mu.Unlock()
	chosen, plays := tenant.Fault(c.Mailbox, faults.FromToken)
	if f.Code == 0 && plays && chosen.Error != "invalid_grant" {
		f = chosen
	}
	if f.Code != 0 {
		s.writeError(w, r, f, c.Mailbox)
		return
	}
	if len(scopes) == 0 {
		scopes = c.Granted
	}
	c.Granted = slices.Compact(slices.Sorted(slices.Values(slices.Concat(c.Granted, scopes))))
	s.issue(w, r, c, scopes)
}

// checkCode checks that the request matches the code. It returns an error code, or
// 0 for success.
func (s *Server) checkCode(c *code, form url.Values, scopes []string) int {
	switch {
	case c == nil:
		return faults.MalformedRequest
	case c.used:
		return faults.CodeRedeemed
	case s.Now().Unix() > c.Issued+600:
		return faults.GrantExpired
	case form.Get("client_id") != "" && form.Get("client_id") != c.Client:
		return faults.InvalidGrant
	case form.Get("redirect_uri") != c.redirect:
		return faults.OtherRedirect
	case c.challenge != "" && !c.verifies(form.Get("code_verifier")):
		return faults.WrongVerifier
	case !consentedTo(scopes, c.Granted):
		return faults.ConsentRequired
	}
	return 0
}

// verifies reports whether the verifier matches the code's challenge.
func (c *code) verifies(verifier string) bool {
	if c.method == "S256" {
		sum := sha256.Sum256([]byte(verifier))
		verifier = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return verifier == c.challenge
}

// refresh exchanges a refresh token for new tokens, for scopes that were consented
// to.
func (s *Server) refresh(w http.ResponseWriter, r *http.Request) {
	old, scopes := r.PostForm.Get("refresh_token"), strings.Fields(r.PostForm.Get("scope"))
	g, ok := tenant.Read(tenant.RefreshPrefix, old)
	f, _ := tenant.Fault(g.Mailbox, faults.FromToken)
	scenario := tenant.Scenario(g.Mailbox)
	client, _ := credentials(r)
	switch {
	case !ok:
		f = fault(faults.MalformedRequest)
	case s.Now().Unix() > g.Issued+90*24*3600:
		f = fault(faults.TokenInactive)
	case g.Client != client:
		f = fault(faults.InvalidGrant)
	case s.Strict && !s.useOnce(old, g.Session):
		f = fault(faults.GrantRevoked)
	case !consentedTo(scopes, g.Granted):
		f = fault(faults.ConsentRequired)
	case scenario == "temporarily_unavailable":
		w.Header().Set("Retry-After", "7")
		f = fault(faults.TransientError)
	}
	switch {
	case f.Code != 0:
		s.writeError(w, r, f, g.Mailbox)
	case scenario == "html":
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html><title>Wi-Fi</title>Please accept our conditions.</html>"))
	default:
		s.issue(w, r, code{Grant: g}, scopes)
	}
}

// useOnce marks a refresh token as used. Its reuse revokes all tokens of the same
// sign-in (RFC 9700 section 4.14.2).
func (s *Server) useOnce(token, session string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spent[token] || s.spent[session] {
		s.spent[session] = true
		return false
	}
	s.spent[token] = true
	return true
}

// consentedTo reports whether each scope was granted or needs no consent. It
// ignores case.
func consentedTo(scopes, granted []string) bool {
	return !slices.ContainsFunc(scopes, func(s string) bool {
		return !isOpenIDScope(s) && !slices.ContainsFunc(granted, func(g string) bool { return strings.EqualFold(g, s) })
	})
}
