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
		What:   i18n.T("The refresh token was not used for 90 days: Microsoft has ended it."),
		Do:     i18n.T("Run \"openfire-o365 setup\" to sign in again, then schedule the renewal: \"openfire-o365 token schedule install\"."),
	}, {
		Code: 50173, Where: FromToken, Error: "invalid_grant", Suberror: "bad_token", Status: 400, Who: User, Dead: true,
		// Source: recorded; reference-error-codes
		Sample: "AADSTS50173: The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '{iso7}' and the TokensValidFrom date (before which tokens are not valid) for this user is '{iso7}'.",
		What:   i18n.T("The sign-in was revoked: the password was reset, or an administrator ended the sessions."),
		Do:     i18n.T("Run \"openfire-o365 setup\" to sign in again."),
	}, {
		Code: 50133, Where: FromToken, Error: "invalid_grant", Suberror: "bad_token", Status: 400, Who: User, Dead: true,
		// Source: reference-error-codes
		Sample: "AADSTS50133: The session isn't valid due to password expiration or recent password change.",
		What:   i18n.T("The mailbox's password changed or expired: the session is over."),
		Do:     i18n.T("Run \"openfire-o365 setup\" and sign in with today's password."),
	}, {
		Code: 70008, Where: FromToken, Error: "invalid_grant", Status: 400, Who: User, Dead: true,
		// Source: reference-error-codes
		Sample: "AADSTS70008: The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
		What:   i18n.T("The sign-in code (ten minutes) or the refresh token has expired."),
		Do:     i18n.T("Run \"openfire-o365 setup\" and finish the sign-in without waiting."),
	}, {
		Code: 70000, Where: FromToken, Error: "invalid_grant", Status: 400, Who: User, Dead: true,
		// Source: tarickb/sasl-xoauth2#95; reference-error-codes
		Sample: "AADSTS70000: Provided grant is invalid or malformed.",
		What:   i18n.T("The refresh token does not belong to this application: another application ID, a copied base, or a damaged token."),
		Do:     i18n.T("Check the base's Application (client) ID, then run \"openfire-o365 setup\" to sign in again."),
	}, {
		Code: 700084, Where: FromToken, Error: "invalid_grant", Suberror: "bad_token", Status: 400, Who: AppOwner, Dead: true,
		// Source: reference-error-codes
		Sample: "AADSTS700084: The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which cannot be extended. It is now expired and a new sign in request must be sent by the SPA to the sign in page. The token was issued on {iso7}.",
		What:   i18n.T("The redirect URI is registered as a single-page application, whose tokens die after a day."),
		Do:     i18n.T("OpenFire application > Authentication: move the URI from Single-page application to Web, then run setup to sign in again."),
		Link:   azure.PageAuthentication,
	}, {
		Code: 70043, Where: FromToken, Error: "invalid_grant", Suberror: "token_expired", Status: 400, Who: EntraAdmin, Dead: true,
		// Source: reference-error-codes
		Sample: "AADSTS70043: The refresh token has expired or is invalid due to sign-in frequency checks by conditional access. The token was issued on {iso7} and the maximum allowed lifetime for this request is 86400.",
		What:   i18n.T("Conditional Access wants a more frequent sign-in: the refresh token is older than allowed."),
		Do:     i18n.T("Conditional Access > Policies: except the OpenFire application from the Sign-in frequency, then run setup again; else the token will die again."),
		Link:   azure.PagePolicies,
	}, {
		Code: 9002313, Where: FromToken, Error: "invalid_request", Status: 400, Who: User,
		// Source: TheNetworg/oauth2-azure; reference-error-codes
		Sample: "AADSTS9002313: Invalid request. Request is malformed or invalid.",
		What:   i18n.T("The request is damaged: a token or secret that was cut, or copied with a character too many."),
		Do:     i18n.T("Run \"openfire-o365 setup\" again; do not copy tokens by hand."),
	}, {
		Code: 54005, Where: FromToken, Error: "invalid_grant", Status: 400, Who: User,
		// Source: davidjrh/dnn.azureadprovider#17; reference-error-codes
		Sample: "AADSTS54005: OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
		What:   i18n.T("This sign-in code has served already: a page loaded twice, or the base took it first."),
		Do:     i18n.T("Start the sign-in again from the beginning; each code serves once."),
	}, {
		Code: 50196, Where: FromToken, Error: "invalid_grant", Status: 400, Who: Nobody, Passes: true,
		// Source: AzureAD/MSAL.PS#10; reference-error-codes
		Sample: "AADSTS50196: The server terminated an operation because it encountered a client request loop. Please contact your app vendor.",
		What:   i18n.T("Microsoft got the same request too often and takes a pause."),
		Do:     i18n.T("Stop whatever renews this token in a loop and wait an hour; the token is kept."),
	}, {
		Code: 90033, Where: FromToken, Error: "temporarily_unavailable", Status: 503, Who: Nobody, Passes: true,
		// Source: reference-error-codes
		Sample: "AADSTS90033: A transient error has occurred. Please try again.",
		What:   i18n.T("Microsoft's directory is unavailable for the moment."),
		Do:     i18n.T("Nothing to do: the next run will try again."),
	},
}
