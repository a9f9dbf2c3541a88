package faults

import (
	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// applicationFaults are about the directory, the application's registration and its
// client secret.
var applicationFaults = []Fault{
	{
		Code: 90002, Where: FromToken, Error: "invalid_tenant", Status: 400, Who: AppOwner,
		// Source: recorded; learn.microsoft.com/entra/identity-platform/reference-error-codes
		Sample: "AADSTS90002: Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.",
		What:   i18n.T("Microsoft cannot find this directory (tenant), or the directory has no active subscription."),
		Do:     i18n.T("Copy the \"Directory (tenant) ID\" from the Overview page of the application, then run setup again."),
	}, {
		Code: 900023, Where: FromToken, Error: "invalid_request", Status: 400, Who: AppOwner,
		// Source: prior knowledge of the service; reference-error-codes
		Sample: "AADSTS900023: Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain.",
		What:   i18n.T("The directory (tenant) must be given by its ID or by a domain, and this is neither."),
		Do:     i18n.T("Enter the \"Directory (tenant) ID\" from the Overview page of the application, or your domain, for example client.fr."),
	}, {
		Code: 700016, Where: SignInPage, Error: "unauthorized_client", Status: 400, Who: AppOwner,
		// Source: recorded; reference-error-codes
		Sample: "AADSTS700016: Application with identifier '{appid}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
		What:   i18n.T("This directory has no application with this Application (client) ID."),
		Do:     i18n.T("Copy the \"Application (client) ID\" from the Overview page of the application, not the Object ID or the Secret ID."),
	}, {
		Code: 700038, Where: SignInPage, Error: "unauthorized_client", Status: 400, Who: AppOwner,
		// Source: recorded
		Sample: "AADSTS700038: {appid} is not a valid application identifier.",
		What:   i18n.T("This is not a valid Application (client) ID."),
		Do:     i18n.T("Copy the whole \"Application (client) ID\" from the Overview page of the application: 36 characters with four hyphens."),
	}, {
		Code: 50011, Where: SignInPage, Error: "invalid_request", Status: 400, Who: AppOwner,
		// Source: reference-error-codes; error-code-AADSTS50011-redirect-uri-mismatch
		Sample: "AADSTS50011: The redirect URI '{uri}' specified in the request does not match the redirect URIs configured for the application '{appid}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to troubleshoot this.",
		What:   i18n.T("The redirect URI is not registered in the application."),
		Do:     i18n.T("In the OpenFire application > Authentication > Web, add exactly this redirect URI, wait a minute and try again."),
		Link:   azure.PageAuthentication,
	}, {
		Code: 500113, Where: SignInPage, Error: "invalid_request", Status: 400, Who: AppOwner,
		// Source: prior knowledge of the service; reference-error-codes
		Sample: "AADSTS500113: No reply address is registered for the application.",
		What:   i18n.T("No redirect URI is registered in the application."),
		Do:     i18n.T("In the OpenFire application > Authentication > Add a platform > Web, add the redirect URI of your base, wait a minute and try again."),
		Link:   azure.PageAuthentication,
	}, {
		Code: 500112, Where: FromToken, Error: "invalid_client", Status: 401, Who: Support,
		// Source: odoo/odoo#44943, #138727; reference-error-codes
		Sample: "AADSTS500112: The reply address '{uri}' does not match the reply address provided when requesting the authorization code.",
		What:   i18n.T("The base used two different addresses during the sign-in (http and https, or two host names)."),
		Do:     i18n.T("In the base, in Technical > System Parameters, set web.base.url to the https address of the base and web.base.url.freeze to True, or ask OpenFire support. Then try again."),
	}, {
		Code: 50194, Where: FromToken, Error: "invalid_request", Status: 400, Who: AppOwner,
		// Source: reference-error-codes
		Sample: "AADSTS50194: Application '{appid}'(OpenFire) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such applications created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant.",
		What:   i18n.T("The application is registered as single tenant, and your base uses the sign-in address of multitenant applications."),
		Do:     i18n.T("In the OpenFire application > Authentication > Supported account types, choose Multitenant."),
		Link:   azure.PageAuthentication,
	}, {
		Code: 7000112, Where: FromToken, Error: "unauthorized_client", Status: 400, Who: EntraAdmin,
		// Source: Worklytics/psoxy#74; reference-error-codes
		Sample: "AADSTS7000112: Application '{appid}'(OpenFire) is disabled.",
		What:   i18n.T("An administrator or Microsoft has disabled the application in this directory."),
		Do:     i18n.T("In Enterprise applications > OpenFire > Properties, set \"Enabled for users to sign in?\" to Yes."),
		Link:   azure.PageEnterprise,
	}, {
		Code: 7000229, Where: FromToken, Error: "invalid_client", Status: 401, Who: EntraAdmin,
		// Source: Azure/Commercial-Marketplace-SaaS-Accelerator#830; Azure/azure-sdk-for-net#46762
		Sample: "AADSTS7000229: The client application {appid} is missing service principal in the tenant {tenant}. See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119",
		What:   i18n.T("The application is registered, but its enterprise application was not created in this directory or was deleted."),
		Do:     i18n.T("In the OpenFire application > API permissions, choose Grant admin consent; or run \"openfire-o365 setup\", sign in with an account of this directory and choose Accept. Microsoft then creates the enterprise application."),
		Link:   azure.PageEnterprise,
	}, {
		Code: 5000224, Where: SignInPage, Error: "invalid_request", Status: 400, Who: EntraAdmin,
		// Source: recorded; reference-error-codes
		Sample: "AADSTS5000224: We are sorry, this resource is not available. If you think you are seeing this message by mistake, please contact Microsoft support.",
		What:   i18n.T("The application or the directory was deleted, or Microsoft has blocked it."),
		Do:     i18n.T("Restore the application in App registrations > Deleted applications, or register a new one with setup. If the application still exists, contact Microsoft support."),
		Link:   azure.PageApps,
	}, {
		Code: 9002327, Where: FromToken, Error: "invalid_request", Status: 400, Who: AppOwner,
		// Source: recorded; reference-error-codes
		Sample: "AADSTS9002327: Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.",
		What:   i18n.T("The redirect URI is registered under the platform Single-page application instead of Web."),
		Do:     i18n.T("In the OpenFire application > Authentication, remove the URI from Single-page application, add it under Web, then sign in again."),
		Link:   azure.PageAuthentication,
	},

	// The client secret. The tokens remain valid.
	{
		Code: 7000215, Where: FromToken, Error: "invalid_client", Status: 401, Who: AppOwner,
		// Source: recorded; reference-error-codes
		Sample: "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{appid}'.",
		What:   i18n.T("The client secret is wrong; often the Secret ID was copied instead of the Value."),
		Do:     i18n.T("In Certificates & secrets > New client secret, create a secret and copy its Value, then run setup again."),
		Link:   azure.PageCredentials,
	}, {
		Code: 7000222, Where: FromToken, Error: "invalid_client", Status: 401, Who: AppOwner,
		// Source: recorded; reference-error-codes
		Sample: "AADSTS7000222: The provided client secret keys for app '{appid}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.",
		What:   i18n.T("The client secret has expired and must be replaced; the tokens remain valid."),
		Do:     i18n.T("In Certificates & secrets > New client secret, create a secret and copy its Value, then run setup again."),
		Link:   azure.PageCredentials,
	}, {
		Code: 7000218, Where: FromToken, Error: "invalid_client", Status: 401, Who: AppOwner,
		// Source: reference-error-codes; confidential-client-application-authentication-error-aadsts7000218
		Sample: "AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
		What:   i18n.T("No client secret was sent, because the base does not have one."),
		Do:     i18n.T("Enter the secret in the base (General Settings > Microsoft Outlook) or run setup again. If you no longer have it, create one in Certificates & secrets > New client secret."),
		Link:   azure.PageCredentials,
	}, {
		Code: 700025, Where: FromToken, Error: "invalid_client", Status: 401, Who: AppOwner,
		// Source: recorded; harishkrupo/oauth2ms#19; reference-error-codes
		Sample: "AADSTS700025: Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
		What:   i18n.T("The redirect URI is registered under Mobile and desktop applications, where Microsoft does not accept a client secret."),
		Do:     i18n.T("In the OpenFire application > Authentication, remove the URI from Mobile and desktop applications, add it under Web, then sign in again."),
		Link:   azure.PageAuthentication,
	},
}
