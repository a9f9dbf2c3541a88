package faults

import (
	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// consentFaults are about who may use the application, and for what.
var consentFaults = []Fault{
	{
		Code: 50105, Where: SignInPage, Error: "invalid_grant", Status: 400, Who: EntraAdmin,
		// Source: nextauthjs/next-auth#5455
		Sample: "AADSTS50105: Your administrator has configured the application OpenFire ('{appid}') to block users unless they are specifically granted ('assigned') access to the application. The signed in user '{user}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator. Please contact your administrator to assign access to this application.",
		What:   i18n.T("The application is open to assigned users only, and this mailbox is not assigned."),
		Do:     i18n.T("Enterprise applications > OpenFire > Users and groups > Add user/group: choose the mailbox, then Assign."),
		Link:   azure.PageEnterprise,
	}, {
		Code: 90094, Where: SignInPage, Error: "access_denied", Who: EntraAdmin,
		Words: []string{"need admin approval", "approbation de l'administrateur requise", "only an admin can grant", "seul un administrateur peut accorder"},
		// Source: troubleshoot-consent-issues
		Sample: "AADSTS90094: An administrator of {tenantname} has set a policy that prevents you from granting OpenFire the permissions it is requesting. Contact an administrator of {tenantname}, who can grant permissions to this app on your behalf.",
		What:   i18n.T("In this organisation only an administrator may consent to the application."),
		Do:     i18n.T("OpenFire application > API permissions > Grant admin consent, then sign in again."),
		Link:   azure.PagePermissions,
	}, {
		Code: 90095, Where: SignInPage, Error: "access_denied", Who: EntraAdmin,
		Words: []string{"requires your admin's approval", "enter justification for requesting this app", "nécessite l'approbation de votre administrateur"},
		// Source: the page of configure-admin-consent-workflow, with its code of troubleshoot-consent-issues
		Sample: "AADSTS90095: Approval required. This app requires your admin's approval. Enter justification for requesting this app.",
		What:   i18n.T("An administrator must approve the application; the page offers to ask for it."),
		Do:     i18n.T("Write a justification and send the request; the administrator approves it under Enterprise applications > Admin consent requests. Then sign in again."),
		Link:   azure.PageEnterprise,
	}, {
		Code: 900941, Where: SignInPage, Error: "access_denied", Who: EntraAdmin,
		// Source: troubleshoot-consent-issues
		Sample: "AADSTS900941: Administrator consent is required. App is considered risky. (AdminConsentRequiredDueToRiskyApp)",
		What:   i18n.T("Microsoft finds the application risky (new, unverified publisher) and wants an administrator's consent."),
		Do:     i18n.T("An administrator makes sure that it is yours, then OpenFire application > API permissions > Grant admin consent."),
		Link:   azure.PagePermissions,
	}, {
		Code: 65004, Where: Callback, Error: "access_denied", Status: 400, Who: User,
		// Source: reference-error-codes
		Sample: "AADSTS65004: User declined to consent to access the app.",
		What:   i18n.T("Consent was refused or cancelled on Microsoft's page."),
		Do:     i18n.T("Sign in again and choose Accept."),
	}, {
		Code: 65001, Where: FromToken, Error: "invalid_grant", Suberror: "consent_required", Status: 400, Who: User, Dead: true,
		// Source: recorded; reference-error-codes
		Sample: "AADSTS65001: The user or administrator has not consented to use the application with ID '{appid}' named 'OpenFire'. Send an interactive authorization request for this user and resource.",
		What:   i18n.T("Nobody consented to the application for this mailbox, or the consent was withdrawn."),
		Do:     i18n.T("Run \"openfire-o365 setup\" again and accept on Microsoft's page."),
	}, {
		Code: 650052, Where: SignInPage, Error: "invalid_client", Status: 400, Who: EntraAdmin,
		// Source: reference-error-codes
		Sample: "AADSTS650052: The app needs access to a service (\"Office 365 Exchange Online\") that your organization \"{tenantname}\" has not subscribed to or enabled. Contact your IT Admin to review the configuration of your service subscriptions.",
		What:   i18n.T("This organisation has no Exchange Online: there is no mail licence in this directory."),
		Do:     i18n.T("Microsoft 365 admin center > Billing > Licenses: add a licence with Exchange Online, assign it to the mailbox, then try again."),
		Link:   "https://admin.microsoft.com/#/licenses",
	}, {
		Code: 500011, Where: FromToken, Error: "invalid_resource", Status: 400, Who: EntraAdmin,
		// Source: Azure/azure-cli#17209; reference-error-codes
		Sample: "AADSTS500011: The resource principal named https://outlook.office.com was not found in the tenant named {tenantname}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.",
		What:   i18n.T("Exchange Online does not exist in this directory: the wrong directory, or no mail licence."),
		Do:     i18n.T("Check the \"Directory (tenant) ID\", then in the Microsoft 365 admin center > Billing > Licenses that a licence includes Exchange Online."),
		Link:   "https://admin.microsoft.com/#/licenses",
	}, {
		Code: 650053, Where: Callback, Error: "invalid_client", Status: 400, Who: Support,
		// Source: prior knowledge of the service; reference-error-codes
		Sample: "AADSTS650053: The application 'OpenFire' asked for scope 'SMTP.Send' that doesn't exist on the resource '00000002-0000-0ff1-ce00-000000000000'. Contact the app vendor.",
		What:   i18n.T("The permission asked for does not exist on that service: its name is wrong."),
		Do:     i18n.T("Send this message to OpenFire support: the base must ask for https://outlook.office.com/SMTP.Send."),
	}, {
		Code: 650056, Where: FromToken, Error: "invalid_client", Status: 400, Who: AppOwner,
		// Source: reference-error-codes; error-code-aadsts650056-misconfigured-app
		Sample: "AADSTS650056: Misconfigured application. This could be due to one of the following: the client has not listed any permissions for 'Office 365 Exchange Online' in the requested permissions in the client's application registration. Or, the admin has not consented in the tenant. Or, check the application identifier in the request to ensure it matches the configured client application identifier. Or, check the certificate in the request to ensure it's valid. Please contact your admin to fix the configuration or consent on behalf of the tenant. Client app ID: {appid}.",
		What:   i18n.T("The application declares no mail permission, or nobody has accepted it."),
		Do:     i18n.T("OpenFire application > API permissions > Add a permission: SMTP.Send and offline_access (Microsoft Graph, Delegated permissions); then Grant admin consent."),
		Link:   azure.PagePermissions,
	}, {
		Code: 650057, Where: Callback, Error: "invalid_client", Status: 400, Who: AppOwner,
		// Source: ploomber/msal_streamlit_authentication#43; reference-error-codes
		Sample: "AADSTS650057: Invalid resource. The client has requested access to a resource which is not listed in the requested permissions in the client's application registration. Client app ID: {appid}(OpenFire). Resource value from request: https://outlook.office.com. Resource app ID: 00000002-0000-0ff1-ce00-000000000000. List of valid resources from app registration: 00000003-0000-0000-c000-000000000000.",
		What:   i18n.T("The permission asked for is missing from the application's list."),
		Do:     i18n.T("OpenFire application > API permissions > Add a permission: add SMTP.Send, then sign in again."),
		Link:   azure.PagePermissions,
	}, {
		Code: 70011, Where: Callback, Error: "invalid_scope", Status: 400, Who: Support,
		// Source: assast/outlookEmail#58; reference-error-codes
		Sample: "AADSTS70011: The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope https://outlook.office.com/SMTP.Sent offline_access is not valid.",
		What:   i18n.T("The list of permissions sent to Microsoft is not valid."),
		Do:     i18n.T("Send this message to OpenFire support: it is the base or the program that asks."),
	},
}
