package tokenfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sample returns a complete file for one version of Odoo.
func sample(t *testing.T, odoo string, incoming bool) File {
	t.Helper()
	b, err := openfire.ParseBase("mabase")
	if err != nil {
		t.Fatal(err)
	}
	f := New(b, odoo)
	f.Azure = Azure{TenantID: "0b1a2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d", RedirectURI: b.RedirectURI(), Loopback: true,
		SecretExpires: "2028-11-22",
		SignedInAs:    "compta@client.fr", SignedInOID: "1b1a2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d", RefreshIssued: time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)}
	f.Client = Client{ID: "2b1a2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d",
		Secret: secret.New("abc8Q~<&>not-a-real-secret-value-0000000")}
	f.SetMailbox("compta@client.fr", incoming)
	for _, block := range f.Blocks() {
		*block.Tokens = Tokens{Refresh: secret.New("1.AXoA-refresh"), Access: secret.New("eyJ0.access"),
			Expiration: 1795462000}
	}
	return f
}

// TestFilesOfEachVersionAreGoldenAndReadBack checks that the file for each version
// equals the golden file, is valid under the schema, and decodes to the same value.
func TestFilesOfEachVersionAreGoldenAndReadBack(t *testing.T) {
	t.Parallel()
	schema, err := jsonschema.NewCompiler().Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	b, _ := openfire.ParseBase("mabase")
	files := map[string]File{"odoo10.json": sample(t, "10.0", true), "odoo14.json": sample(t, "14.0", true),
		"odoo16.json": sample(t, "16.0", false), "odoo19.json": sample(t, "19.0", true), "begun.json": New(b, "")}
	for name, f := range files {
		data, err := f.Encode()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(data, want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, data, want)
		}
		var value any
		if err := json.Unmarshal(data, &value); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		back, err := Decode(want)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again, err := back.Encode()
		if err != nil || !bytes.Equal(again, want) || back.Unknown() != nil || back.Complete() != f.Complete() {
			t.Errorf("%s is not read back whole: %v\n%s", name, err, again)
		}
	}
}

// TestFieldsByVersion checks the field names that differ between versions of Odoo.
func TestFieldsByVersion(t *testing.T) {
	t.Parallel()
	for odoo, want := range map[string]map[string]string{
		"10.0": {"ir.mail_server use_microsoft_outlook_service": "true", "ir.mail_server smtp_authentication": "",
			"ir.mail_server from_filter": "", "fetchmail.server type": `"imap"`, "fetchmail.server server_type": "",
			"fetchmail.server use_microsoft_outlook_service": "true"},
		"13.0": {"fetchmail.server type": "", "fetchmail.server server_type": `"imap"`},
		"15.0": {"ir.mail_server use_microsoft_outlook_service": "true",
			"ir.mail_server from_filter": `"compta@client.fr"`},
		"16.0": {"ir.mail_server use_microsoft_outlook_service": "", "ir.mail_server smtp_authentication": `"outlook"`,
			"fetchmail.server server_type": `"outlook"`, "fetchmail.server use_microsoft_outlook_service": "",
			"ir.mail_server smtp_pass": `""`, "fetchmail.server password": `""`, "fetchmail.server is_ssl": "true"},
		"19.0": {"ir.mail_server smtp_encryption": `"starttls"`, "ir.mail_server smtp_port": "587"},
	} {
		data, err := sample(t, odoo, true).Encode()
		if err != nil {
			t.Fatal(err)
		}
		var blocks map[string]json.RawMessage
		_ = json.Unmarshal(data, &blocks)
		for path, value := range want {
			block, key, _ := strings.Cut(path, " ")
			var keys map[string]json.RawMessage
			_ = json.Unmarshal(blocks[block], &keys)
			if got := string(keys[key]); got != value {
				t.Errorf("%s %s is %s, want %s", odoo, path, got, value)
			}
		}
	}
}

// TestUnknownKeysAreKept checks that unknown keys are kept at every level, and that
// the nearest known key is named.
func TestUnknownKeysAreKept(t *testing.T) {
	t.Parallel()
	data, _ := sample(t, "16.0", true).Encode()
	text := strings.Replace(string(data), `"loopback"`, `"loopbck": false, "loopback"`, 1)
	text = strings.Replace(text, `"smtp_host"`, `"smtp_hots": "x", "smtp_host"`, 1)
	text = strings.Replace(text, `"base"`, `"zzz": {"a": [1, 2]}, "base"`, 1)
	f, err := Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, u := range f.Unknown() {
		got[u.Path] = u.Nearest
	}
	if len(got) != 3 || got["azure > loopbck"] != "loopback" || got["ir.mail_server > smtp_hots"] != "smtp_host" ||
		got["zzz"] != "" {
		t.Errorf("%v", got)
	}
	f.Mail.Refresh = secret.New("new")
	out, _ := f.Encode()
	for _, kept := range []string{`"loopbck": false`, `"smtp_hots": "x"`, `"zzz": {`, `"new"`} {
		if !strings.Contains(string(out), kept) {
			t.Errorf("%s is gone:\n%s", kept, out)
		}
	}
}

// TestDecodeAcceptsWhatEditorsDoToLineEnds checks the changes that editors make
// unintentionally.
func TestDecodeAcceptsWhatEditorsDoToLineEnds(t *testing.T) {
	t.Parallel()
	data, _ := sample(t, "16.0", false).Encode()
	for name, shape := range map[string][]byte{
		"byte-order mark":  append([]byte("\xef\xbb\xbf"), data...),
		"CRLF":             bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n")),
		"CR":               bytes.ReplaceAll(data, []byte("\n"), []byte("\r")),
		"no final newline": bytes.TrimSpace(data),
		"blanks after":     append(data, "\n\n  \n"...),
	} {
		f, err := Decode(shape)
		if again, _ := f.Encode(); err != nil || !bytes.Equal(again, data) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDecodeNamesThePlaceOfAnError checks that each error names the place, in both
// languages, and contains no secret.
func TestDecodeNamesThePlaceOfAnError(t *testing.T) {
	t.Parallel()
	good, _ := sample(t, "16.0", true).Encode()
	with := func(old, new string) []byte { return bytes.Replace(good, []byte(old), []byte(new), 1) }
	utf16le := func(order byte) []byte {
		out := []byte{0xff, 0xfe}
		if order == 'b' {
			out = []byte{0xfe, 0xff}
		}
		for _, u := range utf16.Encode([]rune(string(good))) {
			if order == 'b' {
				out = append(out, byte(u>>8), byte(u))
			} else {
				out = append(out, byte(u), byte(u>>8))
			}
		}
		return out
	}
	cases := []struct {
		name, word string
		data       []byte
	}{
		{"empty", "empty", nil},
		{"mark only", "empty", []byte("\xef\xbb\xbf")},
		{"UTF-16 LE", "UTF-16", utf16le('l')},
		{"UTF-16 BE", "UTF-16", utf16le('b')},
		{"UTF-16 without mark", "UTF-16", utf16le('l')[2:]},
		{"Latin-1", "UTF-8", with("compta", "compt\xe9")},
		{"huge", "1 MiB", bytes.Repeat([]byte(" "), 2<<20)},
		{"binary", "UTF", []byte("\x7fELF\x00\x01")},
		{"truncated", "incomplete", good[:len(good)/2]},
		{"truncated in a key", "incomplete", good[:30]},
		{"trailing data", "after the end", append(bytes.Clone(good), "{}"...)},
		{"two values", "after the end", append(bytes.Clone(good), good...)},
		{"trailing comma", "line ", with("\"2028-11-22\",", "\"2028-11-22\",,")},
		{"comma before brace", "line ", with("1795462000\n", "1795462000,\n")},
		{"comment", "line 2", with("{\n", "{\n  // comment\n")},
		{"hash comment", "line 2", with("{\n", "{\n# comment\n")},
		{"single quotes", "line ", with(`"base"`, `'base'`)},
		{"smart quotes", "line ", with(`"base"`, "“base”")},
		{"bare word", "line ", with("true", "yes")},
		{"missing comma", "line ", with("\",\n  \"base\"", "\"\n  \"base\"")},
		{"NaN", "line ", with("587", "NaN")},
		{"array", "object", []byte("[]")}, {"string", "object", []byte(`"x"`)}, {"null", "object", []byte("null")},
		{"duplicate key", "twice", with(`"base"`, `"base": "https://autre.openfire.fr", "base"`)},
		{"duplicate deep", "ir.mail_server > smtp_user", with(`"smtp_user"`, `"smtp_user": "x@y.fr", "smtp_user"`)},
		{"newer", "newer", with("openfire-o365/1", "openfire-o365/2")},
		{"other format", "format", with("openfire-o365/1", "certbot/1")},
		{"no format", "format", with(`"format": "openfire-o365/1",`, "")},
		{"number format", "format", with(`"openfire-o365/1"`, "1")},
		{"no base", "base", with(`"base": "https://mabase.openfire.fr",`, "")},
		{"http base", "base", with("https://mabase", "http://mabase")},
		{"short base", "base", with("https://mabase.openfire.fr", "mabase")},
		{"base with path", "base", with("openfire.fr\"", "openfire.fr/x\"")},
		{"case", "base", with(`"base"`, `"Base"`)},
		{"no version", "odoo_version", with(`"odoo_version": "16.0",`, "")},
		{"number version", "odoo_version", with(`"16.0"`, "16.0")},
		{"word version", "odoo_version", with(`"16.0"`, `"seize"`)},
		{"port as text", "smtp_port", with("587", `"587"`)},
		{"port fraction", "smtp_port", with("587", "587.5")},
		{"port 1e999", "smtp_port", with("587", "1e999")},
		{"null token", "ir.mail_server > microsoft_outlook_refresh_token", with(`"1.AXoA-refresh"`, "null")},
		{"object token", "refresh_token", with(`"1.AXoA-refresh"`, "{}")},
		{"secret's end", "client_secret_expires: a date such as 2028-11-22 is expected",
			with("2028-11-22", "22/11/2028")},
		{"port 0", "smtp_port: a port from 1 to 65535 is expected", with("587", "0")},
		{"port 70000", "a port from 1", with("587", "70000")},
		{"milliseconds", "a time in Unix seconds", with("1795462000", "1795462000000")},
		{"before 1970", "a time in Unix seconds", with("1795462000", "-1")},
		{"address", "redirect_uri: a web address",
			with("https://mabase.openfire.fr/microsoft_outlook", "mabase/microsoft_outlook")},
		{"mailbox", "smtp_user: an email address is expected",
			with(`"smtp_user": "compta@client.fr"`, `"smtp_user": "compta"`)},
		{"list", "created: a list of strings is expected", with(`"loopback"`, `"created": "x", "loopback"`)},
		{"date", "refresh_token_issued", with("2026-11-23T18:00:00Z", "yesterday")},
		{"flag as text", "loopback", with("true", `"true"`)},
		{"block as text", "azure", with(`"azure": {`, `"azure": "x", "azure2": {`)},
		{"deep", "levels", with(`"base"`, `"x": `+strings.Repeat("[", 30)+strings.Repeat("]", 30)+`, "base"`)},
	}
	if len(cases) < 40 {
		t.Errorf("%d files", len(cases))
	}
	for _, c := range cases {
		_, err := Decode(c.data)
		var p *problem.Problem
		if !errors.As(err, &p) || p.Exit != problem.Usage {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !strings.Contains(p.What.In(i18n.English), c.word) {
			t.Errorf("%s: %q does not say %q", c.name, p.What.In(i18n.English), c.word)
		}
		for _, text := range []string{p.What.In(i18n.French), p.What.In(i18n.English), p.Do.In(i18n.French),
			p.Do.In(i18n.English)} {
			if strings.Contains(text, "abc8Q") || strings.Contains(text, "AXoA") || strings.Contains(text, "%!") ||
				strings.ContainsAny(text, "\n\x1b") {
				t.Errorf("%s: %q", c.name, text)
			}
		}
		if p.What.In(i18n.French) == p.What.In(i18n.English) {
			t.Errorf("%s: one language only: %q", c.name, p.What.In(i18n.French))
		}
	}
}

func TestTokensNeverMoveToAnotherMailbox(t *testing.T) {
	t.Parallel()
	f := sample(t, "16.0", true)
	f.SetMailbox("COMPTA@client.fr", true)
	if !f.Complete() {
		t.Error("the same mailbox lost its tokens")
	}
	f.SetMailbox("autre@client.fr", true)
	if f.Complete() || !f.Mail.Refresh.Empty() || !f.Fetch.Refresh.Empty() || f.Mail.FromFilter != "autre@client.fr" {
		t.Errorf("%+v", f.Mail)
	}
	f.SetMailbox("autre@client.fr", false)
	if len(f.Blocks()) != 1 {
		t.Error("incoming mail stays")
	}
}

// FuzzDecode checks that any input is decoded and encoded without change, or
// rejected with a printable message.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{"odoo10.json", "odoo16.json", "odoo19.json", "begun.json"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, s := range []string{`{"format":"openfire-o365/1","base":"https://mabase.openfire.fr","odoo_version":"16.0"}`, "{\"format\":\"openfire-o365/1\",\"a\":[[]]}\r\n", `{"format":"openfire-o365/2"}`, `{"a":1,"a":2}`, "\xff\xfe{\x00}\x00", "\ufeff{}", `{"\u001b[2J":}`, `{"format":"openfire-o365/1","base":"https://mabase.openfire.fr","odoo_version":"16.0","azure":{"client_secret_expires":"2028-02-31"},"ir.mail_server":{"smtp_port":1e2}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Decode(data)
		if err != nil {
			var p *problem.Problem
			if !errors.As(err, &p) || p.Exit != problem.Usage {
				t.Errorf("%T %v", err, err)
			} else if said := p.What.In(i18n.French) + p.What.In(i18n.English) + p.Do.In(i18n.French) + p.Do.In(i18n.English); said != sanitize.Text(said) {
				t.Errorf("%+q reaches the screen", said)
			}
			return
		}
		once, err := file.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(once)
		if err != nil {
			t.Fatalf("%v\n%s", err, once)
		}
		if twice, _ := back.Encode(); !bytes.Equal(once, twice) {
			t.Errorf("%s\nbecame\n%s", once, twice)
		}
	})
}

// TestSectionsAreFoundOnlyAtTheTop checks that nested objects with the name of a
// section are not read as one.
func TestSectionsAreFoundOnlyAtTheTop(t *testing.T) {
	t.Parallel()
	good, err := sample(t, "16.0", false).Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Decode(append(append([]byte("["), good...), ']')); err == nil ||
		!strings.Contains(err.Error(), "{ }") {
		t.Errorf("a list around the file: %v", err)
	}
	inside := strings.Replace(string(good), "{",
		`{"": {"format": "x"}, "list": [{"azure": 1}], "more": {"azure": {"tenant_id": 5}},`, 1)
	f, err := Decode([]byte(inside))
	if err != nil {
		t.Fatal(err)
	}
	want, err := Decode(good)
	if err != nil || f.Azure.TenantID != want.Azure.TenantID || len(f.Unknown()) != 3 {
		t.Errorf("%v, tenant %q, unknown %v", err, f.Azure.TenantID, f.Unknown())
	}
	if again, err := f.Encode(); err != nil || !strings.Contains(string(again), `"tenant_id": 5`) {
		t.Errorf("what is not understood is lost: %v\n%s", err, again)
	}
	for _, list := range []string{`"azure": []`, `"azure": [{}]`, `"azure": null`, `"azure": "{}"`} {
		text := `{"format": "openfire-o365/1", "base": "https://mabase.openfire.fr", "odoo_version": "16.0", ` + list + `}`
		if _, err := Decode([]byte(text)); err == nil || !strings.Contains(err.Error(), "azure") {
			t.Errorf("%s: %v", list, err)
		}
	}
}

// TestMailboxOfOlderFiles checks that files without azure.mailbox keep their mailbox,
// and that the user of the mail servers is kept unless the mailbox changes.
func TestMailboxOfOlderFiles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ mailbox, filter, user, want string }{
		"new file":          {"anna@client.fr", "anna@client.fr", "anna@client.onmicrosoft.com", "anna@client.fr"},
		"user only":         {"", "", "anna@client.fr", "anna@client.fr"},
		"address as filter": {"", "anna@client.fr", "anna@client.onmicrosoft.com", "anna@client.fr"},
		"domain as filter":  {"", "client.fr", "anna@client.fr", "anna@client.fr"},
		"list as filter":    {"", "anna@client.fr,bob@client.fr", "anna@client.fr", "anna@client.fr"},
		"begun":             {"", "", "", ""},
	} {
		f := File{OdooVersion: "16.0"}
		f.Azure.Mailbox, f.Mail.FromFilter, f.Mail.User = c.mailbox, c.filter, c.user
		if got := f.Mailbox(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if c.want == "" {
			continue
		}
		if f.SetMailbox(c.want, true); f.Mail.User != c.user || f.Fetch.User != c.user || f.Mail.FromFilter != c.want {
			t.Errorf("%s: user %q, %q", name, f.Mail.User, f.Fetch.User)
		}
		if f.SetMailbox("bob@client.fr", false); f.Mail.User != "bob@client.fr" || f.Mailbox() != "bob@client.fr" {
			t.Errorf("%s: user %q of another mailbox", name, f.Mail.User)
		}
	}
}
