package azure

import (
	"slices"
	"sync"
)

// Catalogue returns every refusal the program explains by itself, in the order
// in which a person meets them: registration, secret, account, consent, policy,
// tokens, mail, base. A fault that the sandbox cannot play cannot enter.
//
// The entries lie in the program as data; putting them together is left until
// something goes wrong.
func Catalogue() []Fault { return catalogue() }

var catalogue = sync.OnceValue(func() []Fault {
	return slices.Concat(applicationFaults, secretFaults, accountFaults, consentFaults, policyFaults, tokenFaults, smtpFaults, sendingFaults, imapFaults, baseFaults)
})

// Where faults are mended: pages of the Entra admin center, whose addresses are
// no contract, and of the Microsoft 365 admin center.
const (
	pageApps           = "/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade"
	pageAuthentication = "/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/Authentication/appId/{appid}"
	pageCredentials    = "/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/Credentials/appId/{appid}"
	pagePermissions    = "/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/CallAnAPI/appId/{appid}"
	pageEnterprise     = "/#view/Microsoft_AAD_IAM/StartboardApplicationsMenuBlade/~/AppAppsPreview"
	pagePolicies       = "/#view/Microsoft_AAD_ConditionalAccess/ConditionalAccessBlade/~/Policies"
	pageUsers          = "/#view/Microsoft_AAD_UsersAndTenants/UserManagementMenuBlade/~/AllUsers"
	pageRestricted     = "https://security.microsoft.com/restrictedentities"
)
