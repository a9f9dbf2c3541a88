package graph_test

import (
	"fmt"
	"testing"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/graph"
)

// The ids are those that the resource lists, else the documented ones; a name without
// an id is reported.
func TestRequiredAccessPrefersListedIDs(t *testing.T) {
	t.Parallel()
	const live = "11111111-2222-4333-8444-555555555555"
	offered := graph.ServicePrincipal{Scopes: []graph.PermissionDef{{ID: live, Value: "offline_access"}, {ID: "no GUID", Value: "SMTP.Send"}}}
	access, unknown := graph.RequiredAccess(azure.PermissionNeeds{Graph: []string{"offline_access", "SMTP.Send", "Mail.Dream"}, Roles: []string{"IMAP.AccessAsApp", "SMTP.SendAsApp"}}, offered, graph.ServicePrincipal{})
	want := "[{00000003-0000-0000-c000-000000000000 [{11111111-2222-4333-8444-555555555555 Scope} {258f6531-6087-4cc4-bb90-092c5fb3ed3f Scope}]}" +
		" {00000002-0000-0ff1-ce00-000000000000 [{5e5addcd-3e8d-4e90-baf5-964efab2b20a Role}]}] [Mail.Dream SMTP.SendAsApp]"
	if got := fmt.Sprint(access, unknown); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// Declared permissions are kept, missing ones are added, and can be removed again.
func TestAddMissingKeepsDeclaredPermissions(t *testing.T) {
	t.Parallel()
	have := []graph.RequiredResourceAccess{{Resource: "g", Permissions: []graph.Permission{{ID: "1", Type: "Scope"}}}}
	all, added := graph.AddMissing(have, []graph.RequiredResourceAccess{{Resource: "g", Permissions: []graph.Permission{{ID: "1", Type: "Scope"}, {ID: "2", Type: "Scope"}}}, {Resource: "x", Permissions: []graph.Permission{{ID: "3", Type: "Role"}}}})
	if got := fmt.Sprint(all, added); got != "[{g [{1 Scope} {2 Scope}]} {x [{3 Role}]}] [{g [{2 Scope}]} {x [{3 Role}]}]" {
		t.Error(got)
	}
	if got := fmt.Sprint(graph.RemovePermission(graph.RemovePermission(all, "g/2"), "x/3"), have); got != "[{g [{1 Scope}]}] [{g [{1 Scope}]}]" {
		t.Error(got)
	}
	if _, added := graph.AddMissing(all, have); len(added) > 0 {
		t.Errorf("added again: %v", added)
	}
	if got := azure.MissingScopes(" smtp.send  User.Read", "SMTP.Send", "IMAP.AccessAsUser.All"); fmt.Sprint(got) != "[IMAP.AccessAsUser.All]" {
		t.Error(got)
	}
}
