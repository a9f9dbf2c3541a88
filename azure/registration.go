package azure

import "github.com/openfire-fr/openfire-o365/internal/i18n"

// AdminScopes returns the scopes with which the administrator signs in to
// register the application.
func AdminScopes() []string {
	return []string{"openid", "profile", GraphResource + "User.Read", GraphResource + "Application.ReadWrite.All",
		GraphResource + "DelegatedPermissionGrant.ReadWrite.All"}
}

// AssignmentScopes returns the further scopes with which the administrator assigns
// users to the application.
func AssignmentScopes() []string {
	return []string{GraphResource + "User.ReadBasic.All", GraphResource + "AppRoleAssignment.ReadWrite.All"}
}

// PermissionNeeds lists the permissions that an application needs, by name. The
// registration declares those of Graph and the roles; consent is given for Graph and
// Exchange.
type PermissionNeeds struct {
	Graph    []string // delegated, of Microsoft Graph
	Exchange []string // delegated, of Office 365 Exchange Online
	Roles    []string // application permissions of Exchange Online
}

// MinimalPermissions returns the permissions that a base uses: the scopes of the
// sign-in, sending and, with Incoming, fetching mail. They are declared on Graph as
// in OpenFire's documentation. Consent is needed on both resources, because tokens for
// mail are issued for Exchange.
func (u Use) MinimalPermissions() PermissionNeeds {
	exchange := []string{"SMTP.Send"}
	if u.Incoming {
		exchange = append(exchange, "IMAP.AccessAsUser.All")
	}
	if u.Odoo >= userReadVersion {
		exchange = append(exchange, "User.Read")
	}
	signIn := []string{"openid", "profile", "email", "offline_access"}
	return PermissionNeeds{Graph: append(signIn, exchange...), Exchange: exchange}
}

// ArticlePermissions returns the longer list of OpenFire's documentation.
func ArticlePermissions(odoo int) PermissionNeeds {
	n := Use{Odoo: odoo, Incoming: true}.MinimalPermissions()
	n.Graph = []string{"User.Read", "User.Read.All", "Mail.Send", "Mail.Send.Shared", "Mail.ReadWrite", "offline_access",
		"SMTP.Send", "POP.AccessAsUser.All", "IMAP.AccessAsUser.All"}
	n.Roles = []string{"IMAP.AccessAsApp", "POP.AccessAsApp", "SMTP.SendAsApp"}
	return n
}

// Unneeded is a permission of the article that a base does not use, with the reason.
type Unneeded struct {
	Name string
	Why  i18n.Text
}

// UnneededPermissions returns the permissions of ArticlePermissions that are not in
// MinimalPermissions before Odoo 19.
func UnneededPermissions() []Unneeded {
	return []Unneeded{
		{"User.Read", i18n.T("reads the user's profile; the base does not need it, except with Odoo 19.")},
		{"User.Read.All", i18n.T("reads the profiles of all users; the base does not use the directory.")},
		{"Mail.Send, Mail.Send.Shared", i18n.T("send mail through Microsoft Graph; the base sends by SMTP.")},
		{"Mail.ReadWrite", i18n.T("gives access to the whole mailbox through Microsoft Graph; the base does not use it.")},
		{"POP.AccessAsUser.All", i18n.T("fetches mail by POP; the base uses IMAP.")},
		{"IMAP.AccessAsApp, POP.AccessAsApp, SMTP.SendAsApp", i18n.T("let the application use mailboxes without a signed-in user; the base always uses the mailbox that signed in.")},
	}
}

// ApplicationName is the application's name in OpenFire's documentation.
const ApplicationName = "OpenFire"

// Values of an application's signInAudience
// (learn.microsoft.com/graph/api/resources/application). A base uses the endpoint
// common to all tenants, which accepts only multitenant applications.
const (
	Multitenant  = "AzureADMultipleOrgs"
	SingleTenant = "AzureADMyOrg"
)

// LoopbackRedirect is the registration's second redirect URI. Entra ignores the
// port of a localhost address, but not its path
// (learn.microsoft.com/entra/identity-platform/reply-url, "Localhost exceptions").
const LoopbackRedirect = "http://localhost/openfire-o365"

// PortalPermissions returns the delegated permissions of Microsoft Graph that a
// person has to add in the portal, by the portal's names.
func (u Use) PortalPermissions() []string {
	names := []string{"offline_access", "SMTP.Send"}
	if u.Incoming {
		names = append(names, "IMAP.AccessAsUser.All")
	}
	return names
}
