package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// hostileWords are texts from a server, a file or a directory that try to move the
// cursor, reorder or hide text, break a line of a protocol, or inject markup.
func hostileWords() []string {
	words := []string{
		"\x1b[2J\x1b[H", "\x1b]0;title\x07", "\x1b]8;;https://evil.example\x1b\\x\x1b]8;;\x1b\\", "\x1b]52;c;ZXZpbA==\x07", "\x1b[31mOK", "\x1bc", "\x1b[6n", "\x1bP$q\x1b\\",
		"<script>hacked=1</script>", "\"><img src=x onerror=hacked=1>", "</style></title><svg onload=hacked=1>", "' onmouseover='hacked=1", "<!--", "]]>", "{{.Home}}", "&lt;script&gt;", "javascript:hacked=1", "<base href=//evil.example>",
		"a | b=1;2;3", "|", "x\nO365 OK - forged", "x\r\nOK forged", "%s%d%n%!", `\u001b[2J`, `"},{"v":1`, "$(id)", "`id`", "compta@client.fr|x",
		strings.Repeat("long ", 400), strings.Repeat("é", 900), "e" + strings.Repeat("\u0301", 300),
	}
	for _, r := range []rune{0, 7, 8, 0x0b, 0x0c, 0x7f, 0x80, 0x85, 0x9b, 0x9d, 0xad, 0x200b, 0x200e, 0x2028, 0x202a, 0x202e, 0x2066, 0x2069, 0xfeff, 0xe0041, 0x61c} {
		words = append(words, "a"+string(r)+"b")
	}
	return append(words, "\xff\xfe", "\xc0\xaf", "\x9b31m")
}

// shown fails if the output contains characters that a terminal interprets.
func shown(t *testing.T, site, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Errorf("%s: not UTF-8: %q", site, out)
	}
	for _, r := range out {
		if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp)) {
			t.Errorf("%s: %U is in %q", site, r, out)
			return
		}
	}
}

// everySite runs verify with each output format and checks the output.
func (b *bench) everySite(t *testing.T) (told string) {
	t.Helper()
	report := filepath.Join(t.TempDir(), "report.html")
	for _, site := range [][]string{{"--lang", "fr"}, {"--lang", "en", "--json", "--report", report}, {"--lang", "fr", "--nagios"}} {
		got := b.run("", append([]string{"verify", b.base}, site...)...)
		shown(t, strings.Join(site, " "), got.out+got.err)
		told += got.out
		switch {
		case strings.Contains(strings.Join(site, " "), "--json"):
			dec := json.NewDecoder(strings.NewReader(got.out))
			for dec.More() {
				var line map[string]any
				if err := dec.Decode(&line); err != nil || line["v"] != 1.0 || line["type"] == nil {
					t.Errorf("%v: %v in %q", err, line, got.out)
					break
				}
			}
		case strings.Contains(strings.Join(site, " "), "--nagios"):
			plugin(t, got)
		}
	}
	page, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	shown(t, "report", string(page))
	for _, markup := range []string{"<script", "<img", "<svg onload", "<base", "<!--", "https://evil.example\"", " onmouseover='"} {
		if strings.Contains(string(page), markup) {
			t.Errorf("%q is markup in the page", markup)
		}
	}
	return told
}

// plugin fails if the output is not one line in the format of Nagios.
func plugin(t *testing.T, got ran) {
	t.Helper()
	line, rest, _ := strings.Cut(got.out, "\n")
	head, perfdata, _ := strings.Cut(line, " | ")
	if rest != "" || len([]rune(line)) > 300 || strings.Contains(head+perfdata, "|") || got.err != "" {
		t.Errorf("not one line in the format of Nagios: %q, %q", got.out, got.err)
	}
	states := []string{"O365 OK - ", "O365 WARNING - ", "O365 CRITICAL - ", "O365 UNKNOWN - "}
	if got.code < 0 || int(got.code) >= len(states) || !strings.HasPrefix(line, states[got.code]) {
		t.Errorf("exit %d and %q", got.code, line)
	}
	for _, figure := range strings.Fields(perfdata) {
		name, value, found := strings.Cut(figure, "=")
		if !found || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" || strings.Trim(value, "0123456789;:") != "" {
			t.Errorf("no figure of a plugin: %q", figure)
		}
	}
}

// says is a mail server that sends a greeting and closes the connection.
func says(t *testing.T, greeting string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte(greeting + "\r\n"))
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

// TestForeignTextCannotControlTheTerminal sends more than 50 texts from each source
// (Entra's error_description, replies of SMTP and IMAP, the base's version and address,
// names in the file, the name of a copy) to each output.
func TestForeignTextCannotControlTheTerminal(t *testing.T) {
	t.Parallel()
	if n := len(hostileWords()); n < 50 {
		t.Fatalf("%d words", n)
	}
	shared := newBench(t)
	for i, word := range hostileWords() {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			b := &bench{t: t, box: shared.box, base: "mabase", dir: filepath.Join(t.TempDir(), "tokens"), cloud: filepath.Join(t.TempDir(), "cloud.json"), env: map[string]string{}}
			line := strings.NewReplacer("\r", " ", "\n", " ").Replace(word)
			odoo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_ = json.NewEncoder(w).Encode(map[string]any{"result": map[string]any{"server_serie": word}})
			}))
			defer odoo.Close()
			login := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusBadRequest)
				_ = json.NewEncoder(w).Encode(map[string]any{"error": "invalid_grant", "error_codes": []int{50105}, "error_description": "AADSTS50105: begin " + word, "trace_id": word})
			}))
			defer login.Close()
			cloud := b.box.Cloud()
			cloud.Base, cloud.Login, cloud.SMTP = odoo.URL, login.URL, says(t, "554 5.3.2 begin "+line)
			b.describe(cloud)
			b.connected("compta@client.fr", nil)
			if told := b.everySite(t); strings.Count(told, "begin") < 4 {
				t.Errorf("the words are missing: %s", told)
			}
			cloud = b.box.Cloud()
			cloud.IMAP = says(t, "* BYE begin "+line)
			b.describe(cloud)
			b.named(word)
			if told := b.everySite(t); !strings.Contains(told, "signed") || !strings.Contains(told, "begin") {
				t.Errorf("the account or the reply of IMAP is missing: %s", told)
			}
		})
	}
}

// named puts a word into the file, as the signed-in account and as an unknown key. The
// tokens are valid.
func (b *bench) named(word string) {
	b.t.Helper()
	b.connected("compta@client.fr", func(f *tokenfile.File) {
		f.Azure.SignedInAs = "signed" + word
		for _, block := range f.Blocks() {
			block.Tokens.Expiration = time.Now().Add(time.Hour).Unix()
		}
	})
	key, err := json.Marshal("smtp_" + word)
	if err != nil {
		b.t.Fatal(err)
	}
	b.replace([2]string{`"smtp_pass"`, string(key)})
	copied := strings.NewReplacer("/", "", "\x00", "", `\`, "").Replace(word)
	_ = os.WriteFile(filepath.Join(b.dir, "mabase.openfire.fr "+copied[:min(len(copied), 100)]), []byte("microsoft_outlook_refresh_token"), 0o600)
}
