package faults

import (
	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// accountFaults are about the account that signs in and its password.
var accountFaults = []Fault{
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
}
