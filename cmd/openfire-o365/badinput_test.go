package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/cli"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// bench runs the program in this process, with a sandbox.
type bench struct {
	t     *testing.T
	box   *sandbox.Sandbox
	cloud string
	dir   string
	base  string
	env   map[string]string
	now   func() time.Time // nil: time.Now
	slept []time.Duration  // by the program; it does not really wait here
	wake  func(time.Duration)

	mu sync.Mutex
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return newBenchOn(t, sandbox.Options{})
}

func newBenchOn(t *testing.T, o sandbox.Options) *bench {
	t.Helper()
	b := &bench{t: t, base: "mabase", dir: filepath.Join(t.TempDir(), "tokens"), env: map[string]string{}}
	own := t.TempDir()
	var err error
	if o.CAFile = filepath.Join(own, "ca.pem"); o.Now == nil {
		o.Now = time.Now
	}
	b.box, err = sandbox.Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.box.Close() })
	b.cloud = filepath.Join(own, "cloud.json")
	b.describe(b.box.Cloud())
	return b
}

// newBenchAt returns a bench with another current date.
func newBenchAt(t *testing.T, now time.Time) *bench {
	t.Helper()
	clock := func() time.Time { return now }
	b := newBenchOn(t, sandbox.Options{Now: clock})
	b.now = clock
	return b
}

// ran is the result of one run of the program.
type ran struct {
	code     problem.Exit
	out, err string
	said     string // err on one line, with ordinary spaces
}

// run runs the program once, with in as its standard input.
func (b *bench) run(in string, args ...string) ran {
	b.t.Helper()
	var out, err bytes.Buffer
	code := b.runOn(strings.NewReader(in), &out, &err, args...)
	for _, canary := range []string{"sandbox-at.", "sandbox-rt.", "sandbox-code.", b.box.Values().Secret.Reveal()} {
		if strings.Contains(out.String()+err.String(), canary) {
			b.t.Errorf("%q: %.16q is in the output", args, canary)
		}
	}
	return ran{code, out.String(), err.String(), flat(err.String())}
}

// environment returns a process with these streams and the clock of the bench.
func (b *bench) environment(in io.Reader, out, err io.Writer) cli.Env {
	e := processEnv(in, out, err)
	e.Getenv = func(name string) string { return b.env[name] }
	if b.now != nil {
		e.Now = b.now
	}
	e.Sleep = func(ctx context.Context, d time.Duration) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.slept = append(b.slept, d)
		if b.wake != nil {
			b.wake(d)
		}
		return ctx.Err()
	}
	return e
}

// processEnv returns a process with these streams and an empty environment.
func processEnv(in io.Reader, out, err io.Writer) cli.Env {
	return cli.Env{In: in, Out: ui.NewOutput(out), Err: err, Getenv: func(string) string { return "" }, Now: time.Now, Sleep: cli.Sleep,
		Languages: func() []string { return nil }, DoubleClicked: func() bool { return false }, Executable: os.Executable, Version: version}
}

// runOn runs the program once with these streams.
func (b *bench) runOn(in io.Reader, out, err io.Writer, args ...string) problem.Exit {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return run(ctx, b.environment(in, out, err), append([]string{"--cloud", b.cloud, "--dir", b.dir}, args...))
}

// state returns content and time of every file, and the number of requests to Microsoft
// and the base.
func (b *bench) state() string {
	var all strings.Builder
	_ = fs.WalkDir(os.DirFS(filepath.Dir(b.dir)), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, _ := os.ReadFile(filepath.Join(filepath.Dir(b.dir), path))
		info, _ := d.Info()
		fmt.Fprintf(&all, "%s %x %v\n", path, sha256.Sum256(data), info.ModTime())
		return nil
	})
	fmt.Fprintf(&all, "%d requests", len(b.box.Requests()))
	return all.String()
}

// refused runs the program with an invalid value. It must exit with 2, name the field
// in both languages, and change no file and send no request.
func (b *bench) refused(field string, want problem.Exit, args ...string) {
	b.t.Helper()
	for _, l := range []string{"fr", "en"} {
		before := b.state()
		got := b.run("", append([]string{"--lang", l}, args...)...)
		if got.code != want {
			b.t.Errorf("%q: exit %d, want %d\n%s", args, got.code, want, got.err)
		}
		if !strings.Contains(got.said, field) {
			b.t.Errorf("%q: %q is not named in %q", args, field, got.said)
		}
		if after := b.state(); after != before {
			b.t.Errorf("%q changed something:\n%s\nwas\n%s", args, after, before)
		}
		for _, r := range got.err {
			if r < ' ' && r != '\n' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x202e {
				b.t.Errorf("%q: control character %U reaches the screen", args, r)
			}
		}
	}
}

func long(n int) string { return strings.Repeat("a", n) }

// TestInvalidBaseNamesAreRefused tests 80 invalid names.
func TestInvalidBaseNamesAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	names := []string{
		"", " ", ".", "..", "/", "../x", "../../etc/passwd", `..\x`, "a/b", "a@b", "a#b", "a?b", "a:b", "a%2eb", "%2e%2e", "a b", "a_b", "-a", "a-", "-",
		"é", "mabasé", "КиВ", "xn--mabas-dsa", "xn--80ak6aa92e", "con", "NUL", "aux", "com1", "lpt9", "prn", long(64), long(300), "a..b", ".a", "a.", "mabase.", "mabase..openfire.fr",
		"127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "::1", "0x7f.1", "2130706433.0", "1.2.3.4.", "192.168.1.1:80", "https://127.0.0.1", "https://[::1]", "https://169.254.169.254/latest",
		"http://mabase.openfire.fr", "ftp://mabase.openfire.fr", "file:///etc/passwd", "javascript:alert(1)", "https://", "https:///", "https://a", "https://user@mabase.openfire.fr", "https://user:pw@mabase.openfire.fr",
		"https://mabase.openfire.fr:8443", "https://mabase.openfire.fr@evil.example", `https://mabase.openfire.fr\@evil.example`, "https://mabase.openfire.fr#", "https://mabase.openfire.fr?x=1", "https://xn--mabase.openfire.fr",
		"http://localhost:", "http://localhost:port", "http://localhost:123456", "http://localhost.evil.example", "https://localhost", "localhost", "http://127.0.0.1:8069", "http://[::1]:8069", "mabase\x00", "mabase\n", "ma\tbase", "mabase\x1b[2J", "\u202emabase", "ma\u200bbase.openfire.fr.", "a*b", "a;b", "$(id)", "`id`", "a|b", "a&b", "a<b>", "..%2f..%2f", "con.openfire.fr", "nul.example.org",
	}
	// Blanks around a name are removed.
	for _, name := range names {
		if strings.TrimSpace(name) == "mabase" || name == "" || name == " " {
			continue
		}
		field := "Base"
		if strings.HasPrefix(name, "-") {
			continue // looks like a flag
		}
		b.refused(field, problem.Usage, "setup", "--no-input", "--", name)
		b.refused(field, problem.Usage, "verify", "--", name)
	}
	if len(names) < 80 {
		t.Errorf("%d names", len(names))
	}
}

// given returns the answers of a complete setup, with one replaced.
func (b *bench) given(flag, value string) []string {
	v := b.box.Values()
	secret := filepath.Join(b.t.TempDir(), "secret")
	answers := map[string]string{"tenant": v.TenantID, "client-id": v.ClientID, "client-secret": v.Secret.Reveal(), "mailbox": v.Mailbox}
	answers[flag] = value
	if err := os.WriteFile(secret, []byte(answers["client-secret"]), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return []string{"setup", "mabase", "--no-input", "--tenant=" + answers["tenant"], "--client-id=" + answers["client-id"], "--client-secret-file=" + secret, "--mailbox=" + answers["mailbox"]}
}

// TestInvalidClientIDsAreRefused tests 30 invalid identifiers.
func TestInvalidClientIDsAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	good := b.box.Values().ClientID
	ids := []string{"x", "12345", "OpenFire", good[:35], good + "0", good + " " + good, strings.ReplaceAll(good, "-", ""), strings.ReplaceAll(good, "-", "_"), "g" + good[1:], "{" + good, good + ",", "00000000-0000-0000-0000-000000000000",
		"https://portal.azure.com", "compta@client.fr", "abc8Q~abcdefghijklmnopqrstuvwxyz01234567", "null", "undefined", "-", "5a4db0c5", "5a4db0c5-0000", "é" + good[1:], good[:8] + "–" + good[9:], "ID : " + good, good + "\n" + good,
		"\x1b[2J", "\u202e" + strings.Repeat("z", 36), strings.Repeat("0", 400), "client.onmicrosoft.com", "d'application", "...", `"'"`}
	for _, id := range ids {
		b.refused("--client-id", problem.Usage, b.given("client-id", id)...)
	}
	if len(ids) < 30 {
		t.Errorf("%d identifiers", len(ids))
	}
	for _, tenant := range []string{"common", "organizations", "client", "client onmicrosoft com", "../x", "http://x", good[:30]} {
		b.refused("--tenant", problem.Usage, b.given("tenant", tenant)...)
	}
}

// TestInvalidSecretsAreRefused tests 20 pastes that are not a client secret. The
// program must not print them.
func TestInvalidSecretsAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	secrets := []string{"1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", "{1B9D6BCD-BBFD-4B2D-9B5D-AB8DFBBD4BED}", "short", "abc8Q~xyz", "abc8Q~abcdefghijklmnop qrstuvwxyz012345", "abc8Q~abcdefghijklmnop\nSECOND-LINE-abcdefgh", "abc8Q~abcdefghijklmnop\tqrstuvwxyz012345",
		"abc8Q~abcdéfghijklmnopqrstuvwxyz01234567", "abc8Q~abc\x00defghijklmnopqrstuvwxyz0123456", "abc8Q~abc\x1b[2Jdefghijklmnopqrstuvwxyz01", strings.Repeat("a", 257), strings.Repeat("a", 100000), "https://portal.azure.com/#view/secrets", "abc*****************", "••••••••••••••••••••",
		"abc8Q~abc\u2026defghijklmnopqrstuvwxyz0123", "мой-секретный-ключ-для-почты-000", "abc8Q~abcdefghijklmnop\r\nqrstuvwxyz012345", "abc8Q~\u200eabc\u3000defghijklmnopqrstuvwxyz01", "ID du secret 1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"}
	for _, secret := range secrets {
		args := b.given("client-secret", secret)
		b.refused("--client-secret-file", problem.Usage, args...)
		if got := b.run("", args...); len(secret) > 8 && strings.Contains(got.err, secret[:9]) {
			t.Errorf("%.12q is repeated: %s", secret, got.err)
		}
	}
	b.refused("--client-secret-file", problem.Usage, "setup", "mabase", "--client-secret-file", filepath.Join(b.dir, "absent"))
	if len(secrets) < 20 {
		t.Errorf("%d secrets", len(secrets))
	}
}

// TestInvalidMailboxesAreRefused tests 40 invalid addresses.
func TestInvalidMailboxesAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	boxes := []string{"x", "@", "a@", "@b.fr", "a@b", "a@b.", "a@.b.fr", "a@b..fr", "a b@c.fr", "a@b c.fr", "a@b.fr,c@d.fr", "a@b.fr;c@d.fr", "a@b.fr c@d.fr", "Anna <a@b.fr>", "<a@b.fr", "a@b.fr>", "a@@b.fr", "a@b@c.fr",
		"é@b.fr", "аnna@b.fr", `"a b"@c.fr`, `"a"@c.fr`, "a.@b.fr", ".a@b.fr", "a..b@c.fr", "a@-b.fr", "a@b-.fr", "a@b_c.fr", "a@127.0.0.1", "a@[127.0.0.1]", "a@b.fr\r\nRCPT TO:<x@y.fr>", "a@b.fr\x00", "a\x01@b.fr", "a@b.fr\x01auth=Bearer",
		"a@b.fr SIZE=1", long(65) + "@b.fr", "a@" + long(64) + ".fr", "a@" + strings.Repeat("a.", 130) + "fr", "\x1b[2J@b.fr", "mailto:a@b.fr", "a(b)@c.fr", "a\\@b.fr", "compta@client.fr/x"}
	for _, box := range boxes {
		b.refused("--mailbox", problem.Usage, b.given("mailbox", box)...)
	}
	if len(boxes) < 40 {
		t.Errorf("%d mailboxes", len(boxes))
	}
}

// TestInvalidFlagsAreRefused tests invalid command lines.
func TestInvalidFlagsAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	noObject := filepath.Join(t.TempDir(), "answers.json")
	if err := os.WriteFile(noObject, []byte("null"), 0o600); err != nil {
		t.Fatal(err)
	}
	for field, args := range map[string][]string{
		"--wat":              {"verify", "--wat"},
		"-z":                 {"verify", "-z"},
		"verfy":              {"verfy"},
		"refrsh":             {"token", "refrsh"},
		"--timeout":          {"verify", "mabase", "--timeout", "soon"},
		"--lang":             {"verify", "mabase", "--lang=de"},
		"--all":              {"token", "refresh", "mabase", "--all"},
		"--flow":             {"setup", "mabase", "--flow", "pigeon"},
		"--send":             {"verify", "mabase", "--send", "a@b.fr,a@b.fr,a@b.fr,a@b.fr,a@b.fr,a@b.fr,a@b.fr,a@b.fr,a@b.fr,a@b.fr,a@b.fr"},
		"--margin":           {"token", "refresh", "mabase", "--margin=-1m"},
		"--answers":          {"setup", "mabase", "--answers", b.cloud + "x"},
		"--answers|null":     {"setup", "mabase", "--answers", noObject},
		"--odoo-version":     append(b.given("mailbox", "a@b.fr"), "--odoo-version=seize"),
		"openfire-o365 help": {"version", "extra"},
		"setup takes|setup":  {"setup", "a", "b"},
	} {
		before := b.state()
		got := b.run("", args...)
		if got.code != problem.Usage || b.state() != before {
			t.Errorf("%q: exit %d, want 2 and nothing changed", args, got.code)
		}
		if first, _, _ := strings.Cut(field, "|"); !strings.Contains(got.said, first) {
			t.Errorf("%q: %q is not named in %q", args, first, got.said)
		}
	}
}

// withoutState returns before if after differs only in the state files.
func withoutState(before, after string) string {
	drop := func(s string) string {
		var kept []string
		for l := range strings.Lines(s) {
			if !strings.Contains(l, "/state/") {
				kept = append(kept, l)
			}
		}
		return strings.Join(kept, "")
	}
	if drop(before) == drop(after) {
		return after
	}
	return before
}
