package azure

import (
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// AdminScopes is what the administrator is asked for, to let the next calls be
// made and nothing else. assigning adds what it takes to assign somebody.
func AdminScopes(assigning bool) []string {
	names := []string{"User.Read", "Application.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All"}
	if assigning {
		names = append(names, "User.ReadBasic.All", "AppRoleAssignment.ReadWrite.All")
	}
	scopes := []string{"openid", "profile"}
	for _, n := range names {
		scopes = append(scopes, GraphResource+n)
	}
	return scopes
}

// PermissionNeeds are the permissions of an application: what it declares on Microsoft
// Graph, and what everybody consents to on either resource, by name.
type PermissionNeeds struct {
	Graph    []string // delegated, of Microsoft Graph
	Exchange []string // delegated, of Office 365 Exchange Online
	Roles    []string // application permissions of Exchange Online
}

// MinimalPermissions is what a base uses: sending, with incoming mail reading, and the
// scopes of the sign-in. They are declared on Graph, as the article does;
// tokens for mail are Exchange's, so that consent is given on both.
func MinimalPermissions(odoo int, incoming bool) PermissionNeeds {
	n := PermissionNeeds{Graph: []string{"openid", "profile", "email", "offline_access", "SMTP.Send"}, Exchange: []string{"SMTP.Send"}}
	if incoming {
		n.Graph, n.Exchange = append(n.Graph, "IMAP.AccessAsUser.All"), append(n.Exchange, "IMAP.AccessAsUser.All")
	}
	if odoo >= userReadVersion {
		n.Graph, n.Exchange = append(n.Graph, "User.Read"), append(n.Exchange, "User.Read")
	}
	return n
}

// ArticlePermissions is the list of OpenFire's article, for whoever insists on it.
func ArticlePermissions(odoo int) PermissionNeeds {
	n := MinimalPermissions(odoo, true)
	n.Graph = []string{"User.Read", "User.Read.All", "Mail.Send", "Mail.Send.Shared", "Mail.ReadWrite", "offline_access", "SMTP.Send", "POP.AccessAsUser.All", "IMAP.AccessAsUser.All"}
	n.Roles = []string{"IMAP.AccessAsApp", "POP.AccessAsApp", "SMTP.SendAsApp"}
	return n
}

// Unneeded is a permission of the article and why a base does without it.
type Unneeded struct {
	Name string
	Why  i18n.Text
}

// UnneededPermissions are those of the article's list that are left out.
func UnneededPermissions() []Unneeded {
	return []Unneeded{
		{"User.Read", i18n.T("would read the profile; the sign-in already tells who signed in (only Odoo 19 asks for it).")},
		{"User.Read.All", i18n.T("would open everybody's profile; the base reads no directory.")},
		{"Mail.Send, Mail.Send.Shared", i18n.T("are for sending through Graph; the base sends by SMTP.")},
		{"Mail.ReadWrite", i18n.T("would open the whole mailbox through Graph; the base reads nothing there.")},
		{"POP.AccessAsUser.All", i18n.T("is for fetching by POP; the base fetches by IMAP.")},
		{"IMAP.AccessAsApp, POP.AccessAsApp, SMTP.SendAsApp", i18n.T("would let the application act without anybody, on any mailbox opened to it; the base acts as the mailbox that signed in.")},
	}
}

// ApplicationName is what OpenFire's article calls the application.
const ApplicationName = "OpenFire"

// Multitenant and SingleTenant say whose accounts an application takes. A base
// uses the address common to all directories, so that its own must take all.
const (
	Multitenant  = "AzureADMultipleOrgs"
	SingleTenant = "AzureADMyOrg"
)
