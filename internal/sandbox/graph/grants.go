package graph

import (
	"net/http"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// grant is a consent to delegated permissions.
type grant struct {
	ID          string  `json:"id"`
	ClientID    string  `json:"clientId"`
	ConsentType string  `json:"consentType"`
	PrincipalID *string `json:"principalId"`
	ResourceID  string  `json:"resourceId"`
	Scope       string  `json:"scope"`
}

func (s *Server) listGrants(_ Caller, r *http.Request) (int, any, *failure) {
	p, f := s.principal(r.PathValue("id"))
	if f != nil {
		return 0, nil, f
	}
	values := []any{}
	for _, g := range s.grants {
		if g.ClientID == p.ID {
			values = append(values, g)
		}
	}
	return http.StatusOK, list("oauth2PermissionGrants", values), nil
}

func (s *Server) createGrant(_ Caller, r *http.Request) (int, any, *failure) {
	var body struct {
		ClientID    string  `json:"clientId"`
		ConsentType string  `json:"consentType"`
		PrincipalID *string `json:"principalId"`
		ResourceID  string  `json:"resourceId"`
		Scope       string  `json:"scope"`
	}
	f := read(r, &body)
	for _, id := range []string{body.ClientID, body.ResourceID} {
		if f == nil {
			_, f = s.principal(id)
		}
	}
	switch {
	case f != nil:
		return 0, nil, f
	case body.ConsentType != "AllPrincipals" && body.ConsentType != "Principal", (body.ConsentType == "Principal") != (body.PrincipalID != nil):
		return 0, nil, bad("Invalid value specified for property 'consentType' of resource 'DelegatedPermissionGrant'.")
	}
	if f := s.offers(body.ResourceID, body.Scope); f != nil {
		return 0, nil, f
	}
	if slices.ContainsFunc(s.grants, func(g *grant) bool {
		return g.ClientID == body.ClientID && g.ResourceID == body.ResourceID && g.ConsentType == body.ConsentType
	}) {
		return 0, nil, conflict("Permission entry already exists.")
	}
	g := &grant{newID(), body.ClientID, body.ConsentType, body.PrincipalID, body.ResourceID, body.Scope}
	s.grants = append(s.grants, g)
	return http.StatusCreated, g, nil
}

// offers wants every name of a scope string to be one of the resource's.
func (s *Server) offers(resource, scope string) *failure {
	p, f := s.principal(resource)
	if f != nil {
		return f
	}
	for name := range strings.FieldsSeq(scope) {
		if !slices.ContainsFunc(p.Scopes, func(d declarable) bool { return d.Value == name }) {
			return bad("The permission '" + name + "' is not one of the resource's.")
		}
	}
	return nil
}

func (s *Server) grant(id string) (*grant, *failure) {
	i := slices.IndexFunc(s.grants, func(g *grant) bool { return g.ID == id })
	if i < 0 {
		return nil, absent(id)
	}
	return s.grants[i], nil
}

func (s *Server) getGrant(_ Caller, r *http.Request) (int, any, *failure) {
	g, f := s.grant(r.PathValue("id"))
	return http.StatusOK, g, f
}

func (s *Server) patchGrant(_ Caller, r *http.Request) (int, any, *failure) {
	g, f := s.grant(r.PathValue("id"))
	var body struct {
		Scope string `json:"scope"`
	}
	if f == nil {
		f = read(r, &body)
	}
	if f == nil {
		f = s.offers(g.ResourceID, body.Scope)
	}
	if f != nil {
		return 0, nil, f
	}
	g.Scope = body.Scope
	return http.StatusNoContent, nil, nil
}

func (s *Server) deleteGrant(_ Caller, r *http.Request) (int, any, *failure) {
	g, f := s.grant(r.PathValue("id"))
	if f != nil {
		return 0, nil, f
	}
	s.grants = slices.DeleteFunc(s.grants, func(o *grant) bool { return o == g })
	return http.StatusNoContent, nil, nil
}

// assignment is an account's right to use an application, or an application's
// to use a resource.
type assignment struct {
	ID        string `json:"id"`
	Principal string `json:"principalId"`
	Resource  string `json:"resourceId"`
	Role      string `json:"appRoleId"`
}

var byPrincipal = sanitize.Pattern(`^principalId eq ([0-9a-f-]{36})$`)

func (s *Server) listAssignments(_ Caller, r *http.Request) (int, any, *failure) {
	p, f := s.principal(r.PathValue("id"))
	if f != nil {
		return 0, nil, f
	}
	filter := r.URL.Query().Get("$filter")
	who := byPrincipal().FindStringSubmatch(filter)
	if filter != "" && who == nil {
		return 0, nil, bad("Invalid filter clause.")
	}
	values := []any{}
	for _, a := range s.assignments {
		if a.Resource == p.ID && (who == nil || a.Principal == who[1]) {
			values = append(values, a)
		}
	}
	return http.StatusOK, list("appRoleAssignments", values), nil
}

func (s *Server) createAssignment(_ Caller, r *http.Request) (int, any, *failure) {
	var body struct {
		Principal string `json:"principalId"`
		Resource  string `json:"resourceId"`
		Role      string `json:"appRoleId"`
	}
	p, f := s.principal(r.PathValue("id"))
	if f == nil {
		f = read(r, &body)
	}
	switch {
	case f != nil:
		return 0, nil, f
	case body.Resource != p.ID || !wholeGUID().MatchString(body.Principal) || !wholeGUID().MatchString(body.Role):
		return 0, nil, bad("Not a valid reference update.")
	case slices.ContainsFunc(s.assignments, func(a *assignment) bool {
		return a.Principal == body.Principal && a.Resource == body.Resource && a.Role == body.Role
	}):
		return 0, nil, bad("Permission being assigned already exists on the object")
	}
	a := &assignment{newID(), body.Principal, body.Resource, body.Role}
	s.assignments = append(s.assignments, a)
	return http.StatusCreated, a, nil
}

func (s *Server) deleteAssignment(_ Caller, r *http.Request) (int, any, *failure) {
	id := r.PathValue("assignment")
	before := len(s.assignments)
	s.assignments = slices.DeleteFunc(s.assignments, func(a *assignment) bool { return a.ID == id })
	if len(s.assignments) == before {
		return 0, nil, absent(id)
	}
	return http.StatusNoContent, nil, nil
}
