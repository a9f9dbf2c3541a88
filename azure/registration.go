package azure

// LoopbackRedirect is the second redirect URI of the registration. Entra
// ignores the port of a localhost address, not its path
// (learn.microsoft.com/entra/identity-platform/reply-url, "Localhost exceptions").
const LoopbackRedirect = "http://localhost/openfire-o365"

// Permissions are the delegated permissions to declare under Microsoft Graph,
// as the portal names them. OpenFire's article lists more; a base uses these.
func Permissions(incoming bool) []string {
	names := []string{"offline_access", "SMTP.Send"}
	if incoming {
		names = append(names, "IMAP.AccessAsUser.All")
	}
	return names
}

// CreateLink opens the portal where an application is registered.
func (c Cloud) CreateLink() string {
	return c.Portal + "/#view/Microsoft_AAD_RegisteredApps/CreateApplicationBlade/quickStartType~/null/isMSAApp~/false"
}

// AppLink opens one page of the application's: Overview, Authentication,
// Credentials or CallAnAPI; the list of applications while its client id is not
// known.
func (c Cloud) AppLink(page, clientID string) string {
	if clientID == "" {
		return c.Portal + PageApps
	}
	return c.Portal + "/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/" + page + "/appId/" + clientID
}

// Pages of the Entra admin center, below Cloud.Portal, and of the Microsoft 365
// admin center. {appid} stands for the client id. Their addresses are no contract.
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
