package faults

import (
	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// accountFaults are about the account that signs in and what it may do.
var accountFaults = []Fault{
	// The account and its password.
	{
		Code: 50020, Where: SignInPage, Error: "invalid_grant", Status: 400, Who: User,
		// Source: reference-error-codes
		Sample: "AADSTS50020: User account '{user}' from identity provider 'live.com' does not exist in tenant '{tenantname}' and cannot access the application '{appid}'(OpenFire) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account.",
		What:   i18n.T("The account that signed in belongs to another organisation, or is personal."),
		Do:     i18n.T("Sign out at Microsoft, or use a private window, then sign in as the mailbox of your organisation."),
	}, {
		Code: 90072, Where: SignInPage, Error: "invalid_grant", Status: 400, Who: User,
		// Source: reference-error-codes
		Sample: "AADSTS90072: User account '{user}' from identity provider 'live.com' does not exist in tenant '{tenantname}' and cannot access the application '{appid}'(OpenFire) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account.",
		What:   i18n.T("This account is external to the directory and cannot pass its multi-factor authentication."),
		Do:     i18n.T("Sign in as the mailbox of your organisation, in a private window."),
	}, {
		Code: 500200, Where: SignInPage, Error: "invalid_request", Status: 400, Who: User,
		// Source: prior knowledge of the service; reference-error-codes
		Sample: "AADSTS500200: User account '{user}' is a personal Microsoft account. Personal Microsoft accounts are not supported for this application unless explicitly invited to an organization. Try signing out and signing back in with an organizational account.",
		What:   i18n.T("This is a personal Microsoft account; the application takes work accounts only."),
		Do:     i18n.T("Sign in with the mailbox's Microsoft 365 work account, in a private window."),
	}, {
		Code: 50034, Where: SignInPage, Error: "invalid_grant", Suberror: "bad_token", Status: 400, Who: User,
		// Source: recorded; reference-error-codes
		Sample: "AADSTS50034: The user account {user} does not exist in the {tenantname} directory. To sign into this application, the account must be added to the directory.",
		What:   i18n.T("This account does not exist in this directory: a typing error, or the wrong directory."),
		Do:     i18n.T("Check the mailbox's address: Microsoft 365 admin center > Users > Active users shows the one that signs in."),
		Link:   azure.MailLink,
	}, {
		Code: 50126, Where: SignInPage, Error: "invalid_grant", Status: 400, Who: User,
		// Source: recorded; reference-error-codes
		Sample: "AADSTS50126: Error validating credentials due to invalid username or password.",
		What:   i18n.T("The user name or the password is wrong."),
		Do:     i18n.T("Type them again on Microsoft's page; if need be an administrator resets the password: Active users > the mailbox > Reset password."),
		Link:   azure.MailLink,
	}, {
		Code: 50055, Where: SignInPage, Error: "invalid_grant", Suberror: "user_password_expired", Status: 400, Who: User,
		// Source: reference-error-codes
		Sample: "AADSTS50055: The password is expired.",
		What:   i18n.T("The mailbox's password has expired."),
		Do:     i18n.T("Change it on Microsoft's page (or have it reset), then sign in again."),
	}, {
		Code: 50057, Where: FromToken, Error: "invalid_grant", Status: 400, Who: EntraAdmin,
		// Source: reference-error-codes
		Sample: "AADSTS50057: The user account is disabled.",
		What:   i18n.T("The mailbox's account is disabled: somebody left, a licence was withdrawn."),
		Do:     i18n.T("Microsoft 365 admin center > Users > Active users: Unblock sign-in; or run setup again with another mailbox."),
		Link:   azure.MailLink,
	}, {
		Code: 50053, Where: SignInPage, Error: "invalid_grant", Status: 400, Who: Nobody, Passes: true,
		// Source: reference-error-codes
		Sample: "AADSTS50053: The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
		What:   i18n.T("The account is locked for a while: too many wrong passwords, or a network address of ill repute."),
		Do:     i18n.T("Wait half an hour without trying, leave the VPN, then sign in again; an administrator sees the cause under Sign-in logs."),
	}, {
		Code: 50089, Where: SignInPage, Error: "invalid_grant", Status: 400, Who: User,
		// Source: reference-error-codes
		Sample: "AADSTS50089: Authentication failed due to flow token expired.",
		What:   i18n.T("The sign-in page stayed open too long."),
		Do:     i18n.T("Start the sign-in again and finish it without a long pause."),
	},

	// Who may use the application, and for what.
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

	// Conditional Access, multi-factor authentication and security defaults. The tokens
	// are kept: they may revive with the policy.
	{
		Code: 50074, Where: SignInPage, Error: "invalid_grant", Suberror: "basic_action", Status: 400, Who: User,
		// Source: reference-error-codes
		Sample: "AADSTS50074: Strong authentication is required and the user did not pass the MFA challenge.",
		What:   i18n.T("Multi-factor authentication is required and was not passed."),
		Do:     i18n.T("Sign in again with the mailbox's telephone at hand."),
	}, {
		Code: 500121, Where: SignInPage, Error: "invalid_grant", Status: 400, Who: User,
		// Source: reference-error-codes
		Sample: "AADSTS500121: Authentication failed during strong authentication request.",
		What:   i18n.T("The multi-factor request was refused, or nobody answered it in time."),
		Do:     i18n.T("Sign in again and answer on the telephone; if the telephone is lost an administrator removes it: Entra > Users > the mailbox > Authentication methods."),
		Link:   azure.PageUsers,
	}, {
		Code: 50076, Where: FromToken, Error: "invalid_grant", Suberror: "basic_action", Status: 400, Who: User,
		// Source: recorded; reference-error-codes
		Sample: "AADSTS50076: Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '00000002-0000-0ff1-ce00-000000000000'.",
		What:   i18n.T("Multi-factor authentication has become compulsory: the token alone is no longer enough."),
		Do:     i18n.T("Run \"openfire-o365 setup\" again and pass the multi-factor authentication; if the refusal comes back an administrator must except the OpenFire application from the Conditional Access policy."),
		Link:   azure.PagePolicies,
	}, {
		Code: 50078, Where: FromToken, Error: "invalid_grant", Suberror: "basic_action", Status: 400, Who: EntraAdmin,
		// Source: reference-error-codes
		Sample: "AADSTS50078: Presented multi-factor authentication has expired due to policies configured by your administrator, you must refresh your multi-factor authentication to access '00000002-0000-0ff1-ce00-000000000000'.",
		What:   i18n.T("The multi-factor authentication is too old for the organisation's policy."),
		Do:     i18n.T("Conditional Access > Policies: except the OpenFire application from the Sign-in frequency, then run setup again; else the refusal will come back."),
		Link:   azure.PagePolicies,
	}, {
		Code: 50079, Where: SignInPage, Error: "invalid_grant", Suberror: "basic_action", Status: 400, Who: User,
		// Source: reference-error-codes
		Sample: "AADSTS50079: Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '00000002-0000-0ff1-ce00-000000000000'.",
		What:   i18n.T("The mailbox must first be enrolled in multi-factor authentication."),
		Do:     i18n.T("Sign in to https://aka.ms/mfasetup as the mailbox, add a method, then try again."),
		Link:   "https://aka.ms/mfasetup",
	}, {
		Code: 53003, Where: FromToken, Error: "invalid_grant", Suberror: "message_only", Status: 400, Who: EntraAdmin,
		// Source: recorded; reference-error-codes
		Sample: "AADSTS53003: Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
		What:   i18n.T("A Conditional Access policy forbids these tokens (place, risk, kind of client)."),
		Do:     i18n.T("Entra > Sign-in logs > tab Conditional Access names the policy: except the OpenFire application. The tokens are kept."),
		Link:   azure.PagePolicies,
	}, {
		Code: 530003, Where: FromToken, Error: "interaction_required", Status: 400, Who: EntraAdmin,
		// Source: recorded
		Sample: "AADSTS530003: Your device is required to be managed to access this resource.",
		What:   i18n.T("Conditional Access wants a managed device; a server is none."),
		Do:     i18n.T("Conditional Access > Policies: except the OpenFire application, or this mailbox, from the policy that wants a managed device."),
		Link:   azure.PagePolicies,
	}, {
		Code: 53000, Where: SignInPage, Error: "invalid_grant", Suberror: "message_only", Status: 400, Who: EntraAdmin,
		// Source: reference-error-codes
		Sample: "AADSTS53000: Conditional Access policy requires a compliant device, and the device isn't compliant. The user must enroll their device with an approved MDM provider like Intune.",
		What:   i18n.T("Conditional Access wants a compliant device, and this one is not."),
		Do:     i18n.T("Sign in from a computer the organisation manages, with --flow paste; or Conditional Access > Policies: except the OpenFire application."),
		Link:   azure.PagePolicies,
	}, {
		Code: 530035, Where: FromToken, Error: "invalid_grant", Suberror: "message_only", Status: 400, Who: EntraAdmin,
		// Source: reference-error-codes
		Sample: "AADSTS530035: Access has been blocked by security defaults. This is due to the request using legacy auth or being deemed unsafe by security defaults policies.",
		What:   i18n.T("The organisation's security defaults block this sign-in."),
		Do:     i18n.T("Run \"openfire-o365 setup\" again and pass the multi-factor authentication; if the refusal comes back: Entra > Overview > Properties > Manage security defaults, to be replaced by Conditional Access policies."),
		Link:   "/#view/Microsoft_AAD_IAM/TenantOverview.ReactView",
	},
}
