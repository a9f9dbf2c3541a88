package faults

import (
	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// mailFaults are the errors of Exchange Online. If a code has several texts, its
// general entry has no Words and comes last.
var mailFaults = []Fault{
	// The sign-in by SMTP.
	{
		ID: "535-5.7.139-tenant", Where: FromSMTP, Verb: "AUTH", Status: 535, Enhanced: "5.7.139", Who: ExchangeAdmin,
		Words: []string{"smtpclientauthentication is disabled for the tenant"},
		// Source: simonrob/email-oauth2-proxy#193
		Sample: "Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled for more information. [{host} {iso} {session}]",
		What:   i18n.T("Authenticated SMTP is turned off for the whole organisation and is not turned on for this mailbox."),
		Do:     i18n.T("In the Microsoft 365 admin center > Users > Active users > the mailbox > Mail > Manage email apps, select Authenticated SMTP; it overrides the setting of the organisation. The change usually takes effect within an hour, at most 24 hours."),
	}, {
		ID: "535-5.7.139-mailbox", Where: FromSMTP, Verb: "AUTH", Status: 535, Enhanced: "5.7.139", Who: ExchangeAdmin,
		Words: []string{"smtpclientauthentication is disabled for the mailbox"},
		// Source: form inferred from the Tenant line; aka.ms/smtp_auth_disabled
		Sample: "Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox. Visit https://aka.ms/smtp_auth_disabled for more information. [{host} {iso} {session}]",
		What:   i18n.T("Authenticated SMTP is turned off for this mailbox."),
		Do:     i18n.T("In the Microsoft 365 admin center > Users > Active users > the mailbox > Mail > Manage email apps, select Authenticated SMTP. The change usually takes effect within an hour, at most 24 hours."),
	}, {
		ID: "535-5.7.139-basic", Where: FromSMTP, Verb: "AUTH", Status: 535, Enhanced: "5.7.139", Who: User,
		Words: []string{"basic authentication is disabled"},
		// Source: rpremraj/mailR#107; nodemailer/nodemailer#1714
		Sample: "Authentication unsuccessful, basic authentication is disabled. [{host} {iso} {session}]",
		What:   i18n.T("The base sent a password, and this organisation does not accept passwords for sending mail."),
		Do:     i18n.T("In the base, in Outgoing Mail Servers, choose the Outlook authentication, leave the password empty, then run \"openfire-o365 setup\"."),
	}, {
		ID: "535-5.7.139-password", Where: FromSMTP, Verb: "AUTH", Status: 535, Enhanced: "5.7.139", Who: User,
		Words: []string{"the user credentials were incorrect"},
		// Source: recorded
		Sample: "Authentication unsuccessful, the user credentials were incorrect. [{host} {iso} {session}]",
		What:   i18n.T("The base sent a wrong password, and should send a token instead."),
		Do:     i18n.T("In the base, in Outgoing Mail Servers, choose the Outlook authentication, leave the password empty, then run \"openfire-o365 setup\"."),
	}, {
		ID: "535-5.7.139-defaults", Where: FromSMTP, Verb: "AUTH", Status: 535, Enhanced: "5.7.139", Who: EntraAdmin,
		Words: []string{"security defaults policy"},
		// Source: docs.bookyourpto.com/features/smtp-troubleshoot; recorded
		Sample: "Authentication unsuccessful, user is locked by your organization's security defaults policy. Contact your administrator. [{host} {iso} {session}]",
		What:   i18n.T("The security defaults of the organisation block sending by SMTP from this mailbox."),
		Do:     i18n.T("In Active users > the mailbox > Mail > Manage email apps, select Authenticated SMTP. If the error persists, replace the security defaults with Conditional Access policies: Entra > Overview > Properties > Manage security defaults."),
		Link:   "/#view/Microsoft_AAD_IAM/TenantOverview.ReactView",
	}, {
		ID: "535-5.7.139", Where: FromSMTP, Verb: "AUTH", Status: 535, Enhanced: "5.7.139", Who: ExchangeAdmin,
		// Source: docs.bookyourpto.com/features/smtp-troubleshoot
		Sample: "Authentication unsuccessful, the request did not meet the criteria to be authenticated successfully. Contact your administrator. [{host} {iso} {session}]",
		What:   i18n.T("A setting of the organisation blocks this sign-in: Authenticated SMTP is turned off, or a Conditional Access policy applies."),
		Do:     i18n.T("In Active users > the mailbox > Mail > Manage email apps, select Authenticated SMTP. Then check in Conditional Access > Policies that no policy blocks this mailbox."),
	}, {
		ID: "535-5.7.3", Where: FromSMTP, Verb: "AUTH", Status: 535, Enhanced: "5.7.3", Who: ExchangeAdmin,
		// Source: tarickb/sasl-xoauth2#43; recorded
		Sample: "Authentication unsuccessful [{host} {iso} {session}]",
		What:   i18n.T("Exchange rejected the token: another account signed in, the mailbox is shared or has no licence, or Authenticated SMTP is turned off."),
		Do:     i18n.T("Check in this order: the user name of the outgoing mail server is the sign-in name of the account that signed in; the mailbox has a licence; Authenticated SMTP is selected for it."),
	}, {
		ID: "550-5.7.30", Where: FromSMTP, Verb: "AUTH", Status: 550, Enhanced: "5.7.30", Who: User,
		// Source: techcommunity 4114750 (MC786329)
		Sample: "Basic authentication is not supported for Client Submission.",
		What:   i18n.T("The base sent a password, and this organisation does not accept passwords for sending mail (Microsoft's default from the end of December 2026)."),
		Do:     i18n.T("In the base, in Outgoing Mail Servers, choose the Outlook authentication, leave the password empty, then run \"openfire-o365 setup\"."),
	}, {
		ID: "451-4.7.0", Where: FromSMTP, Verb: "AUTH", Status: 451, Enhanced: "4.7.0", Who: Nobody, Passes: true,
		// Source: harishkrupo/oauth2ms#5; jstedfast/MailKit#566
		Sample: "Temporary server error. Please try again later. PRX4 [{host}]",
		What:   i18n.T("Exchange reports a temporary error; if it persists, the cause is often a security setting."),
		Do:     i18n.T("Try again in a few minutes. If the error persists for an hour, ask an administrator to check Authenticated SMTP and the security defaults."),
	}, {
		ID: "504-5.7.4", Where: FromSMTP, Verb: "AUTH", Status: 504, Enhanced: "5.7.4", Who: User,
		// Source: QuantumNous/new-api#1989
		Sample: "Unrecognized authentication type [{host} {iso} {session}]",
		What:   i18n.T("The connection was not encrypted, or the base used an authentication method that Microsoft does not support."),
		Do:     i18n.T("In the base, in Outgoing Mail Servers, choose TLS (STARTTLS), port 587 and the Outlook authentication."),
	},

	// After the sign-in: the sender, the limits, and the throttling after repeated
	// errors, which lasts for some time after their cause is corrected.
	{
		ID: "530-5.7.57", Where: FromSMTP, Verb: "MAIL", Status: 530, Enhanced: "5.7.57", Who: ExchangeAdmin,
		// Source: harishkrupo/oauth2ms#5; simonrob/email-oauth2-proxy#315
		Sample: "Client not authenticated to send mail. [{host}]",
		What:   i18n.T("The base tried to send although Exchange had just rejected its token; Odoo does not show that first error."),
		Do:     i18n.T("Run \"openfire-o365 verify\" to see the first error. Most often, Authenticated SMTP is not selected for the mailbox, or the user name of the outgoing mail server is not the account that signed in."),
	}, {
		ID: "554-5.2.252", Where: FromSMTP, Verb: "DATA", Status: 554, Enhanced: "5.2.252", Who: ExchangeAdmin,
		Words: []string{"sendasdenied"},
		// Source: gophish/gophish#2900
		Sample: "SendAsDenied; {user} not allowed to send as {from}; STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process message due to a permanent exception with message [BeginDiagnosticData]Cannot submit message. 0.35250:0A00DD95[EndDiagnosticData] [Hostname={mailboxhost}]",
		What:   i18n.T("The mailbox that signed in is not allowed to send as this sender."),
		Do:     i18n.T("In the Microsoft 365 admin center > Users > Active users > the sender's mailbox > Mail > Send as permissions, add the mailbox that signed in. The change takes effect within an hour."),
	}, {
		ID: "554-5.2.0-sendas", Where: FromSMTP, Verb: "DATA", Status: 554, Enhanced: "5.2.0", Who: ExchangeAdmin,
		Words: []string{"sendasdenied"},
		// Source: rss2email/rss2email#147
		Sample: "STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process message due to a permanent exception with message Cannot submit message. 0.35250:0A00DD95 [Hostname={mailboxhost}]",
		What:   i18n.T("The mailbox that signed in is not allowed to send as this sender (older form of this message)."),
		Do:     i18n.T("In the Microsoft 365 admin center > Users > Active users > the sender's mailbox > Mail > Send as permissions, add the mailbox that signed in. The change takes effect within an hour."),
	}, {
		ID: "550-5.7.60", Where: FromSMTP, Verb: "MAIL", Status: 550, Enhanced: "5.7.60", Who: ExchangeAdmin,
		// Source: prior knowledge of the service; odoo/odoo#162909
		Sample: "SMTP; Client does not have permissions to send as this sender [{host}]",
		What:   i18n.T("The mailbox is not allowed to use this envelope sender, which is often the bounce address of the base (bounce@ or catchall@)."),
		Do:     i18n.T("Give the mailbox that signed in Send as permissions on this sender. If the address starts with \"bounce\", ask OpenFire support to set mail.force.smtp.from or the FROM Filtering of the outgoing mail server."),
	}, {
		ID: "550-5.1.8", Where: FromSMTP, Verb: "MAIL", Status: 550, Enhanced: "5.1.8", Who: ExchangeAdmin,
		// Source: learn.microsoft.com, fix-error-code-5-1-8
		Sample: "Access denied, bad outbound sender",
		What:   i18n.T("Microsoft has blocked this mailbox because it sent spam."),
		Do:     i18n.T("Check first whether the account was compromised (reset the password, review the mailbox rules). Then unblock the mailbox in Microsoft Defender > Restricted entities."),
		Link:   azure.PageRestricted,
	}, {
		ID: "432-4.3.2", Where: FromSMTP, Verb: "DATA", Status: 432, Enhanced: "4.3.2", Who: Nobody, Passes: true,
		Words: []string{"concurrent connections limit exceeded", "sender thread limit exceeded"},
		// Source: sabuhish/fastapi-mail#75; learn.microsoft.com, smtp-submission-improvements
		Sample: "Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending for more information. [Hostname={mailboxhost}]",
		What:   i18n.T("This mailbox sent more than three messages at the same time, and Exchange delays the others."),
		Do:     i18n.T("Wait. The base will try again. If this happens often, send bulk mail in smaller batches."),
	}, {
		ID: "554-5.2.0-quota", Where: FromSMTP, Verb: "DATA", Status: 554, Enhanced: "5.2.0", Who: Nobody, Passes: true,
		Words: []string{"submissionquotaexceeded"},
		// Source: learn.microsoft.com, smtp-submission-improvements
		Sample: "STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message due to a permanent exception with message The message can't be submitted because the sender's submission quota was exceeded. [Hostname={mailboxhost}]",
		What:   i18n.T("This mailbox has reached the limit of 10,000 recipients in 24 hours."),
		Do:     i18n.T("Wait 24 hours, then send again. For bulk mail, use a dedicated service, for example Azure Communication Services Email."),
	}, {
		ID: "554-5.2.2", Where: FromSMTP, Verb: "DATA", Status: 554, Enhanced: "5.2.2", Who: User,
		Words: []string{"mapiexceptionquotaexceeded"},
		// Source: learn.microsoft.com, smtp-submission-improvements
		Sample: "mailbox full; STOREDRV.Submission.Exception:QuotaExceededException.MapiExceptionQuotaExceeded; Failed to process message due to a permanent exception with message Cannot submit message. [Hostname={mailboxhost}]",
		What:   i18n.T("The mailbox is full, because it keeps a copy of every message sent."),
		Do:     i18n.T("Empty Sent Items and Deleted Items in the mailbox, or ask an administrator to set a retention policy."),
		Link:   "https://outlook.office.com/mail/sentitems",
	}, {
		ID: "550-5.2.251", Where: FromSMTP, Verb: "DATA", Status: 550, Enhanced: "5.2.251", Who: User,
		Words: []string{"continuous mailbox full errors"},
		// Source: learn.microsoft.com, continuous-error-throttling
		Sample: "Sender throttled due to continuous mailbox full errors.",
		What:   i18n.T("Exchange limits this mailbox, because it was full and kept sending."),
		Do:     i18n.T("Empty Sent Items in the mailbox, then wait. Exchange removes the limit after some hours."),
	}, {
		ID: "550-5.2.252", Where: FromSMTP, Verb: "DATA", Status: 550, Enhanced: "5.2.252", Who: ExchangeAdmin,
		Words: []string{"continuous send as denied errors"},
		// Source: learn.microsoft.com, continuous-error-throttling
		Sample: "Sender throttled due to continuous send as denied errors.",
		What:   i18n.T("Exchange limits this mailbox, because it repeatedly tried to send as a sender that it is not allowed to use."),
		Do:     i18n.T("In Active users > the sender's mailbox > Mail > Send as permissions, add this mailbox. Then wait. Exchange removes the limit after some hours."),
	}, {
		ID: "550-5.2.253", Where: FromSMTP, Verb: "DATA", Status: 550, Enhanced: "5.2.253", Who: ExchangeAdmin,
		Words: []string{"continuous invalid license errors"},
		// Source: learn.microsoft.com, continuous-error-throttling
		Sample: "Sender throttled due to continuous invalid license errors.",
		What:   i18n.T("Exchange limits this mailbox, because it has no licence and kept sending."),
		Do:     i18n.T("In Active users > the mailbox > Licenses and apps, assign a licence that includes Exchange Online. Then wait. Exchange removes the limit after some hours."),
	}, {
		ID: "550-5.2.254", Where: FromSMTP, Verb: "DATA", Status: 550, Enhanced: "5.2.254", Who: User,
		Words: []string{"continuous too many recipients errors"},
		// Source: learn.microsoft.com, continuous-error-throttling
		Sample: "Sender throttled due to continuous too many recipients errors.",
		What:   i18n.T("Exchange limits this mailbox, because too many messages had too many recipients."),
		Do:     i18n.T("Send to fewer recipients per message, then wait. Exchange removes the limit after some hours."),
	}, {
		ID: "550-5.2.255", Where: FromSMTP, Verb: "DATA", Status: 550, Enhanced: "5.2.255", Who: User,
		Words: []string{"continuous invalid recipients errors"},
		// Source: learn.microsoft.com, continuous-error-throttling
		Sample: "Sender throttled due to continuous invalid recipients errors.",
		What:   i18n.T("Exchange limits this mailbox, because it sent too much mail to addresses that do not exist."),
		Do:     i18n.T("Correct the addresses in the base, then wait. Exchange removes the limit after some hours."),
	},

	// IMAP has no reply codes, so that only the text tells faults apart (RFC 3501
	// section 7.1).
	{
		ID: "imap-authenticate-failed", Where: FromIMAP, Verb: "AUTHENTICATE", Who: ExchangeAdmin,
		Words: []string{"authenticate failed"},
		// Source: learn.microsoft.com, OAuth for IMAP, POP and SMTP
		Sample: "AUTHENTICATE failed.",
		What:   i18n.T("Exchange rejected the IMAP sign-in: another account signed in, or IMAP is turned off for this mailbox."),
		Do:     i18n.T("In the Microsoft 365 admin center > Users > Active users > the mailbox > Mail > Manage email apps, select IMAP. If it is selected, run \"openfire-o365 setup\" and sign in with the mailbox itself."),
	}, {
		ID: "imap-not-connected", Where: FromIMAP, Verb: "SELECT", Who: ExchangeAdmin,
		Words: []string{"user is authenticated but not connected"},
		// Source: getmail6/getmail6#221; jstedfast/MailKit#1494
		Sample: "User is authenticated but not connected.",
		What:   i18n.T("The token is valid but does not give access to this mailbox, often because another account signed in."),
		Do:     i18n.T("Run \"openfire-o365 setup\" and sign in with the mailbox itself. Check that IMAP is selected in Active users > the mailbox > Mail > Manage email apps."),
	},
}
