package entra

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/graph"
)

// authorize shows the sign-in page, then the consent page, then sends the
// browser back. Each page's form repeats the query of the request.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	q := r.URL.Query()
	if r.Method == http.MethodPost && r.ParseForm() != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	if f, bad := s.checkRequest(q, r.PathValue("tenant")); bad {
		s.errorPage(w, r, s.message(f, q.Get("client_id"), r.PathValue("tenant"), "", q.Get("redirect_uri")))
		return
	}
	mailbox := strings.TrimSpace(r.PostFormValue("mailbox"))
	switch {
	case q.Get("prompt") == "none":
		f := protocolError(faults.NoSession, "login_required",
			"A silent sign-in request was sent but no user is signed in.")
		s.sendBack(w, r, q.Get("redirect_uri"), url.Values{"error": {f.Error}, "error_description": {f.Sample}})
	case r.PostFormValue("step") == "cancel":
		s.redirect(w, r, url.Values{"error": {"access_denied"}, "error_subcode": {"cancel"}})
	case !strings.Contains(mailbox, "@"):
		s.signInPage(w, r)
	default:
		s.signedIn(w, r, mailbox)
	}
}

// checkRequest finds the errors that Entra shows on its own page.
func (s *Server) checkRequest(q url.Values, tenant string) (faults.Fault, bool) {
	code := 0
	_, known := s.client(q.Get("client_id"))
	switch {
	case tenantID(tenant) == "":
		code = faults.UnknownTenant
	case !azure.IsGUID(q.Get("client_id")):
		return protocolError(faults.MalformedClientID, "unauthorized_client",
			q.Get("client_id")+" is not a valid application identifier."), true
	case !known:
		code = faults.UnknownApplication
	case !s.registered(q.Get("client_id"), q.Get("redirect_uri")):
		code = faults.RedirectMismatch
	case q.Get("response_type") != "code" || q.Get("scope") == "":
		return protocolError(faults.MissingParameter, "invalid_request",
			"The request body must contain the following parameter: 'scope' and response_type=code."), true
	case q.Get("login_hint") != "" && q.Get("prompt") == "select_account":
		return protocolError(faults.ConflictingParameters, "invalid_request",
			"login_hint and prompt=select_account conflict."), true
	}
	return faults.ByCode(code)
}

// signedIn answers with the fault that the mailbox's name chooses, asks for
// consent, or sends the browser back with a code.
func (s *Server) signedIn(w http.ResponseWriter, r *http.Request, mailbox string) {
	q := r.URL.Query()
	f, plays := faults.ByID(scenarioOf(mailbox))
	client, _ := s.client(q.Get("client_id"))
	if !client.Admits(objectID(mailbox)) {
		f, plays = faults.ByCode(faults.NotAssigned)
	}
	text := s.message(f, q.Get("client_id"), TenantID, mailbox, q.Get("redirect_uri"))
	switch {
	case plays && f.Where == faults.SignInPage:
		s.errorPage(w, r, text)
	case plays && f.Where == faults.OnBase:
		confirm := s.BaseAt + openfire.ConfirmPath + "?" + url.Values{"fault": {f.ID}}.Encode()
		http.Redirect(w, r, confirm, http.StatusFound)
	case plays && f.Where == faults.Callback:
		text = strings.Join([]string{text, "Trace ID: " + newGUID(), "Correlation ID: " + newGUID(),
			"Timestamp: " + s.Now().UTC().Format("2006-01-02 15:04:05Z")}, "\r\n")
		s.redirect(w, r, url.Values{"error": {f.Error}, "error_description": {text}})
	case r.PostFormValue("step") != "accept" && !consentedForAll(client, strings.Fields(q.Get("scope"))):
		s.consentPage(w, r, mailbox)
	default:
		s.redirect(w, r, url.Values{"code": {s.newCode(q, mailbox)}, "session_state": {newGUID()}})
	}
}

// consentedForAll reports whether an administrator has consented for everybody:
// to Exchange's scopes on Exchange, to the sign-in's scopes on Graph.
func consentedForAll(c graph.Client, scopes []string) bool {
	return !slices.ContainsFunc(scopes, func(scope string) bool {
		name, ofExchange := strings.CutPrefix(scope, azure.Resource)
		resource := azure.GraphAppID
		if ofExchange {
			resource = azure.ExchangeAppID
		}
		return !slices.ContainsFunc(c.Consented, func(have string) bool {
			return strings.EqualFold(have, resource+"/"+name)
		})
	})
}

// newCode stores a sign-in until its code is redeemed.
func (s *Server) newCode(q url.Values, mailbox string) string {
	if scenarioOf(mailbox) == "other" {
		mailbox = "autre@client.fr"
	}
	scopes := strings.Fields(q.Get("scope"))
	g := &grant{
		Mailbox: mailbox, ObjectID: objectID(mailbox), Tenant: TenantID, Client: q.Get("client_id"), Granted: scopes,
		Issued: s.Now().Unix(), redirect: q.Get("redirect_uri"), challenge: q.Get("code_challenge"),
		method: q.Get("code_challenge_method"), nonce: q.Get("nonce"), openid: slices.Contains(scopes, "openid"),
	}
	code := "sandbox-code." + rand.Text() + rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes[code] = g
	return code
}

// redirect sends the browser back to the redirect URI. The base's own is
// replaced by the address of the sandbox's base: the browser stays on this
// machine.
func (s *Server) redirect(w http.ResponseWriter, r *http.Request, answer url.Values) {
	to := r.URL.Query().Get("redirect_uri")
	if to == s.RedirectURI && s.BaseAt != "" {
		u, err := url.Parse(to)
		if err != nil {
			http.Error(w, "bad request", http.StatusBadRequest)
			return
		}
		to = s.BaseAt + u.Path
	}
	s.sendBack(w, r, to, answer)
}

// sendBack sends the browser to an address, with the answer and the state.
func (s *Server) sendBack(w http.ResponseWriter, r *http.Request, to string, answer url.Values) {
	q := r.URL.Query()
	if q.Has("state") {
		answer.Set("state", q.Get("state"))
	}
	if q.Get("response_mode") == "form_post" {
		s.show(w, r, pagePost, view{Action: to, Answer: answer})
		return
	}
	http.Redirect(w, r, to+"?"+answer.Encode(), http.StatusFound)
}

// adminConsent answers as if an administrator had accepted.
func (s *Server) adminConsent(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	id, uri := q.Get("client_id"), q.Get("redirect_uri")
	if _, known := s.client(id); !known {
		f, _ := faults.ByCode(faults.UnknownApplication)
		s.errorPage(w, r, s.message(f, id, r.PathValue("tenant"), "", ""))
		return
	}
	if !s.registered(id, uri) {
		f, _ := faults.ByCode(faults.RedirectMismatch)
		s.errorPage(w, r, s.message(f, id, r.PathValue("tenant"), "", uri))
		return
	}
	s.redirect(w, r, url.Values{"admin_consent": {"True"}, "tenant": {TenantID}, "scope": {q.Get("scope")}})
}
