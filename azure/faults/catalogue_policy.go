package faults

import (
	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// policyFaults are about Conditional Access, multi-factor authentication and
// security defaults. The tokens are kept: they may revive with the policy.
var policyFaults = []Fault{
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
