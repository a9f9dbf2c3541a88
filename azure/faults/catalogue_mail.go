package faults

import (
	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// mailFaults are Exchange Online's refusals. Where one code has several texts, its
// common entry has no Words and comes last.
var mailFaults = []Fault{
	// The sign-in by SMTP.
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

	// After the sign-in: refusals of the sender, of the quantity, and Exchange's
	// punishments for repeating a mistake, which outlast its repair.
	{
		ID: "530-5.7.57", Where: FromSMTP, Verb: "MAIL", Status: 530, Enhanced: "5.7.57", Who: ExchangeAdmin,
		// Source: harishkrupo/oauth2ms#5; simonrob/email-oauth2-proxy#315
		Sample: "Client not authenticated to send mail. [{host}]",
		What:   i18n.T("The base tried to send without being signed in: Exchange had refused its token just before, which Odoo does not tell."),
		Do:     i18n.T("Run \"openfire-o365 verify\": it shows the real refusal. Most often Authenticated SMTP is not ticked for the mailbox, or the outgoing server's user is not the account that signed in."),
	}, {
		ID: "554-5.2.252", Where: FromSMTP, Verb: "DATA", Status: 554, Enhanced: "5.2.252", Who: ExchangeAdmin,
		Words: []string{"sendasdenied"},
		// Source: gophish/gophish#2900
		Sample: "SendAsDenied; {user} not allowed to send as {from}; STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process message due to a permanent exception with message [BeginDiagnosticData]Cannot submit message. 0.35250:0A00DD95[EndDiagnosticData] [Hostname={mailboxhost}]",
		What:   i18n.T("The signed-in mailbox may not send as this sender."),
		Do:     i18n.T("Microsoft 365 admin center > Active users > the sender's mailbox > Mail > Send as permissions: add the signed-in mailbox. It takes up to an hour to work."),
	}, {
		ID: "554-5.2.0-sendas", Where: FromSMTP, Verb: "DATA", Status: 554, Enhanced: "5.2.0", Who: ExchangeAdmin,
		Words: []string{"sendasdenied"},
		// Source: rss2email/rss2email#147
		Sample: "STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process message due to a permanent exception with message Cannot submit message. 0.35250:0A00DD95 [Hostname={mailboxhost}]",
		What:   i18n.T("The signed-in mailbox may not send as this sender (older form of the refusal)."),
		Do:     i18n.T("Microsoft 365 admin center > Active users > the sender's mailbox > Mail > Send as permissions: add the signed-in mailbox. It takes up to an hour to work."),
	}, {
		ID: "550-5.7.60", Where: FromSMTP, Verb: "MAIL", Status: 550, Enhanced: "5.7.60", Who: ExchangeAdmin,
		// Source: prior knowledge of the service; odoo/odoo#162909
		Sample: "SMTP; Client does not have permissions to send as this sender [{host}]",
		What:   i18n.T("The envelope's sender is not allowed: often the base's bounce address (bounce@ or catchall)."),
		Do:     i18n.T("Give the signed-in mailbox Send as on this sender; if the address starts with bounce ask OpenFire support to set mail.force.smtp.from or the outgoing server's from filter."),
	}, {
		ID: "550-5.1.8", Where: FromSMTP, Verb: "MAIL", Status: 550, Enhanced: "5.1.8", Who: ExchangeAdmin,
		// Source: learn.microsoft.com, fix-error-code-5-1-8
		Sample: "Access denied, bad outbound sender",
		What:   i18n.T("Microsoft has blocked this mailbox for sending spam."),
		Do:     i18n.T("First look for a break-in (password, mailbox rules), then Microsoft Defender > Restricted entities: unblock the mailbox."),
		Link:   azure.PageRestricted,
	}, {
		ID: "432-4.3.2", Where: FromSMTP, Verb: "DATA", Status: 432, Enhanced: "4.3.2", Who: Nobody, Passes: true,
		Words: []string{"concurrent connections limit exceeded", "sender thread limit exceeded"},
		// Source: sabuhish/fastapi-mail#75; learn.microsoft.com, smtp-submission-improvements
		Sample: "Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending for more information. [Hostname={mailboxhost}]",
		What:   i18n.T("More than three submissions at once by this mailbox: Exchange makes the others wait."),
		Do:     i18n.T("Nothing to do: the base will try again. If it comes back, spread bulk mail over time."),
	}, {
		ID: "554-5.2.0-quota", Where: FromSMTP, Verb: "DATA", Status: 554, Enhanced: "5.2.0", Who: Nobody, Passes: true,
		Words: []string{"submissionquotaexceeded"},
		// Source: learn.microsoft.com, smtp-submission-improvements
		Sample: "STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message due to a permanent exception with message The message can't be submitted because the sender's submission quota was exceeded. [Hostname={mailboxhost}]",
		What:   i18n.T("This mailbox has exceeded 10,000 recipients within 24 hours."),
		Do:     i18n.T("Wait 24 hours, then send; for bulk mail use a service made for it."),
	}, {
		ID: "554-5.2.2", Where: FromSMTP, Verb: "DATA", Status: 554, Enhanced: "5.2.2", Who: User,
		Words: []string{"mapiexceptionquotaexceeded"},
		// Source: learn.microsoft.com, smtp-submission-improvements
		Sample: "mailbox full; STOREDRV.Submission.Exception:QuotaExceededException.MapiExceptionQuotaExceeded; Failed to process message due to a permanent exception with message Cannot submit message. [Hostname={mailboxhost}]",
		What:   i18n.T("The mailbox is full: every message sent leaves a copy in it."),
		Do:     i18n.T("Empty the mailbox's Sent Items and Deleted Items, or have a retention policy put on it."),
		Link:   "https://outlook.office.com/mail/sentitems",
	}, {
		ID: "550-5.2.251", Where: FromSMTP, Verb: "DATA", Status: 550, Enhanced: "5.2.251", Who: User,
		Words: []string{"continuous mailbox full errors"},
		// Source: learn.microsoft.com, continuous-error-throttling
		Sample: "Sender throttled due to continuous mailbox full errors.",
		What:   i18n.T("Exchange holds this mailbox back: too many submissions from a full mailbox."),
		Do:     i18n.T("Empty the mailbox (Sent Items), then wait: Exchange lifts this limit by itself within hours."),
	}, {
		ID: "550-5.2.252", Where: FromSMTP, Verb: "DATA", Status: 550, Enhanced: "5.2.252", Who: ExchangeAdmin,
		Words: []string{"continuous send as denied errors"},
		// Source: learn.microsoft.com, continuous-error-throttling
		Sample: "Sender throttled due to continuous send as denied errors.",
		What:   i18n.T("Exchange holds this mailbox back: too many Send As refusals in a row."),
		Do:     i18n.T("First give Send as permissions on the sender's mailbox, then wait: Exchange lifts this limit by itself within hours."),
	}, {
		ID: "550-5.2.253", Where: FromSMTP, Verb: "DATA", Status: 550, Enhanced: "5.2.253", Who: ExchangeAdmin,
		Words: []string{"continuous invalid license errors"},
		// Source: learn.microsoft.com, continuous-error-throttling
		Sample: "Sender throttled due to continuous invalid license errors.",
		What:   i18n.T("Exchange holds this mailbox back: too many submissions from a mailbox without a licence."),
		Do:     i18n.T("Active users > the mailbox > Licenses and apps: assign a licence with Exchange Online, then wait some hours."),
	}, {
		ID: "550-5.2.254", Where: FromSMTP, Verb: "DATA", Status: 550, Enhanced: "5.2.254", Who: User,
		Words: []string{"continuous too many recipients errors"},
		// Source: learn.microsoft.com, continuous-error-throttling
		Sample: "Sender throttled due to continuous too many recipients errors.",
		What:   i18n.T("Exchange holds this mailbox back: too many messages with too many recipients."),
		Do:     i18n.T("Put fewer recipients on each message, then wait: Exchange lifts this limit by itself within hours."),
	}, {
		ID: "550-5.2.255", Where: FromSMTP, Verb: "DATA", Status: 550, Enhanced: "5.2.255", Who: User,
		Words: []string{"continuous invalid recipients errors"},
		// Source: learn.microsoft.com, continuous-error-throttling
		Sample: "Sender throttled due to continuous invalid recipients errors.",
		What:   i18n.T("Exchange holds this mailbox back: too many addresses that do not exist."),
		Do:     i18n.T("Correct the addresses in the base, then wait: Exchange lifts this limit by itself within hours."),
	},

	// IMAP has no codes: the words are all there is (RFC 3501 section 7.1).
	{
		ID: "imap-authenticate-failed", Where: FromIMAP, Verb: "AUTHENTICATE", Who: ExchangeAdmin,
		Words: []string{"authenticate failed"},
		// Source: learn.microsoft.com, OAuth for IMAP, POP and SMTP
		Sample: "AUTHENTICATE failed.",
		What:   i18n.T("Exchange refuses the IMAP sign-in: a token of another account, or IMAP switched off for this mailbox."),
		Do:     i18n.T("Microsoft 365 admin center > Active users > the mailbox > Mail > Manage email apps: tick IMAP."),
	}, {
		ID: "imap-not-connected", Where: FromIMAP, Verb: "SELECT", Who: ExchangeAdmin,
		Words: []string{"user is authenticated but not connected"},
		// Source: getmail6/getmail6#221; jstedfast/MailKit#1494
		Sample: "User is authenticated but not connected.",
		What:   i18n.T("The token is good but does not open this mailbox: it is often another account's."),
		Do:     i18n.T("Run \"openfire-o365 setup\" and sign in as the mailbox itself; check that IMAP is allowed for it."),
	},
}
