//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// byHand is the question whose answer no selects manual registration.
const byHand = "Créer tout cela automatiquement ?"

// openBrowser is the question before a sign-in.
const openBrowser = "Appuyez sur Entrée pour ouvrir le navigateur"

// questionsFR are the questions of a first setup with the sandbox, in order. Every
// answer is filled in.
var questionsFR = []string{
	"Quel est le nom de votre base OpenFire ?",
	"Votre base relève-t-elle aussi le courrier entrant (IMAP) ?",
	byHand,
	"Avez-vous ajouté la seconde URI de redirection ?",
	"ID d'application (client)",
	"ID de l'annuaire (locataire)",
	"Valeur du secret client",
	"Date d'expiration du secret",
	"Quelle boîte aux lettres enverra le courrier ?",
	openBrowser,
	"À quelle adresse envoyer le message de test ?",
	"Le message est-il arrivé",
}

// enter accepts a filled-in answer. The question byHand takes a key, or a line.
func enter(q, key string) string {
	switch {
	case q != byHand:
		return key
	case key == "\r":
		return "n"
	}
	return "n" + key
}

// TestSetupOnATerminal answers every question with Enter, on terminals of ordinary and
// small size.
func TestSetupOnATerminal(t *testing.T) {
	t.Parallel()
	for name, size := range map[string][2]int{"80x24": {80, 24}, "40x10": {40, 10}, "20x5, lines": {20, 5}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			key := "\r"
			if size[1] == 5 {
				key = "\n" // as a line
			}
			s := open(t, size[0], size[1], dir, nil, "setup", "--sandbox")
			for _, q := range questionsFR {
				s.answer(q, enter(q, key))
			}
			for _, q := range []string{"Mettre maintenant ces valeurs", "Identifiant d'un administrateur", "Mot de passe ou clé API", "Comment la base doit-elle"} {
				s.answer(q, "\r")
			}
			s.wait("fonctionne aussi")
			if code := s.exit(); code != 0 || !strings.Contains(flat(s.sent()), "compta@client.fr est connectée et Microsoft a accepté son message de test") {
				t.Fatalf("exit %d\n%s", code, s.sent())
			}
			if _, err := os.Stat(filepath.Join(dir, "sandbox", "mabase.openfire.fr.json")); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestAutomaticOnATerminal answers the questions of automatic registration with Enter.
func TestAutomaticOnATerminal(t *testing.T) {
	t.Parallel()
	s := open(t, 80, 24, t.TempDir(), nil, "setup", "mabase", "--sandbox")
	for _, q := range []string{"relève-t-elle aussi", byHand, openBrowser, "Quelle boîte aux lettres", openBrowser, "À quelle adresse envoyer le message de test ?", "Le message est-il arrivé"} {
		s.answer(q, "\r")
	}
	s.answer("Mettre maintenant ces valeurs", "\x03")
	s.exit()
	if said := flat(s.sent()); !strings.Contains(said, "Application créée") || !strings.Contains(said, "compta@client.fr est connectée et Microsoft a accepté son message de test") || strings.Contains(said, "Valeur du secret client") {
		t.Errorf("not the automatic registration:\n%s", said)
	}
}

// TestFrenchYesAndNo checks that o and n mean yes and no in French.
func TestFrenchYesAndNo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, 80, 24, dir, nil, "setup", "mabase", "--sandbox")
	s.answer("relève-t-elle aussi", "o")
	s.answer(byHand, "n")
	s.answer("Avez-vous ajouté la seconde URI", "n")
	s.answer("ID d'application (client)", "\r")
	s.answer("ID de l'annuaire (locataire)", "\r")
	s.answer("Valeur du secret client", "\r")
	s.answer("Date d'expiration du secret", "\r")
	s.answer("Quelle boîte aux lettres", "\r")
	s.answer(openBrowser, "\r")
	s.wait("collez-la ici") // without the second URI the address is pasted
	s.keys("\x03")
	if code := s.exit(); code != 130 {
		t.Errorf("exit %d after Ctrl-C", code)
	}
	data, err := os.ReadFile(filepath.Join(dir, "sandbox", "mabase.openfire.fr.json"))
	if err != nil || !strings.Contains(string(data), `"loopback": false`) || !strings.Contains(string(data), "fetchmail.server") {
		t.Errorf("%v\n%s", err, data)
	}
}

// TestTwoLinePaste checks that the second line of a paste is not added to the secret
// and does not answer the next question.
func TestTwoLinePaste(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, 80, 24, dir, nil, "setup", "mabase", "--sandbox")
	s.answer("relève-t-elle aussi", "\r")
	s.answer(byHand, "n")
	s.answer("Avez-vous ajouté la seconde URI", "\r")
	s.answer("Sur la page Vue d'ensemble (Overview) de l'application.", "\x15"+"5a4db0c5-0000-4000-8000-0f1fe0365002\rSECOND LINE")
	s.answer("ID de l'annuaire (locataire)", "\r")
	s.answer("Valeur du secret client", "\x03")
	if code := s.exit(); code != 130 {
		t.Errorf("exit %d after Ctrl-C", code)
	}
	data, err := os.ReadFile(filepath.Join(dir, "sandbox", "mabase.openfire.fr.json"))
	if err != nil || strings.Contains(string(data), "SECOND") || !strings.Contains(string(data), "0f1fe0365002") {
		t.Errorf("%v\n%s", err, data)
	}
	if strings.Contains(string(data), "client_secret\"") {
		t.Errorf("a secret that was never answered is in the file:\n%s", data)
	}
}

// TestInvalidAnswerIsAskedAgain checks that an invalid answer is explained and the question asked
// again.
func TestInvalidAnswerIsAskedAgain(t *testing.T) {
	t.Parallel()
	s := open(t, 80, 24, t.TempDir(), []string{"NO_COLOR=1"}, "setup", "--sandbox", "--lang", "en")
	s.answer("What is the name of your OpenFire base?", "\x15../x\r")
	s.wait("enter the name only")
	s.keys("\x15mabase\r")
	s.answer("also fetch incoming mail", "n")
	s.answer("Create all of this for me?", "n")
	s.answer("Did you add the second redirect URI", "\x03")
	if code := s.exit(); code != 130 {
		t.Errorf("exit %d", code)
	}
}

// TestTerminalIsNotQueried checks that the program does not query the terminal for its colours
// before main runs. A terminal that does not answer would delay every command by
// seconds.
func TestTerminalIsNotQueried(t *testing.T) {
	t.Parallel()
	s := open(t, 80, 24, t.TempDir(), nil, "version")
	s.wait("openfire-o365 dev")
	if code := s.exit(); code != 0 {
		t.Errorf("exit %d", code)
	}
	if strings.Contains(s.sent(), "\x1b") {
		t.Errorf("the terminal was sent %q", s.sent())
	}
}

// TestDumbTerminal checks that questions are plain lines on a terminal without cursor
// movement.
func TestDumbTerminal(t *testing.T) {
	t.Parallel()
	s := open(t, 80, 24, t.TempDir(), []string{"TERM=dumb"}, "setup", "--sandbox")
	for _, q := range questionsFR {
		s.answer(q, enter(q, "\n"))
	}
	s.wait("a accepté son message de test")
	s.answer("Mettre maintenant ces valeurs", "n\n")
	if code := s.exit(); code != 0 {
		t.Errorf("exit %d", code)
	}
	if strings.Contains(s.sent(), "\x1b") {
		t.Errorf("a dumb terminal was sent an escape: %q", s.sent())
	}
}
