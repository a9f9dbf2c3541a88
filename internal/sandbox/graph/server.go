package graph

import (
	"net/http"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
)

// server answers as graph.microsoft.com does.
type server struct{ *Directory }

// handler answers one call. A nil body means status 204, created 201, any other
// body 200.
type handler func(c Caller, r *http.Request) (body any, f *failure)

// created is the body of an answer about a new object.
type created struct{ object any }

// Handler serves Graph's paths below /v1.0.
func (d *Directory) Handler() http.Handler {
	s := server{d}
	mux := http.NewServeMux()
	on := func(pattern, scope string, h handler) { mux.HandleFunc(pattern, s.authorized(scope, h)) }
	const write = "Application.ReadWrite.All"
	on("GET /v1.0/me", "User.Read", s.me)
	on("GET /v1.0/organization", "User.Read", s.organization)
	on("GET /v1.0/users/{id}", "User.ReadBasic.All", s.user)
	on("GET /v1.0/applications", write, s.listApplications)
	on("POST /v1.0/applications", write, s.createApplication)
	on("GET /v1.0/applications/{id}", write, s.getApplication)
	on("PATCH /v1.0/applications/{id}", write, s.patchApplication)
	on("DELETE /v1.0/applications/{id}", write, s.deleteApplication)
	on("POST /v1.0/applications/{id}/addPassword", write, s.addPassword)
	on("POST /v1.0/applications/{id}/removePassword", write, s.removePassword)
	on("GET /v1.0/{set}", write, s.getPrincipal)
	on("POST /v1.0/servicePrincipals", write, s.createPrincipal)
	on("DELETE /v1.0/servicePrincipals/{id}", write, s.deletePrincipal)
	const consent = "DelegatedPermissionGrant.ReadWrite.All"
	on("GET /v1.0/servicePrincipals/{id}/oauth2PermissionGrants", consent, s.listGrants)
	on("POST /v1.0/oauth2PermissionGrants", consent, s.createGrant)
	on("GET /v1.0/oauth2PermissionGrants/{id}", consent, s.getGrant)
	on("PATCH /v1.0/oauth2PermissionGrants/{id}", consent, s.patchGrant)
	on("DELETE /v1.0/oauth2PermissionGrants/{id}", consent, s.deleteGrant)
	const assign = "AppRoleAssignment.ReadWrite.All"
	on("GET /v1.0/servicePrincipals/{id}/appRoleAssignedTo", write, s.listAssignments)
	on("POST /v1.0/servicePrincipals/{id}/appRoleAssignedTo", assign, s.createAssignment)
	on("DELETE /v1.0/servicePrincipals/{id}/appRoleAssignedTo/{assignment}", assign, s.deleteAssignment)
	return mux
}

// authorized calls h for requests whose token has the scope and whose caller has
// the rights.
func (s server) authorized(scope string, h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w, r)
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		c, known := s.Who(token)
		if !bearer || !known {
			w.Header().Set("WWW-Authenticate", `Bearer realm="", authorization_uri="`+
				`https://login.microsoftonline.com/common/oauth2/authorize", client_id="`+azure.GraphAppID+`"`)
			s.answer(w, nil, &failure{http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token is empty."})
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls++
		switch {
		case c.scenario() == scenarioTooManyCalls && s.calls%3 == 0:
			w.Header().Set("Retry-After", "1")
			s.answer(w, nil, &failure{http.StatusTooManyRequests, "TooManyRequests", "Too many requests."})
		case !slices.Contains(c.Scopes, scope), forbidden(c, r):
			s.answer(w, nil, &failure{http.StatusForbidden, "Authorization_RequestDenied",
				"Insufficient privileges to complete the operation."})
		default:
			body, f := h(c, r)
			s.answer(w, body, f)
		}
	}
}

// forbidden reports whether the caller's directory role excludes the call.
func forbidden(c Caller, r *http.Request) bool {
	if r.Method == http.MethodGet {
		return false
	}
	consents := strings.Contains(r.URL.Path, "oauth2PermissionGrants") || strings.Contains(r.URL.Path, "appRoleAssignedTo")
	switch c.scenario() {
	case scenarioNoRights:
		return true
	case scenarioNoRegister:
		return consents || r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/applications")
	case scenarioCreateOnly:
		return consents
	}
	return false
}

func (s server) me(c Caller, _ *http.Request) (any, *failure) { return s.account("me", c.Mailbox), nil }

// user finds an account by its address: every address of the domain has one.
func (s server) user(_ Caller, r *http.Request) (any, *failure) {
	mailbox := r.PathValue("id")
	if !strings.HasSuffix(strings.ToLower(mailbox), "@"+s.Domain) {
		return nil, notFound(mailbox)
	}
	return s.account("users", mailbox), nil
}

func (s server) account(set, mailbox string) any {
	return map[string]any{"@odata.context": odataContext(set + "(id,mail,userPrincipalName)/$entity"),
		"id": s.ID(mailbox), "mail": mailbox, "userPrincipalName": mailbox}
}

func (s server) organization(Caller, *http.Request) (any, *failure) {
	domain := map[string]any{"capabilities": "Email, OfficeCommunicationsOnline", "isDefault": true, "isInitial": false,
		"name": s.Domain, "type": "Managed"}
	return list("organization", []any{map[string]any{
		"id": s.TenantID, "displayName": s.TenantName, "verifiedDomains": []any{domain},
	}}), nil
}
