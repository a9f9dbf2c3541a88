//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// byHand is answered with no: what follows is the way through the portal.
const byHand = "Créer tout cela pour moi ?"

// questionsFR are the questions of a first set-up in front of the sandbox, in
// the order in which they come; every one has its answer filled in already.
var questionsFR = []string{
	"Quel est le nom de votre base OpenFire ?",
	"Votre base relève-t-elle aussi le courrier entrant (IMAP) ?",
	byHand,
	"La seconde URI (http://localhost/openfire-o365) est-elle inscrite ?",
	"ID d'application (client)",
	"ID de l'annuaire (locataire)",
	"Valeur du secret client",
	"Date d'expiration du secret",
	"Quelle boîte aux lettres enverra le courrier ?",
	"À qui envoyer le message de test ?",
}

// enter keeps an answer that is filled in; the one question to be answered
// otherwise is a form of one key, or a line.
func enter(q, key string) string {
	switch {
	case q != byHand:
		return key
	case key == "\r":
		return "n"
	}
	return "n" + key
}

// TestSetupOnATerminal answers every question with Enter, on an ordinary
// terminal and on a small one.
func TestSetupOnATerminal(t *testing.T) {
	t.Parallel()
	for name, size := range map[string][2]int{"80x24": {80, 24}, "40x10": {40, 10}, "20x5, lines": {20, 5}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			key := "\r"
			if size[1] == 5 {
				key = "\n" // of a line
			}
			s := open(t, size[0], size[1], dir, nil, "setup", "--sandbox")
			for _, q := range questionsFR {
				s.answer(q, enter(q, key))
			}
			for _, q := range []string{"Mettre maintenant ces valeurs", "Identifiant d'un administrateur", "Son mot de passe", "Écrire cela dans"} {
				s.answer(q, "\r")
			}
			s.wait("c'est prouvé")
			if code := s.exit(); code != 0 || !strings.Contains(flat(s.sent()), "peut envoyer son courrier avec compta@client.fr") {
				t.Fatalf("exit %d\n%s", code, s.sent())
			}
			if _, err := os.Stat(filepath.Join(dir, "sandbox", "mabase.openfire.fr.json")); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestAutomaticOnATerminal: "Create it for me" is a few times Enter.
func TestAutomaticOnATerminal(t *testing.T) {
	t.Parallel()
	s := open(t, 80, 24, t.TempDir(), nil, "setup", "mabase", "--sandbox")
	for _, q := range []string{"relève-t-elle aussi", byHand, "Quelle boîte aux lettres", "À qui envoyer le message de test ?"} {
		s.answer(q, "\r")
	}
	s.answer("Mettre maintenant ces valeurs", "\x03")
	s.exit()
	if said := flat(s.sent()); !strings.Contains(said, "Application créée") || !strings.Contains(said, "peut envoyer son courrier avec compta@client.fr") || strings.Contains(said, "Valeur du secret client") {
		t.Errorf("not the automatic way:\n%s", said)
	}
}

// TestOMeansYes: a French administrator answers with o and n, not with y.
func TestOMeansYes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, 80, 24, dir, nil, "setup", "mabase", "--sandbox")
	s.answer("relève-t-elle aussi", "o")
	s.answer(byHand, "n")
	s.answer("est-elle inscrite ?", "n")
	s.answer("ID d'application (client)", "\r")
	s.answer("ID de l'annuaire (locataire)", "\r")
	s.answer("Valeur du secret client", "\r")
	s.answer("Date d'expiration du secret", "\r")
	s.answer("Quelle boîte aux lettres", "\r")
	s.wait("collez-la ici") // no second URI: the address comes back by paste
	s.keys("\x03")
	if code := s.exit(); code != 130 {
		t.Errorf("exit %d after Ctrl-C", code)
	}
	data, err := os.ReadFile(filepath.Join(dir, "sandbox", "mabase.openfire.fr.json"))
	if err != nil || !strings.Contains(string(data), `"loopback": false`) || !strings.Contains(string(data), "fetchmail.server") {
		t.Errorf("%v\n%s", err, data)
	}
}

// TestTwoLinePaste: what follows the first line of a paste neither joins the
// secret nor lands in the next question.
func TestTwoLinePaste(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, 80, 24, dir, nil, "setup", "mabase", "--sandbox")
	s.answer("relève-t-elle aussi", "\r")
	s.answer(byHand, "n")
	s.answer("est-elle inscrite ?", "\r")
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

// TestBadAnswerStays: Enter on a bad answer keeps the question and says why.
func TestBadAnswerStays(t *testing.T) {
	t.Parallel()
	s := open(t, 80, 24, t.TempDir(), []string{"NO_COLOR=1"}, "setup", "--sandbox", "--lang", "en")
	s.answer("What is your OpenFire base called?", "\x15../x\r")
	s.wait("a bare name is wanted")
	s.keys("\x15mabase\r")
	s.answer("also fetch incoming mail", "n")
	s.answer("Make all this for me?", "n")
	s.answer("Is the second URI", "\x03")
	if code := s.exit(); code != 130 {
		t.Errorf("exit %d", code)
	}
}

// TestMuteTerminal: no byte asks a terminal for its colours before main runs,
// as one that never answers would hold every command up for seconds.
func TestMuteTerminal(t *testing.T) {
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

// TestDumbTerminal: without a cursor to move, questions are plain lines.
func TestDumbTerminal(t *testing.T) {
	t.Parallel()
	s := open(t, 80, 24, t.TempDir(), []string{"TERM=dumb"}, "setup", "--sandbox")
	for _, q := range questionsFR {
		s.answer(q, enter(q, "\n"))
	}
	s.wait("peut envoyer son courrier")
	s.answer("Mettre maintenant ces valeurs", "n\n")
	if code := s.exit(); code != 0 {
		t.Errorf("exit %d", code)
	}
	if strings.Contains(s.sent(), "\x1b") {
		t.Errorf("a dumb terminal was sent an escape: %q", s.sent())
	}
}
