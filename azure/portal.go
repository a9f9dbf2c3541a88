package azure

import "strings"

// CreateLink returns the portal's page that registers an application.
func (c Cloud) CreateLink() string {
	return c.Portal + "/#view/Microsoft_AAD_RegisteredApps/CreateApplicationBlade/quickStartType~/null/isMSAApp~/false"
}

// AppLink returns the address of a page of an application: Overview, Authentication,
// Credentials or CallAnAPI. Without a client ID it returns the list of applications.
func (c Cloud) AppLink(page, clientID string) string {
	return c.Link("/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/"+page+"/appId/{appid}", clientID)
}

// Link returns the address of a page, and "" for "". If the page needs a client ID and
// there is none, it returns the list of applications.
func (c Cloud) Link(page, clientID string) string {
	if strings.Contains(page, "{appid}") && clientID == "" {
		page = PageApps
	}
	if strings.HasPrefix(page, "/") {
		page = c.Portal + page
	}
	return strings.ReplaceAll(page, "{appid}", clientID)
}

// Pages of the Entra admin center, relative to Cloud.Portal, and of other portals.
// {appid} stands for the client ID. Microsoft does not document them as stable.
const (
	PageApps           = "/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade"
	PageAuthentication = "/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/Authentication/appId/{appid}"
	PageCredentials    = "/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/Credentials/appId/{appid}"
	PagePermissions    = "/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/CallAnAPI/appId/{appid}"
	PageEnterprise     = "/#view/Microsoft_AAD_IAM/StartboardApplicationsMenuBlade/~/AppAppsPreview"
	PagePolicies       = "/#view/Microsoft_AAD_ConditionalAccess/ConditionalAccessBlade/~/Policies"
	PageUsers          = "/#view/Microsoft_AAD_UsersAndTenants/UserManagementMenuBlade/~/AllUsers"
	PageRestricted     = "https://security.microsoft.com/restrictedentities"

	// MailLink is the Microsoft 365 admin center's list of mailboxes.
	MailLink = "https://admin.microsoft.com/#/users"
)
