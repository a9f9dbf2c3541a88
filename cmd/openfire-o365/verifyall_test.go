package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// lasting gives a mailbox a valid access token.
func lasting(f *tokenfile.File) {
	for _, block := range f.Blocks() {
		block.Tokens.Expiration = time.Now().Add(time.Hour).Unix()
	}
}

// TestNagiosLineAndState checks the line, the state and the exit code for one base and
// for all.
func TestNagiosLineAndState(t *testing.T) {
	t.Parallel()
	dead := func(f *tokenfile.File) { f.Client.Secret = secret.New("wrong~but-plausible-value-000000000000000") }
	soon := func(f *tokenfile.File) {
		f.Azure.SecretExpires = time.Now().Add(10*24*time.Hour + time.Hour).Format(time.DateOnly)
	}
	for name, c := range map[string]struct {
		file  func(*tokenfile.File)
		cloud func(*azure.Cloud)
		args  []string
		want  string
		exit  problem.Exit
	}{
		"all is well":    {want: "O365 OK - mabase.openfire.fr: no problem found (", exit: 0},
		"all, well":      {args: []string{"--all"}, want: "O365 OK - mabase.openfire.fr: no problem found (", exit: 0},
		"a warning":      {file: soon, want: "O365 WARNING - mabase.openfire.fr: entra.secret-expiry: ", exit: 1},
		"a failed check": {file: dead, want: "O365 CRITICAL - mabase.openfire.fr: entra.secret: ", exit: 2},
		"V11 Exchange out of reach": {cloud: func(c *azure.Cloud) { c.SMTP = "127.0.0.1:1" }, file: lasting,
			want: "O365 UNKNOWN - mabase.openfire.fr: host.network: ", exit: 3},
		"V11 Entra out of reach": {cloud: func(c *azure.Cloud) { c.Login = "http://127.0.0.1:1" }, file: lasting,
			want: "O365 UNKNOWN - mabase.openfire.fr: host.network: ", exit: 3},
		"base behind a VPN": {cloud: func(c *azure.Cloud) { c.Base = "http://127.0.0.1:1" }, want: "O365 OK - mabase.openfire.fr: no problem found (20 checks passed, 1 without an answer)", exit: 0},
		"no file":           {args: []string{"autre"}, want: "O365 CRITICAL - autre.openfire.fr: token.file: ", exit: 2},
		"usage":             {args: []string{"--bogus"}, want: "O365 UNKNOWN - Unknown flag --bogus.", exit: 3},
		"bad base":          {args: []string{"1.2.3.4"}, want: "O365 UNKNOWN - Base", exit: 3},
		"with --json":       {args: []string{"--json"}, want: "O365 UNKNOWN - ", exit: 3},
		"no such folder":    {args: []string{"--all", "--dir", "/nonexistent"}, want: "O365 UNKNOWN - There is no token file", exit: 3},
		"no cloud file":     {args: []string{"--cloud", "/nonexistent"}, want: "O365 UNKNOWN - ", exit: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			cloud := b.box.Cloud()
			if c.cloud != nil {
				c.cloud(&cloud)
			}
			b.describe(cloud)
			b.connected("compta@client.fr", c.file)
			got := b.run("", append([]string{"verify", "--nagios", "--lang", "en"}, c.args...)...)
			plugin(t, got)
			if got.code != c.exit || !strings.HasPrefix(got.out, c.want) {
				t.Errorf("exit %d, want %d: %s", got.code, c.exit, got.out)
			}
		})
	}
}

// TestNagiosByEnvironment checks that usage errors are in the format of Nagios if the
// environment sets --nagios.
func TestNagiosByEnvironment(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.env["OPENFIRE_O365_NAGIOS"] = "1"
	if got := b.run("", "verify", "--bogus"); got.code != 3 || !strings.HasPrefix(got.out, "O365 UNKNOWN - ") {
		t.Errorf("exit %d: %s", got.code, got.out)
	}
	if got := b.run("", "token", "status", "--bogus"); got.code != problem.Usage || got.out != "" {
		t.Errorf("another command, exit %d: %s", got.code, got.out)
	}
}

// TestVerifyAll checks that only bases with a problem or a warning are shown, in order,
// with a summary. -q shows only failures and the summary.
func TestVerifyAll(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range 9 {
		b.base = fmt.Sprintf("base%d", i)
		b.connected("compta@client.fr", func(f *tokenfile.File) {
			lasting(f)
			switch i {
			case 2, 7:
				f.Client.Secret = secret.New("wrong~but-plausible-value-000000000000000")
			case 4:
				f.Azure.SecretExpires = time.Now().Add(240 * time.Hour).Format(time.DateOnly)
			}
		})
	}
	// Offline, because the sandbox has only one base's redirect URI registered.
	got := b.run("", "verify", "--all", "--lang", "en", "--offline")
	if got.code != problem.OK || strings.Count(got.out, "https://") != 1 || !strings.Contains(got.out, "https://base4.openfire.fr\nWARNING Secret expiry") ||
		!strings.HasSuffix(got.out, "\n9 bases: 0 failed, 1 with warnings, 0 without an answer, 8 OK.\n") {
		t.Errorf("exit %d:\n%s", got.code, got.out)
	}
	got = b.run("", "verify", "--all", "--lang", "en", "--offline", "-q")
	if got.out != "9 bases: 0 failed, 1 with warnings, 0 without an answer, 8 OK.\n" {
		t.Errorf("-q:\n%s", got.out)
	}
	got = b.run("", "verify", "base2", "base4", "base7", "--lang", "en")
	at := func(s string) int { return strings.Index(got.out, s) }
	if got.code != problem.SomeBases || at("https://base2.") < 0 || at("https://base4.") < at("https://base2.") || at("https://base7.") < at("https://base4.") ||
		strings.Count(got.out, "FAILED Client secret") != 2 {
		t.Errorf("exit %d:\n%s", got.code, got.out)
	}
	got = b.run("", "verify", "--all", "--json", "--offline")
	if n := strings.Count(got.out, `"type":"check"`); n != 9*28 || !strings.Contains(got.out, `"bases":9`) {
		t.Errorf("%d checks for machines", n)
	}
}

// TestOfflineConnectsToNothing checks that --offline connects to nothing, for one base
// and for all, and exits with 0.
func TestOfflineConnectsToNothing(t *testing.T) {
	t.Parallel()
	var met atomic.Int64
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
			met.Add(1)
			_ = conn.Close()
		}
	}()
	b := newBench(t)
	cloud, at := b.box.Cloud(), listener.Addr().String()
	cloud.Login, cloud.Graph, cloud.Base, cloud.SMTP, cloud.IMAP = "http://"+at, "http://"+at, "http://"+at, at, "imaps://"+at
	b.describe(cloud)
	b.connected("compta@client.fr", nil) // due
	before := b.state()
	for _, args := range [][]string{{"mabase"}, {"--all"}, {"--nagios"}, {"--all", "--json"}} {
		if got := b.run("", append([]string{"verify", "--offline"}, args...)...); got.code != problem.OK {
			t.Errorf("%v: exit %d\n%s%s", args, got.code, got.out, got.err)
		}
	}
	if n := met.Load(); n != 0 || b.state() != before {
		t.Errorf("%d connections, or a file changed", n)
	}
	b.run("", "verify") // check that the listener counts
	if met.Load() == 0 {
		t.Error("nothing connects online either")
	}
}

// TestVerifyKeepsTheNewToken checks that a token that verify renews is saved.
func TestVerifyKeepsTheNewToken(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.connected("compta@client.fr", nil)
	before := b.file()
	if got := b.run("", "verify", "mabase"); got.code != problem.OK {
		t.Errorf("exit %d\n%s", got.code, got.out)
	}
	after := b.file()
	if after.Mail.Refresh == before.Mail.Refresh || after.Mail.Access == before.Mail.Access || after.Fetch.Refresh != after.Mail.Refresh || after.Mail.Left(time.Now()) < 30*time.Minute {
		t.Error("the new tokens are not in the file")
	}
	if left, _ := filepath.Glob(filepath.Join(b.dir, "*new*")); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

// crowd writes the token files of n bases to a folder.
func crowd(t testing.TB, bases int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for i := range bases {
		base, err := openfire.ParseBase(fmt.Sprintf("base%d", i))
		if err != nil {
			t.Fatal(err)
		}
		f := tokenfile.New(base, "16.0")
		f.Client = tokenfile.Client{ID: "0b1a2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d", Secret: secret.New("a-secret")}
		f.Azure = tokenfile.Azure{TenantID: "7a1c0b52-3d4e-4f60-8a91-b2c3d4e5f607", SecretExpires: "2099-01-01", SignedInAs: base.Name() + "@client.fr", RefreshIssued: time.Now()}
		f.SetMailbox(base.Name()+"@client.fr", false)
		f.Mail.Tokens = tokenfile.Tokens{Refresh: secret.New("refresh of " + base.Name()), Access: secret.New("access"), Expiration: time.Now().Add(time.Hour).Unix()}
		data, err := f.Encode()
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, base.FileName()), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// offline runs verify over a folder as cron would. The output must be one line.
func offline(t testing.TB, dir string, bases int) {
	t.Helper()
	var out, errs strings.Builder
	code := run(t.Context(), processEnv(strings.NewReader(""), &out, &errs), []string{"verify", "--all", "--offline", "--lang", "en", "--dir", dir})
	if want := fmt.Sprintf("%d bases: 0 failed, 0 with warnings, 0 without an answer, %d OK.\n", bases, bases); code != problem.OK || out.String() != want {
		t.Errorf("exit %d: %.500s%.500s", code, out.String(), errs.String())
	}
}

// TestOfflineOverManyBasesIsOneLine checks that many bases print one line.
func TestOfflineOverManyBasesIsOneLine(t *testing.T) {
	t.Parallel()
	offline(t, crowd(t, 300), 300)
}

// BenchmarkOfflineOverTenThousandBases measures that for ten thousand bases.
func BenchmarkOfflineOverTenThousandBases(b *testing.B) {
	const bases = 10_000
	dir := crowd(b, bases)
	for b.Loop() {
		offline(b, dir, bases)
	}
}

// TestTestMessagesAreSentForOneBaseOnly checks that --send is refused for several
// bases.
func TestTestMessagesAreSentForOneBaseOnly(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.connected("compta@client.fr", lasting)
	b.refused("--send", problem.Usage, "verify", "--all", "--send", "anna@example.com")
	b.refused("--send", problem.Usage, "verify", "mabase", "autre", "--send", "anna@example.com")
	b.refused("--send", problem.Usage, "verify", "mabase", "--offline", "--send", "anna@example.com")
	b.refused("10", problem.Usage, "verify", "mabase", "--send", strings.Repeat("anna@example.com,", 10)+"anna@example.com")
	b.refused("--report", problem.Usage, "verify", "--all", "--report", "r.html")
	b.refused("--unredacted", problem.Usage, "verify", "mabase", "--unredacted")
}

// TestCopiesOfATokenFileAreReported checks that copies that an editor left beside the
// file are a warning.
func TestCopiesOfATokenFileAreReported(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.connected("compta@client.fr", lasting)
	path := filepath.Join(b.dir, "mabase.openfire.fr.json")
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path+"~", data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	lines, code := b.checked("--offline")
	if l := lines["token.file"]; code != problem.OK || l["status"] != "warning" || !strings.Contains(toString(l["what"]), "mabase.openfire.fr.json~") || !strings.Contains(toString(l["do"]), "Delete") {
		t.Errorf("exit %d, %v", code, l)
	}
}

// TestReportFile checks that the report is readable by its owner only, replaces an
// existing file, follows no link, contains no secret, and shortens addresses,
// identifiers and folders.
func TestReportFile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.connected("compta@client.fr", func(f *tokenfile.File) { lasting(f); f.Azure.SignedInAs = "anna@client.fr" })
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	page := func(args ...string) string {
		if got := b.run("", append([]string{"verify", "mabase", "--report", path, "--lang", "fr"}, args...)...); got.code != problem.OK || !strings.Contains(got.said, "Rapport écrit") {
			t.Errorf("exit %d: %s", got.code, got.said)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, canary := range []string{"sandbox-at.", "sandbox-rt.", b.box.Values().Secret.Reveal()} {
			if strings.Contains(string(data), canary) {
				t.Errorf("a secret is in the page: %s", canary)
			}
		}
		return string(data)
	}
	short := page()
	for _, part := range []string{"c…a@c…t.fr", "a…a@c…t.fr", "https://mabase.openfire.fr", "Tous les contrôles", "Content-Security-Policy", `<html lang="fr">`} {
		if !strings.Contains(short, part) {
			t.Errorf("%q is not in the page", part)
		}
	}
	if strings.Contains(short, "client.fr") || strings.Contains(short, b.box.Values().ClientID) {
		t.Error("an address is whole")
	}
	if whole := page("--unredacted"); !strings.Contains(whole, "compta@client.fr") {
		t.Error("--unredacted shortens")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); left != nil {
		t.Errorf("left behind: %v", left)
	}
	link := filepath.Join(t.TempDir(), "link.html")
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	b.refused("link.html", problem.Safety, "verify", "mabase", "--report", link)
	b.refused("--report", problem.Usage, "verify", "mabase", "--report", filepath.Dir(path))
	if got := b.run("", "verify", "mabase", "--report", filepath.Join(path, "no", "folder.html")); got.code == problem.OK {
		t.Errorf("no such folder, exit %d", got.code)
	}
}
