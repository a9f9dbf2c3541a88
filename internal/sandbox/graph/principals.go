package graph

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// principal is a service principal: an application in this directory.
type principal struct {
	Context            string          `json:"@odata.context,omitempty"`
	ID                 string          `json:"id"`
	AppID              string          `json:"appId"`
	DisplayName        string          `json:"displayName"`
	AssignmentRequired bool            `json:"appRoleAssignmentRequired"`
	Names              []string        `json:"servicePrincipalNames"`
	Scopes             []permissionDef `json:"oauth2PermissionScopes"`
	Roles              []permissionDef `json:"appRoles"`

	visibleFrom time.Time
}

// permissionDef is a permission that a resource defines.
type permissionDef struct {
	ID          string `json:"id"`
	Value       string `json:"value"`
	Description string `json:"adminConsentDescription,omitempty"`
}

// resources returns the service principals of Microsoft's two resources, with their
// real ids and the permissions that the program may request. The id of
// SMTP.SendAsApp is not documented.
func resources() []*principal {
	graph := &principal{AppID: azure.GraphAppID, DisplayName: "Microsoft Graph", Scopes: slices.Concat([]permissionDef{
		{ID: "37f7f235-527c-4136-accd-4a02d197296e", Value: "openid"},
		{ID: "14dad69e-099b-42c9-810b-d002981feec1", Value: "profile"},
		{ID: "64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0", Value: "email"},
		{ID: "7427e0e9-2fba-42fe-b0c0-848c9e6a8182", Value: "offline_access"},
		{ID: "258f6531-6087-4cc4-bb90-092c5fb3ed3f", Value: "SMTP.Send"},
		{ID: "652390e4-393a-48de-9484-05f9b1212954", Value: "IMAP.AccessAsUser.All"},
		{ID: "d7b7f2d9-0f45-4ea1-9d42-e50810c06991", Value: "POP.AccessAsUser.All"},
		{ID: "e1fe6dd8-ba31-4d61-89e7-88639da4683d", Value: "User.Read"},
		{ID: "a154be20-db9c-4678-8ab7-66f6cc099a59", Value: "User.Read.All"},
		{ID: "e383f46e-2787-4529-855e-0e479a3ffac0", Value: "Mail.Send"},
		{ID: "a367ab51-6b49-43bf-a716-a1fb06d2a174", Value: "Mail.Send.Shared"},
		{ID: "024d486e-b451-40bb-833d-3e66d98c5c73", Value: "Mail.ReadWrite"},
	}, otherPermissions())}
	exchange := &principal{AppID: azure.ExchangeAppID, DisplayName: "Office 365 Exchange Online", Scopes: []permissionDef{
		{ID: "76faac2a-0f20-42f1-928a-50de5b9dbe52", Value: "SMTP.Send"},
		{ID: "195adc35-e27b-454b-a7ed-1ecdffa1c09f", Value: "IMAP.AccessAsUser.All"},
		{ID: "fb698133-92fa-453e-a9ed-688e10f2e5ac", Value: "POP.AccessAsUser.All"},
		{ID: "6223a6d3-53ef-4f8f-982a-895b39483c61", Value: "User.Read"},
	}, Roles: []permissionDef{
		{ID: "5e5addcd-3e8d-4e90-baf5-964efab2b20a", Value: "IMAP.AccessAsApp"},
		{ID: "cb842b43-da6e-4506-86fe-bb12199c656d", Value: "POP.AccessAsApp"},
		{ID: "5a4db0c5-0000-4000-8000-0f1fe0365005", Value: "SMTP.SendAsApp"},
	}}
	for _, p := range []*principal{graph, exchange} {
		p.ID, p.Names = tenant.NewID(), []string{p.AppID}
	}
	return []*principal{graph, exchange}
}

// otherPermissions are permissions that the program does not request.
var otherPermissions = sync.OnceValue(func() (all []permissionDef) {
	for i := range 900 {
		value := fmt.Sprintf("Sandbox.Permission%d.ReadWrite.All", i)
		description := "Allows the app to do what " + value + " says, on behalf of the signed-in user."
		all = append(all, permissionDef{tenant.NewID(), value, fmt.Sprintf("%-400s", description)})
	}
	return all
})

func (s server) getPrincipal(_ tenant.Grant, r *http.Request) (any, *failure) {
	set := r.PathValue("set")
	wanted, ok := quoted(set, "servicePrincipals(appId='", "')")
	if !ok || !azure.IsGUID(wanted) {
		return nil, badRequest("Resource not found for the segment '" + set + "'.")
	}
	p, f := find(s.principals, wanted, func(p *principal) bool { return p.AppID == wanted && s.visible(p.visibleFrom) })
	if f != nil {
		return nil, f
	}
	return p.entity(), nil
}

// entity returns the service principal as the answer to a request for a single
// object.
func (p principal) entity() principal {
	p.Context = odataContext("servicePrincipals/$entity")
	return p
}

func (s server) createPrincipal(c tenant.Grant, r *http.Request) (any, *failure) {
	body, f := read[struct {
		AppID              string    `json:"appId"`
		AssignmentRequired *bool     `json:"appRoleAssignmentRequired"`
		Tags               *[]string `json:"tags"`
	}](r)
	if f != nil {
		return nil, f
	}
	a, f := find(s.apps, "", func(a *application) bool { return a.AppID == body.AppID && s.visible(a.visibleFrom) })
	if f != nil {
		return nil, badRequest("The appId '" + body.AppID +
			"' of the service principal does not reference a valid application object.")
	}
	if slices.ContainsFunc(s.principals, func(p *principal) bool { return p.AppID == body.AppID }) {
		return nil, conflict("The service principal cannot be created, updated, or restored because " +
			"the service principal name " + body.AppID + " is already in use.")
	}
	p := &principal{
		ID: tenant.NewID(), AppID: body.AppID, DisplayName: a.DisplayName, Names: []string{body.AppID},
		AssignmentRequired: tenant.Scenario(c.Mailbox) == scenarioAssignment,
		Scopes:             []permissionDef{}, Roles: []permissionDef{}, visibleFrom: s.visibleFrom(),
	}
	if body.AssignmentRequired != nil && *body.AssignmentRequired {
		p.AssignmentRequired = true
	}
	s.principals = append(s.principals, p)
	return created{p.ID, p.entity()}, nil
}

func (s server) deletePrincipal(p *principal, _ tenant.Grant, _ *http.Request) (any, *failure) {
	s.remove(p)
	return nil, nil
}
