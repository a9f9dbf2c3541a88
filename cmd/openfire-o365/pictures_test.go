//go:build unix

package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/dev/screens"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
)

// played is a setup as the film shows it, with the time for each moment.
var played = []struct {
	name, fr, keys string
	seconds        float64
}{
	{"welcome", "Quel est le nom de votre base OpenFire ?", "\r", 2},
	{"incoming", "relève-t-elle aussi", "\r", 3},
	{"register", "Créer tout cela automatiquement ?", "\r", 7},
	{"open-admin", openBrowser, "\r", 4},
	{"mailbox", "Quelle boîte aux lettres", "\r", 4},
	{"open", openBrowser, "\r", 4},
	{"test", "À quelle adresse envoyer le message de test ?", "\r", 5},
	{"arrived", "Le message est-il arrivé", "\r", 3},
	{"apply", "Mettre maintenant ces valeurs", "\r", 4},
	{"login", "Identifiant d'un administrateur", "\r", 2},
	{"password", "Mot de passe ou clé API", "\r", 2},
	{"others", "Comment la base doit-elle", "\r", 5},
	{"done", "token refresh mabase", "", 9},
}

// shell opens a shell in which the program is in PATH, and records it.
func shell(t *testing.T, l looked, program, file string, env ...string) *reel {
	t.Helper()
	dir := t.TempDir()
	start := filepath.Join(dir, "start")
	if err := os.WriteFile(start, []byte("alias openfire-o365="+program+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env = append([]string{"ENV=" + start, "PS1=$ ", "OPENFIRE_O365_DIR=tokens", "OPENFIRE_O365_LANG=" + l.lang}, env...)
	r := newReel(t, openIn(t, dir, l.columns, l.rows, env, "/bin/sh", "-i"), file, true)
	r.wait("$")
	r.shot("prompt", time.Second)
	return r
}

// types types a command letter by letter and enters it.
func (r *reel) types(command string) {
	r.t.Helper()
	for i := range command {
		hold := 55 * time.Millisecond
		if i == len(command)-1 {
			hold = 700 * time.Millisecond
		}
		r.keys(command[i : i+1])
		r.shot("typed", hold)
	}
	r.keys("\r")
}

// filmed returns the file with the screens of a film.
func filmed(name string) string { return filepath.Join("testdata", "screens", "film-"+name+".txt") }

// TestFilms records a shell session with the sandbox and compares it with the recorded
// screens of the pictures in docs.
func TestFilms(t *testing.T) {
	t.Parallel()
	together(t, map[string]func(*testing.T){"setup": filmSetup, "verify": filmVerify})
}

func filmSetup(t *testing.T) {
	r := shell(t, looked{"fr", "dark", 80, 30}, "openfire-o365-since", filmed("setup"))
	r.types("openfire-o365 setup --sandbox")
	for _, s := range played {
		r.wait(s.fr)
		if s.name == "done" {
			r.wait("$")
		}
		r.shot(s.name, time.Duration(s.seconds*float64(time.Second)))
		r.keys(s.keys)
	}
	r.close()
}

func filmVerify(t *testing.T) {
	b := newBenchOn(t, sandbox.Options{Now: func() time.Time { return then }})
	b.connectedAt(then, "compta@client.fr", mistyped)
	r := shell(t, looked{"en", "dark", 80, 60}, "openfire-o365-then", filmed("verify"), "OPENFIRE_O365_CLOUD="+b.cloud, "OPENFIRE_O365_DIR="+b.dir)
	r.types("openfire-o365 verify mabase")
	r.wait("(entra.secret)")
	r.wait("$")
	r.shot("verdict", 9*time.Second)
	r.close()
}

// pictures lists the pictures of the films: their files in docs, and their
// descriptions.
var pictures = []struct {
	film, file string
	words      screens.Words
}{
	{"setup", "setup.fr.svg", screens.Words{Lang: "fr", Window: "openfire-o365", Title: "openfire-o365 setup, au clavier",
		About: "Une mise en place devant le Microsoft simulé : le programme vérifie la base, montre ce qu'il va créer chez Microsoft et le crée, connecte la boîte aux lettres compta@client.fr, envoie un message de test, met les valeurs dans la base, et finit par un résumé avec les deux commandes suivantes."}},
	{"verify", "verify.en.svg", screens.Words{Lang: "en", Window: "openfire-o365", Title: "openfire-o365 verify, of a base whose client secret is wrong",
		About: "The links of the chain, one after the other. The client secret fails: Microsoft answers AADSTS7000215, and the program says what to do, who must act and where to click. The last line names the first broken link."}},
}

// TestPictures draws the films from their recorded screens and compares the result with
// the files in docs.
func TestPictures(t *testing.T) {
	t.Parallel()
	for _, p := range pictures {
		text, err := os.ReadFile(filmed(p.film))
		if err != nil {
			t.Fatal(err)
		}
		all, err := screens.Decode(string(text))
		if err != nil {
			t.Fatal(err)
		}
		n := len(all)
		if p.film == "verify" {
			all = screens.Scroll(append(all[:n-2], screens.Unroll(all[n-2], all[n-1], 90*time.Millisecond)...), 30)
		}
		drawn := screens.Film(all, p.words)
		file := filepath.Join("..", "..", "docs", "pictures", p.file)
		if *update {
			if err := os.WriteFile(file, []byte(drawn), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		kept, err := os.ReadFile(file)
		if err != nil || string(kept) != drawn {
			t.Errorf("%s is not what its screens show (%v): go test ./cmd/openfire-o365 -run Pictures -update", file, err)
		}
		if len(drawn) > 150<<10 {
			t.Errorf("%s: %d bytes are too many for a page", file, len(drawn))
		}
	}
}
