package entra

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
)

// success is a token answer in the order of fields that was recorded.
type success struct {
	TokenType    string `json:"token_type"`
	Scope        string `json:"scope,omitempty"`
	ExpiresIn    int    `json:"expires_in"`
	ExtExpiresIn int    `json:"ext_expires_in"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
}

// failure is a refusal in the order of fields that was recorded.
type failure struct {
	Error         string `json:"error"`
	Description   string `json:"error_description"`
	Codes         []int  `json:"error_codes"`
	Timestamp     string `json:"timestamp"`
	TraceID       string `json:"trace_id"`
	CorrelationID string `json:"correlation_id"`
	URI           string `json:"error_uri,omitempty"`
	Suberror      string `json:"suberror,omitempty"`
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "internal", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store, no-cache")
	h.Set("Pragma", "no-cache")
	h.Set("Expires", "-1")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("P3P", `CP="DSP CUR OTPi IND OTRi ONL FIN"`)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// newGUID is a random identifier, for traces.
func newGUID() string { return objectID(rand.Text()) }

// refuse answers with a fault. Until 2023 Entra set its trace apart with CRLF,
// since then with a space; a mailbox that ends in "+crlf" gets the old form.
func (s *Server) refuse(w http.ResponseWriter, f azure.Fault, text, mailbox string) {
	now := s.Now().UTC().Format("2006-01-02 15:04:05Z")
	e := failure{Error: f.Error, Codes: []int{f.Code}, Timestamp: now, TraceID: newGUID(), CorrelationID: newGUID(), Suberror: f.Suberror,
		URI: fmt.Sprintf("%s/error?code=%d", s.Address, f.Code)}
	gap := " "
	if strings.Contains(mailbox, "+crlf@") {
		gap = "\r\n"
	}
	e.Description = strings.Join([]string{text, "Trace ID: " + e.TraceID, "Correlation ID: " + e.CorrelationID, "Timestamp: " + now}, gap)
	w.Header().Set("x-ms-request-id", e.TraceID)
	w.Header().Set("x-ms-clitelem", fmt.Sprintf("1,%d,0,,", f.Code))
	status := f.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	writeJSON(w, status, e)
}

// other are refusals of the protocol itself, which no person can cause; codes
// and words as in reference-error-codes.
func other(code int, oauthError, text string) azure.Fault {
	return azure.Fault{Code: code, Error: oauthError, Status: http.StatusBadRequest, Sample: fmt.Sprintf("AADSTS%d: %s", code, text)}
}

// token is the token endpoint.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if r.ParseForm() != nil {
		f := other(9002313, "invalid_request", "Invalid request. Request is malformed or invalid.")
		s.refuse(w, f, f.Sample, "")
		return
	}
	tenant := r.PathValue("tenant")
	if f, bad := s.refuseClient(r, tenant); bad {
		s.refuse(w, f, s.fill(f, tenant, "", r.PostForm.Get("redirect_uri")), "")
		return
	}
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		s.redeem(w, r)
	case "refresh_token":
		s.refresh(w, r)
	case "client_credentials":
		g := grant{Tenant: TenantID, Client: ClientID, Audience: strings.TrimSuffix(r.PostForm.Get("scope"), "/.default"), Issued: s.Now().Unix(), Expires: s.Now().Add(lifetime).Unix()}
		writeJSON(w, http.StatusOK, success{TokenType: "Bearer", ExpiresIn: 3599, ExtExpiresIn: 3599, AccessToken: seal(accessPrefix, g)})
	default:
		f := other(70003, "unsupported_grant_type", "The app requested an unsupported grant type.")
		s.refuse(w, f, f.Sample, "")
	}
}

// refuseClient looks at what every request needs: a directory, the application
// in it, and its secret.
func (s *Server) refuseClient(r *http.Request, tenant string) (azure.Fault, bool) {
	form := r.PostForm
	id := ""
	switch {
	case resolve(tenant) == "":
		id = "aadsts90002"
	case form.Get("client_id") != ClientID:
		id = "aadsts700016"
	case form.Get("client_secret") == OldSecret:
		id = "aadsts7000222"
	case form.Get("client_secret") == "":
		f := other(7000218, "invalid_client", "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
		f.Status = http.StatusUnauthorized
		return f, true
	case form.Get("client_secret") != Secret:
		id = "aadsts7000215"
	case form.Get("scope") == "" && form.Get("grant_type") == "refresh_token":
		return other(900144, "invalid_request", "The request body must contain the following parameter: 'scope'."), true
	}
	f, bad := azure.FaultByID(id)
	return f, bad
}

// redeem exchanges a code, once, within ten minutes, for whoever holds the
// verifier (RFC 7636 section 4.6).
func (s *Server) redeem(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	g := s.codes[r.PostForm.Get("code")]
	var f azure.Fault
	switch {
	case g == nil:
		f = other(9002313, "invalid_grant", "Invalid request. Request is malformed or invalid.")
	case g.used:
		f = other(54005, "invalid_grant", "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.")
	case s.Now().Unix() > g.Issued+600:
		f = other(70008, "invalid_grant", "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.")
	case r.PostForm.Get("redirect_uri") != g.redirect:
		f = other(500112, "invalid_client", "The reply address does not match the reply address provided when requesting the authorization code.")
	case g.challenge != "" && !verified(g, r.PostForm.Get("code_verifier")):
		f = other(501481, "invalid_grant", "The Code_Verifier does not match the code_challenge supplied in the authorization request.")
	}
	if g != nil {
		g.used = true
	}
	s.mu.Unlock()
	if f.Code != 0 {
		s.refuse(w, f, f.Sample, "")
		return
	}
	if f, ok := azure.FaultByID(mood(g.Mailbox)); ok && f.Where == azure.FromToken && f.Error != "invalid_grant" {
		s.refuse(w, f, s.fill(f, TenantID, g.Mailbox, g.redirect), g.Mailbox)
		return
	}
	s.grant(w, *g, g.Granted, true)
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
	f := azure.Fault{}
	switch {
	case !ok:
		f = other(9002313, "invalid_grant", "Invalid request. Request is malformed or invalid.")
	case s.Now().Unix() > g.Issued+90*24*3600:
		f, _ = azure.FaultByID("aadsts700082")
	case s.Strict && !s.spend(old, g.Mailbox):
		f, _ = azure.FaultByID("aadsts50173")
	case !covered(scopes, g.Granted):
		f, _ = azure.FaultByID("aadsts65001")
	default:
		if played, is := azure.FaultByID(mood(g.Mailbox)); is && played.Where == azure.FromToken {
			f = played
		}
	}
	switch {
	case f.Code != 0:
		s.refuse(w, f, s.fill(f, TenantID, g.Mailbox, r.PostForm.Get("redirect_uri")), g.Mailbox)
	case mood(g.Mailbox) == "temporarily_unavailable":
		w.Header().Set("Retry-After", "7")
		writeJSON(w, http.StatusServiceUnavailable, failure{Error: "temporarily_unavailable", Description: "AADSTS90033: A transient error has occurred. Please try again.", Codes: []int{90033}})
	case mood(g.Mailbox) == "html":
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html><title>Wi-Fi</title>Please accept our conditions.</html>"))
	default:
		s.grant(w, g, scopes, false)
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

// covered: every scope asked for was consented to; case does not matter.
func covered(scopes, granted []string) bool {
	return !slices.ContainsFunc(scopes, func(s string) bool {
		return !slices.ContainsFunc(granted, func(g string) bool { return strings.EqualFold(g, s) })
	})
}
