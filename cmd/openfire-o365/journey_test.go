//go:build unix

package main

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestEscapeGoesBack checks that Escape goes back within a step, to earlier steps and
// to the name of the base. Earlier answers are offered again, except secrets, and
// completed actions are not repeated.
func TestEscapeGoesBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, 80, 30, dir, nil, "setup", "--sandbox")
	const other = "5a4db0c5-0000-4000-8000-00000000beef"
	for _, step := range [][2]string{
		{"le nom de votre base", "\x15autre\r"}, {"relève-t-elle aussi", "\x1b"}, {"> autre", "\x15mabase\r"},
		{"relève-t-elle aussi", "\r"}, {byHand, "n"}, {"Avez-vous ajouté la seconde URI", "n"},
		{"ID d'application (client)", "\x15" + other + "\r"}, {"ID de l'annuaire (locataire)", "\x1b"},
		{"> " + other, "\x1b"}, {"seconde URI", "\r"}, // no, as before
		{"> " + other, "\x15" + "5a4db0c5-0000-4000-8000-0f1fe0365002\r"}, {"ID de l'annuaire (locataire)", "\r"},
		{"Valeur du secret client", "\x1b"}, {"ID de l'annuaire (locataire)", "\r"}, {"Valeur du secret client", "\r"},
		{"Date d'expiration du secret", "\x1522/11/2028\r"},
		{"Quelle boîte aux lettres", "\x1b"}, {"> 2028-11-22", "\r"}, // of the step before; the secret is kept
		{"Quelle boîte aux lettres", "\r"}, {openBrowser, "\r"},
		{"collez-la ici", "\x1b"}, {"Quelle boîte aux lettres", "\x03"},
	} {
		s.answer(step[0], step[1])
	}
	if code := s.exit(); code != 130 {
		t.Errorf("exit %d", code)
	}
	data, err := os.ReadFile(filepath.Join(dir, "sandbox", "mabase.openfire.fr.json"))
	if file := string(data); err != nil || strings.Contains(file, "beef") || !strings.Contains(file, `"loopback": false`) || !strings.Contains(file, `"2028-11-22"`) || !strings.Contains(file, `client_secret"`) {
		t.Errorf("%v\n%s", err, file)
	}
}

// TestEscapeStopsAtTheSignIn checks that Escape does not go back past the
// sign-in, and that the program says so.
func TestEscapeStopsAtTheSignIn(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]struct {
		args              []string
		back, stop, enter string
	}{"form": {nil, "\x1b", "\x03", "\r"}, "lines": {[]string{"--plain"}, "retour\n", "\x03", "\n"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, 80, 24, t.TempDir(), nil, append([]string{"setup", "mabase", "--sandbox", "--client-id=5a4db0c5-0000-4000-8000-0f1fe0365002", "--tenant=5a4db0c5-0000-4000-8000-0f1fe0365001", "--loopback=yes", "--incoming=no"}, way.args...)...)
			s.answer("Valeur du secret client", "\r")
			s.answer("Date d'expiration du secret", "\r")
			s.answer("Quelle boîte aux lettres", way.back)
			s.answer("Date d'expiration du secret", "\r")
			s.answer("Quelle boîte aux lettres", way.enter)
			s.answer(openBrowser, way.enter)
			s.answer("À quelle adresse envoyer le message de test ?", way.back)
			s.answer("Vous ne pouvez pas revenir en arrière", way.stop)
			if code := s.exit(); code != 130 {
				t.Errorf("exit %d", code)
			}
		})
	}
}

// TestCtrlYCopiesToTheClipboard checks that Ctrl+Y copies the values of a step to the clipboard
// of the terminal, and that nothing else is copied.
func TestCtrlYCopiesToTheClipboard(t *testing.T) {
	t.Parallel()
	const ssh = "SSH_CONNECTION=192.0.2.1 1 192.0.2.2 22" // the terminal's clipboard is on another machine
	for name, way := range map[string]struct {
		args                     []string
		no, again, enter, secret string
	}{"form": {nil, "n", "\x19", "\r", "\x15" + secretTyped + "\x19"}, "lines": {[]string{"--plain"}, "n\n", "copier\n", "\n", "copier\r"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, 80, 24, t.TempDir(), []string{ssh}, append([]string{"setup", "mabase", "--sandbox"}, way.args...)...)
			s.answer("relève-t-elle aussi", way.no)
			s.answer(byHand, way.no)
			s.wait("Avez-vous ajouté la seconde URI")
			for _, copied := range []string{"(1 sur 5)", "(2 sur 5) : OpenFire", "(3 sur 5) : https://mabase.openfire.fr/microsoft_outlook/confirm"} {
				s.keys(way.again)
				s.wait(copied)
			}
			s.keys(way.enter)
			s.answer("ID d'application (client)", way.enter)
			s.answer("ID de l'annuaire (locataire)", way.enter)
			s.answer("Valeur du secret client", way.secret)
			s.wait("(1 sur 2)")
			s.keys("\x03")
			s.exit()
			texts := onClipboard(t, s.sent())
			if len(texts) != 4 || texts[1] != "OpenFire" || texts[2] != "https://mabase.openfire.fr/microsoft_outlook/confirm" || strings.Contains(strings.Join(texts, " "), secretTyped) {
				t.Errorf("on the clipboard: %q", texts)
			}
		})
	}
}

const secretTyped = "abc8Q~typed-and-never-shown-anywhere-1234"

// onClipboard returns what the program copied to the terminal's clipboard.
func onClipboard(t *testing.T, sent string) (texts []string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`\x1b\]52;c;([A-Za-z0-9+/=]*)\x07`).FindAllStringSubmatch(sent, -1) {
		text, err := base64.StdEncoding.DecodeString(m[1])
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return texts
}

// TestLinks checks that addresses are links in terminals that support it, and that the
// whole address is visible in all.
func TestLinks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  []string
		link bool
	}{
		"Windows Terminal":  {[]string{"WT_SESSION=1"}, true},
		"VTE":               {[]string{"VTE_VERSION=7603"}, true},
		"kitty":             {[]string{"TERM=xterm-kitty"}, true},
		"unknown":           {nil, false},
		"old VTE":           {[]string{"VTE_VERSION=4200"}, false},
		"tmux":              {[]string{"WT_SESSION=1", "TERM=tmux-256color"}, false},
		"dumb":              {[]string{"WT_SESSION=1", "TERM=dumb"}, false},
		"for screen reader": {[]string{"WT_SESSION=1", "ACCESSIBLE=1"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, 80, 24, t.TempDir(), c.env, "explain", "AADSTS50105")
			s.exit()
			s.end()
			address := regexp.MustCompile(`https://entra\.microsoft\.com/[!-~]*`)
			plain := regexp.MustCompile(`\x1b\]8;;[!-~]*\x07`).ReplaceAllString(s.sent(), "")
			shown := address.FindString(plain)
			if shown == "" || strings.Contains(s.sent(), "\x1b]8;;"+shown+"\a"+shown+"\x1b]8;;\a") != c.link || strings.Contains(s.sent(), "\x1b]8") != c.link {
				t.Errorf("link %v wanted: %q", c.link, s.sent())
			}
		})
	}
}

// TestSecondSetupAsksNothing counts the questions of a first setup with the sandbox. A second
// one must ask nothing.
func TestSecondSetupAsksNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		way  string // the answer to "Create it for me?"
		most int
	}{"automatic": {"\n", 6}, "by hand": {"n\n", 12}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			asked := person(t, open(t, 80, 24, dir, nil, "setup", "--sandbox", "--plain"), c.way)
			t.Logf("%d answers: %s", len(asked), strings.Join(asked, " | "))
			asked = slices.DeleteFunc(asked, func(q string) bool { return q == openBrowser || strings.HasPrefix(q, "Le message est-il arrivé") })
			if len(asked) > c.most || len(asked) < 5 {
				t.Errorf("%d answers, at most %d", len(asked), c.most)
			}
			if asked := person(t, open(t, 80, 24, dir, nil, "setup", "--sandbox", "--plain", "mabase"), c.way); len(asked) > 0 {
				t.Errorf("a second setup asks: %s", strings.Join(asked, " | "))
			}
		})
	}
}

// person answers every question with Enter, except that about registration and the last
// one, until the program ends. The browser answers by itself.
func person(t *testing.T, s *screen, way string) (asked []string) {
	t.Helper()
	prompt := regexp.MustCompile(`\n> (?:\[[^\]]*\] )?$`)
	timer := time.AfterFunc(4*patience, func() { s.mu.Lock(); s.over = true; s.seen.Broadcast(); s.mu.Unlock() })
	defer timer.Stop()
	for {
		s.mu.Lock()
		for !s.over && !prompt.MatchString(s.raw.String()) {
			s.seen.Wait()
		}
		said, over := strings.ReplaceAll(s.raw.String(), "\r", ""), s.over
		s.raw.Reset()
		s.mu.Unlock()
		if over {
			if code := s.exit(); code != 0 {
				t.Fatalf("exit %d\n%s", code, s.sent())
			}
			return asked
		}
		paragraphs := strings.Split(said, "\n\n")
		question, _, _ := strings.Cut(paragraphs[len(paragraphs)-1], "\n")
		key := "\n"
		switch question = flat(question); {
		case strings.HasPrefix(question, "Adresse de la dernière page"):
			continue
		case question == byHand:
			key = way
		case strings.HasPrefix(question, "Mettre maintenant"):
			key = "n\n"
		}
		asked = append(asked, question)
		s.keys(key)
	}
}

// TestNoAnimationInAPipe checks that the same setup without a terminal, for a screen
// reader or with --plain has no spinner and no cursor movements, and reports each wait
// once.
func TestNoAnimationInAPipe(t *testing.T) {
	t.Parallel()
	moved := regexp.MustCompile(`\x1b\[[0-9;]*[^0-9;m]|\x1b[^\[]|\r[^\n]|[|/\\-] [A-Z][^\n]*…`)
	check := func(t *testing.T, name, said string) {
		t.Helper()
		if found := moved.FindString(said); found != "" || strings.Count(said, "En attente du navigateur…") != 1 || strings.Count(said, "Vérification de ce qui est déjà en place…") != 1 {
			t.Errorf("%s: %q in\n%s", name, found, said)
		}
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	piped := exec.Command(exe, "setup", "--sandbox")
	piped.Args[0] = "openfire-o365" // the test binary runs the program then
	piped.Env = []string{"OPENFIRE_O365_DIR=" + t.TempDir(), "LANG=fr_FR.UTF-8", "TERM=xterm-256color"}
	said, err := piped.CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	check(t, "pipe", string(said))
	for name, env := range map[string][]string{"--plain": nil, "screen reader": {"ACCESSIBLE=1"}} {
		args := []string{"setup", "mabase", "--sandbox"}
		if env == nil {
			args = append(args, "--plain")
		}
		s := open(t, 80, 24, t.TempDir(), env, args...)
		person(t, s, "n\n")
		check(t, name, strings.ReplaceAll(s.sent(), "\r\n", "\n"))
	}
}

// TestSpinnerWhileWaitingForTheBrowser checks that a form has a spinner while the program waits for the
// browser, and removes it afterwards.
func TestSpinnerWhileWaitingForTheBrowser(t *testing.T) {
	t.Parallel()
	s := open(t, 80, 24, t.TempDir(), []string{"BROWSER_MOOD=idle", "NO_COLOR=1"}, "setup", "mabase", "--sandbox", "--client-id=5a4db0c5-0000-4000-8000-0f1fe0365002", "--tenant=5a4db0c5-0000-4000-8000-0f1fe0365001", "--loopback=yes", "--incoming=no", "--mailbox=compta@client.fr", "--secret-expires=22/11/2028")
	s.answer("Valeur du secret client", "\r")
	s.answer(openBrowser, "\r")
	for _, sign := range []string{"/", "-", `\`, "|"} {
		s.wait(sign + " En attente du navigateur…")
	}
	s.keys("\x03")
	s.wait("Interrompu.")
	if code := s.exit(); code != 130 || strings.Contains(s.term.String(), "En attente") {
		t.Errorf("exit %d\n%s", code, s.term.String())
	}
	if coloured := regexp.MustCompile(`\x1b\[(?:[0-9]+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]`).FindString(s.sent()); coloured != "" {
		t.Errorf("NO_COLOR, and %q", coloured)
	}
}
