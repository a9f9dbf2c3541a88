package graph

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
)

// ServicePrincipal is an application in one directory
// (learn.microsoft.com/graph/api/resources/serviceprincipal).
type ServicePrincipal struct {
	ID                 string          `json:"id"`
	AppID              string          `json:"appId"`
	AssignmentRequired bool            `json:"appRoleAssignmentRequired"`
	Scopes             []PermissionDef `json:"oauth2PermissionScopes"`
	Roles              []PermissionDef `json:"appRoles"`
}

// PermissionDef is a permission that a resource offers.
type PermissionDef struct {
	ID    string `json:"id"`
	Value string `json:"value"`
}

// ServicePrincipal returns the service principal of an application, by its client
// id. The error is IsNotFound when the directory has none.
func (g *Client) ServicePrincipal(ctx context.Context, appID string) (p ServicePrincipal, err error) {
	err = g.call(ctx, http.MethodGet, servicePrincipal(appID), nil, &p)
	if err == nil && !azure.IsGUID(p.ID) {
		err = g.notGraphProblem(http.StatusOK)
	}
	return p, err
}

// servicePrincipal returns the path of an application's service principal.
func servicePrincipal(appID string) string {
	return "/servicePrincipals(appId='" + url.PathEscape(appID) +
		"')?$select=id,appId,appRoleAssignmentRequired,oauth2PermissionScopes,appRoles"
}

// CreateServicePrincipal creates the service principal of a new application, which
// the portal does by itself and Graph does not. It returns an existing one.
func (g *Client) CreateServicePrincipal(ctx context.Context, appID string) (p ServicePrincipal, err error) {
	body := map[string]string{"appId": appID}
	err = g.callNew(ctx, waitApplication, http.MethodPost, "/servicePrincipals", body, &p)
	if IsConflict(err) {
		err = g.callNew(ctx, waitPrincipal, http.MethodGet, servicePrincipal(appID), nil, &p)
	}
	if err == nil && !azure.IsGUID(p.ID) {
		err = g.notGraphProblem(http.StatusCreated)
	}
	return p, err
}

// Grant is the consent to delegated permissions
// (learn.microsoft.com/graph/api/resources/oauth2permissiongrant).
type Grant struct {
	ID          string  `json:"id,omitempty"`
	ClientID    string  `json:"clientId"`
	ConsentType string  `json:"consentType"`
	PrincipalID *string `json:"principalId"`
	ResourceID  string  `json:"resourceId"`
	Scope       string  `json:"scope"` // names, space-separated
}

// TenantGrant returns the consent for all users of a client to a resource, by the
// IDs of their service principals; a Grant without ID when there is none.
func (g *Client) TenantGrant(ctx context.Context, client, resource string) (Grant, error) {
	path := "/servicePrincipals/" + url.PathEscape(client) + "/oauth2PermissionGrants"
	all, err := list[Grant](ctx, g, waitPrincipal, path)
	for _, have := range all {
		if have.ConsentType == "AllPrincipals" && have.ResourceID == resource {
			return have, err
		}
	}
	return Grant{}, err
}

// CreateTenantGrant consents for all users. The error is IsConflict when there is
// such a consent already.
func (g *Client) CreateTenantGrant(
	ctx context.Context, client, resource string, scopes []string,
) (made Grant, err error) {
	body := Grant{ClientID: client, ConsentType: "AllPrincipals", ResourceID: resource,
		Scope: strings.Join(scopes, " ")}
	err = g.callNew(ctx, waitPrincipal, http.MethodPost, "/oauth2PermissionGrants", body, &made)
	if err == nil && made.ID == "" {
		err = g.notGraphProblem(http.StatusCreated)
	}
	return made, err
}

// Grant returns the consent with an ID.
func (g *Client) Grant(ctx context.Context, id string) (have Grant, err error) {
	err = g.call(ctx, http.MethodGet, "/oauth2PermissionGrants/"+url.PathEscape(id), nil, &have)
	return have, err
}

// UpdateGrant replaces the scopes of a consent.
func (g *Client) UpdateGrant(ctx context.Context, id string, scopes []string) error {
	body := map[string]string{"scope": strings.Join(scopes, " ")}
	return g.callNew(ctx, waitPrincipal, http.MethodPatch, "/oauth2PermissionGrants/"+url.PathEscape(id), body, nil)
}

// Assignment assigns a user to an application, or grants an application a role of
// a resource (learn.microsoft.com/graph/api/resources/approleassignment).
type Assignment struct {
	ID        string `json:"id,omitempty"`
	Principal string `json:"principalId"`
	Resource  string `json:"resourceId"`
	Role      string `json:"appRoleId"`
}

// NoRole is the role of an assignment to an application without roles.
const NoRole = "00000000-0000-0000-0000-000000000000"

// Assignment returns the existing assignment that equals want; one without ID
// when there is none.
func (g *Client) Assignment(ctx context.Context, want Assignment) (Assignment, error) {
	path := "/" + assignments(want.Resource) + "?$filter=" + url.QueryEscape("principalId eq "+want.Principal)
	all, err := list[Assignment](ctx, g, waitPrincipal, path)
	for _, have := range all {
		if have.Principal == want.Principal && have.Role == want.Role {
			return have, err
		}
	}
	return Assignment{}, err
}

// Assign creates an assignment. The error is IsConflict when it exists already.
func (g *Client) Assign(ctx context.Context, want Assignment) (made Assignment, err error) {
	err = g.callNew(ctx, waitPrincipal, http.MethodPost, "/"+assignments(want.Resource), want, &made)
	if err == nil && made.ID == "" {
		err = g.notGraphProblem(http.StatusCreated)
	}
	return made, err
}

// assignments returns the kind of a resource's assignments, for Delete.
func assignments(resource string) string {
	return "servicePrincipals/" + url.PathEscape(resource) + "/appRoleAssignedTo"
}

// Unassign removes an assignment; a missing one is not an error.
func (g *Client) Unassign(ctx context.Context, resource, id string) error {
	return g.Delete(ctx, assignments(resource), id)
}

// User is an account of the directory.
type User struct {
	ID   string `json:"id"`
	Mail string `json:"mail"`
	UPN  string `json:"userPrincipalName"`
}

// User returns an account by its address or ID; "me" is the account that signed in.
func (g *Client) User(ctx context.Context, who string) (p User, err error) {
	path := "/me"
	if who != "me" {
		path = "/users/" + url.PathEscape(who)
	}
	err = g.call(ctx, http.MethodGet, path+"?$select=id,mail,userPrincipalName", nil, &p)
	if err == nil && !azure.IsGUID(p.ID) {
		err = g.notGraphProblem(http.StatusOK)
	}
	return p, err
}

// Organization returns the name of the directory.
func (g *Client) Organization(ctx context.Context) (name string, err error) {
	var page struct {
		Value []struct {
			Name string `json:"displayName"`
		}
	}
	err = g.call(ctx, http.MethodGet, "/organization?$select=id,displayName,verifiedDomains", nil, &page)
	if err == nil && len(page.Value) > 0 {
		name = page.Value[0].Name
	}
	return name, err
}
