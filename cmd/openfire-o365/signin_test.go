package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
)

// running is a running program whose output is read line by line.
type running struct {
	t     *testing.T
	lines *bufio.Scanner // of the stream that is read
	code  chan problem.Exit
	seen  bytes.Buffer
}

// follow starts the program and reads one of its streams.
func (b *bench) follow(in io.Reader, stderr bool, args ...string) *running {
	b.t.Helper()
	r, w := io.Pipe()
	run := &running{t: b.t, lines: bufio.NewScanner(r), code: make(chan problem.Exit, 1)}
	out, other := io.Writer(w), io.Discard
	if stderr {
		out, other = io.Discard, w
	}
	go func() {
		code := b.runOn(in, out, other, args...)
		_ = w.Close()
		run.code <- code
	}()
	b.t.Cleanup(func() { _ = r.Close() })
	return run
}

// line returns the next line that starts with prefix after blanks.
func (r *running) line(prefix string) string {
	r.t.Helper()
	for r.lines.Scan() {
		r.seen.WriteString(r.lines.Text() + "\n")
		if l := strings.TrimSpace(r.lines.Text()); strings.HasPrefix(l, prefix) {
			return l
		}
	}
	r.t.Fatalf("no line starts with %q:\n%s", prefix, r.seen.String())
	return ""
}

// end reads to the end and returns the exit code.
func (r *running) end() problem.Exit {
	for r.lines.Scan() {
		r.seen.WriteString(r.lines.Text() + "\n")
	}
	return <-r.code
}

// TestSignInAddressForMachines checks that without terminal and browser the sign-in
// address is printed on standard output, and that the program waits for the sign-in.
func TestSignInAddressForMachines(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			args := append(b.given("mailbox", "compta@client.fr"), "--no-browser")
			prefix := "http"
			if format == "json" {
				args, prefix = append(args, "--json"), "{"
			}
			run := b.follow(strings.NewReader(""), false, args...)
			address := run.line(prefix)
			if format == "json" {
				var line struct {
					V         int
					Type, URL string
				}
				if err := json.Unmarshal([]byte(address), &line); err != nil || line.V != 1 || line.Type != "sign-in" {
					t.Fatalf("%v in %s", err, address)
				}
				address = line.URL
			}
			if strings.Contains(address, b.box.Values().Secret.Reveal()) || strings.Contains(address, "secret") {
				t.Errorf("the secret is in %s", address)
			}
			if err := sandbox.Visit(context.Background(), address); err != nil {
				t.Fatal(err)
			}
			if code := run.end(); code != problem.OK {
				t.Errorf("exit %d\n%s", code, run.seen.String())
			}
			if f := b.file(); !f.Complete() || f.Azure.SignedInAs != "compta@client.fr" {
				t.Errorf("not connected: %+v", f.Azure)
			}
		})
	}
}

// file reads the token file of the base.
func (b *bench) file() tokenfile.File {
	b.t.Helper()
	base, err := openfire.ParseBase(b.base)
	if err != nil {
		b.t.Fatal(err)
	}
	data, err := os.ReadFile(b.dir + "/" + base.FileName())
	if err != nil {
		b.t.Fatal(err)
	}
	f, err := tokenfile.Decode(data)
	if err != nil {
		b.t.Fatal(err)
	}
	return f
}

// tested stores that a test message was accepted.
func (b *bench) tested() {
	b.t.Helper()
	base, err := openfire.ParseBase(b.base)
	if err == nil {
		err = store.New(b.dir, time.Now).SaveState(base, store.State{Tested: true})
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// accept signs in and consents on the sandbox's page. It returns the address of the
// last page.
func accept(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"mailbox": {u.Query().Get("login_hint")}, "step": {"accept"}}
	res, err := (&http.Client{Timeout: patience}).PostForm(address, form)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.Request.URL.String()
}

// TestPastedAddressConnects pastes the address of the last page, as is necessary when
// the browser is on another machine or the second redirect URI is not registered.
func TestPastedAddressConnects(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ odoo, flag string }{
		"base's page, Odoo 16":     {"16.0", "--flow=paste"},
		"base's page, Odoo 10":     {"10.0", "--loopback=no"},
		"loopback, other machine":  {"16.0", "--no-browser"},
		"redirect of another host": {"14.0", "--flow=paste"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBenchOn(t, sandbox.Options{Odoo: c.odoo})
			in, keyboard := io.Pipe()
			args := append(b.given("mailbox", "compta@client.fr"), c.flag, "--plain", "--incoming=no", "--secret-expires=2028-11-22", "--lang=en", "--test-to=compta@client.fr")
			args = removed(args, "--no-input")
			if c.flag != "--loopback=no" {
				args = append(args, "--loopback=yes")
			}
			run := b.follow(in, true, args...)
			run.line("Open this address and sign in as the mailbox")
			last := ""
			if address := run.line("http"); c.flag == "--no-browser" {
				last = elsewhere(t, address)
			} else {
				last = accept(t, address)
			}
			go func() { _, _ = io.WriteString(keyboard, "nonsense\n  <"+last+">\r\n\n") }()
			if code := run.end(); code != problem.OK {
				t.Fatalf("exit %d\n%s", code, run.seen.String())
			}
			if !strings.Contains(run.seen.String(), "This address does not contain a sign-in code.") {
				t.Errorf("invalid text was not refused:\n%s", run.seen.String())
			}
			if f := b.file(); !f.Complete() {
				t.Error("not connected")
			}
		})
	}
}

// TestLinkScannerDoesNotDisturbTheSignIn checks that the browser gets the last page
// even if other programs have requested the callback before it and setup has ended.
func TestLinkScannerDoesNotDisturbTheSignIn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	run := b.follow(strings.NewReader(""), true, append(b.given("mailbox", "compta@client.fr"), "--no-browser", "--lang=en")...)
	run.line("Open this address and sign in as the mailbox")
	last := ""
	client := &http.Client{Timeout: patience, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		last = r.URL.String()
		return http.ErrUseLastResponse
	}}
	res, err := client.PostForm(run.line("http"), url.Values{"mailbox": {"compta@client.fr"}, "step": {"accept"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	visit := func(method, address string) string {
		r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(r)
		if err != nil {
			return err.Error()
		}
		defer res.Body.Close()
		page, _ := io.ReadAll(res.Body)
		return res.Status + string(page)
	}
	run.line("Waiting for the browser")
	bare, _, _ := strings.Cut(last, "?")
	for _, refused := range []string{visit("HEAD", last), visit("OPTIONS", last), visit("GET", bare), visit("GET", last+"&state=x")} {
		if !strings.HasPrefix(refused, "40") {
			t.Errorf("a scanner got %s", refused)
		}
	}
	pages := make(chan string, 1)
	go func() { pages <- visit("GET", last) }()
	code, scanned := run.end(), <-pages
	if code != problem.OK || !strings.Contains(scanned, "Signed in") {
		t.Fatalf("exit %d, the page is %s\n%s", code, scanned, run.seen.String())
	}
	if page := visit("GET", last); page != scanned {
		t.Errorf("the browser shows %s", page)
	}
}

// TestUnregisteredLoopback checks that setup repeats the sign-in with the redirect URI
// of the base after the user reports error 50011 of Microsoft's page.
func TestUnregisteredLoopback(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in, keyboard := io.Pipe()
	args := append(removed(b.given("mailbox", "compta@client.fr"), "--no-input"), "--no-browser", "--loopback=yes", "--plain", "--incoming=no", "--secret-expires=2028-11-22", "--lang=en", "--test-to=compta@client.fr")
	run := b.follow(in, true, args...)
	run.line("Open this address and sign in as the mailbox")
	if first := run.line("http"); !strings.Contains(first, "localhost%3A") {
		t.Errorf("first address %s", first)
	}
	go func() {
		_, _ = io.WriteString(keyboard, "AADSTS50011: The redirect URI 'http://localhost:1/x' specified in the request does not match\n")
	}()
	run.line("Open this address and sign in as the mailbox")
	second := run.line("http")
	if !strings.Contains(second, url.QueryEscape("https://mabase.openfire.fr/microsoft_outlook/confirm")) {
		t.Errorf("second address %s", second)
	}
	last := accept(t, second)
	go func() { _, _ = io.WriteString(keyboard, last+"\n\n") }()
	if code := run.end(); code != problem.OK || !b.file().Complete() {
		t.Errorf("exit %d\n%s", code, run.seen.String())
	}
}

// elsewhere signs in with a browser that cannot reach the loopback address. It returns
// the address in its address bar.
func elsewhere(t *testing.T, address string) string {
	t.Helper()
	last := ""
	client := &http.Client{Timeout: patience, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		last = r.URL.String()
		return http.ErrUseLastResponse
	}}
	res, err := client.PostForm(address, url.Values{"mailbox": {"compta@client.fr"}, "step": {"accept"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return last
}

func removed(args []string, word string) []string {
	var kept []string
	for _, a := range args {
		if a != word {
			kept = append(kept, a)
		}
	}
	return kept
}

// TestSecretAboutToExpire checks that a second setup asks only for the secret.
func TestSecretAboutToExpire(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	soon := time.Now().Add(10 * 24 * time.Hour).Format(time.DateOnly)
	b.connected("compta@client.fr", func(f *tokenfile.File) {
		f.Azure.SecretExpires = soon
		f.Mail.Expiration = time.Now().Add(time.Hour).Unix()
		f.Fetch.Expiration = f.Mail.Expiration
	})
	b.tested()
	if got := b.run("", "setup", "mabase", "--no-input"); got.code != problem.Usage || !strings.Contains(got.said, "--client-secret-file") {
		t.Errorf("exit %d\n%s", got.code, got.err)
	}
	in := b.box.Values().Secret.Reveal() + "\n22/11/2028\n"
	got := b.run(in, "setup", "mabase", "--plain", "--lang", "en")
	if n := strings.Count(got.err, "\n> "); got.code != problem.OK || n != 2 {
		t.Errorf("exit %d after %d questions, want the secret and its expiry date:\n%s", got.code, n, got.err)
	}
	if f := b.file(); f.Azure.SecretExpires != "2028-11-22" {
		t.Errorf("the new date is %s", f.Azure.SecretExpires)
	}
	if got := b.run("", "setup", "mabase", "--plain", "--lang", "en"); got.code != problem.OK || strings.Contains(got.err, "\n> ") {
		t.Errorf("exit %d, a question was repeated:\n%s", got.code, got.err)
	}
}
