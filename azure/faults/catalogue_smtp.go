package faults

import (
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// smtpFaults are Exchange Online's refusals to send. Where one code has several
// texts, its common entry has no Words and comes last.
var smtpFaults = []Fault{
	{
		ID: "535-5.7.139-tenant", Where: FromSMTP, Verb: "AUTH", Status: 535, Enhanced: "5.7.139", Who: ExchangeAdmin,
		Words: []string{"smtpclientauthentication is disabled for the tenant"},
		// Source: simonrob/email-oauth2-proxy#193
		Sample: "Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled for more information. [{host} {iso} {session}]",
		What:   i18n.T("Authenticated SMTP is switched off for the whole organisation, and not allowed for this mailbox."),
		Do:     i18n.T("Microsoft 365 admin center > Users > Active users > the mailbox > Mail > Manage email apps > tick Authenticated SMTP: the mailbox's setting wins. It may take an hour to work, a day at most."),
	}, {
		ID: "535-5.7.139-mailbox", Where: FromSMTP, Verb: "AUTH", Status: 535, Enhanced: "5.7.139", Who: ExchangeAdmin,
		Words: []string{"smtpclientauthentication is disabled for the mailbox"},
		// Source: form inferred from the Tenant line; aka.ms/smtp_auth_disabled
		Sample: "Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox. Visit https://aka.ms/smtp_auth_disabled for more information. [{host} {iso} {session}]",
		What:   i18n.T("Authenticated SMTP is switched off for this mailbox."),
		Do:     i18n.T("Microsoft 365 admin center > Users > Active users > the mailbox > Mail > Manage email apps > tick Authenticated SMTP. It may take an hour to work, a day at most."),
	}, {
		ID: "535-5.7.139-basic", Where: FromSMTP, Verb: "AUTH", Status: 535, Enhanced: "5.7.139", Who: User,
		Words: []string{"basic authentication is disabled"},
		// Source: rpremraj/mailR#107; nodemailer/nodemailer#1714
		Sample: "Authentication unsuccessful, basic authentication is disabled. [{host} {iso} {session}]",
		What:   i18n.T("A password was sent, and Microsoft takes none any more: the base is not in Outlook mode."),
		Do:     i18n.T("In the base, Outgoing Mail Servers: choose the Outlook authentication, leave the password empty, then run \"openfire-o365 setup\"."),
	}, {
		ID: "535-5.7.139-password", Where: FromSMTP, Verb: "AUTH", Status: 535, Enhanced: "5.7.139", Who: User,
		Words: []string{"the user credentials were incorrect"},
		// Source: recorded
		Sample: "Authentication unsuccessful, the user credentials were incorrect. [{host} {iso} {session}]",
		What:   i18n.T("A password was sent, and a wrong one; the base should send a token."),
		Do:     i18n.T("In the base, Outgoing Mail Servers: choose the Outlook authentication, leave the password empty, then run \"openfire-o365 setup\"."),
	}, {
		ID: "535-5.7.139-defaults", Where: FromSMTP, Verb: "AUTH", Status: 535, Enhanced: "5.7.139", Who: EntraAdmin,
		Words: []string{"security defaults policy"},
		// Source: docs.bookyourpto.com/features/smtp-troubleshoot; recorded
		Sample: "Authentication unsuccessful, user is locked by your organization's security defaults policy. Contact your administrator. [{host} {iso} {session}]",
		What:   i18n.T("The organisation's security defaults block this mailbox's SMTP sending."),
		Do:     i18n.T("First tick Authenticated SMTP for the mailbox; if the refusal stays: Entra > Overview > Properties > Manage security defaults, to be replaced by Conditional Access policies."),
		Link:   "/#view/Microsoft_AAD_IAM/TenantOverview.ReactView",
	}, {
		ID: "535-5.7.139", Where: FromSMTP, Verb: "AUTH", Status: 535, Enhanced: "5.7.139", Who: ExchangeAdmin,
		// Source: docs.bookyourpto.com/features/smtp-troubleshoot
		Sample: "Authentication unsuccessful, the request did not meet the criteria to be authenticated successfully. Contact your administrator. [{host} {iso} {session}]",
		What:   i18n.T("A rule of the organisation refuses this sign-in: Authenticated SMTP switched off, or Conditional Access."),
		Do:     i18n.T("Active users > the mailbox > Mail > Manage email apps: Authenticated SMTP ticked; then Conditional Access: no policy may block this mailbox."),
	}, {
		ID: "535-5.7.3", Where: FromSMTP, Verb: "AUTH", Status: 535, Enhanced: "5.7.3", Who: ExchangeAdmin,
		// Source: tarickb/sasl-xoauth2#43; recorded
		Sample: "Authentication unsuccessful [{host} {iso} {session}]",
		What:   i18n.T("Exchange refuses the token: another account than this mailbox, a shared or unlicensed mailbox, or Authenticated SMTP switched off."),
		Do:     i18n.T("Check in this order: the account that signed in is the sending mailbox; it has a licence; Authenticated SMTP is ticked for it."),
	}, {
		ID: "550-5.7.30", Where: FromSMTP, Verb: "AUTH", Status: 550, Enhanced: "5.7.30", Who: User,
		// Source: techcommunity 4114750 (MC786329)
		Sample: "Basic authentication is not supported for Client Submission.",
		What:   i18n.T("Microsoft takes no passwords for sending any more: the base must send a token."),
		Do:     i18n.T("In the base, Outgoing Mail Servers: choose the Outlook authentication, empty the password, then run \"openfire-o365 setup\"."),
	}, {
		ID: "451-4.7.0", Where: FromSMTP, Verb: "AUTH", Status: 451, Enhanced: "4.7.0", Who: Nobody, Passes: true,
		// Source: harishkrupo/oauth2ms#5; jstedfast/MailKit#566
		Sample: "Temporary server error. Please try again later. PRX4 [{host}]",
		What:   i18n.T("Exchange asks to wait; if it lasts, a security rule is often behind it."),
		Do:     i18n.T("Try again in a few minutes; after an hour have Authenticated SMTP and the security defaults checked."),
	}, {
		ID: "504-5.7.4", Where: FromSMTP, Verb: "AUTH", Status: 504, Enhanced: "5.7.4", Who: User,
		// Source: QuantumNous/new-api#1989
		Sample: "Unrecognized authentication type [{host} {iso} {session}]",
		What:   i18n.T("The connection was not encrypted, or the authentication method is not Microsoft's."),
		Do:     i18n.T("In the base, Outgoing Mail Servers: TLS (STARTTLS), port 587, Outlook authentication."),
	},
}
