//go:build scale

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// hostileSite is a command, and what the program reads the hostile text from.
type hostileSite struct {
	name string
	args []string // WORD is the text, without bytes that an argument cannot have
	in   string
	put  func(b *bench, word string)
}

// hostileSites are the places where text from outside enters that the commands of
// everySite do not read.
func hostileSites() []hostileSite {
	file := func(change func(f *tokenfile.File, word string)) func(*bench, string) {
		return func(b *bench, word string) {
			b.connected("compta@client.fr", func(f *tokenfile.File) { change(f, word) })
		}
	}
	everyValue := file(func(f *tokenfile.File, word string) {
		f.Azure.SignedInAs, f.Mail.Name, f.Azure.SecretExpires = word, word, word
		f.Azure.Created = []string{"application:" + word, word, "grant/" + word}
		f.Azure.RetiredKeyIDs = []string{word}
	})
	clientID := file(func(f *tokenfile.File, word string) { f.Client.ID, f.Azure.TenantID = word, word })
	mailbox := file(func(f *tokenfile.File, word string) { f.SetMailbox(word+"@client.fr", true) })
	env := func(names ...string) func(*bench, string) {
		return func(b *bench, word string) {
			for _, name := range names {
				b.env[name] = strings.ReplaceAll(word, "\x00", "")
			}
		}
	}
	sites := []hostileSite{
		{"argument", []string{"verify", "--", "WORD"}, "", nil},
		{"command", []string{"WORD"}, "", nil},
		{"flag", []string{"verify", "--WORD"}, "", nil},
		{"value", []string{"verify", "mabase", "--timeout", "WORD"}, "", nil},
		{"folder", []string{"token", "status", "--all", "--dir", "/WORD"}, "", nil},
		{"cloud", []string{"verify", "mabase", "--cloud", "WORD"}, "", nil},
		{"answers", []string{"setup", "mabase", "--no-input", "--answers", "WORD"}, "", nil},
		{"mailbox", []string{"setup", "mabase", "--no-input", "--mailbox", "WORD"}, "", nil},
		{"report", []string{"verify", "mabase", "--offline", "--report", "/WORD/x"}, "", nil},
		{"explained", []string{"explain", "AADSTS50105: WORD"}, "", nil},
		{"explained input", []string{"explain"}, "535 5.7.3 WORD\nAADSTS90094 WORD", nil},
		{"environment", []string{"verify", "mabase", "--offline"}, "", env("OPENFIRE_O365_TIMEOUT", "OPENFIRE_O365_LANG")},
		{"proxy", []string{"verify", "mabase", "--timeout", "1s"}, "", env("HTTPS_PROXY", "SSL_CERT_FILE")},
	}
	for _, from := range []hostileSite{{name: "values", put: everyValue}, {name: "ids", put: clientID}, {name: "own mailbox", put: mailbox}} {
		for _, command := range []string{"token status mabase", "token status --all --prometheus", "verify --all --offline", "verify mabase --offline --nagios",
			"token refresh mabase --margin 1000h", "setup mabase --no-input --dry-run", "setup mabase --no-input --undo", "setup mabase --no-input --yes",
			"apply mabase --dry-run --no-input", "apply mabase --pull --no-input --login admin", "apply mabase --export csv --no-input"} {
			sites = append(sites, hostileSite{from.name + ", " + command, strings.Fields(command), "", from.put})
		}
	}
	return sites
}

// metric is a line in Prometheus's text format.
var metric = regexp.MustCompile(`^(# (HELP|TYPE) openfire_o365_\w+ .*|openfire_o365_\w+(\{(\w+="([^"\\]|\\.)*",?)*\})? [-+0-9.eE]+)$`)

// formatted fails if the output breaks the format that was asked for: a second
// line, a metric or a JSON value out of foreign text.
func formatted(t *testing.T, site string, args []string, got ran) {
	t.Helper()
	flags := " " + strings.Join(args, " ") + " "
	shown(t, site, got.out+got.err)
	if got.code == 70 {
		t.Errorf("%s: a bug: %s", site, got.err)
	}
	for line := range strings.Lines(got.out + got.err) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "OK forged") || strings.HasPrefix(line, "O365 OK - forged"):
			t.Errorf("%s: a forged line: %q", site, line)
		case strings.Contains(flags, " --prometheus ") && got.code == 0 && strings.Contains("\n"+got.out, "\n"+line+"\n") && !metric.MatchString(line):
			t.Errorf("%s: not a metric: %q", site, line)
		case strings.Contains(flags, " --json ") && !strings.Contains(flags, " --nagios ") && line != "" && strings.Contains("\n"+got.out, "\n"+line+"\n") && !json.Valid([]byte(line)):
			t.Errorf("%s: not JSON: %q", site, line)
		}
	}
}

// TestForeignTextCannotControlAnyOutput sends each hostile text from each place, and
// through the base's remote API, to one of the outputs: text in English, JSON, or text
// in French with the log.
//
//ci:scale
func TestForeignTextCannotControlAnyOutput(t *testing.T) {
	t.Parallel()
	shared := newBench(t)
	for i, word := range hostileWords() {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			odoo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.Contains(r.URL.Path, "version_info") {
					_ = json.NewEncoder(w).Encode(map[string]any{"result": map[string]any{"server_serie": "16.0", "server_version": word}})
					return
				}
				_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": word, "data": map[string]any{"name": word, "message": word, "debug": word}}})
			}))
			t.Cleanup(odoo.Close)
			argument := strings.NewReplacer("\x00", "", "WORD", "").Replace(word)
			for n, site := range hostileSites() {
				flags := [][]string{{"--lang", "en"}, {"--json"}, {"--lang", "fr", "--debug"}}[(i+n)%3]
				b := &bench{t: t, box: shared.box, base: "mabase", dir: filepath.Join(t.TempDir(), "tokens"), cloud: filepath.Join(t.TempDir(), "cloud.json"), env: map[string]string{}}
				cloud := b.box.Cloud()
				cloud.Base = odoo.URL
				b.describe(cloud)
				b.env["OPENFIRE_O365_API_KEY"] = "key"
				if b.connected("compta@client.fr", nil); site.put != nil {
					site.put(b, word)
				}
				_ = os.MkdirAll(filepath.Join(b.dir, "state"), 0o700)
				state, err := json.Marshal(map[string]any{"token": word, "code": word, "exit": 11, "needs_person_code": word, "warned": word, "failures": 3})
				if err != nil || os.WriteFile(filepath.Join(b.dir, "state", "mabase.openfire.fr.json"), state, 0o600) != nil {
					t.Fatal(err)
				}
				args := append([]string{}, flags...)
				for _, arg := range site.args {
					args = append(args, strings.ReplaceAll(arg, "WORD", argument))
				}
				formatted(t, site.name, args, b.run(strings.ReplaceAll(site.in, "WORD", word), args...))
			}
		})
	}
}
