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
	"github.com/openfire-fr/openfire-o365/internal/sandbox/graph"
)

// token is the token endpoint.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if r.ParseForm() != nil {
		f := protocolError(faults.MalformedRequest, "invalid_request", "Invalid request. Request is malformed or invalid.")
		s.writeError(w, r, f, f.Sample, "")
		return
	}
	tenant := r.PathValue("tenant")
	if f, bad := s.checkClient(r, tenant); bad {
		s.writeError(w, r, f, s.message(f, clientID(r), tenant, "", r.PostForm.Get("redirect_uri")), "")
		return
	}
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		s.redeem(w, r)
	case "refresh_token":
		s.refresh(w, r)
	case "client_credentials":
		now := s.Now()
		token := signToken(accessPrefix, grant{
			Tenant: TenantID, Client: clientID(r), Audience: strings.TrimSuffix(r.PostForm.Get("scope"), "/.default"),
			Issued: now.Unix(), Expires: now.Add(lifetime).Unix(),
		})
		answer := tokenResponse{TokenType: "Bearer", ExpiresIn: 3599, ExtExpiresIn: 3599, AccessToken: token}
		writeJSON(w, http.StatusOK, answer)
	default:
		f := protocolError(faults.UnsupportedGrantType, "unsupported_grant_type",
			"The app requested an unsupported grant type.")
		s.writeError(w, r, f, f.Sample, "")
	}
}

// checkClient checks what every request needs: a directory, an application in it
// and the application's secret.
func (s *Server) checkClient(r *http.Request, tenant string) (faults.Fault, bool) {
	form := r.PostForm
	client, secret := credentials(r)
	code := 0
	_, known := s.client(client)
	switch {
	case tenantID(tenant) == "":
		code = faults.UnknownTenant
	case !known:
		code = faults.UnknownApplication
	case client == azure.GraphCommandLine && secret == "":
		return faults.Fault{}, false
	case client == azure.GraphCommandLine:
		code = faults.PublicClient
	case s.checkSecret(client, secret) == graph.Expired:
		code = faults.ExpiredSecret
	case secret == "":
		f := protocolError(faults.MissingSecret, "invalid_client",
			"The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
		f.Status = http.StatusUnauthorized
		return f, true
	case s.checkSecret(client, secret) != graph.Good:
		code = faults.WrongSecret
	case form.Get("scope") == "" && form.Get("grant_type") == "refresh_token":
		return protocolError(faults.MissingParameter, "invalid_request",
			"The request body must contain the following parameter: 'scope'."), true
	}
	f, bad := faults.ByCode(code)
	return f, bad
}

// checkSecret checks a client secret.
func (s *Server) checkSecret(client, secret string) graph.Verdict {
	switch {
	case client != ClientID:
		return s.Directory.Secret(client, secret)
	case secret == Secret:
		return graph.Good
	case secret == OldSecret:
		return graph.Expired
	}
	return graph.Wrong
}

// clientID returns the application that makes the request.
func clientID(r *http.Request) string {
	id, _ := credentials(r)
	return id
}

// credentials returns the application's credentials, from the form or from the
// header, in which they are form-encoded (RFC 6749 section 2.3.1).
func credentials(r *http.Request) (client, secret string) {
	name, password, basic := r.BasicAuth()
	if !basic {
		return r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	client, err := url.QueryUnescape(name)
	if err != nil {
		return "", ""
	}
	secret, err = url.QueryUnescape(password)
	if err != nil {
		return client, ""
	}
	return client, secret
}

// redeem exchanges a code for tokens: once, within ten minutes, with the
// verifier (RFC 7636 section 4.6). OpenID scopes may be added here, as MSAL does;
// all others must have been consented to.
func (s *Server) redeem(w http.ResponseWriter, r *http.Request) {
	scopes := strings.Fields(r.PostForm.Get("scope"))
	s.mu.Lock()
	known := s.codes[r.PostForm.Get("code")]
	f := s.checkCode(known, r.PostForm, scopes)
	g := grant{}
	if known != nil {
		known.used = true
		g = *known
	}
	s.mu.Unlock()
	chosen, plays := faults.ByID(scenarioOf(g.Mailbox))
	if f.Code == 0 && plays && chosen.Where == faults.FromToken && chosen.Error != "invalid_grant" {
		f = chosen
	}
	if f.Code != 0 {
		s.writeError(w, r, f, s.message(f, g.Client, TenantID, g.Mailbox, g.redirect), g.Mailbox)
		return
	}
	if len(scopes) == 0 {
		scopes = g.Granted
	}
	g.Granted = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(g.Granted), scopes...))))
	s.issue(w, r, g, scopes)
}

// checkCode checks what a code is bound to. A fault without a code means that
// nothing is wrong.
func (s *Server) checkCode(g *grant, form url.Values, scopes []string) faults.Fault {
	switch {
	case g == nil:
		return protocolError(faults.MalformedRequest, "invalid_grant", "Invalid request. Request is malformed or invalid.")
	case g.used:
		return protocolError(faults.CodeRedeemed, "invalid_grant", "OAuth2 Authorization code was already redeemed, "+
			"please retry with a new valid code or use an existing refresh token.")
	case s.Now().Unix() > g.Issued+600:
		return protocolError(faults.GrantExpired, "invalid_grant",
			"The provided authorization code or refresh token has expired due to inactivity. "+
				"Send a new interactive authorization request for this user and resource.")
	case form.Get("client_id") != "" && form.Get("client_id") != g.Client:
		return protocolError(faults.InvalidGrant, "invalid_grant", "Provided grant is invalid or malformed.")
	case form.Get("redirect_uri") != g.redirect:
		return protocolError(faults.OtherRedirect, "invalid_client",
			"The reply address does not match the reply address provided when requesting the authorization code.")
	case g.challenge != "" && !verifierMatches(g, form.Get("code_verifier")):
		return protocolError(faults.WrongVerifier, "invalid_grant",
			"The Code_Verifier does not match the code_challenge supplied in the authorization request.")
	case !consentedTo(scopes, g.Granted):
		f, _ := faults.ByCode(faults.ConsentRequired)
		return f
	}
	return faults.Fault{}
}

func verifierMatches(g *grant, verifier string) bool {
	if g.method != "S256" {
		return verifier == g.challenge
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:]) == g.challenge
}

// refresh answers a refresh token with new tokens, for scopes that were
// consented to.
func (s *Server) refresh(w http.ResponseWriter, r *http.Request) {
	old := r.PostForm.Get("refresh_token")
	g, ok := readToken(refreshPrefix, old)
	scopes := strings.Fields(r.PostForm.Get("scope"))
	f := faults.Fault{}
	switch {
	case !ok:
		f = protocolError(faults.MalformedRequest, "invalid_grant", "Invalid request. Request is malformed or invalid.")
	case s.Now().Unix() > g.Issued+90*24*3600:
		f, _ = faults.ByCode(faults.TokenInactive)
	case g.Client != clientID(r):
		f = protocolError(faults.InvalidGrant, "invalid_grant", "Provided grant is invalid or malformed.")
	case s.Strict && !s.useOnce(old, g.Mailbox):
		f, _ = faults.ByCode(faults.GrantRevoked)
	case !consentedTo(scopes, g.Granted):
		f, _ = faults.ByCode(faults.ConsentRequired)
	default:
		if chosen, plays := faults.ByID(scenarioOf(g.Mailbox)); plays && chosen.Where == faults.FromToken {
			f = chosen
		}
	}
	switch {
	case f.Code != 0:
		s.writeError(w, r, f, s.message(f, clientID(r), TenantID, g.Mailbox, r.PostForm.Get("redirect_uri")), g.Mailbox)
	case scenarioOf(g.Mailbox) == "temporarily_unavailable":
		w.Header().Set("Retry-After", "7")
		f = protocolError(faults.TransientError, "temporarily_unavailable",
			"A transient error has occurred. Please try again.")
		f.Status = http.StatusServiceUnavailable
		s.writeError(w, r, f, f.Sample, g.Mailbox)
	case scenarioOf(g.Mailbox) == "html":
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html><title>Wi-Fi</title>Please accept our conditions.</html>"))
	default:
		s.issue(w, r, g, scopes)
	}
}

// useOnce marks a refresh token used. Using it again revokes all tokens of the
// mailbox.
func (s *Server) useOnce(token, mailbox string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spent[token] || s.revoked[mailbox] {
		s.revoked[mailbox] = true
		return false
	}
	s.spent[token] = true
	return true
}

// consentedTo reports whether all scopes were granted, or need no consent. Case
// does not matter.
func consentedTo(scopes, granted []string) bool {
	return !slices.ContainsFunc(scopes, func(s string) bool {
		return !isOpenIDScope(s) && !slices.ContainsFunc(granted, func(g string) bool { return strings.EqualFold(g, s) })
	})
}
