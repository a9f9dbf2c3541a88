//go:build linux

package realtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/base"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// asked is a question of setup and the answer typed.
type asked struct{ id, fr, en, keys string }

// no answers a yes-or-no question with no: one key in a form.
const no = "n"

// conversation is a complete first setup with the sandbox.
var conversation = []asked{
	{"base", "Quel est le nom de votre base OpenFire ?", "What is the name of your OpenFire base?", "mabase"},
	{"incoming", "relève-t-elle aussi le courrier", "also fetch incoming mail", no},
	{"register", "Créer tout cela automatiquement ?", "Create all of this for me?", no},
	{"loopback", "Avez-vous ajouté la seconde URI", "Did you add the second redirect URI", "y"},
	{"client-id", "ID d'application (client)", "Application (client) ID", entra.ClientID},
	{"tenant", "ID de l'annuaire (locataire)", "Directory (tenant) ID", entra.TenantID},
	{"client-secret", "Valeur du secret client", "Value of the client secret", entra.Secret},
	{"secret-expires", "Date d'expiration du secret", "Expiry date of the secret", "22/11/2028"},
	{"mailbox", "Quelle boîte aux lettres enverra le courrier ?", "Which mailbox will send the mail?", entra.Mailbox},
	{"open-browser", "Appuyez sur Entrée pour ouvrir le navigateur", "Press Enter to open the browser", ""},
	{"pasted-address", "Adresse de la dernière page", "Address of the last page", ""},
	{"test-to", "À quelle adresse envoyer le message de test ?", "Where should the test message be sent?", entra.Mailbox},
	{"arrived", "Le message est-il arrivé", "Did the message arrive", "y"},
	{"apply", "Mettre maintenant ces valeurs dans", "Put these values into", "y"},
	{"login", "Identifiant d'un administrateur", "Login of an administrator", base.Admin},
	{"api-key", "Mot de passe ou clé API", "Password or API key", base.AdminPassword},
	{"others", "Comment la base doit-elle", "How should the base send", "mailbox"},
}

// at returns the index of a question in the conversation.
func at(id string) int {
	return slices.IndexFunc(conversation, func(a asked) bool { return a.id == id })
}

// style is how the program asks on this screen.
type style struct {
	english, lines bool // lines, not forms
}

// question waits until a question can be answered.
func (s *screen) question(a asked, how style) {
	s.t.Helper()
	text := a.fr
	if how.english {
		text = a.en
	}
	s.wait(text)
	if how.lines && (a.id == "client-secret" || a.id == "pasted-address" || a.id == "api-key") {
		s.keyByKey()
	}
}

// keyByKey waits until the terminal passes on each key as it is typed.
func (s *screen) keyByKey() {
	s.t.Helper()
	for end := time.Now().Add(patience); s.termios().Lflag&unix.ICANON != 0; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("the terminal still edits lines:\n%s", s.paper())
		}
	}
}

// give answers a question, and visits the sign-in address where the program
// waits for the browser.
func (s *screen) give(a asked, how style) {
	s.t.Helper()
	switch {
	case a.id == "pasted-address":
		if err := sandbox.Visit(s.t.Context(), s.shown(how)); err != nil {
			s.t.Fatal(err)
		}
	case !how.lines && (a.keys == "y" || a.keys == no):
		s.keys(a.keys)
	default:
		s.keys("\x15" + a.keys + "\r") // Ctrl-U clears what is filled in
	}
}

// shown returns the sign-in address, which a form shows after Ctrl-L.
func (s *screen) shown(how style) string {
	s.t.Helper()
	if !how.lines {
		s.keys("\x0c")
		s.wait("/authorize?")
	}
	return s.address()
}

// until answers all questions before the one with that id, and waits for it.
func (s *screen) until(id string, how style) {
	s.t.Helper()
	for _, a := range conversation {
		s.question(a, how)
		if a.id == id {
			return
		}
		s.give(a, how)
	}
}

// through answers all questions and waits for a successful end.
func (s *screen) through(how style) {
	s.t.Helper()
	for _, a := range conversation {
		s.question(a, how)
		s.give(a, how)
	}
	s.ends(0)
}

func (s *screen) ends(want int) {
	s.t.Helper()
	if code := s.exit(); code != want {
		s.t.Errorf("exit %d, want %d; the screen:\n%s", code, want, s.paper())
	}
}

// file returns the token file of the screen's base, and whether there is one.
// An invalid one fails the test.
func (s *screen) file() (f tokenfile.File, there bool) {
	s.t.Helper()
	for _, room := range []string{"sandbox", ""} {
		data, err := os.ReadFile(filepath.Join(s.dir, "tokens", room, "mabase.openfire.fr.json"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			f, err = tokenfile.Decode(data)
		}
		if err != nil {
			s.t.Fatal(err)
		}
		return f, true
	}
	return f, false
}

// connected fails unless the file has every answer.
func (s *screen) connected() {
	s.t.Helper()
	f, _ := s.file()
	if !f.Complete() || f.Client.ID != entra.ClientID || f.Azure.TenantID != entra.TenantID || f.Client.Secret.Reveal() != entra.Secret ||
		f.Azure.SecretExpires != "2028-11-22" || f.Mailbox() != entra.Mailbox || f.Fetch != nil || !f.Azure.Loopback {
		s.t.Errorf("the file has other answers: %+v", f)
	}
	s.clean(true)
}

// clean fails when a temporary file is left, when a secret is on the screen, or
// when the client secret is in another file than the token file, or in any file
// unless the sign-in was accepted.
func (s *screen) clean(accepted bool) {
	s.t.Helper()
	err := filepath.WalkDir(s.dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.Contains(filepath.Base(path), ".new") || strings.Contains(path, ".rescued") {
			s.t.Errorf("left behind: %s", path)
		}
		return err
	})
	if err != nil {
		s.t.Error(err)
	}
	if sent := flat(s.sent()); strings.Contains(sent, entra.Secret) || strings.Contains(sent, base.AdminPassword) {
		s.t.Errorf("a secret was shown:\n%s", s.paper())
	}
	if kept := s.holding(base.AdminPassword); kept != nil {
		s.t.Errorf("%v holds the administrator's password", kept)
	}
	for _, path := range s.holding(entra.Secret) {
		if !accepted || filepath.Base(path) != "mabase.openfire.fr.json" {
			s.t.Errorf("%s holds the secret", path)
		}
	}
}

// readable fails if something is broken on the screen: a line wider than the terminal
// (unless it is a value, one word, or typed), the rest of a form, or a partial
// character.
func (s *screen) readable(columns int) {
	s.t.Helper()
	paper := s.paper()
	for l := range strings.SplitSeq(paper, "\n") {
		switch n := utf8.RuneCountInString(l); {
		case n > columns && !value.MatchString(l) && !strings.HasPrefix(l, "> ") && strings.Contains(strings.TrimSpace(l), " "):
			s.t.Errorf("%d columns: %s", n, l)
		case strings.HasPrefix(l, "│"), strings.Contains(l, "\ufffd"), l == "entrée valider", l == "enter submit":
			s.t.Errorf("left on the screen: %s", l)
		}
	}
	var trimmed []string
	for l := range strings.Lines(paper) {
		trimmed = append(trimmed, strings.TrimSpace(l))
	}
	for _, whole := range []string{"https://mabase.openfire.fr/microsoft_outlook/confirm", "http://localhost/openfire-o365", "offline_access", "SMTP.Send"} {
		if !slices.Contains(trimmed, whole) {
			s.t.Errorf("not complete on its own line: %s", whole)
		}
	}
	if s.t.Failed() {
		s.t.Log(paper)
	}
}

// TestTerminalKeyboard answers every question by keyboard.
func TestTerminalKeyboard(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {40, 10}, {20, 5}, {0, 0}} {
		for _, language := range []string{"fr", "en"} {
			t.Run(fmt.Sprintf("every question, %dx%d, %s", size[0], size[1], language), func(t *testing.T) {
				t.Parallel()
				s := open(t, terminal{columns: size[0], rows: size[1]}, "setup", "--sandbox", "--lang", language)
				s.through(style{english: language == "en", lines: size[0] > 0 && size[0] < 40})
				s.connected()
				columns := size[0]
				if columns == 0 {
					columns = 80
				}
				s.readable(columns)
			})
		}
	}
}

// TestTerminalKinds sets TERM to other terminals.
func TestTerminalKinds(t *testing.T) {
	for name, c := range map[string]struct {
		env  []string
		args []string
		how  style
		bad  *regexp.Regexp // in what is sent
	}{
		"TERM=dumb asks with lines, without an escape": {[]string{"TERM=dumb"}, nil, style{lines: true}, regexp.MustCompile(`\x1b`)},
		"--plain asks with lines":                      {nil, []string{"--plain"}, style{lines: true}, movement},
		"ACCESSIBLE asks with lines":                   {[]string{"ACCESSIBLE=1"}, nil, style{lines: true}, movement},
		"NO_COLOR has no colour":                       {[]string{"NO_COLOR=1"}, nil, style{}, colour},
		"--no-color has no colour":                     {nil, []string{"--no-color"}, style{}, colour},
		"LANG=C is English in UTF-8":                   {[]string{"LANG=C"}, nil, style{english: true}, nil},
		"LC_ALL=POSIX names no language":               {[]string{"LC_ALL=POSIX"}, nil, style{}, nil},
		"no TERM at all":                               {[]string{"TERM="}, nil, style{}, nil},
		"vt100":                                        {[]string{"TERM=vt100"}, nil, style{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, terminal{env: c.env}, append([]string{"setup", "--sandbox"}, c.args...)...)
			s.through(c.how)
			s.connected()
			s.readable(80)
			if sent := s.sent(); c.bad != nil && c.bad.MatchString(sent) || !utf8.ValidString(sent) || !strings.Contains(flat(sent), flat(map[bool]string{false: "Prérequis", true: "Prerequisites"}[c.how.english])) {
				t.Errorf("sent: %q", sent)
			}
		})
	}
}

// movement matches an escape sequence other than SGR.
var movement = regexp.MustCompile(`\x1b(?:[^\[]|\[[?0-9;]*[^?0-9;m])`)

// colour matches an SGR sequence that sets a colour.
var colour = regexp.MustCompile(`\x1b\[(?:[0-9]+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]`)

// practice starts a sandbox and returns its --cloud file.
func practice(t *testing.T, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	s := open(t, terminal{dir: dir}, append([]string{"sandbox", "--json"}, args...)...)
	s.wait(`"ca_file"`)
	return filepath.Join(dir, "tokens", "sandbox", "cloud.json")
}

// taciturn returns the --cloud file of a base that does not report its version.
func taciturn(t *testing.T) string {
	t.Helper()
	all := base.New(base.Options{Odoo: "16.0"}, azure.Cloud{}, nil).Handler()
	odoo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != openfire.ConfirmPath {
			http.NotFound(w, r)
			return
		}
		all.ServeHTTP(w, r)
	}))
	t.Cleanup(odoo.Close)
	file := filepath.Join(t.TempDir(), "cloud.json")
	write(t, file, fmt.Sprintf(`{"name": "taciturn", "login": %q, "graph": %q, "portal": %q, "base": %q, "smtp": "localhost:1", "imap": "localhost:1"}`, odoo.URL, odoo.URL, odoo.URL, odoo.URL))
	return file
}

// TestTerminalCtrlC checks at every question that Ctrl-C restores the terminal,
// leaves no partial file, and that the exit code is 130.
func TestTerminalCtrlC(t *testing.T) {
	for _, how := range []style{{}, {lines: true}} {
		for i, a := range conversation {
			t.Run(named(how, "at "+a.id), func(t *testing.T) {
				t.Parallel()
				s := open(t, terminal{}, how.args("setup", "--sandbox")...)
				s.until(a.id, how)
				s.stops(i)
			})
		}
		for _, c := range []struct {
			id, mailbox, question string
		}{
			{"other-account", "other@client.fr", "Est-ce bien ce que vous voulez ?"},
			{"retry", "535-5.7.139@client.fr", "Renvoyer le message de test maintenant ?"},
		} {
			t.Run(named(how, "at "+c.id), func(t *testing.T) {
				t.Parallel()
				s := open(t, terminal{}, how.args("setup", "mabase", "--sandbox", "--loopback=yes", "--client-id="+entra.ClientID, "--tenant="+entra.TenantID,
					"--secret-expires=22/11/2028", "--mailbox="+c.mailbox, "--incoming=no", "--test-to="+entra.Mailbox)...)
				s.question(conversation[at("client-secret")], how)
				s.give(conversation[at("client-secret")], how)
				s.question(conversation[at("open-browser")], how)
				s.give(conversation[at("open-browser")], how)
				s.question(conversation[at("pasted-address")], how)
				visited, address := make(chan error, 1), s.shown(how)
				go func() { visited <- sandbox.Visit(t.Context(), address) }() // the last page waits for the response
				s.wait(c.question)
				s.keys("\x03")
				s.ends(130)
				<-visited
				if f, _ := s.file(); f.Complete() != (c.id == "retry") {
					t.Errorf("connected: %v", f.Complete())
				}
				s.clean(true)
			})
		}
		t.Run(named(how, "at odoo-version"), func(t *testing.T) {
			t.Parallel()
			s := open(t, terminal{}, how.args("setup", "mabase", "--cloud", taciturn(t))...)
			s.wait("Quelle est la version d'Odoo")
			s.stops(0)
		})
		t.Run(named(how, "at the replacement of a mailbox"), func(t *testing.T) {
			t.Parallel()
			first := open(t, terminal{}, "setup", "mabase", "--sandbox", "--no-input", "--mailbox=compta@client.fr")
			defer first.master.Close()
			if err := sandbox.Visit(t.Context(), first.waitAddress()); err != nil {
				t.Fatal(err)
			}
			first.ends(0)
			before := first.holding("compta@client.fr")
			s := open(t, terminal{dir: first.dir}, how.args("setup", "mabase", "--sandbox", "--mailbox=autre@client.fr", "--incoming=no")...)
			s.wait("La remplacer par autre@client.fr ?")
			s.keys("\x03")
			s.ends(130)
			if f, _ := s.file(); !f.Complete() || f.Mailbox() != entra.Mailbox || !slices.Equal(before, s.holding("compta@client.fr")) {
				t.Errorf("the working mailbox is gone: %+v", f)
			}
			s.clean(true)
		})
	}
}

func (how style) args(args ...string) []string {
	if how.lines {
		return append(args, "--plain")
	}
	return args
}

// named returns the name of a subtest for a kind of questions.
func named(how style, what string) string {
	if how.lines {
		return "lines, " + what
	}
	return "form, " + what
}

// waitAddress waits for the sign-in address.
func (s *screen) waitAddress() string {
	s.t.Helper()
	s.wait("connectez-vous avec la boîte aux lettres")
	s.wait("&state=")
	return s.address()
}

// stops types Ctrl-C at the n-th question, after a few keys of the answer, and
// checks what is left.
func (s *screen) stops(n int) {
	s.t.Helper()
	s.keys("abc")
	s.keys("\x03")
	s.ends(130)
	s.left(n)
	s.erased()
}

// erased fails if a form that has ended is still on the screen.
func (s *screen) erased() {
	s.t.Helper()
	if strings.Contains(s.paper(), "│") {
		s.t.Errorf("the form is still there:\n%s", s.paper())
	}
}

// left checks what a setup that ended at the nth question has saved.
func (s *screen) left(n int) {
	s.t.Helper()
	f, there := s.file()
	accepted := n > at("secret-expires") // the secret is saved after it was checked, after its date
	switch {
	case n == 0 && there && f.Client.ID != "",
		n <= at("client-id") && f.Client.ID != "",
		n > at("client-id") && f.Client.ID != entra.ClientID,
		n > at("tenant") && f.Azure.TenantID != entra.TenantID,
		accepted && f.Client.Secret.Reveal() != entra.Secret,
		!accepted && !f.Client.Secret.Empty(),
		f.Complete() != (n >= at("test-to")):
		s.t.Errorf("after question %d the file is (there: %v)\n%+v", n, there, f)
	}
	s.clean(accepted)
}

// TestTerminalSignals ends the program with a signal or by closing its window.
func TestTerminalSignals(t *testing.T) {
	for _, how := range []style{{}, {lines: true}} {
		for _, id := range []string{"base", "loopback", "client-secret", "pasted-address"} {
			n := at(id)
			for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
				t.Run(named(how, unix.SignalName(signal)+" at "+id), func(t *testing.T) {
					t.Parallel()
					s := open(t, terminal{}, how.args("setup", "--sandbox")...)
					s.until(id, how)
					s.keys("abc")
					if err := s.cmd.Process.Signal(signal); err != nil {
						t.Fatal(err)
					}
					s.ends(143)
					s.left(n)
					s.erased()
				})
			}
			t.Run(named(how, "window closed at "+id), func(t *testing.T) {
				t.Parallel()
				s := open(t, terminal{}, how.args("setup", "--sandbox")...)
				s.until(id, how)
				// The end of the input and the signal arrive together.
				if code := s.close(); code != 143 && code != 130 {
					t.Errorf("exit %d", code)
				}
				s.left(n)
			})
		}
	}
}

// TestTerminalResize resizes the window in the middle of an answer.
func TestTerminalResize(t *testing.T) {
	for name, sizes := range map[string][][2]int{
		"narrower": {{44, 12}}, "wider": {{132, 40}}, "tiny and back": {{20, 5}, {80, 24}}, "dragged": {{70, 20}, {60, 18}, {50, 16}, {60, 18}, {80, 24}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, terminal{}, "setup", "--sandbox")
			for _, a := range conversation {
				s.question(a, style{})
				if len(a.keys) < 3 {
					s.give(a, style{})
					continue
				}
				s.keys("\x15" + a.keys[:len(a.keys)/2])
				for _, size := range sizes {
					s.resize(size[0], size[1])
				}
				s.keys(a.keys[len(a.keys)/2:] + "\r")
			}
			s.ends(0)
			s.connected()
			if last := sizes[len(sizes)-1][0]; last < 80 {
				for l := range strings.SplitSeq(s.paper()[strings.Index(s.paper(), "[3/6]"):], "\n") {
					if utf8.RuneCountInString(l) > last && !value.MatchString(l) && !signInAddress.MatchString(l) {
						t.Errorf("wider than the window: %s", l)
					}
				}
			}
		})
	}
}

// TestTerminalLongPaste checks that a sign-in address longer than the kernel's
// line limit (4,095 bytes on Linux) arrives complete.
func TestTerminalLongPaste(t *testing.T) {
	for _, length := range []int{4000, 4096, 9000} {
		for name, way := range map[string]struct {
			how           style
			before, after string
		}{
			"form":            {style{}, "", "\r"},
			"form, bracketed": {style{}, "\x1b[200~", "\x1b[201~\r"},
			"lines":           {style{lines: true}, "", "\r"},
		} {
			t.Run(fmt.Sprintf("%s, %d characters", name, length), func(t *testing.T) {
				t.Parallel()
				s := open(t, terminal{}, way.how.args("setup", "--sandbox")...)
				s.until("pasted-address", way.how)
				pasted := lastPage(t, s.shown(way.how))
				pasted = strings.Replace(pasted, "?", "?session_state="+strings.Repeat("x", length-len(pasted)-len("session_state=&"))+"&", 1)
				if len(pasted) != length {
					t.Fatalf("%d characters", len(pasted))
				}
				s.keys(way.before + pasted + way.after)
				for _, a := range conversation[at("test-to"):] {
					s.question(a, way.how)
					s.give(a, way.how)
				}
				s.ends(0)
				s.connected()
			})
		}
	}
}

// lastPage signs in with a browser that cannot reach the program, and returns
// the address that its address bar shows.
func lastPage(t *testing.T, address string) (last string) {
	t.Helper()
	client := &http.Client{Timeout: patience, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		last = r.URL.String()
		return http.ErrUseLastResponse
	}}
	res, err := client.PostForm(address, url.Values{"mailbox": {entra.Mailbox}, "step": {"accept"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if !strings.Contains(last, "code=") {
		t.Fatalf("the browser ended at %q", last)
	}
	return last
}

// TestTerminalPaste checks that text around a paste corrupts no answer.
func TestTerminalPaste(t *testing.T) {
	secret := conversation[at("client-secret")]
	for name, c := range map[string]struct {
		how     style
		keys    string
		refused bool // with a message; then the right one is pasted
	}{
		"form, two lines, carriage return": {style{}, entra.Secret + "\rSECOND LINE", false},
		"form, two lines, line feed":       {style{}, entra.Secret + "\nSECOND LINE", false},
		"form, two lines, both":            {style{}, entra.Secret + "\r\nSECOND LINE\r\n", false},
		"form, two lines, bracketed":       {style{}, "\x1b[200~" + entra.Secret + "\nSECOND LINE\x1b[201~\r", true},
		"form, line end, bracketed":        {style{}, "\x1b[200~" + entra.Secret + "\r\n\x1b[201~\r", false},
		"form, blanks and quotes around":   {style{}, "\u00a0 “" + entra.Secret + "” \r", false},
		"lines, two lines":                 {style{lines: true}, entra.Secret + "\rSECOND LINE", false},
		"lines, two lines, both":           {style{lines: true}, entra.Secret + "\r\nSECOND LINE\r\n", false},
		"lines, blanks and quotes around":  {style{lines: true}, "\u00a0 “" + entra.Secret + "” \r", false},
		"lines, corrected":                 {style{lines: true}, "wrong\x15" + entra.Secret + "é\u00a0\x7f\x7f\r", false},
	} {
		t.Run("secret: "+name, func(t *testing.T) {
			t.Parallel()
			s := open(t, terminal{}, c.how.args("setup", "--sandbox")...)
			s.until(secret.id, c.how)
			s.keys("\x15")
			s.keys(c.keys)
			s.entered = time.Now()
			if c.refused {
				s.wait("plusieurs valeurs ont peut-être été collées ensemble")
				s.give(secret, c.how)
			}
			s.wait("40 caractères reçus.")
			for _, a := range conversation[at("secret-expires"):] {
				s.question(a, c.how)
				s.give(a, c.how)
			}
			s.ends(0)
			s.connected()
			if strings.Contains(s.sent(), "SECOND") {
				t.Errorf("the second line was used as an answer:\n%s", s.paper())
			}
		})
	}
	for _, how := range []style{{}, {lines: true}} {
		for name, keys := range map[string]string{
			"no-break spaces": "\u00a0" + entra.ClientID + "\u202f", "French quotes": "«\u00a0" + entra.ClientID + "\u00a0»", "English quotes": "“" + entra.ClientID + "”",
			"apostrophes": "’" + entra.ClientID + "’", "braces": "{" + strings.ToUpper(entra.ClientID) + "}", "zero width": "\ufeff" + entra.ClientID + "\u200b",
		} {
			t.Run(named(how, "client id: "+name), func(t *testing.T) {
				t.Parallel()
				s := open(t, terminal{}, how.args("setup", "--sandbox")...)
				s.until("client-id", how)
				s.keys("\x15" + keys + "\r")
				s.question(conversation[at("tenant")], how)
				s.stops(at("tenant"))
			})
		}
		t.Run(named(how, "accents and AltGr characters arrive whole"), func(t *testing.T) {
			t.Parallel()
			s := open(t, terminal{}, how.args("setup", "--sandbox")...)
			s.answer(conversation[0].fr, "\x15é@\r")
			s.wait("é@")
			s.keys("\x15mabase\r")
			for _, a := range conversation[1:at("client-secret")] {
				s.question(a, how)
				s.give(a, how)
			}
			s.question(conversation[at("client-secret")], how)
			s.keys("\x15abc8Q~@#{[|`\\^]}€" + "\r")
			s.wait("un caractère que Microsoft n'utilise pas")
			s.keys("\x15abc8Q~@#{[|`\\^]}$" + "\r")
			s.wait("17 caractères reçus.")
			s.stops(at("client-secret"))
		})
	}
}

// TestTerminalMute reports the times with a terminal that does not answer queries.
// Seconds would mean that the program waits for an answer.
func TestTerminalMute(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		text string
		code int
	}{
		"first question of setup": {[]string{"setup", "--sandbox"}, "Quel est le nom de votre base", 130},
		"version":                 {[]string{"version"}, "openfire-o365", 0},
		"help":                    {[]string{"--help"}, "setup", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, terminal{}, c.args...)
			s.wait(c.text)
			took := time.Since(s.started)
			t.Logf("on the screen after %v", took.Round(time.Millisecond))
			if took > 3*time.Second {
				t.Errorf("after %v: the program waits for an answer", took)
			}
			if c.code == 130 {
				s.keys("\x03")
			}
			s.ends(c.code)
			if queries := regexp.MustCompile(`\x1b\][0-9]+;\?|\x1b\[[56]n|\x1b\[[>=]?c`); queries.MatchString(s.sent()) {
				t.Errorf("the terminal was queried: %q", s.sent())
			}
		})
	}
}

// TestTerminalSandbox uses the sandbox of another process by its --cloud file, and
// types all values.
func TestTerminalSandbox(t *testing.T) {
	for _, how := range []style{{}, {lines: true}} {
		t.Run(named(how, "a sandbox in another window"), func(t *testing.T) {
			t.Parallel()
			cloud := practice(t)
			data, err := os.ReadFile(cloud)
			var fields map[string]any
			if err == nil {
				err = json.Unmarshal(data, &fields)
			}
			if err != nil || fields["name"] != "sandbox" {
				t.Fatalf("%v: %s", err, data)
			}
			s := open(t, terminal{}, how.args("setup", "--cloud", cloud)...)
			s.through(how)
			s.connected()
			s.readable(80)
		})
	}
}
