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
		f := other(faults.MalformedRequest, "invalid_request", "Invalid request. Request is malformed or invalid.")
		s.refuse(w, r, f, f.Sample, "")
		return
	}
	tenant := r.PathValue("tenant")
	if f, bad := s.refuseClient(r, tenant); bad {
		s.refuse(w, r, f, s.fill(f, client(r), tenant, "", r.PostForm.Get("redirect_uri")), "")
		return
	}
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		s.redeem(w, r)
	case "refresh_token":
		s.refresh(w, r)
	case "client_credentials":
		g := grant{Tenant: TenantID, Client: client(r), Audience: strings.TrimSuffix(r.PostForm.Get("scope"), "/.default"), Issued: s.Now().Unix(), Expires: s.Now().Add(lifetime).Unix()}
		writeJSON(w, http.StatusOK, success{TokenType: "Bearer", ExpiresIn: 3599, ExtExpiresIn: 3599, AccessToken: seal(accessPrefix, g)})
	default:
		f := other(faults.UnsupportedGrantType, "unsupported_grant_type", "The app requested an unsupported grant type.")
		s.refuse(w, r, f, f.Sample, "")
	}
}

// refuseClient looks at what every request needs: a directory, the application
// in it, and its secret.
func (s *Server) refuseClient(r *http.Request, tenant string) (faults.Fault, bool) {
	form := r.PostForm
	client, secret := credentials(r)
	code := 0
	_, known := s.client(client)
	switch {
	case resolve(tenant) == "":
		code = faults.UnknownTenant
	case !known:
		code = faults.UnknownApplication
	case client == azure.GraphCommandLine && secret == "":
		return faults.Fault{}, false
	case client == azure.GraphCommandLine:
		code = faults.PublicClient
	case s.secret(client, secret) == graph.Expired:
		code = faults.ExpiredSecret
	case secret == "":
		f := other(faults.MissingSecret, "invalid_client", "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
		f.Status = http.StatusUnauthorized
		return f, true
	case s.secret(client, secret) != graph.Good:
		code = faults.WrongSecret
	case form.Get("scope") == "" && form.Get("grant_type") == "refresh_token":
		return other(faults.MissingParameter, "invalid_request", "The request body must contain the following parameter: 'scope'."), true
	}
	f, bad := faults.ByCode(code)
	return f, bad
}

// secret judges a client secret.
func (s *Server) secret(client, secret string) graph.Verdict {
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

// client is whose request it is.
func client(r *http.Request) string {
	id, _ := credentials(r)
	return id
}

// credentials are the application's, from the form or from the header, where
// they are form-encoded (RFC 6749 section 2.3.1).
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

// redeem exchanges a code, once, within ten minutes, for whoever holds the
// verifier (RFC 7636 section 4.6). The OpenID scopes may be named here only, as
// MSAL does; any other must have been consented to.
func (s *Server) redeem(w http.ResponseWriter, r *http.Request) {
	scopes := strings.Fields(r.PostForm.Get("scope"))
	s.mu.Lock()
	known := s.codes[r.PostForm.Get("code")]
	f := s.refuseCode(known, r.PostForm, scopes)
	g := grant{}
	if known != nil {
		known.used = true
		g = *known
	}
	s.mu.Unlock()
	if played, is := faults.ByID(mood(g.Mailbox)); f.Code == 0 && is && played.Where == faults.FromToken && played.Error != "invalid_grant" {
		f = played
	}
	if f.Code != 0 {
		s.refuse(w, r, f, s.fill(f, g.Client, TenantID, g.Mailbox, g.redirect), g.Mailbox)
		return
	}
	if len(scopes) == 0 {
		scopes = g.Granted
	}
	g.Granted = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(g.Granted), scopes...))))
	s.grant(w, r, g, scopes, true)
}

// refuseCode looks at what a code is bound to; a Fault without a code: nothing.
func (s *Server) refuseCode(g *grant, form url.Values, scopes []string) faults.Fault {
	switch {
	case g == nil:
		return other(faults.MalformedRequest, "invalid_grant", "Invalid request. Request is malformed or invalid.")
	case g.used:
		return other(faults.CodeRedeemed, "invalid_grant", "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.")
	case s.Now().Unix() > g.Issued+600:
		return other(faults.GrantExpired, "invalid_grant", "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.")
	case form.Get("client_id") != "" && form.Get("client_id") != g.Client:
		return other(faults.InvalidGrant, "invalid_grant", "Provided grant is invalid or malformed.")
	case form.Get("redirect_uri") != g.redirect:
		return other(faults.OtherRedirect, "invalid_client", "The reply address does not match the reply address provided when requesting the authorization code.")
	case g.challenge != "" && !verified(g, form.Get("code_verifier")):
		return other(faults.WrongVerifier, "invalid_grant", "The Code_Verifier does not match the code_challenge supplied in the authorization request.")
	case !covered(scopes, g.Granted):
		f, _ := faults.ByCode(faults.ConsentRequired)
		return f
	}
	return faults.Fault{}
}

func verified(g *grant, verifier string) bool {
	if g.method != "S256" {
		return verifier == g.challenge
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:]) == g.challenge
}

// refresh renews: never for more than was consented.
func (s *Server) refresh(w http.ResponseWriter, r *http.Request) {
	old := r.PostForm.Get("refresh_token")
	g, ok := unseal(refreshPrefix, old)
	scopes := strings.Fields(r.PostForm.Get("scope"))
	f := faults.Fault{}
	switch {
	case !ok:
		f = other(faults.MalformedRequest, "invalid_grant", "Invalid request. Request is malformed or invalid.")
	case s.Now().Unix() > g.Issued+90*24*3600:
		f, _ = faults.ByCode(faults.TokenInactive)
	case g.Client != client(r):
		f = other(faults.InvalidGrant, "invalid_grant", "Provided grant is invalid or malformed.")
	case s.Strict && !s.spend(old, g.Mailbox):
		f, _ = faults.ByCode(faults.GrantRevoked)
	case !covered(scopes, g.Granted):
		f, _ = faults.ByCode(faults.ConsentRequired)
	default:
		if played, is := faults.ByID(mood(g.Mailbox)); is && played.Where == faults.FromToken {
			f = played
		}
	}
	switch {
	case f.Code != 0:
		s.refuse(w, r, f, s.fill(f, client(r), TenantID, g.Mailbox, r.PostForm.Get("redirect_uri")), g.Mailbox)
	case mood(g.Mailbox) == "temporarily_unavailable":
		w.Header().Set("Retry-After", "7")
		f = other(faults.TransientError, "temporarily_unavailable", "A transient error has occurred. Please try again.")
		f.Status = http.StatusServiceUnavailable
		s.refuse(w, r, f, f.Sample, g.Mailbox)
	case mood(g.Mailbox) == "html":
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html><title>Wi-Fi</title>Please accept our conditions.</html>"))
	default:
		s.grant(w, r, g, scopes, false)
	}
}

// spend marks a refresh token used; using it twice revokes all of the mailbox's.
func (s *Server) spend(token, mailbox string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spent[token] || s.revoked[mailbox] {
		s.revoked[mailbox] = true
		return false
	}
	s.spent[token] = true
	return true
}

// covered: every scope asked for was consented to or needs no consent; case
// does not matter.
func covered(scopes, granted []string) bool {
	return !slices.ContainsFunc(scopes, func(s string) bool {
		return !openID(s) && !slices.ContainsFunc(granted, func(g string) bool { return strings.EqualFold(g, s) })
	})
}
