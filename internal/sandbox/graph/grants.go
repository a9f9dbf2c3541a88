package graph

import (
	"net/http"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
)

// grant is a consent to delegated permissions (oAuth2PermissionGrant).
type grant struct {
	ID string `json:"id"`
	grantBody
}

type grantBody struct {
	ClientID    string  `json:"clientId"`
	ConsentType string  `json:"consentType"`
	PrincipalID *string `json:"principalId"`
	ResourceID  string  `json:"resourceId"`
	Scope       string  `json:"scope"`
}

func (s server) listGrants(_ Caller, r *http.Request) (any, *failure) {
	p, f := s.principal(r.PathValue("id"))
	if f != nil {
		return nil, f
	}
	values := []any{}
	for _, g := range s.grants {
		if g.ClientID == p.ID {
			values = append(values, g)
		}
	}
	return list("oauth2PermissionGrants", values), nil
}

func (s server) createGrant(_ Caller, r *http.Request) (any, *failure) {
	body, f := read[grantBody](r)
	if f != nil {
		return nil, f
	}
	for _, id := range []string{body.ClientID, body.ResourceID} {
		if _, f := s.principal(id); f != nil {
			return nil, f
		}
	}
	one := body.ConsentType == "Principal"
	if !one && body.ConsentType != "AllPrincipals" || one != (body.PrincipalID != nil) {
		return nil, badRequest(
			"Invalid value specified for property 'consentType' of resource 'DelegatedPermissionGrant'.")
	}
	if f := s.checkScope(body.ResourceID, body.Scope); f != nil {
		return nil, f
	}
	if slices.ContainsFunc(s.grants, func(g *grant) bool {
		return g.ClientID == body.ClientID && g.ResourceID == body.ResourceID && g.ConsentType == body.ConsentType
	}) {
		return nil, conflict("Permission entry already exists.")
	}
	g := &grant{newID(), body}
	s.grants = append(s.grants, g)
	return created{g}, nil
}

// checkScope refuses a scope string with names that the resource does not offer.
func (s server) checkScope(resource, scope string) *failure {
	p, f := s.principal(resource)
	if f != nil {
		return f
	}
	for name := range strings.FieldsSeq(scope) {
		if !slices.ContainsFunc(p.Scopes, func(d permissionDef) bool { return d.Value == name }) {
			return badRequest("The permission '" + name + "' is not one of the resource's.")
		}
	}
	return nil
}

func (s server) getGrant(_ Caller, r *http.Request) (any, *failure) {
	return s.grant(r.PathValue("id"))
}

func (s server) patchGrant(_ Caller, r *http.Request) (any, *failure) {
	g, f := s.grant(r.PathValue("id"))
	if f != nil {
		return nil, f
	}
	body, f := read[struct {
		Scope string `json:"scope"`
	}](r)
	if f == nil {
		f = s.checkScope(g.ResourceID, body.Scope)
	}
	if f != nil {
		return nil, f
	}
	g.Scope = body.Scope
	return nil, nil
}

func (s server) deleteGrant(_ Caller, r *http.Request) (any, *failure) {
	g, f := s.grant(r.PathValue("id"))
	if f != nil {
		return nil, f
	}
	s.grants = slices.DeleteFunc(s.grants, func(o *grant) bool { return o == g })
	return nil, nil
}

// assignment is an account's right to use an application, or an application's
// right to use a resource (appRoleAssignment).
type assignment struct {
	ID string `json:"id"`
	assignmentBody
}

type assignmentBody struct {
	Principal string `json:"principalId"`
	Resource  string `json:"resourceId"`
	Role      string `json:"appRoleId"`
}

func (s server) listAssignments(_ Caller, r *http.Request) (any, *failure) {
	p, f := s.principal(r.PathValue("id"))
	if f != nil {
		return nil, f
	}
	filter := r.URL.Query().Get("$filter")
	who, byPrincipal := strings.CutPrefix(filter, "principalId eq ")
	if filter != "" && (!byPrincipal || !azure.IsGUID(who)) {
		return nil, badRequest("Invalid filter clause.")
	}
	values := []any{}
	for _, a := range s.assignments {
		if a.Resource == p.ID && (!byPrincipal || a.Principal == who) {
			values = append(values, a)
		}
	}
	return list("appRoleAssignments", values), nil
}

func (s server) createAssignment(_ Caller, r *http.Request) (any, *failure) {
	p, f := s.principal(r.PathValue("id"))
	if f != nil {
		return nil, f
	}
	body, f := read[assignmentBody](r)
	switch {
	case f != nil:
		return nil, f
	case body.Resource != p.ID || !azure.IsGUID(body.Principal) || !azure.IsGUID(body.Role):
		return nil, badRequest("Not a valid reference update.")
	case slices.ContainsFunc(s.assignments, func(a *assignment) bool { return a.assignmentBody == body }):
		return nil, badRequest("Permission being assigned already exists on the object")
	}
	a := &assignment{newID(), body}
	s.assignments = append(s.assignments, a)
	return created{a}, nil
}

func (s server) deleteAssignment(_ Caller, r *http.Request) (any, *failure) {
	id := r.PathValue("assignment")
	before := len(s.assignments)
	s.assignments = slices.DeleteFunc(s.assignments, func(a *assignment) bool { return a.ID == id })
	if len(s.assignments) == before {
		return nil, notFound(id)
	}
	return nil, nil
}
