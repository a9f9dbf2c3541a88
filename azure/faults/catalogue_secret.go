package faults

import (
	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// secretFaults are about the client secret. The tokens stay good meanwhile.
var secretFaults = []Fault{
	{
		Code: 7000215, Where: FromToken, Error: "invalid_client", Status: 401, Who: AppOwner,
		// Source: recorded; reference-error-codes
		Sample: "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{appid}'.",
		What:   i18n.T("The client secret is wrong; often its ID was copied instead of its value."),
		Do:     i18n.T("Certificates & secrets > New client secret: copy the Value column, then run setup again."),
		Link:   azure.PageCredentials,
	}, {
		Code: 7000222, Where: FromToken, Error: "invalid_client", Status: 401, Who: AppOwner,
		// Source: recorded; reference-error-codes
		Sample: "AADSTS7000222: The provided client secret keys for app '{appid}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.",
		What:   i18n.T("The client secret has expired. The tokens stay good: only the secret must be replaced."),
		Do:     i18n.T("Certificates & secrets > New client secret: copy the Value, then run setup again."),
		Link:   azure.PageCredentials,
	}, {
		Code: 7000218, Where: FromToken, Error: "invalid_client", Status: 401, Who: AppOwner,
		// Source: reference-error-codes; confidential-client-application-authentication-error-aadsts7000218
		Sample: "AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
		What:   i18n.T("No client secret was sent: the base has none."),
		Do:     i18n.T("Enter the secret in the base (General Settings > Microsoft Outlook) or run setup again; if it is lost: Certificates & secrets > New client secret."),
		Link:   azure.PageCredentials,
	}, {
		Code: 700025, Where: FromToken, Error: "invalid_client", Status: 401, Who: AppOwner,
		// Source: recorded; harishkrupo/oauth2ms#19; reference-error-codes
		Sample: "AADSTS700025: Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
		What:   i18n.T("The redirect URI is registered under the mobile and desktop platform, where Microsoft refuses any secret."),
		Do:     i18n.T("OpenFire application > Authentication: remove the URI from Mobile and desktop applications, add it under Web, then sign in again."),
		Link:   azure.PageAuthentication,
	},
}
