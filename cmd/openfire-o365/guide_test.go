//go:build unix

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var guideAddress = regexp.MustCompile(`http://127\.0\.0\.1:\d+/\w{20,}/fr/([a-z-]+)`)

// noted waits until the browser was given a page of the guide.
func noted(t *testing.T, note, page string) {
	t.Helper()
	end := time.Now().Add(patience)
	for {
		given, _ := os.ReadFile(note)
		if m := guideAddress.FindStringSubmatch(string(given)); m != nil && m[1] == page {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the browser did not get %s but %.300s", page, given)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// TestGuideOpensDuringSetup checks that manual registration prints the address of the
// guide and opens it, and that ? opens the page of the question, in forms and in plain
// lines.
func TestGuideOpensDuringSetup(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args        []string
		enter, help string
	}{
		"form":  {nil, "\r", "?"},
		"lines": {[]string{"--plain"}, "\n", "?\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			note := filepath.Join(dir, "note")
			s := open(t, 100, 40, dir, []string{"BROWSER_NOTE=" + note, "BROWSER_MOOD=idle"}, append([]string{"setup", "mabase", "--sandbox"}, c.args...)...)
			for _, q := range questionsFR[1:] {
				if strings.HasPrefix(q, "Avez-vous ajouté la seconde URI") {
					break
				}
				s.answer(q, enter(q, c.enter))
			}
			s.wait("avec des dessins et des boutons Copier")
			noted(t, note, "registration")
			s.answer("Avez-vous ajouté la seconde URI", c.enter)
			s.answer("ID d'application (client)", c.enter)
			s.answer("ID de l'annuaire (locataire)", c.help)
			s.wait("Le guide s'ouvre dans votre navigateur")
			noted(t, note, "registration")
			s.keys(c.enter)
			s.answer("Valeur du secret client", c.enter)
			s.answer("Date d'expiration du secret", c.help)
			noted(t, note, "secret")
			s.keys("\x03")
			if code := s.exit(); code != 130 {
				t.Errorf("exit %d", code)
			}
			if said := s.sent(); strings.Index(said, "/fr/registration") > strings.Index(said, "Avez-vous ajouté la seconde URI") {
				t.Errorf("the address was not printed first:\n%s", said)
			}
		})
	}
}

// TestGuideWithoutABrowser checks that --no-browser opens nothing, and that over SSH ?
// prints the page, because its address works only on this machine.
func TestGuideWithoutABrowser(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env, args []string
		help      string
	}{
		"no browser":       {nil, []string{"--no-browser"}, "Le guide est ici"},
		"SSH":              {[]string{"SSH_CONNECTION=192.0.2.1 50000 192.0.2.2 22"}, nil, "Inscrire l'application"},
		"SSH, plain lines": {[]string{"SSH_CONNECTION=192.0.2.1 50000 192.0.2.2 22"}, []string{"--plain"}, "Inscrire l'application"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			note := filepath.Join(dir, "note")
			s := open(t, 100, 50, dir, append(c.env, "BROWSER_NOTE="+note, "BROWSER_MOOD=idle"), append([]string{"setup", "mabase", "--sandbox"}, c.args...)...)
			key := "\r"
			if name == "SSH, plain lines" {
				key = "\n"
			}
			for _, q := range questionsFR[1:] {
				if strings.HasPrefix(q, "Avez-vous ajouté la seconde URI") {
					s.answer("Avez-vous ajouté la seconde URI", "?"+strings.TrimPrefix(key, "\r"))
					break
				}
				s.answer(q, enter(q, key))
			}
			s.wait(c.help)
			s.keys("\x03")
			if code := s.exit(); code != 130 {
				t.Errorf("exit %d", code)
			}
			if _, err := os.Stat(note); err == nil {
				t.Error("a browser was opened")
			}
			if served := guideAddress.MatchString(s.sent()); served != (name == "no browser") {
				t.Errorf("served: %v\n%s", served, s.sent())
			}
		})
	}
}
