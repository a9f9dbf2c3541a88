package graph

import (
	"net/http"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
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

func (s server) listGrants(p *principal, _ tenant.Grant, _ *http.Request) (any, *failure) {
	return list("oauth2PermissionGrants", s.grants, func(g *grant) bool { return g.ClientID == p.ID }), nil
}

func (s server) createGrant(_ tenant.Grant, r *http.Request) (any, *failure) {
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
	g := &grant{tenant.NewID(), body}
	s.grants = append(s.grants, g)
	return created{g.ID, g}, nil
}

// checkScope returns an error for a scope string with names that the resource does
// not define.
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

func (s server) getGrant(g *grant, _ tenant.Grant, _ *http.Request) (any, *failure) { return g, nil }

func (s server) patchGrant(g *grant, _ tenant.Grant, r *http.Request) (any, *failure) {
	body, f := read[struct {
		Scope string `json:"scope"`
	}](r)
	if f == nil {
		f = s.checkScope(g.ResourceID, body.Scope)
	}
	if f == nil {
		g.Scope = body.Scope
	}
	return nil, f
}

func (s server) deleteGrant(g *grant, _ tenant.Grant, _ *http.Request) (any, *failure) {
	s.grants = slices.DeleteFunc(s.grants, func(o *grant) bool { return o == g })
	return nil, nil
}

// assignment is the right of an account to use an application, or of an application
// to use a resource (appRoleAssignment).
type assignment struct {
	ID string `json:"id"`
	assignmentBody
}

type assignmentBody struct {
	Principal string `json:"principalId"`
	Resource  string `json:"resourceId"`
	Role      string `json:"appRoleId"`
}

func (s server) listAssignments(p *principal, _ tenant.Grant, r *http.Request) (any, *failure) {
	filter := r.URL.Query().Get("$filter")
	who, byPrincipal := strings.CutPrefix(filter, "principalId eq ")
	if filter != "" && (!byPrincipal || !azure.IsGUID(who)) {
		return nil, badRequest("Invalid filter clause.")
	}
	return list("appRoleAssignments", s.assignments, func(a *assignment) bool {
		return a.Resource == p.ID && (!byPrincipal || a.Principal == who)
	}), nil
}

func (s server) createAssignment(p *principal, _ tenant.Grant, r *http.Request) (any, *failure) {
	body, f := read[assignmentBody](r)
	switch {
	case f != nil:
		return nil, f
	case body.Resource != p.ID || !azure.IsGUID(body.Principal) || !azure.IsGUID(body.Role):
		return nil, badRequest("Not a valid reference update.")
	case slices.ContainsFunc(s.assignments, func(a *assignment) bool { return a.assignmentBody == body }):
		return nil, badRequest("Permission being assigned already exists on the object")
	}
	a := &assignment{tenant.NewID(), body}
	s.assignments = append(s.assignments, a)
	return created{a.ID, a}, nil
}

func (s server) deleteAssignment(_ tenant.Grant, r *http.Request) (any, *failure) {
	id := r.PathValue("assignment")
	a, f := find(s.assignments, id, func(a *assignment) bool { return a.ID == id })
	s.assignments = slices.DeleteFunc(s.assignments, func(o *assignment) bool { return o == a })
	return nil, f
}
