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
// browser back. The request travels along as the query of each page's form.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	q := r.URL.Query()
	if r.Method == http.MethodPost && r.ParseForm() != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	if f, bad := s.refuseRequest(q, r.PathValue("tenant")); bad {
		s.errorPage(w, r, s.fill(f, q.Get("client_id"), r.PathValue("tenant"), "", q.Get("redirect_uri")))
		return
	}
	mailbox := strings.TrimSpace(r.PostFormValue("mailbox"))
	switch {
	case q.Get("prompt") == "none":
		s.back(w, r, url.Values{"error": {"login_required"}, "error_description": {faults.Fault{Code: faults.NoSession}.Name() + ": A silent sign-in request was sent but no user is signed in."}}, true)
	case r.PostFormValue("step") == "cancel":
		s.back(w, r, url.Values{"error": {"access_denied"}, "error_subcode": {"cancel"}}, false)
	case !strings.Contains(mailbox, "@"):
		s.signInPage(w, r)
	default:
		s.signedIn(w, r, mailbox, r.PostFormValue("step") == "accept")
	}
}

// refuseRequest looks at what Entra shows on its own page and never sends back.
func (s *Server) refuseRequest(q url.Values, tenant string) (faults.Fault, bool) {
	code := 0
	_, known := s.client(q.Get("client_id"))
	switch {
	case resolve(tenant) == "":
		code = faults.UnknownTenant
	case !guid().MatchString(q.Get("client_id")):
		return other(faults.MalformedClientID, "unauthorized_client", q.Get("client_id")+" is not a valid application identifier."), true
	case !known:
		code = faults.UnknownApplication
	case !s.registered(q.Get("client_id"), q.Get("redirect_uri")):
		code = faults.RedirectMismatch
	case q.Get("response_type") != "code" || q.Get("scope") == "":
		return other(faults.MissingParameter, "invalid_request", "The request body must contain the following parameter: 'scope' and response_type=code."), true
	case q.Get("login_hint") != "" && q.Get("prompt") == "select_account":
		return other(faults.ConflictingParameters, "invalid_request", "login_hint and prompt=select_account conflict."), true
	}
	return faults.ByCode(code)
}

// signedIn plays the fault that the mailbox's name chooses, asks for consent,
// or sends the browser back with a code.
func (s *Server) signedIn(w http.ResponseWriter, r *http.Request, mailbox string, accepted bool) {
	q := r.URL.Query()
	f, plays := faults.ByID(mood(mailbox))
	client, _ := s.client(q.Get("client_id"))
	if !client.Admits(objectID(mailbox)) {
		f, plays = faults.ByCode(faults.NotAssigned)
	}
	switch {
	case plays && f.Where == faults.SignInPage:
		s.errorPage(w, r, s.fill(f, q.Get("client_id"), TenantID, mailbox, q.Get("redirect_uri")))
	case plays && f.Where == faults.OnBase:
		http.Redirect(w, r, s.BaseAt+openfire.ConfirmPath+"?"+url.Values{"fault": {f.ID}}.Encode(), http.StatusFound)
	case plays && f.Where == faults.Callback:
		text := strings.Join([]string{s.fill(f, q.Get("client_id"), TenantID, mailbox, q.Get("redirect_uri")), "Trace ID: " + newGUID(), "Correlation ID: " + newGUID(),
			"Timestamp: " + s.Now().UTC().Format("2006-01-02 15:04:05Z")}, "\r\n")
		s.back(w, r, url.Values{"error": {f.Error}, "error_description": {text}}, false)
	case !accepted && !consented(client, strings.Fields(q.Get("scope"))):
		s.consentPage(w, r, mailbox)
	default:
		s.back(w, r, url.Values{"code": {s.code(q, mailbox)}, "session_state": {newGUID()}}, false)
	}
}

// consented reports that an administrator has said yes for everybody: to what
// is Exchange's on Exchange, to the sign-in's scopes on Graph.
func consented(c graph.Client, scopes []string) bool {
	return !slices.ContainsFunc(scopes, func(scope string) bool {
		name, ofExchange := strings.CutPrefix(scope, azure.Resource)
		resource := azure.GraphAppID
		if ofExchange {
			resource = azure.ExchangeAppID
		}
		return !slices.ContainsFunc(c.Consented, func(have string) bool { return strings.EqualFold(have, resource+"/"+name) })
	})
}

// code remembers a sign-in until it is redeemed.
func (s *Server) code(q url.Values, mailbox string) string {
	if mood(mailbox) == "other" {
		mailbox = "autre@client.fr"
	}
	scopes := strings.Fields(q.Get("scope"))
	g := &grant{Mailbox: mailbox, ObjectID: objectID(mailbox), Tenant: TenantID, Client: q.Get("client_id"), Granted: scopes, Issued: s.Now().Unix(),
		redirect: q.Get("redirect_uri"), challenge: q.Get("code_challenge"), method: q.Get("code_challenge_method"), nonce: q.Get("nonce"),
		openid: slices.Contains(scopes, "openid")}
	code := "sandbox-code." + rand.Text() + rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes[code] = g
	return code
}

// back sends the browser to the redirect URI. A base's own address is replaced
// by the sandbox's base, for no browser must leave this machine; a probe that
// only looks at the answer gets the address itself.
func (s *Server) back(w http.ResponseWriter, r *http.Request, answer url.Values, probe bool) {
	q := r.URL.Query()
	if q.Has("state") {
		answer.Set("state", q.Get("state"))
	}
	to := q.Get("redirect_uri")
	if to == s.RedirectURI && !probe && s.BaseAt != "" {
		u, err := url.Parse(to)
		if err != nil {
			http.Error(w, "bad request", http.StatusBadRequest)
			return
		}
		to = s.BaseAt + u.Path
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
	if _, known := s.client(q.Get("client_id")); !known {
		f, _ := faults.ByCode(faults.UnknownApplication)
		s.errorPage(w, r, s.fill(f, q.Get("client_id"), r.PathValue("tenant"), "", ""))
		return
	}
	if !s.registered(q.Get("client_id"), q.Get("redirect_uri")) {
		f, _ := faults.ByCode(faults.RedirectMismatch)
		s.errorPage(w, r, s.fill(f, q.Get("client_id"), r.PathValue("tenant"), "", q.Get("redirect_uri")))
		return
	}
	s.back(w, r, url.Values{"admin_consent": {"True"}, "tenant": {TenantID}, "scope": {q.Get("scope")}}, false)
}
