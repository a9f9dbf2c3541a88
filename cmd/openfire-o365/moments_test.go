//go:build unix

package main

import (
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// scene is a moment of setup: the text to wait for, its name, and the keys to type
// then.
type scene struct {
	name   string
	fr, en string
	keys   string
}

// byPortal is a setup with manual registration that uses the filled-in answers, and one
// bad answer.
var byPortal = []scene{
	{"welcome", "Quel est le nom de votre base OpenFire ?", "What is the name of your OpenFire base?", "\x15../x\r"},
	{"refused", "indiquez le nom seul", "enter the name only", "\x15mabase\r"},
	{"incoming", "relève-t-elle aussi", "also fetch", "\r"},
	{"register", "Créer tout cela automatiquement ?", "Create all of this for me?", "n"},
	{"redirect", "Avez-vous ajouté la seconde URI", "Did you add the second redirect URI", "\r"},
	{"client-id", "ID d'application (client)", "Application (client) ID", "\r"},
	{"tenant", "ID de l'annuaire (locataire)", "Directory (tenant) ID", "\r"},
	{"secret", "Valeur du secret client", "Value of the client secret", "\r"},
	{"expires", "Date d'expiration du secret", "Expiry date of the secret", "\r"},
	{"mailbox", "Quelle boîte aux lettres", "Which mailbox will send", "\r"},
	{"open", "Appuyez sur Entrée pour ouvrir", "Press Enter to open", "\r"},
	{"browser", "Adresse de la dernière page", "Address of the last page", ""},
	{"test", "À quelle adresse envoyer le message de test ?", "Where should the test message be sent?", "\r"},
	{"arrived", "Le message est-il arrivé", "Did the message arrive", "\r"},
	{"apply", "Mettre maintenant ces valeurs", "Put these values into", "\r"},
	{"login", "Identifiant d'un administrateur", "Login of an administrator", "\r"},
	{"password", "Mot de passe ou clé API", "Password or API key", "\r"},
	{"others", "Comment la base doit-elle", "How should the base send", "\r"},
	{"done", "token refresh mabase", "token refresh mabase", ""},
}

// byGraph is a setup with automatic registration.
var byGraph = []scene{
	{"incoming", "relève-t-elle aussi", "also fetch", "\r"},
	{"register", "Créer tout cela automatiquement ?", "Create all of this for me?", "\r"},
	{"open-admin", "Appuyez sur Entrée pour ouvrir", "Press Enter to open", "\r"},
	{"mailbox", "Quelle boîte aux lettres", "Which mailbox will send", "\r"},
	{"open", "Appuyez sur Entrée pour ouvrir", "Press Enter to open", "\r"},
	{"test", "À quelle adresse envoyer le message de test ?", "Where should the test message be sent?", "\r"},
	{"arrived", "Le message est-il arrivé", "Did the message arrive", "\r"},
	{"apply", "Mettre maintenant ces valeurs", "Put these values into", "n"},
	{"done", "Mettre les valeurs dans la base", "Put the values into the base", ""},
}

func (m scene) words(l string) string {
	if l == "fr" {
		return m.fr
	}
	return m.en
}

// recorded returns the file with the screens of a conversation.
func recorded(name, how string) string {
	return filepath.Join("testdata", "screens", name+"-"+how+".txt")
}

// visited signs in with the browser after the waiting screen was compared.
func (r *reel) visited() {
	r.t.Helper()
	r.keys("\x0c") // shows the address
	r.wait("/authorize?")
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+/\S+/authorize\?[^\s\x1b]+`).FindString(r.sent())
	if err := sandbox.Visit(r.t.Context(), address); err != nil {
		r.t.Fatal(err)
	}
}

// play runs a conversation and compares each scene.
func (r *reel) play(l looked, all []scene) {
	r.t.Helper()
	for i, m := range all {
		r.wait(m.words(l.lang))
		if i == len(all)-1 {
			if code := r.exit(); code != 0 {
				r.t.Errorf("exit %d", code)
			}
		}
		r.shot(m.name, 0)
		if m.name == "browser" {
			r.visited()
		}
		r.keys(m.keys)
	}
}

// TestSetupScreens compares setup with the recorded screens, in both languages, on
// small and large terminals, dark and light.
//
//ci:scale-screens
func TestSetupScreens(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*testing.T){}
	for _, l := range looks() {
		tests["by hand, "+l.String()] = func(t *testing.T) {
			r := newReel(t, l.open(t, nil, "openfire-o365-since", []string{"BROWSER_MOOD=idle"}, "setup", "--sandbox"), recorded("portal", l.String()), false)
			r.play(l, byPortal)
			r.close()
		}
		tests["by itself, "+l.String()] = func(t *testing.T) {
			r := newReel(t, l.open(t, nil, "openfire-o365-since", nil, "setup", "mabase", "--sandbox"), recorded("graph", l.String()), false)
			r.play(l, byGraph)
			r.close()
		}
	}
	together(t, tests)
}

// commands run without questions, on a working base and on one with a mistyped secret.
var commands = []struct {
	name string
	base func(*tokenfile.File) // changes the token file; nil leaves it unchanged
	exit problem.Exit
	args []string
}{
	{"verify-broken", mistyped, problem.Application, []string{"verify", "mabase"}},
	{"verify", func(*tokenfile.File) {}, problem.OK, []string{"verify", "mabase"}},
	{"status", nil, problem.OK, []string{"token", "status", "mabase"}},
	{"explain", nil, problem.OK, []string{"explain", "AADSTS50105"}},
	{"help", nil, problem.OK, []string{"--help"}},
	{"help-setup", nil, problem.OK, []string{"setup", "--help"}},
}

// mistyped is the ID of a client secret instead of its value.
func mistyped(f *tokenfile.File) {
	f.Client.Secret = secret.New("0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d")
}

// TestCommandScreens compares the other commands with the recorded screens.
//
//ci:scale-screens
func TestCommandScreens(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*testing.T){}
	for _, l := range looks() {
		tests[l.String()] = func(t *testing.T) {
			b := newBenchOn(t, sandbox.Options{Now: func() time.Time { return then }})
			var r *reel
			for _, c := range commands {
				if c.base != nil {
					b.connectedAt(then, "compta@client.fr", c.base)
				}
				s := l.open(t, b, "openfire-o365-then", nil, append([]string{"--dir", b.dir}, c.args...)...)
				if r == nil {
					r = newReel(t, s, recorded("commands", l.String()), false)
				}
				r.screen = s
				if code := s.exit(); code != int(c.exit) {
					t.Errorf("%s: exit %d\n%s", c.name, code, s.sent())
				}
				r.shot(c.name, 0)
			}
			r.close()
		}
	}
	together(t, tests)
}
