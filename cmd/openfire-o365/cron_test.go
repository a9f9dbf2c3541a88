package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/cli"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// clock is a time that a test can change.
func (b *bench) clock() func(time.Duration) {
	start := time.Now()
	var moved atomic.Int64 // servers change it too
	b.now = func() time.Time { return start.Add(time.Duration(moved.Load())) }
	return func(d time.Duration) { moved.Add(int64(d)) }
}

// TestSecretWarnings checks that token refresh warns 30, 14, 7, 3 and 1 days before the
// client secret expires, once a day, and not with -q.
func TestSecretWarnings(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	forward := b.clock()
	end := b.now().UTC().Truncate(24 * time.Hour).Add(32 * 24 * time.Hour)
	b.connected("compta@client.fr", func(f *tokenfile.File) { f.Azure.SecretExpires = end.Format(time.DateOnly) })
	var warned []int
	for range 33 * 2 {
		got := b.run("", "token", "refresh", "mabase", "--lang", "en", "--margin", "1000h")
		if got.code != problem.OK {
			t.Fatalf("exit %d: %s", got.code, got.err)
		}
		if got.err != "" {
			warned = append(warned, int(end.Sub(b.now())/(24*time.Hour)))
			if !strings.Contains(got.said, "the client secret expires in") || !strings.Contains(got.said, "setup mabase") {
				t.Errorf("said %q", got.err)
			}
		}
		forward(12 * time.Hour)
	}
	if want := []int{30, 14, 7, 3, 1}; !slices.Equal(warned, want) {
		t.Errorf("warned with %v days left, want %v", warned, want)
	}
}

// TestRefreshCatchesSignalsThoughNothingIsDue: a run over many bases ends with a code
// and its summary, never by the signal.
func TestRefreshCatchesSignalsThoughNothingIsDue(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.connected("compta@client.fr", func(f *tokenfile.File) {
		for _, block := range f.Blocks() {
			block.Tokens.Expiration = time.Now().Add(time.Hour).Unix()
		}
	})
	var caught atomic.Bool
	ctx := signalContext{t.Context(), func() { caught.Store(true) }}
	var said bytes.Buffer
	args := []string{"--cloud", b.cloud, "--dir", b.dir, "token", "refresh", "--all"}
	if code := run(ctx, b.environment(nil, &said, &said), args); code != problem.OK || !caught.Load() {
		t.Errorf("exit %d, signals caught: %v\n%s", code, caught.Load(), said.String())
	}
}

func TestSecretWarningsQuiet(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.connected("compta@client.fr", func(f *tokenfile.File) {
		f.Azure.SecretExpires = time.Now().UTC().Truncate(24 * time.Hour).Add(8 * 24 * time.Hour).Format(time.DateOnly)
	})
	if got := b.run("", "token", "refresh", "mabase", "-q"); got.code != problem.OK || got.err+got.out != "" {
		t.Errorf("exit %d, %q", got.code, got.err+got.out)
	}
}

// TestRejectedTokenIsTriedOnceADay checks that a token that Microsoft rejected is reported once
// a day and tried once a day, until the next sign-in.
func TestRejectedTokenIsTriedOnceADay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	forward := b.clock()
	b.connected("aadsts700082@client.fr", nil)
	run := func() (said bool, asked int) {
		before := len(b.box.Requests())
		got := b.run("", "token", "refresh", "mabase", "--lang", "en")
		if got.code != problem.SignIn {
			t.Errorf("exit %d: %s", got.code, got.err)
		}
		return got.err != "", len(b.box.Requests()) - before
	}
	if said, asked := run(); !said || asked != 1 {
		t.Errorf("first: said %v, %d requests", said, asked)
	}
	forward(15 * time.Minute)
	for range 3 {
		if said, asked := run(); said || asked != 0 {
			t.Errorf("soon after: said %v, %d requests", said, asked)
		}
		forward(7 * time.Hour)
	}
	forward(4 * time.Hour)
	if said, asked := run(); !said || asked != 1 {
		t.Errorf("a day later: said %v, %d requests", said, asked)
	}
	forward(time.Hour)
	now := b.now()
	b.connected("compta@client.fr", func(f *tokenfile.File) { f.Azure.RefreshIssued = now })
	if got := b.run("", "token", "refresh", "mabase"); got.code != problem.OK || got.err != "" {
		t.Errorf("after a new sign-in: exit %d %s", got.code, got.err)
	}
}

// TestKeepAlive checks that with --keep-alive only the age of the refresh token counts.
func TestKeepAlive(t *testing.T) {
	t.Parallel()
	for age, renewed := range map[time.Duration]bool{6 * 24 * time.Hour: false, 8 * 24 * time.Hour: true} {
		b := newBench(t)
		b.connected("compta@client.fr", func(f *tokenfile.File) { f.Azure.RefreshIssued = time.Now().Add(-age) })
		got := b.run("", "token", "refresh", "mabase", "--keep-alive", "7d", "--json")
		if got.code != problem.OK || strings.Contains(got.out, `"refreshed"`) != renewed {
			t.Errorf("%v old: exit %d %s", age, got.code, got.out)
		}
	}
	b := newBench(t)
	b.refused("--keep-alive", problem.Usage, "token", "refresh", "mabase", "--keep-alive", "7jours")
}

// TestExitCodeOfManyBases checks the exit code of --all: 1 if one base needs a person, 75 if all
// failures are temporary. The other bases must be renewed.
func TestExitCodeOfManyBases(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, mailbox := range map[string]string{"un": "compta@client.fr", "deux": "aadsts700082@client.fr", "trois": "compta@client.fr"} {
		b.base = name
		b.connected(mailbox, nil)
	}
	got := b.run("", "token", "refresh", "--all", "--json")
	if got.code != problem.SomeBases || strings.Count(got.out, `"result":"refreshed"`) != 2 || strings.Count(got.out, `"result":"failed"`) != 1 {
		t.Errorf("exit %d\n%s", got.code, got.out)
	}
	if err := b.box.Close(); err != nil {
		t.Fatal(err)
	}
	b.base = "quatre"
	b.connected("compta@client.fr", nil)
	if got := b.run("", "token", "refresh", "quatre"); got.code != problem.Temporary {
		t.Errorf("no server answers: exit %d\n%s", got.code, got.err)
	}
}

// TestPanicIsOneLine checks that a panic prints one line and exits with 70, without a stack trace.
func TestPanicIsOneLine(t *testing.T) {
	t.Parallel()
	var err bytes.Buffer
	e := processEnv(nil, &err, &err)
	e.Languages = func() []string { return []string{"en"} }
	e.Now = func() time.Time { panic("the clock stopped") }
	if code := run(context.Background(), e, []string{"setup", "mabase", "--dir", t.TempDir()}); code != problem.Bug {
		t.Errorf("exit %d", code)
	}
	if said := flat(err.String()); !strings.Contains(said, "Unexpected error: panic: the clock stopped.") || strings.Contains(said, "goroutine") {
		t.Errorf("said %q", said)
	}
}

// TestSignalWaitsForTheResponse sends a signal during a refresh. The program must wait for the
// response, save it, and leave the other bases to the next run.
func TestSignalWaitsForTheResponse(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, name := range []string{"un", "deux"} {
		b.base = name
		b.connected("compta@client.fr", func(f *tokenfile.File) { f.SetMailbox("compta@client.fr", false) })
	}
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	b.through(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		stop(cli.ErrTerminated)
		next.ServeHTTP(w, r)
	})
	var err bytes.Buffer
	if code := run(ctx, b.environment(strings.NewReader(""), &err, &err), []string{"--cloud", b.cloud, "--dir", b.dir, "token", "refresh", "--all", "--json"}); code != problem.Terminated {
		t.Errorf("exit %d\n%s", code, err.String())
	}
	renewed := 0
	for _, name := range []string{"un", "deux"} {
		b.base = name
		if f := b.file(); f.Mail.Left(time.Now()) > 0 {
			renewed++
		}
	}
	if renewed != 1 {
		t.Errorf("%d of 2 were renewed, want the one that was under way", renewed)
	}
}

// through puts a handler in front of the sandbox's sign-in server.
func (b *bench) through(handle func(next http.Handler, w http.ResponseWriter, r *http.Request)) {
	b.t.Helper()
	login, err := url.Parse(b.box.Cloud().Login)
	if err != nil {
		b.t.Fatal(err)
	}
	next := httputil.NewSingleHostReverseProxy(login)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handle(next, w, r) }))
	b.t.Cleanup(server.Close)
	cloud := b.box.Cloud()
	cloud.Login = server.URL
	b.describe(cloud)
}

// describe writes the --cloud file of the bench.
func (b *bench) describe(cloud azure.Cloud) {
	b.t.Helper()
	body, err := json.Marshal(cloud)
	if err == nil {
		err = os.WriteFile(b.cloud, body, 0o600)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}
