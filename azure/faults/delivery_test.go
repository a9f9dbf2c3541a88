package faults

import (
	"fmt"
	"strings"
	"testing"
)

// deliveries are the forms of mail.mail.failure_reason by version and language of
// Odoo (odoo/addons/base/models/ir_mail_server.py, send_email, and its fr.po). In all
// of them the server is None. %[1]s is the class of smtplib, %[2]s its message.
var deliveries = map[string]string{
	"12 to 17":         "Mail Delivery Failed\nMail delivery failed via SMTP server 'None'.\n%[1]s: %[2]s",
	"18 and 19":        "Mail Delivery Failed\nMail delivery failed via SMTP server 'None'.\n%[1]s: %[2]s",
	"12, French":       "Échec d'envoi du courriel\nÉchec de l'envoi du courriel via le serveur SMTP  'None'.\n%[1]s: %[2]s",
	"14 to 17, French": "Échec d'envoi de l'email\nÉchec de l'envoi de l'email via le serveur SMTP  'None'.\n%[1]s: %[2]s",
	"18, 19, French":   "Échec d'envoi de l'e-mail\nÉchec de l'envoi de l'e-mail via le serveur SMTP 'None'.\n%[1]s: %[2]s",
}

// smtplibError returns the class of smtplib's exception for a reply, and its message
// as the versions of Odoo print it: up to 17 the arguments on lines of their own
// (odoo/loglevels.py, exception_to_unicode), from 18 on as Python does.
func smtplibError(f Fault, since18 bool) (class, message string) {
	reply := f.Enhanced + " " + sample(f, false)
	switch {
	case f.Verb == "RCPT":
		return "SMTPRecipientsRefused", fmt.Sprintf("{'x@client.fr': (%d, b'%s')}", f.Status, reply)
	case f.Verb == "DATA" && since18:
		return "SMTPDataError", fmt.Sprintf("(%d, b'%s')", f.Status, reply)
	case f.Verb == "DATA":
		return "SMTPDataError", fmt.Sprintf("%d\n%s", f.Status, reply)
	case since18:
		return "SMTPSenderRefused", fmt.Sprintf("(%d, b'%s', 'anna@client.fr')", f.Status, reply)
	}
	return "SMTPSenderRefused", fmt.Sprintf("%d\n%s\nanna@client.fr", f.Status, reply)
}

// TestFindExplainsEveryDeliveryFailureByItsReply checks that what Odoo 12 to 19 writes
// around Exchange's reply, in English and French, does not hide the reply. The web
// client shows the lines joined by spaces.
func TestFindExplainsEveryDeliveryFailureByItsReply(t *testing.T) {
	t.Parallel()
	replies := 0
	for _, f := range Catalogue() {
		if f.Where != FromSMTP {
			continue
		}
		replies++
		for version, form := range deliveries {
			class, message := smtplibError(f, strings.HasPrefix(version, "18"))
			text := fmt.Sprintf(form, class, message)
			for _, text := range []string{text, strings.ReplaceAll(text, "\n", " "), strings.ReplaceAll(text, "  ", " ")} {
				if got := Find(text); len(got) == 0 || got[0].ID != f.ID {
					t.Errorf("%s, Odoo %s: found %q in %q", f.ID, version, ids(got), text)
				}
			}
		}
	}
	if replies < 20 {
		t.Errorf("%d replies", replies)
	}
}

// tokenErrors are the words of microsoft_outlook around an error of the token
// endpoint. The French of all versions has no space after the full stop.
var tokenErrors = []string{
	"An error occurred when fetching the access token. %s",
	"Une erreur s'est produite lors de la récupération du jeton d'accès.%s",
}

// TestFindExplainsEveryTokenErrorOfTheBase checks the errors of the token endpoint in
// the words of the base, alone and in the dialog of the button "Test Connection".
func TestFindExplainsEveryTokenErrorOfTheBase(t *testing.T) {
	t.Parallel()
	for _, f := range Catalogue() {
		if f.Where != FromToken || f.Code == 0 {
			continue
		}
		for _, form := range tokenErrors {
			for _, dialog := range []string{"%s", "Connection Test Failed! Here is what we got instead:\n %s",
				"Test de connexion échoué ! Voici ce que nous avons à la place : \n%s", "Le test de connexion a échoué: %s"} {
				text := fmt.Sprintf(dialog, fmt.Sprintf(form, fmt.Sprintf("AADSTS%d: %s", f.Code, sample(f, false))))
				if got := Find(text); len(got) == 0 || got[0].ID != f.ID {
					t.Errorf("%s: found %q in %q", f.ID, ids(got), text)
				}
			}
		}
	}
}

// TestFindTellsACopiedBaseFromOdoosNone checks that only the server "none" of a copied
// base is called a copy, and never before a reply of a server.
func TestFindTellsACopiedBaseFromOdoosNone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Mail delivery failed via SMTP server 'none'.\ngaierror: [Errno -2] Name or service not known":              "base-copied",
		"Échec de l'envoi du courriel via le serveur SMTP  'none'.\ngaierror: [Errno -2] Name or service not known": "base-copied",
		"Could not connect to none:55555": "base-copied",
		"Mail delivery failed via SMTP server 'None'.\ngaierror: [Errno -2] Name or service not known":                                                                                    "network-name",
		"Mail Delivery Failed Mail delivery failed via SMTP server 'None'. SMTPSenderRefused: 530 (530, b'5.7.57 Client not authenticated to send mail. [X.PROD.OUTLOOK.COM]', 'a@b.fr')": "530-5.7.57",
		"Mail delivery failed via SMTP server 'none'. port 55555 SMTPSenderRefused: 530 5.7.57 Client not authenticated":                                                                  "530-5.7.57 base-copied",
		"Mail delivery failed via SMTP server 'None'.\nConnectionRefusedError: 111 Connection refused":                                                                                    "network-unreachable",
	} {
		if got := ids(Find(text)); got != want {
			t.Errorf("found %q in %q, want %q", got, text, want)
		}
	}
}
