package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// checked runs verify and returns the line of each check by id.
func (b *bench) checked(args ...string) (map[string]map[string]any, problem.Exit) {
	b.t.Helper()
	got := b.run("", append([]string{"verify", b.base, "--json"}, args...)...)
	lines := map[string]map[string]any{}
	for l := range strings.Lines(got.out) {
		var line map[string]any
		if err := json.Unmarshal([]byte(l), &line); err != nil {
			b.t.Fatalf("%v in %s", err, l)
		}
		if id, is := line["id"].(string); is && line["type"] == "check" {
			lines[id] = line
		}
	}
	return lines, got.code
}

// TestEachCheck checks the result of each check when it fails or warns, and that
// independent checks still run.
func TestEachCheck(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		box      sandbox.Options
		cloud    func(*azure.Cloud)
		file     func(*tokenfile.File)
		raw      [2]string // replacement in the text of the file
		now      time.Duration
		args     []string
		want     map[string]string // id: status
		what, do string
		exit     problem.Exit
	}{
		"nothing wrong": {want: map[string]string{"base.name": "ok", "base.reach": "ok", "base.module": "ok", "base.version": "ok", "entra.tenant": "ok", "entra.app": "ok", "entra.secret": "ok", "entra.secret-expiry": "ok",
			"entra.redirect": "ok", "host.clock": "ok", "host.proxy": "ok", "host.network": "ok", "host.roots": "ok", "token.file": "ok", "token.refresh": "ok", "token.scopes": "ok", "token.account": "ok", "token.age": "ok", "smtp.connect": "ok", "smtp.tls": "ok", "smtp.auth": "ok", "smtp.send": "skipped", "imap.auth": "ok", "mail.arrival": "skipped"}},
		"no module":       {box: sandbox.Options{State: sandbox.NoModule}, want: map[string]string{"base.module": "failed", "smtp.auth": "ok"}, what: "not installed", do: "support@openfire.fr", exit: problem.Mail},
		"base behind VPN": {cloud: func(c *azure.Cloud) { c.Base = "http://127.0.0.1:1" }, want: map[string]string{"base.reach": "unknown", "base.module": "skipped", "smtp.auth": "ok"}, what: "cannot be reached from this machine"},
		"another Odoo":    {file: func(f *tokenfile.File) { f.OdooVersion = "10.0" }, want: map[string]string{"base.version": "warning"}, what: "runs Odoo 16.0", do: "--odoo-version 16.0"},
		"wrong clock":     {now: 10 * time.Minute, want: map[string]string{"host.clock": "warning"}, what: "differs from Microsoft's", do: "automatic time"},
		"secret expires soon": {file: func(f *tokenfile.File) { f.Azure.SecretExpires = time.Now().Add(20 * day).Format(time.DateOnly) },
			want: map[string]string{"entra.secret-expiry": "warning", "entra.secret": "ok"}, what: "expires in", do: "New client secret"},
		"secret expired":                {file: func(f *tokenfile.File) { f.Azure.SecretExpires = "2020-01-01" }, want: map[string]string{"entra.secret-expiry": "failed"}, what: "1 January 2020", exit: problem.Application},
		"old consent":                   {file: func(f *tokenfile.File) { f.Azure.RefreshIssued = time.Now().Add(-70 * day) }, args: []string{"--offline"}, want: map[string]string{"token.age": "warning", "smtp.auth": "skipped"}, what: "70 days old", do: "token schedule install"},
		"V1 token for another audience": {file: saying(`{"aud":"https://graph.microsoft.com","scp":"Mail.Send"}`), args: []string{"--offline"}, want: map[string]string{"token.refresh": "ok", "token.scopes": "warning"}, what: "issued for https://graph.microsoft.com, not for Exchange", do: "setup"},
		"V2 permission missing":         {file: saying(`{"aud":"https://outlook.office.com","scp":"IMAP.AccessAsUser.All"}`), args: []string{"--offline"}, want: map[string]string{"token.scopes": "warning"}, what: "does not have the permission https://outlook.office.com/SMTP.Send", do: "API permissions"},
		"V5 token without scopes":       {file: saying(`{"aud":"https://outlook.office.com"}`), args: []string{"--offline"}, want: map[string]string{"token.scopes": "unknown"}, what: "its permissions cannot be read"},
		"V5 opaque token":               {file: saying("no JSON"), args: []string{"--offline"}, want: map[string]string{"token.scopes": "unknown"}, what: "opaque token"},
		"mistyped key":                  {raw: [2]string{`"smtp_pass"`, `"smtp_pas"`}, want: map[string]string{"token.file": "warning"}, what: "smtp_pas", do: "smtp_pass"},
		"mailbox changed by hand": {file: func(f *tokenfile.File) { f.Mail.User = "compta@absent.invalid" }, args: []string{"--offline"},
			want: map[string]string{"token.refresh": "unknown", "token.account": "warning"}, what: "neither the mailbox compta@client.fr nor the account"},
		"SMTP blocked":               {cloud: func(c *azure.Cloud) { c.SMTP = "127.0.0.1:1" }, want: map[string]string{"host.network": "failed", "smtp.connect": "skipped", "smtp.tls": "skipped", "smtp.auth": "skipped", "imap.auth": "ok"}, what: "the connection was refused", exit: problem.Temporary},
		"IMAP blocked":               {cloud: func(c *azure.Cloud) { c.IMAP = "127.0.0.1:1" }, want: map[string]string{"smtp.auth": "ok", "imap.auth": "failed"}, what: "the connection was refused", exit: problem.Temporary},
		"unknown CA":                 {cloud: func(c *azure.Cloud) { c.CA = nil; c.CAFile = "" }, want: map[string]string{"smtp.tls": "failed", "smtp.auth": "skipped"}, what: "not trusted", exit: problem.Safety},
		"file of another base":       {raw: [2]string{"https://mabase.openfire.fr", "https://autre.openfire.fr"}, want: map[string]string{"base.name": "failed"}, exit: problem.Usage},
		"never connected":            {file: func(f *tokenfile.File) { f.Mail.Refresh = secret.String{}; f.Mail.Access = secret.String{} }, want: map[string]string{"token.refresh": "failed", "smtp.connect": "ok", "smtp.auth": "skipped"}, what: "not connected yet", do: "setup", exit: problem.SignIn},
		"no secret":                  {file: func(f *tokenfile.File) { f.Client.Secret = secret.String{} }, want: map[string]string{"entra.secret": "failed"}, what: "secret is missing", exit: problem.Usage},
		"offline, all due":           {args: []string{"--offline"}, want: map[string]string{"token.refresh": "unknown", "entra.tenant": "skipped", "smtp.connect": "skipped", "base.reach": "skipped"}},
		"message sent":               {args: []string{"--send", "compta@client.fr"}, want: map[string]string{"smtp.send": "ok", "mail.arrival": "ok"}},
		"message to another address": {args: []string{"--send", "anna@example.com"}, want: map[string]string{"smtp.send": "ok", "mail.arrival": "skipped"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBenchOn(t, c.box)
			cloud := b.box.Cloud()
			if c.cloud != nil {
				c.cloud(&cloud)
			}
			b.describe(cloud)
			b.connected("compta@client.fr", c.file)
			b.replace(c.raw)
			if c.now != 0 {
				b.now = func() time.Time { return time.Now().Add(c.now) }
			}
			lines, code := b.checked(append([]string{"--lang", "en"}, c.args...)...)
			if code != c.exit {
				t.Errorf("exit %d, want %d", code, c.exit)
			}
			told := ""
			for id, status := range c.want {
				l := lines[id]
				if l["status"] != status {
					t.Errorf("%s is %v, want %s (%v)", id, l["status"], status, l["what"])
				}
				if status != "ok" && status != "skipped" {
					told += " " + toString(l["what"]) + " " + toString(l["do"])
				}
			}
			if !strings.Contains(told, c.what) || !strings.Contains(told, c.do) {
				t.Errorf("%q and %q are not in %q", c.what, c.do, told)
			}
		})
	}
}

// saying sets claims of the access tokens.
func saying(claims string) func(*tokenfile.File) {
	return func(f *tokenfile.File) {
		lasting(f)
		for _, b := range f.Blocks() {
			b.Tokens.Access = secret.New("x." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".x")
		}
	}
}

func toString(v any) string { s, _ := v.(string); return s }

// replace edits the token file.
func (b *bench) replace(edit [2]string) {
	b.t.Helper()
	if edit[0] == "" {
		return
	}
	path := filepath.Join(b.dir, "mabase.openfire.fr.json")
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, []byte(strings.ReplaceAll(string(data), edit[0], edit[1])), 0o600)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// TestCaptivePortal checks that the page of a captive portal is not taken for an answer
// of Microsoft, and loses no token.
func TestCaptivePortal(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.connected("compta@client.fr", nil)
	b.through(func(_ http.Handler, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html>Welcome to our hotel</html>"))
	})
	before := b.file()
	lines, code := b.checked()
	if code != problem.Temporary || lines["entra.secret"]["status"] == "failed" || lines["entra.tenant"]["status"] == "failed" || lines["host.network"]["status"] != "failed" || lines["host.network"]["who"] != "network_admin" || lines["token.refresh"]["because"] != "host.network" {
		t.Errorf("exit %d: %v", code, lines)
	}
	got := b.run("", "token", "refresh", "mabase", "--lang", "en")
	if got.code != problem.Temporary || !strings.Contains(got.said, "captive portal") {
		t.Errorf("exit %d: %s", got.code, got.err)
	}
	if after := b.file(); after.Mail != before.Mail {
		t.Error("the tokens changed")
	}
}

// TestVerifyWithoutAFile checks that verify says what to do first, and runs the checks
// that need no file.
func TestVerifyWithoutAFile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	lines, code := b.checked()
	if code != problem.Usage || lines["token.file"]["status"] != "failed" || lines["smtp.connect"]["status"] != "ok" || !strings.Contains(toString(lines["token.file"]["do"]), "setup mabase") {
		t.Errorf("exit %d: %v", code, lines)
	}
}

// TestSameErrorIsExplainedOnce checks that an error that several checks get is explained by
// the first one, and that the others refer to it. JSON has all of it.
func TestSameErrorIsExplainedOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.connected("compta@client.fr", func(f *tokenfile.File) { f.Client.Secret = secret.New("abc8Q~" + strings.Repeat("x", 34)) })
	got := b.run("", "verify", b.base, "--lang", "en")
	if got.code != problem.Application || strings.Count(got.out, "AADSTS7000215") != 1 || !strings.Contains(got.out, "FAILED Token refresh: same cause as \"Client secret\".") {
		t.Errorf("exit %d\n%s", got.code, got.out)
	}
	if lines, _ := b.checked(); lines["entra.secret"]["fault"] == nil || lines["entra.secret"]["fault"] != lines["token.refresh"]["fault"] {
		t.Errorf("%v\n%v", lines["entra.secret"], lines["token.refresh"])
	}
}
