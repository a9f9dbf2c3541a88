// Package graph is the sandbox's Microsoft Graph, as far as the registration of
// an application goes: with Graph's shapes, its refusals, and its replicas that
// learn late. It is stricter than the real one about what it is sent.
package graph

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// Options are what a Server is made of.
type Options struct {
	TenantID, TenantName, Domain string

	Now func() time.Time
	Lag func() time.Duration              // until the other replicas know what was made; nil: at once
	Who func(token string) (Caller, bool) // whose access token for Graph it is
	ID  func(mailbox string) string       // of an account of the directory
}

// Caller is the administrator on whose behalf a call is made.
type Caller struct {
	Mailbox string
	Scopes  []string // by their short names
}

// Server answers as graph.microsoft.com, and is the directory behind it.
type Server struct {
	Options

	mu          sync.Mutex
	apps        []*application
	principals  []*principal
	grants      []*grant
	assignments []*assignment
	calls       int
	gone        []string // client ids of applications that were deleted
}

// New makes a directory that holds Microsoft's own two resources.
func New(o Options) *Server {
	s := &Server{Options: o}
	s.principals = append(s.principals, resource(graphAppID, "Microsoft Graph"), resource(exchangeAppID, "Office 365 Exchange Online"))
	return s
}

// The moods are the administrators, by the local part of their address.
const (
	moodNoRights   = "nopriv"     // a plain user
	moodNoRegister = "noregister" // a plain user where users may not register applications
	moodCreateOnly = "createonly" // Application Developer: creates, cannot consent
	moodAssignment = "assignment" // applications of this tenant require assignment
	moodMaxLife    = "maxlife"    // a policy bounds the life of secrets
	moodNoSecrets  = "nosecrets"  // a policy forbids secrets
	moodThrottled  = "throttled"  // every third call is one too many
)

// policyDays is the longest life of a secret under moodMaxLife.
const policyDays = 180

func (c Caller) mood() string {
	name, _, _ := strings.Cut(strings.ToLower(c.Mailbox), "@")
	return name
}

// handler answers one call; a *failure is Graph's refusal.
type handler func(c Caller, r *http.Request) (status int, body any, f *failure)

// Handler routes as Graph does, under /v1.0.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	on := func(pattern, scope string, h handler) { mux.HandleFunc(pattern, s.guarded(scope, h)) }
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

// guarded lets a call through that brings a token with the scope, of somebody
// with the rights, and not too often.
func (s *Server) guarded(scope string, h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		head(w, r)
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		c, known := s.Who(token)
		if !bearer || !known {
			w.Header().Set("WWW-Authenticate", `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="`+graphAppID+`"`)
			s.answer(w, http.StatusUnauthorized, nil, &failure{http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token is empty."})
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls++
		switch {
		case c.mood() == moodThrottled && s.calls%3 == 0:
			w.Header().Set("Retry-After", "1")
			s.answer(w, http.StatusTooManyRequests, nil, &failure{http.StatusTooManyRequests, "TooManyRequests", "Too many requests."})
		case !slices.Contains(c.Scopes, scope), s.forbidden(c, r):
			s.answer(w, http.StatusForbidden, nil, denied)
		default:
			status, body, f := h(c, r)
			s.answer(w, status, body, f)
		}
	}
}

var denied = &failure{http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."}

// forbidden compares the call with what the caller's directory role may.
func (s *Server) forbidden(c Caller, r *http.Request) bool {
	writes := r.Method != http.MethodGet
	consents := strings.Contains(r.URL.Path, "oauth2PermissionGrants") || strings.Contains(r.URL.Path, "appRoleAssignedTo")
	switch c.mood() {
	case moodNoRights:
		return writes
	case moodNoRegister:
		return writes && r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/applications") || writes && consents
	case moodCreateOnly:
		return writes && consents
	}
	return false
}

// born is when an object was made, and when everybody knows it.
type born struct{ at, known time.Time }

func (s *Server) now() born {
	at := s.Now()
	if s.Lag == nil {
		return born{at, at}
	}
	return born{at, at.Add(s.Lag())}
}

// seen reports an object that all replicas know.
func (s *Server) seen(b born) bool { return !s.Now().Before(b.known) }

// newID is a random GUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (its documentation)
	e := hex.EncodeToString(b[:])
	return e[:8] + "-" + e[8:12] + "-4" + e[13:16] + "-8" + e[17:20] + "-" + e[20:]
}

var wholeGUID = sanitize.Pattern(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// me, organization and user are the directory's accounts: whatever address has
// its domain is one.
func (s *Server) me(c Caller, _ *http.Request) (int, any, *failure) {
	return http.StatusOK, s.account("me", c.Mailbox), nil
}

func (s *Server) user(_ Caller, r *http.Request) (int, any, *failure) {
	who := r.PathValue("id")
	if !strings.HasSuffix(strings.ToLower(who), "@"+s.Domain) {
		return 0, nil, absent(who)
	}
	return http.StatusOK, s.account("users", who), nil
}

func (s *Server) account(set, mailbox string) any {
	return map[string]any{"@odata.context": context(set + "(id,mail,userPrincipalName)/$entity"), "id": s.ID(mailbox), "mail": mailbox, "userPrincipalName": mailbox}
}

func (s *Server) organization(Caller, *http.Request) (int, any, *failure) {
	domain := map[string]any{"capabilities": "Email, OfficeCommunicationsOnline", "isDefault": true, "isInitial": false, "name": s.Domain, "type": "Managed"}
	return http.StatusOK, list("organization", []any{map[string]any{"id": s.TenantID, "displayName": s.TenantName, "verifiedDomains": []any{domain}}}), nil
}
