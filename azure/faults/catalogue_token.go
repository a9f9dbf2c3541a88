package faults

import (
	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// tokenFaults are about codes and refresh tokens, and about Microsoft itself.
var tokenFaults = []Fault{
	{
		Code: 700082, Where: FromToken, Error: "invalid_grant", Suberror: "bad_token", Status: 400, Who: User, Dead: true,
		// Source: recorded; Azure/azure-cli#14244
		Sample: "AADSTS700082: The refresh token has expired due to inactivity. The token was issued on {iso7} and was inactive for 90.00:00:00.",
		What:   i18n.T("The refresh token has expired, because it was not used for 90 days."),
		Do:     i18n.T("Run \"openfire-o365 setup\" to sign in again, then \"openfire-o365 token schedule install\" to schedule the renewal."),
	}, {
		Code: 50173, Where: FromToken, Error: "invalid_grant", Suberror: "bad_token", Status: 400, Who: User, Dead: true,
		// Source: recorded; reference-error-codes
		Sample: "AADSTS50173: The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '{iso7}' and the TokensValidFrom date (before which tokens are not valid) for this user is '{iso7}'.",
		What:   i18n.T("The sign-in was revoked, because the password was reset or an administrator revoked the sessions."),
		Do:     i18n.T("Run \"openfire-o365 setup\" to sign in again."),
	}, {
		Code: 50133, Where: FromToken, Error: "invalid_grant", Suberror: "bad_token", Status: 400, Who: User, Dead: true,
		// Source: reference-error-codes
		Sample: "AADSTS50133: The session isn't valid due to password expiration or recent password change.",
		What:   i18n.T("The sign-in is no longer valid, because the password of the mailbox has changed or expired."),
		Do:     i18n.T("Run \"openfire-o365 setup\" and sign in with the current password."),
	}, {
		Code: 70008, Where: FromToken, Error: "invalid_grant", Status: 400, Who: User, Dead: true,
		// Source: reference-error-codes
		Sample: "AADSTS70008: The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
		What:   i18n.T("The sign-in code (valid for ten minutes) or the refresh token has expired."),
		Do:     i18n.T("Run \"openfire-o365 setup\" and complete the sign-in without a long pause."),
	}, {
		Code: 70000, Where: FromToken, Error: "invalid_grant", Status: 400, Who: User, Dead: true,
		// Source: tarickb/sasl-xoauth2#95; reference-error-codes
		Sample: "AADSTS70000: Provided grant is invalid or malformed.",
		What:   i18n.T("Microsoft rejected the refresh token: it is damaged or was issued to another application."),
		Do:     i18n.T("Check the Application (client) ID in the base, then run \"openfire-o365 setup\" to sign in again."),
	}, {
		Code: 700084, Where: FromToken, Error: "invalid_grant", Suberror: "bad_token", Status: 400, Who: AppOwner, Dead: true,
		// Source: reference-error-codes
		Sample: "AADSTS700084: The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which cannot be extended. It is now expired and a new sign in request must be sent by the SPA to the sign in page. The token was issued on {iso7}.",
		What:   i18n.T("The redirect URI is registered under Single-page application, where refresh tokens expire after 24 hours."),
		Do:     i18n.T("In the OpenFire application > Authentication, remove the URI from Single-page application, add it under Web, then sign in again."),
		Link:   azure.PageAuthentication,
	}, {
		Code: 70043, Where: FromToken, Error: "invalid_grant", Suberror: "token_expired", Status: 400, Who: EntraAdmin, Dead: true,
		// Source: reference-error-codes
		Sample: "AADSTS70043: The refresh token has expired or is invalid due to sign-in frequency checks by conditional access. The token was issued on {iso7} and the maximum allowed lifetime for this request is 86400.",
		What:   i18n.T("A Conditional Access policy requires more frequent sign-ins, and the refresh token is older than it allows."),
		Do:     i18n.T("In Conditional Access > Policies, exclude the OpenFire application or this mailbox from the policy with a Sign-in frequency. Then run setup again."),
		Link:   azure.PagePolicies,
	}, {
		Code: 9002313, Where: FromToken, Error: "invalid_request", Status: 400, Who: User,
		// Source: TheNetworg/oauth2-azure; reference-error-codes
		Sample: "AADSTS9002313: Invalid request. Request is malformed or invalid.",
		What:   i18n.T("Microsoft cannot read the request, because a token or the client secret is truncated or contains an extra character."),
		Do:     i18n.T("Run \"openfire-o365 setup\" again; do not copy tokens by hand."),
	}, {
		Code: 54005, Where: FromToken, Error: "invalid_grant", Status: 400, Who: User,
		// Source: davidjrh/dnn.azureadprovider#17; reference-error-codes
		Sample: "AADSTS54005: OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
		What:   i18n.T("This sign-in code was already used, because the page was loaded twice or the base used it first."),
		Do:     i18n.T("Start the sign-in again from the beginning; each code can be used only once."),
	}, {
		Code: 50196, Where: FromToken, Error: "invalid_grant", Status: 400, Who: Nobody, Passes: true,
		// Source: AzureAD/MSAL.PS#10; reference-error-codes
		Sample: "AADSTS50196: The server terminated an operation because it encountered a client request loop. Please contact your app vendor.",
		What:   i18n.T("Microsoft received the same request too often and temporarily rejects it."),
		Do:     i18n.T("Stop any other program that renews this token repeatedly, then wait an hour. The token is kept."),
	}, {
		Code: 90033, Where: FromToken, Error: "temporarily_unavailable", Status: 503, Who: Nobody, Passes: true,
		// Source: reference-error-codes
		Sample: "AADSTS90033: A transient error has occurred. Please try again.",
		What:   i18n.T("Microsoft's directory service is temporarily unavailable."),
		Do:     i18n.T("Wait. The next run will try again."),
	},
}
