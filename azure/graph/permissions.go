package graph

import (
	"slices"

	"github.com/openfire-fr/openfire-o365/azure"
)

// documentedIDs are the documented ids of Graph's delegated permissions and of
// Exchange's roles (learn.microsoft.com/graph/permissions-reference). They are used
// when a service principal cannot be read.
var documentedIDs = map[string]string{
	"openid": "37f7f235-527c-4136-accd-4a02d197296e", "profile": "14dad69e-099b-42c9-810b-d002981feec1",
	"email": "64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0", "offline_access": "7427e0e9-2fba-42fe-b0c0-848c9e6a8182",
	"SMTP.Send": "258f6531-6087-4cc4-bb90-092c5fb3ed3f", "IMAP.AccessAsUser.All": "652390e4-393a-48de-9484-05f9b1212954",
	"POP.AccessAsUser.All": "d7b7f2d9-0f45-4ea1-9d42-e50810c06991", "User.Read": "e1fe6dd8-ba31-4d61-89e7-88639da4683d",
	"User.Read.All": "a154be20-db9c-4678-8ab7-66f6cc099a59", "Mail.Send": "e383f46e-2787-4529-855e-0e479a3ffac0",
	"Mail.Send.Shared": "a367ab51-6b49-43bf-a716-a1fb06d2a174", "Mail.ReadWrite": "024d486e-b451-40bb-833d-3e66d98c5c73",
	"IMAP.AccessAsApp": "5e5addcd-3e8d-4e90-baf5-964efab2b20a", "POP.AccessAsApp": "cb842b43-da6e-4506-86fe-bb12199c656d",
}

// RequiredAccess returns the declaration of the permissions n, with the ids that the
// service principals of Graph and Exchange list, else the documented ones. unknown
// are the names without an id.
func RequiredAccess(
	n azure.PermissionNeeds, graph, exchange ServicePrincipal,
) (access []RequiredResourceAccess, unknown []string) {
	add := func(resource, kind string, names []string, offered []PermissionDef) {
		a := RequiredResourceAccess{Resource: resource}
		for _, name := range names {
			id := permissionID(name, offered)
			if id == "" {
				unknown = append(unknown, name)
				continue
			}
			a.Permissions = append(a.Permissions, Permission{id, kind})
		}
		if len(a.Permissions) > 0 {
			access = append(access, a)
		}
	}
	add(azure.GraphAppID, "Scope", n.Graph, graph.Scopes)
	add(azure.ExchangeAppID, "Role", n.Roles, exchange.Roles)
	return access, unknown
}

func permissionID(name string, offered []PermissionDef) string {
	for _, d := range offered {
		if d.Value == name && azure.IsGUID(d.ID) {
			return d.ID
		}
	}
	return documentedIDs[name]
}

// AddMissing returns have with the permissions that are only in want; added holds
// those permissions alone.
func AddMissing(have, want []RequiredResourceAccess) (all, added []RequiredResourceAccess) {
	for _, h := range have {
		all = append(all, RequiredResourceAccess{h.Resource, slices.Clone(h.Permissions)})
	}
	for _, w := range want {
		i := slices.IndexFunc(all, func(a RequiredResourceAccess) bool { return a.Resource == w.Resource })
		if i < 0 {
			i = len(all)
			all = append(all, RequiredResourceAccess{Resource: w.Resource})
		}
		lacks := RequiredResourceAccess{Resource: w.Resource}
		for _, p := range w.Permissions {
			if !slices.Contains(all[i].Permissions, p) {
				lacks.Permissions = append(lacks.Permissions, p)
			}
		}
		if len(lacks.Permissions) > 0 {
			all[i].Permissions = append(all[i].Permissions, lacks.Permissions...)
			added = append(added, lacks)
		}
	}
	return all, added
}

// RemovePermission returns the declaration without one permission, which is
// written as the resource's client id, "/", and the permission's id.
func RemovePermission(have []RequiredResourceAccess, permission string) []RequiredResourceAccess {
	kept := []RequiredResourceAccess{}
	for _, h := range have {
		left := slices.DeleteFunc(slices.Clone(h.Permissions), func(p Permission) bool {
			return h.Resource+"/"+p.ID == permission
		})
		if len(left) > 0 {
			kept = append(kept, RequiredResourceAccess{h.Resource, left})
		}
	}
	return kept
}
