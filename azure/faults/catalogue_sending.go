package faults

import (
	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// sendingFaults are refusals after the sign-in: of the sender, of the quantity,
// and Exchange's punishments for repeating a mistake, which outlast its repair.
var sendingFaults = []Fault{
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
}
