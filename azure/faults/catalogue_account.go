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
		What:   i18n.T("The account that signed in is a personal account or belongs to another organisation."),
		Do:     i18n.T("Open a private window and sign in with the mailbox of your organisation."),
	}, {
		Code: 90072, Where: SignInPage, Error: "invalid_grant", Status: 400, Who: User,
		// Source: reference-error-codes
		Sample: "AADSTS90072: User account '{user}' from identity provider 'live.com' does not exist in tenant '{tenantname}' and cannot access the application '{appid}'(OpenFire) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account.",
		What:   i18n.T("This account does not belong to the directory, so it cannot complete the multi-factor authentication there."),
		Do:     i18n.T("Open a private window and sign in with the mailbox of your organisation."),
	}, {
		Code: 500200, Where: SignInPage, Error: "invalid_request", Status: 400, Who: User,
		// Source: prior knowledge of the service; reference-error-codes
		Sample: "AADSTS500200: User account '{user}' is a personal Microsoft account. Personal Microsoft accounts are not supported for this application unless explicitly invited to an organization. Try signing out and signing back in with an organizational account.",
		What:   i18n.T("This is a personal Microsoft account, and the application accepts only work accounts."),
		Do:     i18n.T("Open a private window and sign in with the Microsoft 365 work account of the mailbox."),
	}, {
		Code: 50034, Where: SignInPage, Error: "invalid_grant", Suberror: "bad_token", Status: 400, Who: User,
		// Source: recorded; reference-error-codes
		Sample: "AADSTS50034: The user account {user} does not exist in the {tenantname} directory. To sign into this application, the account must be added to the directory.",
		What:   i18n.T("This account does not exist in this directory: the address is mistyped, or this is the wrong directory."),
		Do:     i18n.T("Check the user name of the mailbox in the Microsoft 365 admin center > Users > Active users, then sign in with it."),
		Link:   azure.MailLink,
	}, {
		Code: 50126, Where: SignInPage, Error: "invalid_grant", Status: 400, Who: User,
		// Source: recorded; reference-error-codes
		Sample: "AADSTS50126: Error validating credentials due to invalid username or password.",
		What:   i18n.T("The user name or the password is wrong."),
		Do:     i18n.T("Type them again on Microsoft's page. If necessary, ask an administrator to reset the password: Active users > the mailbox > Reset password."),
		Link:   azure.MailLink,
	}, {
		Code: 50055, Where: SignInPage, Error: "invalid_grant", Suberror: "user_password_expired", Status: 400, Who: User,
		// Source: reference-error-codes
		Sample: "AADSTS50055: The password is expired.",
		What:   i18n.T("The password of the mailbox has expired."),
		Do:     i18n.T("Change the password on Microsoft's page, or ask an administrator to reset it, then sign in again."),
	}, {
		Code: 50057, Where: FromToken, Error: "invalid_grant", Status: 400, Who: EntraAdmin,
		// Source: reference-error-codes
		Sample: "AADSTS50057: The user account is disabled.",
		What:   i18n.T("The account of the mailbox is disabled, for example because the person has left the organisation."),
		Do:     i18n.T("In the Microsoft 365 admin center > Users > Active users, select the mailbox and choose Unblock sign-in; or run setup again with another mailbox."),
		Link:   azure.MailLink,
	}, {
		Code: 50053, Where: SignInPage, Error: "invalid_grant", Status: 400, Who: Nobody, Passes: true,
		// Source: reference-error-codes
		Sample: "AADSTS50053: The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
		What:   i18n.T("The account is temporarily locked, because of too many wrong passwords or an IP address with a bad reputation."),
		Do:     i18n.T("Disconnect your VPN, wait half an hour without trying, then sign in again. The cause is shown in Entra > Sign-in logs."),
	}, {
		Code: 50089, Where: SignInPage, Error: "invalid_grant", Status: 400, Who: User,
		// Source: reference-error-codes
		Sample: "AADSTS50089: Authentication failed due to flow token expired.",
		What:   i18n.T("The sign-in page was open for too long and has expired."),
		Do:     i18n.T("Start the sign-in again and complete it without a long pause."),
	},

	// Who may use the application, and for what.
	{
		Code: 50105, Where: SignInPage, Error: "invalid_grant", Status: 400, Who: EntraAdmin,
		// Source: nextauthjs/next-auth#5455
		Sample: "AADSTS50105: Your administrator has configured the application OpenFire ('{appid}') to block users unless they are specifically granted ('assigned') access to the application. The signed in user '{user}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator. Please contact your administrator to assign access to this application.",
		What:   i18n.T("The application accepts only assigned users, and this mailbox is not assigned to it."),
		Do:     i18n.T("In Enterprise applications > OpenFire > Users and groups > Add user/group, choose the mailbox, then Assign."),
		Link:   azure.PageEnterprise,
	}, {
		Code: 90094, Where: SignInPage, Error: "access_denied", Who: EntraAdmin,
		Words: []string{"need admin approval", "approbation de l'administrateur requise", "only an admin can grant", "seul un administrateur peut accorder"},
		// Source: troubleshoot-consent-issues
		Sample: "AADSTS90094: An administrator of {tenantname} has set a policy that prevents you from granting OpenFire the permissions it is requesting. Contact an administrator of {tenantname}, who can grant permissions to this app on your behalf.",
		What:   i18n.T("Only an administrator can consent to these permissions; by default, Microsoft requires this for IMAP."),
		Do:     i18n.T("An administrator must open the OpenFire application > API permissions and choose Grant admin consent. Then sign in again."),
		Link:   azure.PagePermissions,
	}, {
		Code: 90095, Where: SignInPage, Error: "access_denied", Who: EntraAdmin,
		Words: []string{"requires your admin's approval", "enter justification for requesting this app", "nécessite l'approbation de votre administrateur"},
		// Source: the page of configure-admin-consent-workflow, with its code of troubleshoot-consent-issues
		Sample: "AADSTS90095: Approval required. This app requires your admin's approval. Enter justification for requesting this app.",
		What:   i18n.T("An administrator must approve the application, and Microsoft's page lets you send the request."),
		Do:     i18n.T("Enter a justification and send the request. When the administrator has approved it in Enterprise applications > Admin consent requests, sign in again."),
		Link:   azure.PageEnterprise,
	}, {
		Code: 900941, Where: SignInPage, Error: "access_denied", Who: EntraAdmin,
		// Source: troubleshoot-consent-issues
		Sample: "AADSTS900941: Administrator consent is required. App is considered risky. (AdminConsentRequiredDueToRiskyApp)",
		What:   i18n.T("Microsoft considers the application risky (new, unverified publisher) and requires the consent of an administrator."),
		Do:     i18n.T("An administrator must check that the application is yours, then open the OpenFire application > API permissions and choose Grant admin consent."),
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
		What:   i18n.T("The application does not have consent for this mailbox, or the consent was withdrawn."),
		Do:     i18n.T("Run \"openfire-o365 setup\" again and choose Accept on Microsoft's page. For incoming mail (IMAP), an administrator must consent."),
	}, {
		Code: 650052, Where: SignInPage, Error: "invalid_client", Status: 400, Who: EntraAdmin,
		// Source: reference-error-codes
		Sample: "AADSTS650052: The app needs access to a service (\"Office 365 Exchange Online\") that your organization \"{tenantname}\" has not subscribed to or enabled. Contact your IT Admin to review the configuration of your service subscriptions.",
		What:   i18n.T("This directory has no licence that includes Exchange Online."),
		Do:     i18n.T("In the Microsoft 365 admin center > Billing > Licenses, add a licence that includes Exchange Online, assign it to the mailbox, then try again."),
		Link:   "https://admin.microsoft.com/#/licenses",
	}, {
		Code: 500011, Where: FromToken, Error: "invalid_resource", Status: 400, Who: EntraAdmin,
		// Source: Azure/azure-cli#17209; reference-error-codes
		Sample: "AADSTS500011: The resource principal named https://outlook.office.com was not found in the tenant named {tenantname}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.",
		What:   i18n.T("Exchange Online does not exist in this directory: this is the wrong directory, or it has no mail licence."),
		Do:     i18n.T("Check the \"Directory (tenant) ID\". Then check in the Microsoft 365 admin center > Billing > Licenses that a licence includes Exchange Online."),
		Link:   "https://admin.microsoft.com/#/licenses",
	}, {
		Code: 650053, Where: Callback, Error: "invalid_client", Status: 400, Who: Support,
		// Source: prior knowledge of the service; reference-error-codes
		Sample: "AADSTS650053: The application 'OpenFire' asked for scope 'SMTP.Send' that doesn't exist on the resource '00000002-0000-0ff1-ce00-000000000000'. Contact the app vendor.",
		What:   i18n.T("The base requests a permission that does not exist in Exchange Online."),
		Do:     i18n.T("Send this message to OpenFire support: the base must request https://outlook.office.com/SMTP.Send."),
	}, {
		Code: 650056, Where: FromToken, Error: "invalid_client", Status: 400, Who: AppOwner,
		// Source: reference-error-codes; error-code-aadsts650056-misconfigured-app
		Sample: "AADSTS650056: Misconfigured application. This could be due to one of the following: the client has not listed any permissions for 'Office 365 Exchange Online' in the requested permissions in the client's application registration. Or, the admin has not consented in the tenant. Or, check the application identifier in the request to ensure it matches the configured client application identifier. Or, check the certificate in the request to ensure it's valid. Please contact your admin to fix the configuration or consent on behalf of the tenant. Client app ID: {appid}.",
		What:   i18n.T("The application declares no mail permission, or nobody has consented to it."),
		Do:     i18n.T("In the OpenFire application > API permissions > Add a permission > Microsoft Graph > Delegated permissions, add SMTP.Send and offline_access. Then choose Grant admin consent."),
		Link:   azure.PagePermissions,
	}, {
		Code: 650057, Where: Callback, Error: "invalid_client", Status: 400, Who: AppOwner,
		// Source: ploomber/msal_streamlit_authentication#43; reference-error-codes
		Sample: "AADSTS650057: Invalid resource. The client has requested access to a resource which is not listed in the requested permissions in the client's application registration. Client app ID: {appid}(OpenFire). Resource value from request: https://outlook.office.com. Resource app ID: 00000002-0000-0ff1-ce00-000000000000. List of valid resources from app registration: 00000003-0000-0000-c000-000000000000.",
		What:   i18n.T("The requested permission is not in the application's list of API permissions."),
		Do:     i18n.T("In the OpenFire application > API permissions > Add a permission, add SMTP.Send, then sign in again."),
		Link:   azure.PagePermissions,
	}, {
		Code: 70011, Where: Callback, Error: "invalid_scope", Status: 400, Who: Support,
		// Source: assast/outlookEmail#58; reference-error-codes
		Sample: "AADSTS70011: The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope https://outlook.office.com/SMTP.Sent offline_access is not valid.",
		What:   i18n.T("The list of permissions sent to Microsoft is not valid."),
		Do:     i18n.T("Send this message to OpenFire support: the list comes from the base or from openfire-o365."),
	},

	// Conditional Access, multi-factor authentication and security defaults. The tokens
	// are kept: they may be accepted again after a change of the policy.
	{
		Code: 50074, Where: SignInPage, Error: "invalid_grant", Suberror: "basic_action", Status: 400, Who: User,
		// Source: reference-error-codes
		Sample: "AADSTS50074: Strong authentication is required and the user did not pass the MFA challenge.",
		What:   i18n.T("Multi-factor authentication is required and was not completed."),
		Do:     i18n.T("Sign in again, with the phone or other second factor of the mailbox at hand."),
	}, {
		Code: 500121, Where: SignInPage, Error: "invalid_grant", Status: 400, Who: User,
		// Source: reference-error-codes
		Sample: "AADSTS500121: Authentication failed during strong authentication request.",
		What:   i18n.T("The multi-factor authentication request was denied or was not answered in time."),
		Do:     i18n.T("Sign in again and approve the request. If the phone is lost, an administrator must remove it in Entra > Users > the mailbox > Authentication methods."),
		Link:   azure.PageUsers,
	}, {
		Code: 50076, Where: FromToken, Error: "invalid_grant", Suberror: "basic_action", Status: 400, Who: User,
		// Source: recorded; reference-error-codes
		Sample: "AADSTS50076: Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '00000002-0000-0ff1-ce00-000000000000'.",
		What:   i18n.T("Multi-factor authentication is now required, so the token alone is no longer accepted."),
		Do:     i18n.T("Run \"openfire-o365 setup\" again and complete the multi-factor authentication. If the error returns, an administrator must exclude the OpenFire application or this mailbox from the Conditional Access policy."),
		Link:   azure.PagePolicies,
	}, {
		Code: 50078, Where: FromToken, Error: "invalid_grant", Suberror: "basic_action", Status: 400, Who: EntraAdmin,
		// Source: reference-error-codes
		Sample: "AADSTS50078: Presented multi-factor authentication has expired due to policies configured by your administrator, you must refresh your multi-factor authentication to access '00000002-0000-0ff1-ce00-000000000000'.",
		What:   i18n.T("The last multi-factor authentication is older than the organisation's policy allows."),
		Do:     i18n.T("In Conditional Access > Policies, exclude the OpenFire application or this mailbox from the policy with a Sign-in frequency. Then run setup again."),
		Link:   azure.PagePolicies,
	}, {
		Code: 50079, Where: SignInPage, Error: "invalid_grant", Suberror: "basic_action", Status: 400, Who: User,
		// Source: reference-error-codes
		Sample: "AADSTS50079: Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '00000002-0000-0ff1-ce00-000000000000'.",
		What:   i18n.T("The mailbox must first register for multi-factor authentication."),
		Do:     i18n.T("Sign in to https://aka.ms/mfasetup with the mailbox, add a method, then try again."),
		Link:   "https://aka.ms/mfasetup",
	}, {
		Code: 53003, Where: FromToken, Error: "invalid_grant", Suberror: "message_only", Status: 400, Who: EntraAdmin,
		// Source: recorded; reference-error-codes
		Sample: "AADSTS53003: Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
		What:   i18n.T("A Conditional Access policy blocks the sign-in, because of the location, the risk or the type of client."),
		Do:     i18n.T("Find the policy in Entra > Sign-in logs > the sign-in > Conditional Access, and exclude the OpenFire application or this mailbox from it. The tokens are kept."),
		Link:   azure.PagePolicies,
	}, {
		Code: 530003, Where: FromToken, Error: "interaction_required", Status: 400, Who: EntraAdmin,
		// Source: recorded
		Sample: "AADSTS530003: Your device is required to be managed to access this resource.",
		What:   i18n.T("A Conditional Access policy requires a managed device, and a server is not one."),
		Do:     i18n.T("In Conditional Access > Policies, exclude the OpenFire application or this mailbox from the policy that requires a managed device."),
		Link:   azure.PagePolicies,
	}, {
		Code: 53000, Where: SignInPage, Error: "invalid_grant", Suberror: "message_only", Status: 400, Who: EntraAdmin,
		// Source: reference-error-codes
		Sample: "AADSTS53000: Conditional Access policy requires a compliant device, and the device isn't compliant. The user must enroll their device with an approved MDM provider like Intune.",
		What:   i18n.T("A Conditional Access policy requires a compliant device, and this device is not compliant."),
		Do:     i18n.T("Sign in from a computer that the organisation manages, with --flow paste; or exclude the OpenFire application or this mailbox in Conditional Access > Policies."),
		Link:   azure.PagePolicies,
	}, {
		Code: 530035, Where: FromToken, Error: "invalid_grant", Suberror: "message_only", Status: 400, Who: EntraAdmin,
		// Source: reference-error-codes
		Sample: "AADSTS530035: Access has been blocked by security defaults. This is due to the request using legacy auth or being deemed unsafe by security defaults policies.",
		What:   i18n.T("The security defaults of the organisation block this sign-in."),
		Do:     i18n.T("Run \"openfire-o365 setup\" again and complete the multi-factor authentication. If the error returns, replace the security defaults with Conditional Access policies: Entra > Overview > Properties > Manage security defaults."),
		Link:   "/#view/Microsoft_AAD_IAM/TenantOverview.ReactView",
	},
}
