package graph

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// server simulates graph.microsoft.com.
type server struct{ *Directory }

// handler handles one call. A nil body is answered with status 204, a created with
// 201, and any other body with 200.
type handler func(c tenant.Grant, r *http.Request) (body any, f *failure)

// created is the answer to the creation of an object.
type created struct {
	id     string
	object any
}

// of returns the handler for an object, which find looks up by the id in the path.
func of[T any](find func(id string) (*T, *failure),
	h func(o *T, c tenant.Grant, r *http.Request) (any, *failure)) handler {
	return func(c tenant.Grant, r *http.Request) (any, *failure) {
		o, f := find(r.PathValue("id"))
		if f != nil {
			return nil, f
		}
		return h(o, c, r)
	}
}

// Handler returns a handler for Graph's paths below /v1.0.
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
	on("GET /v1.0/applications/{id}", write, of(s.application, s.getApplication))
	on("PATCH /v1.0/applications/{id}", write, of(s.application, s.patchApplication))
	on("DELETE /v1.0/applications/{id}", write, of(s.application, s.deleteApplication))
	on("POST /v1.0/applications/{id}/addPassword", write, of(s.application, s.addPassword))
	on("POST /v1.0/applications/{id}/removePassword", write, of(s.application, s.removePassword))
	on("GET /v1.0/{set}", write, s.getPrincipal)
	on("POST /v1.0/servicePrincipals", write, s.createPrincipal)
	on("DELETE /v1.0/servicePrincipals/{id}", write, of(s.principal, s.deletePrincipal))
	const consent = "DelegatedPermissionGrant.ReadWrite.All"
	on("GET /v1.0/servicePrincipals/{id}/oauth2PermissionGrants", consent, of(s.principal, s.listGrants))
	on("POST /v1.0/oauth2PermissionGrants", consent, s.createGrant)
	on("GET /v1.0/oauth2PermissionGrants/{id}", consent, of(s.grant, s.getGrant))
	on("PATCH /v1.0/oauth2PermissionGrants/{id}", consent, of(s.grant, s.patchGrant))
	on("DELETE /v1.0/oauth2PermissionGrants/{id}", consent, of(s.grant, s.deleteGrant))
	const assign = "AppRoleAssignment.ReadWrite.All"
	on("GET /v1.0/servicePrincipals/{id}/appRoleAssignedTo", write, of(s.principal, s.listAssignments))
	on("POST /v1.0/servicePrincipals/{id}/appRoleAssignedTo", assign, of(s.principal, s.createAssignment))
	on("DELETE /v1.0/servicePrincipals/{id}/appRoleAssignedTo/{assignment}", assign, s.deleteAssignment)
	mux.HandleFunc("/", s.authorized("", func(_ tenant.Grant, r *http.Request) (any, *failure) {
		return nil, badRequest("Resource not found for the segment '" + path.Base(r.URL.Path) + "'.")
	}))
	return mux
}

// authorized calls h if the token has the scope, unless that is empty, and the
// caller has the necessary role.
func (s server) authorized(scope string, h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w, r)
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		c, known := tenant.Access(s.now(), token, azure.GraphResource)
		if !bearer || !known || c.Mailbox == "" {
			w.Header().Set("WWW-Authenticate", `Bearer realm="", authorization_uri="`+
				`https://login.microsoftonline.com/common/oauth2/authorize", client_id="`+azure.GraphAppID+`"`)
			s.answer(w, r, nil, &failure{http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token is empty."})
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls++
		switch {
		case tenant.Scenario(c.Mailbox) == scenarioTooManyCalls && s.calls%3 == 0:
			w.Header().Set("Retry-After", "1")
			s.answer(w, r, nil, &failure{http.StatusTooManyRequests, "TooManyRequests", "Too many requests."})
		case scope != "" && !slices.Contains(strings.Fields(c.Scope), scope), forbidden(c.Mailbox, r):
			s.answer(w, r, nil, &failure{http.StatusForbidden, "Authorization_RequestDenied",
				"Insufficient privileges to complete the operation."})
		default:
			body, f := h(c, r)
			s.answer(w, r, body, f)
		}
	}
}

// forbidden reports whether the caller's directory role does not allow the call.
func forbidden(mailbox string, r *http.Request) bool {
	if r.Method == http.MethodGet {
		return false
	}
	consents := strings.Contains(r.URL.Path, "oauth2PermissionGrants") || strings.Contains(r.URL.Path, "appRoleAssignedTo")
	switch tenant.Scenario(mailbox) {
	case scenarioNoRights:
		return true
	case scenarioNoRegister:
		return consents || r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/applications")
	case scenarioCreateOnly:
		return consents
	}
	return false
}

func (s server) me(c tenant.Grant, _ *http.Request) (any, *failure) {
	return account("me", c.Mailbox), nil
}

// user looks up an account by its address. Every address of the domain has an
// account.
func (s server) user(_ tenant.Grant, r *http.Request) (any, *failure) {
	mailbox := r.PathValue("id")
	if !strings.HasSuffix(strings.ToLower(mailbox), "@"+tenant.Domain) {
		return nil, notFound(mailbox)
	}
	return account("users", mailbox), nil
}

func account(set, mailbox string) any {
	return map[string]any{"@odata.context": odataContext(set + "(id,mail,userPrincipalName)/$entity"),
		"id": tenant.AccountID(mailbox), "mail": mailbox, "userPrincipalName": mailbox}
}

func (s server) organization(tenant.Grant, *http.Request) (any, *failure) {
	domain := map[string]any{"capabilities": "Email, OfficeCommunicationsOnline", "isDefault": true, "isInitial": false,
		"name": tenant.Domain, "type": "Managed"}
	organization := map[string]any{"id": tenant.ID, "displayName": tenant.Name, "verifiedDomains": []any{domain}}
	return list("organization", []any{organization}, func(any) bool { return true }), nil
}

// failure is an error answer of Graph.
type failure struct {
	status        int
	code, message string
}

func notFound(id string) *failure {
	return &failure{http.StatusNotFound, "Request_ResourceNotFound", "Resource '" + id +
		"' does not exist or one of its queried reference-property objects are not present."}
}

func badRequest(message string) *failure {
	return &failure{http.StatusBadRequest, "Request_BadRequest", message}
}

func conflict(message string) *failure {
	return &failure{http.StatusConflict, "Request_MultipleObjectsWithSameKeyValue", message}
}

// setHeaders sets the headers that all answers have.
func setHeaders(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	id := tenant.NewID()
	h.Set("request-id", id)
	h.Set("client-request-id", id)
	if asked := strings.ToLower(r.Header.Get("client-request-id")); azure.IsGUID(asked) {
		h.Set("client-request-id", asked)
	}
	h.Set("x-ms-ags-diagnostic", `{"ServerInfo":{"DataCenter":"Sandbox","Slice":"E","Ring":"1",`+
		`"ScaleUnit":"000","RoleInstance":"SANDBOX"}}`)
	h.Set("OData-Version", "4.0")
	h.Set("Cache-Control", "no-cache")
}

// answer writes a body, of a list one page, with the selected properties, or an
// error in Graph's format.
func (s server) answer(w http.ResponseWriter, r *http.Request, body any, f *failure) {
	status := http.StatusOK
	if c, is := body.(created); is {
		status, body = http.StatusCreated, c.object
		w.Header().Set("Location", address(r)+"/"+c.id)
	}
	if f == nil && body != nil && r.Method == http.MethodGet {
		body, f = query(r, body)
	}
	switch {
	case f != nil:
		status = f.status
		body = map[string]any{"error": map[string]any{"code": f.code, "message": f.message, "innerError": map[string]string{
			"date":              s.now().UTC().Format("2006-01-02T15:04:05"),
			"request-id":        w.Header().Get("request-id"),
			"client-request-id": w.Header().Get("client-request-id"),
		}}}
	case body == nil:
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;"+
		"IEEE754Compatible=false;charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // fails only if the client has disconnected
}

func odataContext(of string) string { return "https://graph.microsoft.com/v1.0/$metadata#" + of }

// read decodes a body that must be exactly one JSON object without unknown fields.
func read[T any](r *http.Request) (body T, f *failure) {
	if mediaType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); mediaType != "application/json" {
		return body, &failure{http.StatusUnsupportedMediaType, "UnsupportedMediaType",
			"Content-Type application/json is wanted."}
	}
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	err := dec.Decode(&body)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("extra data after the object")
		}
	}
	if err != nil {
		return body, badRequest("Invalid body: " + err.Error())
	}
	return body, nil
}
