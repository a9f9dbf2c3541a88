package guide

import (
	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// The pages about the mailbox and the base.

func prerequisites(v Values) Page {
	return Page{
		ID: Prerequisites, Title: i18n.T("Prerequisites"),
		About: i18n.T("Gather this before you start; the rest takes about ten minutes."),
		Parts: []Part{{
			Title: i18n.T("What you need"),
			Steps: []Step{
				{Do: i18n.T("Your OpenFire base with the Microsoft Outlook module installed: openfire-o365 checks it. If it is missing, have it installed. %s", check.SupportContact), Values: []string{v.Base}},
				{Do: i18n.T("A Microsoft 365 administrator account. It is simplest if it is the sending mailbox as well.")},
				{Do: i18n.T("The mailbox that will send the mail, with a licence. A shared mailbox cannot sign in.")},
			},
			Notes: []i18n.Text{i18n.T("Without a global administrator: the role %s is enough for the application, the role %s for the mailboxes.", portal.CloudAppAdministrator.Text(), portal.ExchangeAdministrator.Text())},
		}, {
			Title: i18n.T("The two portals"),
			Steps: []Step{
				{Do: i18n.T("%s, where the application is registered:", portal.Entra.Text()), Values: []string{v.Cloud.Portal}},
				{Do: i18n.T("%s, where rights on mailboxes are given:", portal.AdminCenter.Text()), Values: []string{azure.MailLink}},
			},
			Notes: []i18n.Text{i18n.T("Open them with the administrator account. They speak that account's language: every label is given here in English and in French.")},
		}, {
			Title: i18n.T("Check the licence"), Link: azure.MailLink, Drawing: drawLicence(v),
			Steps: []Step{
				{Do: i18n.T("%s > %s: open the mailbox that will send.", portal.Users.Text(), portal.ActiveUsers.Text())},
				{Do: i18n.T("%s: a licence with Exchange Online is ticked.", portal.Licenses.Text())},
			},
		}},
	}
}

func permissions(v Values) Page {
	return Page{
		ID: Permissions, Title: i18n.T("Permit sending"), Article: i18n.T("Step 3"),
		About: i18n.T("Two settings at Microsoft 365: the mailbox may send by SMTP, and as each other sender of the base."),
		Parts: []Part{{
			Title: i18n.T("Authenticated SMTP for the sending mailbox"), Link: azure.MailLink, Drawing: drawSMTP(v),
			Steps: []Step{
				{Do: i18n.T("%s > %s: open the sending mailbox.", portal.Users.Text(), portal.ActiveUsers.Text()), Values: []string{v.Mailbox}},
				{Do: i18n.T("%s > %s: choose %s.", portal.Mail.Text(), portal.EmailApps.Text(), portal.ManageEmailApps.Text())},
				{Do: i18n.T("Tick %s.", portal.AuthenticatedSMTP.Text())},
				{Do: i18n.T("Choose %s.", portal.SaveChanges.Text())},
			},
			Notes: []i18n.Text{i18n.T("It may take an hour to work, a day at most.")},
		}, {
			Title: i18n.T("Send as, for each other sender"), Link: azure.MailLink, Drawing: drawSendAs(v),
			Steps: []Step{
				{Do: i18n.T("%s > %s: open the other sender's mailbox.", portal.Users.Text(), portal.ActiveUsers.Text())},
				{Do: i18n.T("%s: choose %s.", portal.Mail.Text(), portal.SendAs.Text())},
				{Do: i18n.T("%s: tick the sending mailbox, then choose %s.", portal.AddSendAs.Text(), portal.Add.Text()), Values: []string{v.Mailbox}},
			},
			Notes: []i18n.Text{
				i18n.T("The article reads the other way round; the test message decides."),
				i18n.T("To be done again for each new colleague who writes from OpenFire. It takes up to an hour to work."),
			},
		}},
	}
}

func signIn(v Values) Page {
	return Page{
		ID: SignIn, Title: i18n.T("Sign the mailbox in"), Article: i18n.T("Step 4"),
		About: i18n.T("The mailbox signs in at Microsoft once; openfire-o365 keeps the tokens, never the password."),
		Parts: []Part{{
			Title: i18n.T("On Microsoft's page"), Drawing: drawConsent(v),
			Steps: []Step{
				{Do: i18n.T("Open the address that openfire-o365 shows, if it has not done so itself.")},
				{Do: i18n.T("Choose the mailbox, not your administrator account:"), Values: []string{v.Mailbox}},
				{Do: i18n.T("%s: choose %s.", portal.PermissionsRequested.Text(), portal.Accept.Text())},
			},
			Notes: []i18n.Text{i18n.T("Does another account sign in by itself? Open the address in a private window.")},
		}, {
			Title: i18n.T("The way back"),
			Steps: []Step{
				{Do: i18n.T("Mostly the browser comes back by itself and says \"Signed in\": that is all.")},
				{Do: i18n.T("If it lands on a page of your base (error 403 or login page), this is normal: copy its whole address and paste it into openfire-o365.")},
				{Do: i18n.T("If Microsoft shows an error, paste its message in the same way: openfire-o365 says what to do.")},
			},
		}},
	}
}

func test(v Values) Page {
	return Page{
		ID: Test, Title: i18n.T("Send the test message"), Article: i18n.T("Step 4"),
		About: i18n.T("A real message proves the whole chain; the tokens are saved already."),
		Parts: []Part{{
			Title: i18n.T("Send and look"),
			Steps: []Step{
				{Do: i18n.T("Give an address where you read mail, for example the mailbox itself:"), Values: []string{v.Mailbox}},
				{Do: i18n.T("See whether the message arrives, junk mail included.")},
				{Do: i18n.T("Try the other senders too: openfire-o365 setup --send-as, followed by their address.")},
			},
		}, {
			Title: i18n.T("If it is refused"),
			Steps: []Step{
				{Do: i18n.T("535 5.7.139 or 5.7.3: %s is not open for the mailbox yet (page \"Permit sending\"); else wait an hour.", portal.AuthenticatedSMTP.Text())},
				{Do: i18n.T("SendAsDenied or 5.7.60: %s is missing on the sender's mailbox (same page).", portal.SendAs.Text())},
				{Do: i18n.T("AADSTS50105: the mailbox is not assigned to the application (page \"Assign the mailbox\").")},
				{Do: i18n.T("Any other message: openfire-o365 explain, followed by the message, says who must act and where to click.")},
			},
			Notes: []i18n.Text{i18n.T("Running openfire-o365 setup again goes on from the test message.")},
		}},
	}
}

func handOver(v Values) Page {
	return Page{
		ID: HandOver, Title: i18n.T("Hand the values to OpenFire"), Article: i18n.T("Step 4"),
		About: i18n.T("At the end setup offers to put the values into the base and has it send a message. By hand, in OpenFire, with an administrator account:"),
		Parts: []Part{{
			Title: i18n.T("The application"), Link: v.Base + "/web", Drawing: drawSettings(),
			Steps: []Step{
				{Do: i18n.T("%s: choose %s.", base.Configuration.Text(), base.DeveloperMode.Text())},
				{Do: i18n.T("%s, part %s: paste %s and %s.", base.GeneralSettings.Text(), base.Outlook.Text(), base.ClientID.Text(), base.ClientSecret.Text()), Values: known(v.ClientID)},
				{Do: i18n.T("Choose %s.", base.Save.Text())},
			},
		}, {
			Title: i18n.T("The outgoing server"), Drawing: drawServer(v),
			Steps: []Step{
				{Do: i18n.T("%s > %s: choose %s.", base.Technical.Text(), base.OutgoingServers.Text(), base.New.Text())},
				{Do: i18n.T("%s: choose %s.", base.Authenticate.Text(), base.OAuth.Text())},
				{Do: i18n.T("%s and %s (587), %s: %s.", base.SMTPServer.Text(), base.Port.Text(), base.Encryption.Text(), base.StartTLS.Text()), Values: []string{"smtp.office365.com"}},
				{Do: i18n.T("%s: the mailbox; %s stays empty.", base.Username.Text(), base.Password.Text()), Values: []string{v.Mailbox}},
				{Do: i18n.T("Save, then choose %s.", base.Connect.Text())},
				{Do: i18n.T("Back from Microsoft, the page shows %s.", base.TokenValid.Text())},
			},
			Notes: []i18n.Text{i18n.T("OpenFire 10 writes \"Serveurs de courriel sortant\" and \"Outlook Token Validé\".")},
		}},
	}
}
