//go:build unix

package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/lang"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/screens"
)

// seconds a film stays on a moment of set-up, so that it can be read.
var seconds = map[string]float64{
	"welcome": 2, "incoming": 3, "register": 7, "mailbox": 4, "browser": 4, "test": 5, "apply": 4, "login": 2, "password": 2, "write": 5, "done": 9,
}

// played is set-up as the film shows it.
var played = []scene{
	{"welcome", "Quel est le nom de votre base OpenFire ?", "What is your OpenFire base called?", "\r"},
	{"incoming", "relève-t-elle aussi", "also fetch", "\r"},
	{"register", "Créer tout cela pour moi ?", "Make all this for me?", "\r"},
	{"mailbox", "Quelle boîte aux lettres", "Which mailbox will send", "\r"},
	{"test", "À qui envoyer le message de test ?", "Who gets the test message?", "\r"},
	{"apply", "Mettre maintenant ces valeurs", "Put these values into", "\r"},
	{"login", "Identifiant d'un administrateur", "Login of an administrator", "\r"},
	{"password", "Son mot de passe, ou une clé API", "Its password, or an API key", "\r"},
	{"write", "Écrire cela dans", "Write this into", "\r"},
	{"done", "token refresh mabase", "token refresh mabase", ""},
}

// shell opens a shell in which the program is called by its name, and films.
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

// types types a command letter by letter and sends it.
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

// filmed is the file of a film's screens.
func filmed(name, lang string) string {
	return filepath.Join("testdata", "screens", "film-"+name+"-"+lang+".txt")
}

// TestFilms: the pictures in docs are what the program shows. They are made of
// the recorded screens, which a shell, a keyboard and the sandbox repeat here.
func TestFilms(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*testing.T){}
	for _, l := range []string{"fr", "en"} {
		tests["setup, "+l] = func(t *testing.T) {
			r := shell(t, looked{l, "dark", 80, 30}, "openfire-o365", filmed("setup", l))
			r.types("openfire-o365 setup --sandbox")
			for _, s := range played {
				r.wait(s.words(l))
				if s.name == "done" {
					r.wait("$")
				}
				r.shot(s.name, time.Duration(seconds[s.name]*float64(time.Second)))
				r.keys(s.keys)
			}
			r.close()
		}
		tests["verify, "+l] = func(t *testing.T) {
			b := newBenchOn(t, sandbox.Options{Now: func() time.Time { return then }, Issued: time.Now()})
			b.connectedAt(then, "compta@client.fr", mistyped)
			r := shell(t, looked{l, "dark", 80, 60}, "openfire-o365-then", filmed("verify", l), "OPENFIRE_O365_CLOUD="+b.cloud, "OPENFIRE_O365_DIR="+b.dir)
			r.types("openfire-o365 verify mabase")
			r.wait("(entra.secret)")
			r.wait("$")
			r.shot("verdict", 9*time.Second)
			r.close()
		}
	}
	together(t, tests)
}

// words are what the pictures say to those who do not see them.
var words = map[string][2]lang.Text{
	"setup": {
		{FR: "openfire-o365 setup, au clavier", EN: "openfire-o365 setup, by keyboard"},
		{FR: "Une mise en place devant le Microsoft simulé : le programme vérifie la base, montre ce qu'il va créer chez Microsoft et le crée, connecte la boîte aux lettres compta@client.fr, envoie un message de test, met les valeurs dans la base, et finit par un résumé avec les deux commandes suivantes.",
			EN: "A set-up in front of the simulated Microsoft: the program checks the base, shows what it will make at Microsoft and makes it, connects the mailbox compta@client.fr, sends a test message, puts the values into the base, and ends with a summary and the next two commands."},
	},
	"verify": {
		{FR: "openfire-o365 verify, d'une base dont le secret client est faux", EN: "openfire-o365 verify, of a base whose client secret is wrong"},
		{FR: "Les maillons de la chaîne, l'un après l'autre. Le secret client est en échec : Microsoft répond AADSTS7000215, et le programme dit quoi faire, qui doit agir et où cliquer. La dernière ligne nomme le premier maillon cassé.",
			EN: "The links of the chain, one after the other. The client secret fails: Microsoft answers AADSTS7000215, and the program says what to do, who must act and where to click. The last line names the first broken link."},
	},
}

// TestPictures draws the films anew from their recorded screens and wants the
// very pictures that docs holds.
func TestPictures(t *testing.T) {
	t.Parallel()
	for name, said := range words {
		for _, l := range []lang.Lang{lang.FR, lang.EN} {
			text, err := os.ReadFile(filmed(name, string(l)))
			if err != nil {
				t.Fatal(err)
			}
			all, err := screens.Decode(string(text))
			if err != nil {
				t.Fatal(err)
			}
			last := all[len(all)-1].Name
			if name == "verify" {
				all = append(all[:len(all)-2], screens.Unroll(all[len(all)-2], all[len(all)-1], 90*time.Millisecond)...)
				all = screens.Scroll(all, 30)
			}
			drawn := screens.Film(all, last, screens.Words{Title: said[0].In(l), About: said[1].In(l), Window: "openfire-o365"})
			file := filepath.Join("..", "..", "docs", "pictures", name+"."+string(l)+".svg")
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
}
