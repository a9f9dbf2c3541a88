package faults

import (
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// baseFaults are the errors that the base itself shows, in the words of Odoo's addons
// microsoft_outlook and fetchmail_outlook, versions 12 to 19. They have no codes.
var baseFaults = []Fault{
	{
		ID: "base-forbidden", Where: OnBase, Who: User,
		Words: []string{"you don't have the permission to access the requested resource", "non system user try to link an outlook account", "wrong csrf token during outlook authentication"},
		// Source: microsoft_outlook/controllers/main.py, 12.0 to 18.0; werkzeug
		Sample: "Forbidden: You don't have the permission to access the requested resource. It is either read-protected or not readable by the server.",
		What:   i18n.T("The base rejected Microsoft's answer, because you were not logged in to it as an administrator or the sign-in was not started from the base."),
		Do:     i18n.T("If openfire-o365 is waiting for an address, this page is expected: copy its address and paste it there. Otherwise, log in to the base as an administrator in this browser and start again from the mail server's form."),
	}, {
		ID: "base-only-admin", Where: OnBase, Who: User,
		Words: []string{"only the administrator can link an outlook mail server", "seul l'administrateur peut lier un serveur de messagerie outlook"},
		// Source: microsoft_outlook/models/microsoft_outlook_mixin.py and fr.po
		Sample:   "Only the administrator can link an Outlook mail server.",
		SampleFR: "Seul l'administrateur peut lier un serveur de messagerie Outlook.",
		What:     i18n.T("Only an administrator of the base can connect an Outlook account."),
		Do:       i18n.T("Log in to the base with an account that has the access right Administration: Settings, then try again."),
	}, {
		ID: "base-unknown-error", Where: OnBase, Who: Support,
		Words: []string{"an error occurred when fetching the access token. unknown error", "lors de la récupération du jeton d'accès. erreur inconnue"},
		// Source: microsoft_outlook_mixin.py, _fetch_outlook_token, and fr.po
		Sample:   "An error occurred when fetching the access token. Unknown error.",
		SampleFR: "Une erreur s'est produite lors de la récupération du jeton d'accès. Erreur inconnue.",
		What:     i18n.T("The base did not get a valid answer from Microsoft, because of the network, a proxy or an outage at Microsoft."),
		Do:       i18n.T("Try again in a few minutes. If the error persists, ask OpenFire support whether the base can reach login.microsoftonline.com."),
	}, {
		ID: "base-not-linked", Where: OnBase, Who: User,
		Words: []string{"please connect with your outlook account", "please login your outlook mail server before using it",
			"veuillez vous connecter avec votre compte outlook", "veuillez vous connecter à votre serveur de messagerie outlook"},
		// Source: microsoft_outlook_mixin.py, _generate_outlook_oauth2_string, and fr.po
		Sample:   "Please connect with your Outlook account before using it.",
		SampleFR: "Veuillez vous connecter avec votre compte Outlook avant de l'utiliser.",
		What:     i18n.T("The base has no token for this mail server, because the mailbox is not connected in the base."),
		Do:       i18n.T("Run \"openfire-o365 setup\", then put the tokens into the base with \"openfire-o365 apply\" or with the help of OpenFire support. Or choose \"Connect your Outlook account\" in the base."),
	}, {
		ID: "base-not-configured", Where: OnBase, Who: User,
		Words: []string{"please configure your outlook credentials", "veuillez configurer vos données d'authentification outlook"},
		// Source: microsoft_outlook_mixin.py, open_microsoft_outlook_uri, and fr.po
		Sample:   "Please configure your Outlook credentials.",
		SampleFR: "Veuillez configurer vos données d'authentification Outlook.",
		What:     i18n.T("The Application (client) ID or the client secret is missing in the base."),
		Do:       i18n.T("In the base, in General Settings > Microsoft Outlook, enter the ID and the secret and save. \"openfire-o365 setup\" shows you where to find them."),
	}, {
		ID: "base-password", Where: OnBase, Who: User,
		Words: []string{"please leave the password field empty for outlook", "veuillez laisser le champ mot de passe vide"},
		// Source: microsoft_outlook/models/ir_mail_server.py and fr.po
		Sample:   "Please leave the password field empty for Outlook mail server 'Office 365'. The OAuth process does not require it",
		SampleFR: "Veuillez laisser le champ Mot de passe vide pour le serveur de messagerie Outlook 'Office 365'. Le processus OAuth ne l'exige pas",
		What:     i18n.T("The mail server has a password, and the Outlook authentication does not use one."),
		Do:       i18n.T("In the base, in Outgoing Mail Servers > this server, clear the Password field and save."),
	}, {
		ID: "base-security", Where: OnBase, Who: User,
		Words: []string{"incorrect connection security for outlook mail server", "sécurité de connexion au serveur de messagerie outlook"},
		// Source: microsoft_outlook/models/ir_mail_server.py and fr.po
		Sample:   "Incorrect Connection Security for Outlook mail server 'Office 365'. Please set it to \"TLS (STARTTLS)\".",
		SampleFR: "Sécurité de connexion au serveur de messagerie Outlook 'Office 365' incorrecte. Veuillez la définir sur \"TLS (STARTTLS)\".",
		What:     i18n.T("The outgoing mail server has the wrong connection encryption."),
		Do:       i18n.T("In the base, in Outgoing Mail Servers > this server, set Connection Encryption to TLS (STARTTLS) and the port to 587."),
	}, {
		ID: "base-ssl-587", Where: OnBase, Who: User,
		Words: []string{"wrong_version_number"},
		// Source: odoo/odoo#8021; Python's ssl module
		Sample: "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1129)",
		What:   i18n.T("The base uses SSL/TLS on a port that requires STARTTLS."),
		Do:     i18n.T("In the base, in Outgoing Mail Servers > this server, choose TLS (STARTTLS) with port 587. For an incoming mail server, choose SSL/TLS with port 993."),
	}, {
		ID: "base-copied", Where: OnBase, Who: User,
		Words: []string{"smtp server 'none'", "serveur smtp 'none'", "none:55555"},
		// Source: of_base/data/of_sanitize_query.xml (odof/openfire 10.0); odoo/addons/base/models/ir_mail_server.py
		Sample: "Mail delivery failed via SMTP server 'none'. gaierror: [Errno -2] Name or service not known",
		What:   i18n.T("This base is a copy, and OpenFire has turned its mail off on purpose (server \"none\", port 55555)."),
		Do:     i18n.T("If this is a test base, leave it unchanged. If it must send mail, run \"openfire-o365 setup\" for it, because its tokens belong to the original base."),
	}, {
		ID: "base-other-address", Where: OnBase, Who: User,
		Words: []string{"you're creating an authorization to send from", "vous créez une autorisation pour envoyer depuis"},
		// Source: microsoft_outlook/controllers/main.py, 19.0, and fr.po
		Sample:   "Oops, you're creating an authorization to send from {user} but your address is {from}. Make sure your addresses match!",
		SampleFR: "Oups, vous créez une autorisation pour envoyer depuis {user} mais votre adresse est {from}. Vérifiez que vos adresses correspondent !",
		What:     i18n.T("The account that signed in is not the address of this mail server."),
		Do:       i18n.T("Start again in a private window and sign in with the address of the mail server."),
	}, {
		ID: "base-fetchmail-user", Where: OnBase, Who: Support,
		Words: []string{"'fetchmail.server' object has no attribute 'smtp_user'"},
		// Source: odoo/odoo#122625, #122193
		Sample: "AttributeError: 'fetchmail.server' object has no attribute 'smtp_user'",
		What:   i18n.T("The Outlook module of the base has a known bug from May 2023."),
		Do:     i18n.T("Ask OpenFire support to update the Outlook module of the base."),
	}, {
		ID: "base-fetchmail-old", Where: OnBase, Who: Support,
		Words: []string{"'bool' object has no attribute 'replace'"},
		// Source: odoo/odoo#105943, #44943
		Sample: "Connection test failed: 'bool' object has no attribute 'replace'",
		What:   i18n.T("The incoming mail module (fetchmail) of the base is older than its Outlook module."),
		Do:     i18n.T("Ask OpenFire support to update the fetchmail module of the base."),
	},
}
