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
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// authorize shows the sign-in page, then the consent page, then redirects the
// browser. The form of each page contains the query of the request.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if f := s.checkRequest(q, r.PathValue("tenant")); f.Code != 0 {
		s.errorPage(w, r, f, "")
		return
	}
	mailbox := strings.TrimSpace(r.PostFormValue("mailbox"))
	switch {
	case q.Get("prompt") == "none":
		f := fault(faults.NoSession)
		s.sendBack(w, r, q.Get("redirect_uri"), url.Values{"error": {f.Error}, "error_description": {f.Sample}})
	case r.PostFormValue("step") == "cancel":
		s.redirect(w, r, url.Values{"error": {"access_denied"}, "error_subcode": {"cancel"}})
	case !strings.Contains(mailbox, "@"):
		s.signInPage(w, r)
	default:
		s.signedIn(w, r, mailbox)
	}
}

// checkRequest returns the errors that Entra shows on a page of its own instead of
// redirecting.
func (s *Server) checkRequest(q url.Values, tenant string) faults.Fault {
	_, known := s.client(q.Get("client_id"))
	switch {
	case tenantID(tenant) == "":
		return fault(faults.UnknownTenant)
	case !azure.IsGUID(q.Get("client_id")):
		return fault(faults.MalformedClientID)
	case !known:
		return fault(faults.UnknownApplication)
	case !s.registered(q.Get("client_id"), q.Get("redirect_uri")):
		return fault(faults.RedirectMismatch)
	case q.Get("response_type") != "code" || q.Get("scope") == "":
		f := fault(faults.MissingParameter)
		f.Sample = strings.TrimSuffix(f.Sample, ".") + " and response_type=code."
		return f
	case q.Get("login_hint") != "" && q.Get("prompt") == "select_account":
		return fault(faults.ConflictingParameters)
	}
	return faults.Fault{}
}

// signedIn answers with the fault that the mailbox's name selects, asks for
// consent, or redirects the browser with a code.
func (s *Server) signedIn(w http.ResponseWriter, r *http.Request, mailbox string) {
	q := r.URL.Query()
	f, plays := faults.ByID(tenant.Scenario(mailbox))
	client, _ := s.client(q.Get("client_id"))
	if !client.Admits(tenant.AccountID(mailbox)) {
		f, plays = faults.ByCode(faults.NotAssigned)
	}
	switch {
	case plays && f.Where == faults.SignInPage:
		s.errorPage(w, r, f, mailbox)
	case plays && f.Where == faults.OnBase:
		confirm := s.BaseAt + openfire.ConfirmPath + "?" + url.Values{"fault": {f.ID}}.Encode()
		http.Redirect(w, r, confirm, http.StatusFound)
	case plays && f.Where == faults.Callback:
		text := trace(s.message(r, f, mailbox), tenant.NewID(), tenant.NewID(), s.Now(), "\r\n")
		s.redirect(w, r, url.Values{"error": {f.Error}, "error_description": {text}})
	case r.PostFormValue("step") != "accept" && !consentedForAll(client, strings.Fields(q.Get("scope"))):
		s.consentPage(w, r, mailbox)
	default:
		s.redirect(w, r, url.Values{"code": {s.newCode(q, mailbox)}, "session_state": {tenant.NewID()}})
	}
}

// consentedForAll reports whether an administrator has consented for all users: to
// Exchange's scopes on Exchange, and to the OpenID scopes on Graph.
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

// code is the sign-in that an authorization code stands for.
type code struct {
	tenant.Grant
	redirect, challenge, method, nonce string
	openid, used                       bool
}

// newCode stores a sign-in until its code is redeemed.
func (s *Server) newCode(q url.Values, mailbox string) string {
	if tenant.Scenario(mailbox) == "other" {
		mailbox = "autre@client.fr"
	}
	scopes := strings.Fields(q.Get("scope"))
	c := &code{Grant: newGrant(tenant.AccountOf(mailbox).UPN, q.Get("client_id"), scopes), redirect: q.Get("redirect_uri"),
		challenge: q.Get("code_challenge"), method: q.Get("code_challenge_method"), nonce: q.Get("nonce"),
		openid: slices.Contains(scopes, "openid")}
	c.Issued = s.Now().Unix()
	text := "sandbox-code." + rand.Text() + rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes[text] = c
	return text
}

// redirect redirects the browser to the redirect URI. It replaces the address of
// the real base by that of the sandbox's base, so that the browser stays on this
// machine.
func (s *Server) redirect(w http.ResponseWriter, r *http.Request, answer url.Values) {
	to := r.URL.Query().Get("redirect_uri")
	if to == tenant.RedirectURI && s.BaseAt != "" {
		to = s.BaseAt + openfire.ConfirmPath
	}
	s.sendBack(w, r, to, answer)
}

// sendBack redirects the browser to an address, with the answer and the state.
func (s *Server) sendBack(w http.ResponseWriter, r *http.Request, to string, answer url.Values) {
	q := r.URL.Query()
	if q.Has("state") {
		answer.Set("state", q.Get("state"))
	}
	if q.Get("response_mode") == "form_post" {
		s.show(w, r, "post", view{"Action": to, "Answer": answer})
		return
	}
	http.Redirect(w, r, to+"?"+answer.Encode(), http.StatusFound)
}

// adminConsent answers as if an administrator had consented.
func (s *Server) adminConsent(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if _, known := s.client(q.Get("client_id")); !known {
		s.errorPage(w, r, fault(faults.UnknownApplication), "")
		return
	}
	if !s.registered(q.Get("client_id"), q.Get("redirect_uri")) {
		s.errorPage(w, r, fault(faults.RedirectMismatch), "")
		return
	}
	s.redirect(w, r, url.Values{"admin_consent": {"True"}, "tenant": {TenantID}, "scope": {q.Get("scope")}})
}
