package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// edited is a connected base whose token file was edited by hand.
type edited struct {
	*bench
	path string
	good []byte
}

func newEdited(t *testing.T, change func(*tokenfile.File)) *edited {
	t.Helper()
	b := newBench(t)
	b.connected("compta@client.fr", change)
	e := &edited{bench: b, path: filepath.Join(b.dir, "mabase.openfire.fr.json")}
	var err error
	if e.good, err = os.ReadFile(e.path); err != nil {
		t.Fatal(err)
	}
	return e
}

// with returns the valid file with one replacement, which must apply.
func (e *edited) with(old, text string) []byte {
	e.t.Helper()
	if !bytes.Contains(e.good, []byte(old)) {
		e.t.Fatalf("%q is not in the file", old)
	}
	return bytes.Replace(e.good, []byte(old), []byte(text), 1)
}

func (e *edited) write(data []byte) {
	e.t.Helper()
	if err := os.WriteFile(e.path, data, 0o600); err != nil {
		e.t.Fatal(err)
	}
}

// readers are the commands that read a token file.
var readers = [][]string{{"token", "status", "mabase"}, {"token", "refresh", "mabase"}, {"setup", "mabase", "--no-input"}, {"verify", "mabase", "--offline"}}

// rejects checks that every command that reads the file refuses it with these words,
// the path of the file and exit code 2, changes nothing and sends no request.
func (e *edited) rejects(data []byte, words ...string) {
	e.t.Helper()
	e.write(data)
	for _, args := range readers {
		if err := os.RemoveAll(filepath.Join(e.dir, "state")); err != nil { // an error is not reported twice
			e.t.Fatal(err)
		}
		before := e.state()
		got := e.run("", append([]string{"--lang", "en"}, args...)...)
		if after := e.state(); got.code != problem.Usage || after != withoutState(before, after) {
			e.t.Errorf("%.60q, %v: exit %d, or something changed:\n%s\n%s\nwas\n%s", data, args, got.code, got.err, after, before)
		}
		said := flat(got.err + got.out)
		for _, w := range append(words, flat(e.path)) {
			if !strings.Contains(said, w) || len(said) > 2500 {
				e.t.Errorf("%v: %q is not in %q", args, w, said)
			}
		}
	}
}

// TestTokenFileSavedByAnEditorIsRead checks that byte-order marks and all line endings
// are accepted. The file is not changed until a renewal is due.
func TestTokenFileSavedByAnEditorIsRead(t *testing.T) {
	t.Parallel()
	const mark = "\xef\xbb\xbf"
	e := newEdited(t, func(f *tokenfile.File) {
		for _, b := range f.Blocks() {
			b.Tokens.Expiration = time.Now().Add(40 * time.Minute).Unix()
		}
	})
	lines := func(end string) []byte { return bytes.ReplaceAll(e.good, []byte("\n"), []byte(end)) }
	for name, data := range map[string][]byte{"mark": append([]byte(mark), e.good...), "CRLF": lines("\r\n"), "CR": lines("\r"), "mark and CRLF": append([]byte(mark), lines("\r\n")...),
		"no end": bytes.TrimRight(e.good, "\n"), "blanks behind": append(bytes.Clone(e.good), " \r\n\t\n"...), "one line": lines("")} {
		e.write(data)
		for _, args := range readers {
			if args[0] == "setup" {
				continue // it would continue to the test message
			}
			if got := e.run("", args...); got.code != problem.OK {
				t.Errorf("%s, %v: exit %d\n%s%s", name, args, got.code, got.out, got.err)
			}
		}
		if now, _ := os.ReadFile(e.path); !bytes.Equal(now, data) {
			t.Errorf("%s: the file was rewritten", name)
		}
		if got := e.run("", "token", "refresh", "mabase", "--margin=50m"); got.code != problem.OK {
			t.Errorf("%s: exit %d\n%s", name, got.code, got.err)
		}
		if now, _ := os.ReadFile(e.path); bytes.Equal(now, data) || bytes.HasPrefix(now, []byte(mark)) {
			t.Errorf("%s: not renewed", name)
		}
	}
}

// TestTokenFileInAnotherEncodingIsNamed checks that a file in another encoding is
// refused with the name of the encoding, and how to change it in Notepad.
func TestTokenFileInAnotherEncodingIsNamed(t *testing.T) {
	t.Parallel()
	e := newEdited(t, nil)
	wide := func(order func([]byte, uint16) []byte, mark bool) (data []byte) {
		if mark {
			data = order(data, 0xfeff)
		}
		for _, u := range utf16.Encode([]rune(string(e.good))) {
			data = order(data, u)
		}
		return data
	}
	little := func(b []byte, u uint16) []byte { return append(b, byte(u), byte(u>>8)) }
	big := func(b []byte, u uint16) []byte { return append(b, byte(u>>8), byte(u)) }
	for _, data := range [][]byte{wide(little, true), wide(big, true), wide(little, false), wide(big, false)} {
		e.rejects(data, "it is saved as UTF-16.", "Save it as UTF-8 (Notepad: Save as > Encoding).")
	}
	for _, name := range []string{"Comptabilit\xe9", "\x80 facturation", "Soci\xe9t\xe9 \xab A \xbb", "caf\xc3"} { // Windows-1252
		e.rejects(e.with("Office 365", name), "it is not saved as UTF-8.", "Save it as UTF-8 (Notepad")
	}
}

// TestSyntaxErrorsHaveLineAndColumn checks that a syntax error is reported with
// line, column and the text there.
func TestSyntaxErrorsHaveLineAndColumn(t *testing.T) {
	t.Parallel()
	e := newEdited(t, nil)
	slips := []struct{ old, text, words string }{
		{`"ir.mail_server": {`, `"ir.mail_server": {,`, `unexpected ","`},
		{`"smtp_port": 587,`, `"smtp_port": 587,,`, `unexpected ","`},
		{"{\n", "{\n// the accountant's\n", `line 2, column 1: unexpected "/"`},
		{"{\n", "{\n# note\n", `line 2, column 1: unexpected "#"`},
		{"{\n", "{\n/* note */\n", `line 2, column 1: unexpected "/"`},
		{`"base"`, `'base'`, `line 3, column 3: unexpected "'"`},
		{`"base"`, "“base”", `line 3, column 3: unexpected "“"`},
		{`"base"`, "«base»", `line 3, column 3: unexpected "«"`},
		{`"base"`, `base`, `line 3, column 3: unexpected "b"`},
		{`"base"`, "\u00a0\"base\"", `line 3, column 3`},
		{`"base":`, `"base"`, "line 3, column"},
		{`"base":`, `"base" =`, `unexpected "="`},
		{`"base":`, `"base";`, `unexpected ";"`},
		{`"16.0",`, `"16.0"`, "line 5, column"},
		{`"16.0",`, `"16.0";`, `line 4, column 25: unexpected ";"`},
		{`"16.0",`, `16.0.1,`, "line 4, column"},
		{`"16.0",`, "\"16\t.0\",", "line 4, column"},
		{`"16.0",`, "\"16.0,", "line 4, column"},
		{`"16.0",`, `"16\q0",`, "line 4, column"},
		{`"16.0",`, `16.0",`, "line 4, column"},
		{`587`, `587}`, "line"},
		{`587`, `0587`, "line"},
		{`587`, `+587`, `unexpected "+"`},
		{`587`, `5 87`, "line"},
		{`587`, `587 volts`, `unexpected "v"`},
		{`587`, ``, `unexpected ","`},
		{`587`, `True`, `unexpected "T"`},
		{`587`, `None`, `unexpected "N"`},
		{`"azure": {`, `"azure": [`, "line"},
		{`"azure": {`, `"azure": {{`, `unexpected "{"`},
	}
	for _, s := range slips {
		e.rejects(e.with(s.old, s.text), s.words)
	}
	for _, end := range []string{"\r\n", "\r"} { // counted as in an editor
		e.rejects(bytes.ReplaceAll(e.with(`"base"`, `'base'`), []byte("\n"), []byte(end)), `line 3, column 3: unexpected "'"`)
	}
	end := bytes.LastIndexByte(e.good, '}')
	for _, c := range []struct {
		data  []byte
		words string
	}{
		{nil, "it is empty"}, {[]byte("\xef\xbb\xbf"), "it is empty"}, {[]byte(" \n"), "the file ends here"}, {e.good[:1], "the file ends here"}, {e.good[:len(e.good)/2], "the file ends here: it is incomplete"},
		{e.good[:end], "the file ends here: it is incomplete"}, {append(bytes.Clone(e.good[:end]), ",}"...), "unexpected \""}, {append(bytes.Clone(e.good), e.good...), "there is text after the end"},
		{append(bytes.Clone(e.good), "x"...), "there is text after the end"}, {bytes.Repeat([]byte(" "), 2<<20), "larger than 1 MiB"},
	} {
		e.rejects(c.data, c.words)
	}
	if len(slips) < 30 {
		t.Errorf("%d slips", len(slips))
	}
}

// TestInvalidKeysAreReportedWithTheirPath checks that a duplicate key, a value of a wrong type
// and deep nesting are refused with the path of the key. An unknown key is kept, with a
// warning that suggests the nearest known one.
func TestInvalidKeysAreReportedWithTheirPath(t *testing.T) {
	t.Parallel()
	e := newEdited(t, nil)
	cases := 0
	for _, key := range []struct{ at, path, twice, wanted string }{
		{`"base": `, "base", `"https://autre.openfire.fr"`, "a string"},
		{`"odoo_version": `, "odoo_version", `"15.0"`, "a string"},
		{`"tenant_id": `, "azure > tenant_id", `"x"`, "a string"},
		{`"loopback": `, "azure > loopback", "false", "true or false"},
		{`"refresh_token_issued": `, "azure > refresh_token_issued", `"2026-11-23T18:00:00Z"`, "a time such as 2026-11-23T18:00:00Z"},
		{`"microsoft_outlook_client_id": `, "ir.config_parameter > microsoft_outlook_client_id", `"x"`, "a string"},
		{`"microsoft_outlook_client_secret": `, "ir.config_parameter > microsoft_outlook_client_secret", `"x"`, "a string"},
		{`"smtp_port": `, "ir.mail_server > smtp_port", "25", "a whole number"},
		{`"smtp_user": `, "ir.mail_server > smtp_user", `"x"`, "a string"},
		{`"microsoft_outlook_access_token_expiration": `, "ir.mail_server > microsoft_outlook_access_token_expiration", "1", "a whole number"},
		{`"ir.mail_server": `, "ir.mail_server", "{}", "an object: { … }"},
	} {
		e.rejects(e.with(key.at, key.at+key.twice+", "+key.at), "key "+key.path+": this key appears twice")
		last := strings.Trim(key.at, `": `)
		for _, odd := range []string{"null", "{}", "[1]", "12.5", "true", `"text"`} {
			if odd == "{}" && key.wanted == "an object: { … }" || odd == `"text"` && key.wanted == "a string" || odd == "true" && key.wanted == "true or false" {
				continue
			}
			e.rejects(e.with(key.at, key.at+odd+`, "was `+last+`": `), "key "+key.path+": "+key.wanted+" is expected")
			cases++
		}
	}
	if cases < 40 {
		t.Errorf("%d cases", cases)
	}
	deep := strings.Repeat("[", 40) + strings.Repeat("]", 40)
	e.rejects(e.with(`"smtp_pass": `, `"note": `+deep+`, "smtp_pass": `), "key ir.mail_server > note: there are too many nested levels")
	e.rejects([]byte(strings.Repeat("[", 10000)), "there are too many nested levels")
	e.rejects([]byte("[]"), "an object: { … } is expected")
	e.rejects([]byte("null"), "an object: { … } is expected")

	for typo, nearest := range map[string]string{"smtp_pas": "smtp_pass", "smtp-port": "smtp_port", "Smtp_user": "smtp_user", "smpt_host": "smtp_host", "fromfilter": "from_filter"} {
		e.write(e.with(`"`+nearest+`"`, `"`+typo+`"`))
		if got := e.run("", "verify", "mabase", "--offline", "--lang", "en"); !strings.Contains(flat(got.out), "unknown key (kept): ir.mail_server > "+typo) || !strings.Contains(flat(got.out), "Did you mean "+nearest) {
			t.Errorf("%s: %s", typo, got.out)
		}
	}
	e.write(e.with(`"smtp_pass"`, `"comment": "of the accountant", "smtp_pass"`))
	if got := e.run("", "token", "refresh", "mabase"); got.code != problem.OK {
		t.Error(got.err)
	}
	if now, _ := os.ReadFile(e.path); bytes.Equal(now, e.good) || !bytes.Contains(now, []byte(`"comment": "of the accountant"`)) {
		t.Errorf("a renewal removed the unknown key: %s", now)
	}
}

// TestValuesOutOfRangeAreReportedWithTheirKey checks that a value that is well-typed but
// out of range is refused with its key, and is not replaced by a default.
func TestValuesOutOfRangeAreReportedWithTheirKey(t *testing.T) {
	t.Parallel()
	e := newEdited(t, nil)
	const port, until, expires = "ir.mail_server > smtp_port", "ir.mail_server > microsoft_outlook_access_token_expiration", "azure > client_secret_expires"
	cases := []struct{ key, value, words string }{
		{port, "NaN", `unexpected "N"`}, {port, "Infinity", `unexpected "I"`}, {port, "1e999", "a whole number is expected"}, {port, "99999999999999999999", "a whole number is expected"}, {port, "5e2", "a whole number is expected"},
		{port, "0", "from 1 to 65535"}, {port, "-587", "from 1 to 65535"}, {port, "65536", "from 1 to 65535"}, {port, "70000", "from 1 to 65535"},
		{until, "1e999", "a whole number is expected"}, {until, "-1", "Unix seconds"}, {until, "1795462000000", "Unix seconds"}, {until, "9223372036854775807", "Unix seconds"}, {until, "99999999999999999999", "a whole number is expected"},
		{expires, `"22/11/2028"`, "2028-11-22"}, {expires, `"2028-13-45"`, "2028-11-22"}, {expires, `"2028-02-30"`, "2028-11-22"}, {expires, `"next year"`, "2028-11-22"}, {expires, `"2028-11-22T00:00:00Z"`, "2028-11-22"},
		{"azure > refresh_token_issued", `"yesterday"`, "a time such as"}, {"azure > refresh_token_issued", `"2026-11-23"`, "a time such as"}, {"azure > refresh_token_issued", `"2026-02-30T00:00:00Z"`, "a time such as"},
		{"azure > redirect_uri", `"mabase/confirm"`, "a web address: https://…"}, {"azure > redirect_uri", `"javascript:alert(1)"`, "a web address: https://…"},
		{"ir.config_parameter > microsoft_outlook.endpoint", `"login.microsoftonline.com"`, "a web address: https://…"}, {"ir.config_parameter > microsoft_outlook.endpoint", `"/common/oauth2/v2.0/"`, "a web address: https://…"},
		{"ir.config_parameter > microsoft_outlook.endpoint", `"ftp://login.example/"`, "a web address: https://…"}, {"ir.config_parameter > microsoft_outlook.endpoint", `"https://"`, "a web address: https://…"},
		{"ir.mail_server > smtp_user", `"compta"`, "an email address"}, {"ir.mail_server > smtp_user", `"a@b.fr\r\nRCPT TO:<x@y.fr>"`, "an email address"},
	}
	for _, c := range cases {
		block, key, _ := strings.Cut(c.key, " > ")
		at := `"` + block + `": {`
		e.rejects(bytes.Replace(e.with(at, at+`"`+key+`": `+c.value+`, `), []byte("\n    \""+key+`"`), []byte("\n    \"was "+key+`"`), 1), c.words)
	}
	if len(cases) < 20 {
		t.Errorf("%d values", len(cases))
	}
}

// TestFileOfANewerVersionIsNotChanged checks that the file of a newer version is refused
// and not changed.
func TestFileOfANewerVersionIsNotChanged(t *testing.T) {
	t.Parallel()
	e := newEdited(t, nil)
	for _, format := range []string{"openfire-o365/2", "openfire-o365/10", "openfire-o365/1.1", "openfire-o365/"} {
		e.rejects(e.with("openfire-o365/1", format), "created by a newer version ("+format+")", "Update openfire-o365. The file was not changed.")
	}
	for _, format := range []string{"other/1", "", "OpenFire-o365/1"} {
		e.rejects(e.with("openfire-o365/1", format), "key format:", "is not a token file")
	}
}

// TestSharedTokensAndMailboxesAreReportedOnce checks that --all names bases that share
// a mailbox or a refresh token, once, as a warning.
func TestSharedTokensAndMailboxesAreReportedOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var same tokenfile.Tokens
	for _, name := range []string{"mabase", "essai", "copie", "autre"} {
		b.base = name
		mailbox := "compta@client.fr"
		if name == "autre" {
			mailbox = "contact@client.fr"
		}
		b.connected(mailbox, func(f *tokenfile.File) {
			if name == "mabase" {
				same = f.Mail.Tokens
			}
			if name == "copie" {
				f.Mail.User, f.Mail.Tokens = "Compta@client.fr", same
			}
		})
	}
	const token = "These bases have the same refresh token: copie.openfire.fr, mabase.openfire.fr."
	const box = "These bases use the same mailbox: copie.openfire.fr, essai.openfire.fr, mabase.openfire.fr."
	for _, args := range [][]string{{"token", "status", "--all"}, {"verify", "--all", "--offline"}} {
		got := b.run("", append(args, "--lang", "en")...)
		if said := flat(got.out); got.code != problem.OK || strings.Count(said, token) != 1 || strings.Count(said, box) != 1 || strings.Contains(said, "same mailbox: autre") {
			t.Errorf("%v: exit %d\n%s", args, got.code, got.out)
		}
		if got := b.run("", append(args, "--lang", "fr")...); !strings.Contains(flat(got.out), "Ces bases ont le même jeton d'actualisation : copie.openfire.fr, mabase.openfire.fr") {
			t.Error(got.out)
		}
		got = b.run("", append(args, "--json")...)
		for _, line := range []string{`{"v":1,"type":"shared","bases":["copie.openfire.fr","mabase.openfire.fr"],"what":"refresh_token"}`,
			`{"v":1,"type":"shared","bases":["copie.openfire.fr","essai.openfire.fr","mabase.openfire.fr"],"what":"mailbox"}`} {
			if strings.Count(got.out, line+"\n") != 1 {
				t.Errorf("%v: %s is not in\n%s", args, line, got.out)
			}
		}
	}
	for _, args := range [][]string{{"token", "status", "mabase"}, {"verify", "mabase", "--offline"}, {"verify", "--all", "--offline", "-q"}, {"verify", "--all", "--offline", "--nagios"}} {
		if got := b.run("", append(args, "--lang", "en")...); strings.Contains(got.out+got.err, "The same") {
			t.Errorf("%v: %s", args, got.out)
		}
	}
}

// TestTokensOfAnotherApplicationAreNotSent checks that tokens of another application
// than that of the file are not sent to Microsoft. Both applications are named, and
// setup signs the mailbox in again.
func TestTokensOfAnotherApplicationAreNotSent(t *testing.T) {
	t.Parallel()
	const other = "6f7e4d3c-2b1a-4f5e-8d9c-0b1a2c3d4e5f"
	e := newEdited(t, func(f *tokenfile.File) { f.Client.ID = other })
	for _, args := range [][]string{{"verify", "mabase", "--offline"}, {"verify", "mabase"}} {
		got := e.run("", append(args, "--lang", "en")...)
		if said := flat(got.out); !strings.Contains(said, "issued to application "+e.box.Values().ClientID+", but the file contains application "+other) {
			t.Errorf("%v: exit %d\n%s", args, got.code, got.out)
		}
		for _, r := range e.box.Requests() {
			if r.Form.Get("grant_type") == "refresh_token" {
				t.Errorf("%v: the tokens were used", args)
			}
		}
		if now, _ := os.ReadFile(e.path); !bytes.Equal(now, e.good) {
			t.Errorf("%v: the file was changed", args)
		}
	}
	if got := e.run("", "verify", "mabase", "--offline"); got.code != problem.Usage {
		t.Errorf("exit %d", got.code)
	}
	e.write(bytes.Replace(e.good, []byte(other), []byte(strings.ToUpper(e.box.Values().ClientID)), 1))
	if got := e.run("", "verify", "mabase", "--offline"); got.code != problem.OK {
		t.Errorf("capitals: exit %d\n%s", got.code, got.out)
	}
}

// TestFileOfAnotherBaseIsRefused checks that every command refuses a token file that
// was copied from another base, and names both.
func TestFileOfAnotherBaseIsRefused(t *testing.T) {
	t.Parallel()
	e := newEdited(t, nil)
	e.rejects(e.with("https://mabase.openfire.fr", "https://autre.openfire.fr"), "file of https://mabase.openfire.fr contains the tokens of https://autre.openfire.fr", "Restore the right file")
}

// TestFlagOverridesEnvironmentOverridesFile checks that a flag overrides its environment
// variable, which overrides the token file. If that would change the file, both values
// are shown and must be confirmed.
func TestFlagOverridesEnvironmentOverridesFile(t *testing.T) {
	t.Parallel()
	e := newEdited(t, func(f *tokenfile.File) {
		for _, b := range f.Blocks() {
			b.Tokens.Expiration = time.Now().Add(40 * time.Minute).Unix()
		}
	})
	requests := func(args ...string) int {
		before := len(e.box.Requests())
		if got := e.run("", args...); got.code != problem.OK {
			t.Errorf("%v: exit %d\n%s", args, got.code, got.err)
		}
		return len(e.box.Requests()) - before
	}
	e.env["OPENFIRE_O365_MARGIN"] = "50m"
	if n := requests("token", "refresh", "mabase", "--margin", "20m"); n != 0 {
		t.Errorf("the variable overrode the flag: %d requests", n)
	}
	if n := requests("token", "refresh", "mabase"); n == 0 {
		t.Error("the variable was ignored")
	}
	e.env["OPENFIRE_O365_DIR"] = filepath.Join(e.dir, "elsewhere") // the bench sets --dir
	if n := requests("token", "status", "mabase"); n != 0 {
		t.Error(n)
	}
	e.env["OPENFIRE_O365_LANG"] = "fr"
	if got := e.run("", "token", "status", "mabase", "--lang", "en"); !strings.Contains(got.out, "Refresh token") {
		t.Error(got.out)
	}
	now, _ := os.ReadFile(e.path)
	e.env["OPENFIRE_O365_MAILBOX"] = "variable@client.fr"
	for wins, args := range map[string][]string{"variable@client.fr": nil, "option@client.fr": {"--mailbox=option@client.fr"}} {
		got := e.run("", append([]string{"setup", "mabase", "--no-input", "--lang=en"}, args...)...)
		if got.code != problem.Usage || !strings.Contains(got.said, "compta@client.fr stays connected. To replace it with "+wins+", answer yes or use --yes.") {
			t.Errorf("%s: exit %d\n%s", wins, got.code, got.err)
		}
		if after, _ := os.ReadFile(e.path); !bytes.Equal(after, now) {
			t.Errorf("%s: the file was changed", wins)
		}
	}
}

// TestApplicationOfAWorkingBaseIsNotReplacedSilently checks that an application or a
// directory in a flag replaces that of a working base only after confirmation.
func TestApplicationOfAWorkingBaseIsNotReplacedSilently(t *testing.T) {
	t.Parallel()
	e := newEdited(t, lasting)
	const other = "6f7e4d3c-2b1a-4f5e-8d9c-0b1a2c3d4e5f"
	v := e.box.Values()
	for flag, held := range map[string]string{"--client-id": v.ClientID, "--tenant": v.TenantID} {
		got := e.run("", "setup", "mabase", "--no-input", "--lang=en", flag+"="+other)
		if got.code != problem.Usage || !strings.Contains(got.said, "Nothing was changed: the token file contains "+held+", but "+flag+" is "+other+". Omit "+flag+", or use --yes to change it.") {
			t.Errorf("%s: exit %d\n%s", flag, got.code, got.err)
		}
		if now, _ := os.ReadFile(e.path); !bytes.Equal(now, e.good) {
			t.Errorf("%s: the file was changed", flag)
		}
		if got := e.run("", "setup", "mabase", "--no-input", flag+"="+strings.ToUpper(held)); got.code != problem.OK {
			t.Errorf("the same %s: exit %d\n%s", flag, got.code, got.err)
		}
		e.write(e.good)
	}
	e.run("", "setup", "mabase", "--no-input", "--yes", "--client-id="+other)
	if f := e.file(); f.Client.ID != other {
		t.Errorf("with --yes: %s", f.Client.ID)
	}
}

// TestShellQuotingOfSecretsIsNotEvaluated checks that a file or variable with shell
// quoting is used unchanged or refused, and never evaluated.
func TestShellQuotingOfSecretsIsNotEvaluated(t *testing.T) {
	t.Parallel()
	e := newEdited(t, func(f *tokenfile.File) {
		f.Client.Secret = secret.String{}
		for _, b := range f.Blocks() {
			b.Tokens.Expiration = time.Now().Add(40 * time.Minute).Unix()
		}
	})
	file, trap := filepath.Join(t.TempDir(), "secret"), filepath.Join(t.TempDir(), "trap")
	secret := e.box.Values().Secret.Reveal()
	given := func(text string, inFile bool) ran {
		t.Helper()
		e.write(e.good)
		args := []string{"setup", "mabase", "--no-input", "--lang=en"}
		if inFile {
			args = append(args, "--client-secret-file", file)
		} else {
			e.env["OPENFIRE_O365_CLIENT_SECRET"] = text
			defer delete(e.env, "OPENFIRE_O365_CLIENT_SECRET")
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return e.run("", args...)
	}
	for _, inFile := range []bool{true, false} {
		for _, text := range []string{"export OPENFIRE_O365_CLIENT_SECRET=" + secret, "OPENFIRE_O365_CLIENT_SECRET=" + secret, `OPENFIRE_O365_CLIENT_SECRET="` + secret + `"`, "AZURE_CLIENT_SECRET='" + secret + "'\n",
			"$(touch " + trap + ")", "$(>" + trap + ")", "${OPENFIRE_O365_CLIENT_SECRET:-" + secret + "}", "export A=1\nexport OPENFIRE_O365_CLIENT_SECRET=" + secret} {
			if got := given(text, inFile); got.code != problem.Usage || !strings.Contains(got.said, "--client-secret-file: This is shell code") {
				t.Errorf("%.20q: exit %d\n%s", text, got.code, got.err)
			}
		}
		if got := given("`touch "+trap+"`", inFile); got.code != problem.Usage {
			t.Errorf("exit %d\n%s", got.code, got.err)
		}
		if _, err := os.Stat(trap); err == nil {
			t.Fatal("it was run")
		}
		for _, text := range []string{"\n" + secret + "\r\n", `"` + secret + `"`, "'" + secret + "'"} {
			got := given(text, inFile)
			data, _ := os.ReadFile(e.path)
			if f, err := tokenfile.Decode(data); got.code != problem.OK || err != nil || f.Client.Secret.Reveal() != secret {
				t.Errorf("%.8q: exit %d, not the secret alone: %v\n%s", text, got.code, err, got.err)
			}
		}
	}
}
