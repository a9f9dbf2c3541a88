package guide

import (
	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/lang"
)

// The pages about the mailbox and the base.

func prerequisites(v Values) Page {
	return Page{
		ID: Prerequisites, Title: lang.Text{FR: "Prérequis", EN: "Prerequisites"},
		About: lang.Text{FR: "Rassemblez ceci avant de commencer ; la suite prend une dizaine de minutes.", EN: "Gather this before you start; the rest takes about ten minutes."},
		Parts: []Part{{
			Title: lang.Text{FR: "Ce qu'il vous faut", EN: "What you need"},
			Steps: []Step{
				{Do: lang.Text{FR: "Votre base OpenFire, avec le module Microsoft Outlook installé : openfire-o365 le vérifie. S'il manque, faites-le installer. %s", EN: "Your OpenFire base with the Microsoft Outlook module installed: openfire-o365 checks it. If it is missing, have it installed. %s"}.With(check.SupportContact), Values: []string{v.Base}},
				{Do: lang.Text{FR: "Un compte administrateur Microsoft 365. Le plus simple est qu'il soit aussi la boîte aux lettres qui envoie.", EN: "A Microsoft 365 administrator account. It is simplest if it is the sending mailbox as well."}},
				{Do: lang.Text{FR: "La boîte aux lettres qui enverra le courrier, avec licence. Une boîte partagée ne peut pas se connecter.", EN: "The mailbox that will send the mail, with a licence. A shared mailbox cannot sign in."}},
			},
			Notes: []lang.Text{lang.Text{FR: "Sans administrateur général : le rôle %s suffit pour l'application, le rôle %s pour les boîtes.", EN: "Without a global administrator: the role %s is enough for the application, the role %s for the mailboxes."}.
				With(portal.CloudAppAdministrator.Text(), portal.ExchangeAdministrator.Text())},
		}, {
			Title: lang.Text{FR: "Les deux portails", EN: "The two portals"},
			Steps: []Step{
				{Do: lang.Text{FR: "%s, où s'inscrit l'application :", EN: "%s, where the application is registered:"}.With(portal.Entra.Text()), Values: []string{v.Cloud.Portal}},
				{Do: lang.Text{FR: "%s, où se donnent les droits sur les boîtes :", EN: "%s, where rights on mailboxes are given:"}.With(portal.AdminCenter.Text()), Values: []string{azure.MailLink}},
			},
			Notes: []lang.Text{{FR: "Ouvrez-les avec le compte administrateur. Ils suivent la langue de ce compte : chaque libellé est donné ici en français et en anglais.", EN: "Open them with the administrator account. They speak that account's language: every label is given here in English and in French."}},
		}, {
			Title: lang.Text{FR: "Vérifier la licence", EN: "Check the licence"}, Link: azure.MailLink, Drawing: drawLicence(v),
			Steps: []Step{
				{Do: lang.Text{FR: "%s > %s : ouvrez la boîte qui enverra.", EN: "%s > %s: open the mailbox that will send."}.With(portal.Users.Text(), portal.ActiveUsers.Text())},
				{Do: lang.Text{FR: "%s : une licence avec Exchange Online est cochée.", EN: "%s: a licence with Exchange Online is ticked."}.With(portal.Licenses.Text())},
			},
		}},
	}
}

func permissions(v Values) Page {
	return Page{
		ID: Permissions, Title: lang.Text{FR: "Permettre l'envoi", EN: "Permit sending"}, Article: lang.Text{FR: "Étape 3", EN: "Step 3"},
		About: lang.Text{FR: "Deux réglages chez Microsoft 365 : la boîte peut envoyer par SMTP, et au nom de chaque autre expéditeur de la base.", EN: "Two settings at Microsoft 365: the mailbox may send by SMTP, and as each other sender of the base."},
		Parts: []Part{{
			Title: lang.Text{FR: "SMTP authentifié pour la boîte qui envoie", EN: "Authenticated SMTP for the sending mailbox"}, Link: azure.MailLink, Drawing: drawSMTP(v),
			Steps: []Step{
				{Do: lang.Text{FR: "%s > %s : ouvrez la boîte qui envoie.", EN: "%s > %s: open the sending mailbox."}.With(portal.Users.Text(), portal.ActiveUsers.Text()), Values: []string{v.Mailbox}},
				{Do: lang.Text{FR: "%s > %s : choisissez %s.", EN: "%s > %s: choose %s."}.With(portal.Mail.Text(), portal.EmailApps.Text(), portal.ManageEmailApps.Text())},
				{Do: lang.Text{FR: "Cochez %s.", EN: "Tick %s."}.With(portal.AuthenticatedSMTP.Text())},
				{Do: lang.Text{FR: "Choisissez %s.", EN: "Choose %s."}.With(portal.SaveChanges.Text())},
			},
			Notes: []lang.Text{{FR: "L'effet peut prendre une heure, un jour au plus.", EN: "It may take an hour to work, a day at most."}},
		}, {
			Title: lang.Text{FR: "« Envoyer en tant que », pour chaque autre expéditeur", EN: "Send as, for each other sender"}, Link: azure.MailLink, Drawing: drawSendAs(v),
			Steps: []Step{
				{Do: lang.Text{FR: "%s > %s : ouvrez la boîte de l'autre expéditeur.", EN: "%s > %s: open the other sender's mailbox."}.With(portal.Users.Text(), portal.ActiveUsers.Text())},
				{Do: lang.Text{FR: "%s : choisissez %s.", EN: "%s: choose %s."}.With(portal.Mail.Text(), portal.SendAs.Text())},
				{Do: lang.Text{FR: "%s : cochez la boîte qui envoie, puis choisissez %s.", EN: "%s: tick the sending mailbox, then choose %s."}.With(portal.AddSendAs.Text(), portal.Add.Text()), Values: []string{v.Mailbox}},
			},
			Notes: []lang.Text{
				{FR: "L'article se lit dans l'autre sens ; c'est le message de test qui tranche.", EN: "The article reads the other way round; the test message decides."},
				{FR: "À refaire pour chaque nouveau collègue qui écrit depuis OpenFire. L'effet prend jusqu'à une heure.", EN: "To be done again for each new colleague who writes from OpenFire. It takes up to an hour to work."},
			},
		}},
	}
}

func signIn(v Values) Page {
	return Page{
		ID: SignIn, Title: lang.Text{FR: "Connecter la boîte aux lettres", EN: "Sign the mailbox in"}, Article: lang.Text{FR: "Étape 4", EN: "Step 4"},
		About: lang.Text{FR: "La boîte aux lettres se connecte une fois chez Microsoft ; openfire-o365 en garde les jetons, jamais le mot de passe.", EN: "The mailbox signs in at Microsoft once; openfire-o365 keeps the tokens, never the password."},
		Parts: []Part{{
			Title: lang.Text{FR: "Sur la page de Microsoft", EN: "On Microsoft's page"}, Drawing: drawConsent(v),
			Steps: []Step{
				{Do: lang.Text{FR: "Ouvrez l'adresse qu'openfire-o365 affiche, s'il ne l'a pas fait lui-même.", EN: "Open the address that openfire-o365 shows, if it has not done so itself."}},
				{Do: lang.Text{FR: "Choisissez la boîte aux lettres, pas votre compte administrateur :", EN: "Choose the mailbox, not your administrator account:"}, Values: []string{v.Mailbox}},
				{Do: lang.Text{FR: "%s : choisissez %s.", EN: "%s: choose %s."}.With(portal.PermissionsRequested.Text(), portal.Accept.Text())},
			},
			Notes: []lang.Text{{FR: "Un autre compte se connecte tout seul ? Ouvrez l'adresse dans une fenêtre privée.", EN: "Does another account sign in by itself? Open the address in a private window."}},
		}, {
			Title: lang.Text{FR: "Le retour", EN: "The way back"},
			Steps: []Step{
				{Do: lang.Text{FR: "Le plus souvent le navigateur revient seul et dit « Connexion réussie » : c'est fini.", EN: "Mostly the browser comes back by itself and says \"Signed in\": that is all."}},
				{Do: lang.Text{FR: "S'il arrive sur une page de votre base (erreur 403 ou page de connexion), c'est normal : copiez toute son adresse et collez-la dans openfire-o365.", EN: "If it lands on a page of your base (error 403 or login page), this is normal: copy its whole address and paste it into openfire-o365."}},
				{Do: lang.Text{FR: "Si Microsoft affiche une erreur, collez son message de la même façon : openfire-o365 dit quoi faire.", EN: "If Microsoft shows an error, paste its message in the same way: openfire-o365 says what to do."}},
			},
		}},
	}
}

func test(v Values) Page {
	return Page{
		ID: Test, Title: lang.Text{FR: "Envoyer le message de test", EN: "Send the test message"}, Article: lang.Text{FR: "Étape 4", EN: "Step 4"},
		About: lang.Text{FR: "Un vrai message prouve toute la chaîne ; les jetons, eux, sont déjà enregistrés.", EN: "A real message proves the whole chain; the tokens are saved already."},
		Parts: []Part{{
			Title: lang.Text{FR: "Envoyer et regarder", EN: "Send and look"},
			Steps: []Step{
				{Do: lang.Text{FR: "Donnez une adresse où vous lisez le courrier, par exemple la boîte elle-même :", EN: "Give an address where you read mail, for example the mailbox itself:"}, Values: []string{v.Mailbox}},
				{Do: lang.Text{FR: "Regardez si le message arrive, indésirables compris.", EN: "See whether the message arrives, junk mail included."}},
				{Do: lang.Text{FR: "Essayez aussi les autres expéditeurs : openfire-o365 setup --send-as, suivi de leur adresse.", EN: "Try the other senders too: openfire-o365 setup --send-as, followed by their address."}},
			},
		}, {
			Title: lang.Text{FR: "S'il est refusé", EN: "If it is refused"},
			Steps: []Step{
				{Do: lang.Text{FR: "535 5.7.139 ou 5.7.3 : %s n'est pas encore ouvert pour la boîte (page « Permettre l'envoi ») ; sinon, attendez une heure.", EN: "535 5.7.139 or 5.7.3: %s is not open for the mailbox yet (page \"Permit sending\"); else wait an hour."}.With(portal.AuthenticatedSMTP.Text())},
				{Do: lang.Text{FR: "SendAsDenied ou 5.7.60 : il manque %s sur la boîte de l'expéditeur (même page).", EN: "SendAsDenied or 5.7.60: %s is missing on the sender's mailbox (same page)."}.With(portal.SendAs.Text())},
				{Do: lang.Text{FR: "AADSTS50105 : la boîte n'est pas affectée à l'application (page « Affecter la boîte aux lettres »).", EN: "AADSTS50105: the mailbox is not assigned to the application (page \"Assign the mailbox\")."}},
				{Do: lang.Text{FR: "Tout autre message : openfire-o365 explain, suivi du message, dit qui doit agir et où cliquer.", EN: "Any other message: openfire-o365 explain, followed by the message, says who must act and where to click."}},
			},
			Notes: []lang.Text{{FR: "Relancer openfire-o365 setup reprend au message de test.", EN: "Running openfire-o365 setup again goes on from the test message."}},
		}},
	}
}

func handOver(v Values) Page {
	return Page{
		ID: HandOver, Title: lang.Text{FR: "Remettre les valeurs à OpenFire", EN: "Hand the values to OpenFire"}, Article: lang.Text{FR: "Étape 4", EN: "Step 4"},
		About: lang.Text{FR: "À la fin, setup propose de mettre les valeurs dans la base et lui fait envoyer un message. À la main, dans OpenFire, avec un compte administrateur :", EN: "At the end setup offers to put the values into the base and has it send a message. By hand, in OpenFire, with an administrator account:"},
		Parts: []Part{{
			Title: lang.Text{FR: "L'application", EN: "The application"}, Link: v.Base + "/web", Drawing: drawSettings(),
			Steps: []Step{
				{Do: lang.Text{FR: "%s : choisissez %s.", EN: "%s: choose %s."}.With(base.Configuration.Text(), base.DeveloperMode.Text())},
				{Do: lang.Text{FR: "%s, partie %s : collez %s et %s.", EN: "%s, part %s: paste %s and %s."}.With(base.GeneralSettings.Text(), base.Outlook.Text(), base.ClientID.Text(), base.ClientSecret.Text()), Values: known(v.ClientID)},
				{Do: lang.Text{FR: "Choisissez %s.", EN: "Choose %s."}.With(base.Save.Text())},
			},
		}, {
			Title: lang.Text{FR: "Le serveur d'envoi", EN: "The outgoing server"}, Drawing: drawServer(v),
			Steps: []Step{
				{Do: lang.Text{FR: "%s > %s : choisissez %s.", EN: "%s > %s: choose %s."}.With(base.Technical.Text(), base.OutgoingServers.Text(), base.New.Text())},
				{Do: lang.Text{FR: "%s : choisissez %s.", EN: "%s: choose %s."}.With(base.Authenticate.Text(), base.OAuth.Text())},
				{Do: lang.Text{FR: "%s et %s (587), %s : %s.", EN: "%s and %s (587), %s: %s."}.With(base.SMTPServer.Text(), base.Port.Text(), base.Encryption.Text(), base.StartTLS.Text()), Values: []string{"smtp.office365.com"}},
				{Do: lang.Text{FR: "%s : la boîte aux lettres ; %s reste vide.", EN: "%s: the mailbox; %s stays empty."}.With(base.Username.Text(), base.Password.Text()), Values: []string{v.Mailbox}},
				{Do: lang.Text{FR: "Enregistrez, puis choisissez %s.", EN: "Save, then choose %s."}.With(base.Connect.Text())},
				{Do: lang.Text{FR: "De retour de chez Microsoft, la page montre %s.", EN: "Back from Microsoft, the page shows %s."}.With(base.TokenValid.Text())},
			},
			Notes: []lang.Text{{FR: "OpenFire 10 écrit « Serveurs de courriel sortant » et « Outlook Token Validé ».", EN: "OpenFire 10 writes \"Serveurs de courriel sortant\" and \"Outlook Token Validé\"."}},
		}},
	}
}
