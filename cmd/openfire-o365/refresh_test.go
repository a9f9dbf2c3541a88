package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
)

// single is a base that only sends: one POST renews it.
func single(f *tokenfile.File) { f.SetMailbox(f.Mailbox(), false) }

// posts counts the requests and lets handle answer the n-th, from 1, before
// the sandbox does.
func (b *bench) posts(handle func(n int, w http.ResponseWriter, r *http.Request) bool) *atomic.Int64 {
	b.t.Helper()
	var count atomic.Int64
	b.through(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		if n := int(count.Add(1)); handle == nil || !handle(n, w, r) {
			next.ServeHTTP(w, r)
		}
	})
	return &count
}

// many writes n bases of one mailbox, each changed by its number.
func (b *bench) many(n int, change func(i int, f *tokenfile.File)) {
	b.t.Helper()
	for i := range n {
		b.base = fmt.Sprintf("base%d", i)
		b.connected("compta@client.fr", func(f *tokenfile.File) {
			single(f)
			if change != nil {
				change(i, f)
			}
		})
	}
}

// base is a base's state as a monitor reads it.
func (b *bench) known(name string) store.State {
	b.t.Helper()
	base, err := openfire.ParseBase(name)
	if err != nil {
		b.t.Fatal(err)
	}
	return store.New(b.dir, time.Now).State(base)
}

// summary is the last JSON line.
func (r ran) summary(t *testing.T) map[string]any {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	var last map[string]any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
		t.Fatalf("%v in %q", err, lines[len(lines)-1])
	}
	return last
}

// TestT24ThreeTries: what may pass is tried three times, within a second and
// four seconds, and then left to the next run with the old token.
func TestT24ThreeTries(t *testing.T) {
	t.Parallel()
	for _, status := range []int{500, 502, 503, 504, 599} {
		for fails, want := range map[int]problem.Exit{1: problem.OK, 2: problem.OK, 9: problem.Temporary} {
			b := newBench(t)
			b.connected("compta@client.fr", single)
			before := b.file().Mail.Refresh
			count := b.posts(func(n int, w http.ResponseWriter, _ *http.Request) bool {
				if n <= fails {
					w.WriteHeader(status)
				}
				return n <= fails
			})
			got := b.run("", "token", "refresh", "mabase")
			if got.code != want || count.Load() != int64(min(fails+1, 3)) {
				t.Errorf("%d, %d times: exit %d after %d POSTs\n%s", status, fails, got.code, count.Load(), got.err)
			}
			for i, d := range b.slept {
				if d <= 0 || d > []time.Duration{time.Second, 4 * time.Second}[i] {
					t.Errorf("wait %d is %v", i, d)
				}
			}
			if same := b.file().Mail.Refresh == before; same != (want != problem.OK) {
				t.Errorf("old token kept: %v, exit %d", same, got.code)
			}
		}
	}
}

// TestT25RetryAfter: a pause of a minute at most is waited for, a longer one is
// left to the next run, and nobody sleeps for a day.
func TestT25RetryAfter(t *testing.T) {
	t.Parallel()
	start := time.Now()
	for _, c := range []struct {
		header   string
		at, most time.Duration // of the pause
		posts    int64
		code     problem.Exit
	}{
		{"7", 7 * time.Second, 7 * time.Second, 2, problem.OK},
		{"60", time.Minute, time.Minute, 2, problem.OK},
		{start.Add(30 * time.Second).UTC().Format(http.TimeFormat), 20 * time.Second, 31 * time.Second, 2, problem.OK},
		{start.Add(-time.Hour).UTC().Format(http.TimeFormat), 0, time.Second, 2, problem.OK},
		{"garbage", time.Minute, time.Minute, 2, problem.OK},
		{"-1", time.Minute, time.Minute, 2, problem.OK},
		{"", 0, time.Second, 2, problem.OK},
		{"61", 0, 0, 1, problem.Temporary},
		{"86400", 0, 0, 1, problem.Temporary},
		{start.Add(24 * time.Hour).UTC().Format(http.TimeFormat), 0, 0, 1, problem.Temporary},
	} {
		for _, status := range []int{429, 503} {
			b := newBench(t)
			now := start
			b.now, b.wake = func() time.Time { return now }, func(d time.Duration) { now = now.Add(d) }
			b.connected("compta@client.fr", single)
			count := b.posts(func(n int, w http.ResponseWriter, _ *http.Request) bool {
				if n > 1 {
					return false
				}
				if c.header != "" {
					w.Header().Set("Retry-After", c.header)
				}
				w.WriteHeader(status)
				return true
			})
			got := b.run("", "token", "refresh", "mabase", "--jobs", "1")
			var slept time.Duration
			for _, d := range b.slept {
				slept += d
			}
			if got.code != c.code || count.Load() != c.posts || slept < c.at || slept > c.most {
				t.Errorf("%d, Retry-After %q: exit %d, %d POSTs, slept %v\n%s", status, c.header, got.code, count.Load(), b.slept, got.err)
			}
		}
	}
}

// TestT26OneTenantPaused: a tenant that is asked too much is left alone, the
// others go on; when a second one hears the same, nobody asks any more.
func TestT26OneTenantPaused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		paused    int // tenants of 4, 10 bases each
		refreshed float64
	}{{1, 30}, {4, 0}} {
		b := newBench(t)
		b.many(40, func(i int, f *tokenfile.File) { f.Azure.TenantID = fmt.Sprintf("tenant%d.client.fr", i%4) })
		tenant := map[string]int{}
		for i := range 40 {
			b.base = fmt.Sprintf("base%d", i)
			tenant[b.file().Mail.Refresh.Reveal()] = i % 4
		}
		count := b.posts(func(_ int, w http.ResponseWriter, r *http.Request) bool {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			again, _ := http.NewRequest(http.MethodPost, "/", strings.NewReader(string(body)))
			again.Header = r.Header
			if tenant[again.PostFormValue("refresh_token")] >= c.paused {
				return false
			}
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		})
		got := b.run("", "token", "refresh", "--all", "--json", "--jobs", "1")
		sum := got.summary(t)
		if n, _ := sum["refreshed"].(float64); got.code != problem.Temporary || n != c.refreshed || count.Load() > int64(c.refreshed)+2 {
			t.Errorf("%d tenants paused: exit %d, %d POSTs, %v", c.paused, got.code, count.Load(), sum)
		}
	}
}

// TestT22C10G21ExpiredSecret: all bases of one application whose secret has
// expired are one POST, whatever the number of workers; each is told of the
// same cause in JSON, a person once. A base with the new secret is renewed.
//
//ci:scale
func TestT22C10G21ExpiredSecret(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	old := secret.New("wrong~but-plausible-value-000000000000000")
	b.many(300, func(i int, f *tokenfile.File) {
		if i > 0 { // the stage "scale" has 3,000 of them
			f.Client.Secret = old
		}
	})
	count := b.posts(nil)
	got := b.run("", "token", "refresh", "--all", "--jobs", "32", "--lang", "en")
	if got.code != problem.SomeBases || count.Load() != 2 {
		t.Errorf("exit %d, %d POSTs, want the good base's and one more", got.code, count.Load())
	}
	if !strings.Contains(got.said, "The same refusal (aadsts7000215), without asking again; other bases: 298.") || strings.Count(got.said, "FAILED") != 1 {
		t.Errorf("said %.1000q", got.said)
	}
	got = b.run("", "token", "refresh", "--all", "--jobs", "32", "--json")
	if n := strings.Count(got.out, `"cause":"aadsts7000215"`); n != 299 || count.Load() != 3 {
		t.Errorf("%d bases tell the cause, %d POSTs", n, count.Load())
	}
	if s := b.known("base7"); s.Failures != 2 || s.NeedsPersonSince.IsZero() {
		t.Errorf("state %+v", s)
	}
}

// TestC9NetworkDown: after twenty failures in a row the rest is left to the
// next run, told in one line; an answer in between starts the count anew.
func TestC9NetworkDown(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.many(200, nil)
	count := b.posts(func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		panic(http.ErrAbortHandler)
	})
	got := b.run("", "token", "refresh", "--all", "--lang", "en")
	if got.code != problem.Temporary || count.Load() < 20 || count.Load() > 20+8 {
		t.Errorf("exit %d after %d POSTs", got.code, count.Load())
	}
	if !strings.Contains(got.said, "Bases left to the next run: 1") {
		t.Errorf("said %.2000q", got.said)
	}
	flaky := newBench(t)
	flaky.many(60, nil)
	count = flaky.posts(func(i int, _ http.ResponseWriter, _ *http.Request) bool {
		if i%3 != 0 {
			panic(http.ErrAbortHandler)
		}
		return false
	})
	if got := flaky.run("", "token", "refresh", "--all", "--jobs", "1"); got.code != problem.OK {
		t.Errorf("two of three connections cut: exit %d after %d POSTs\n%s", got.code, count.Load(), got.err)
	}
}

// TestC9SlowNetworkDown: where each failure takes half a minute, ninety seconds
// of them are enough.
func TestC9SlowNetworkDown(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	forward := b.clock()
	b.many(50, nil)
	count := b.posts(func(int, http.ResponseWriter, *http.Request) bool {
		forward(30 * time.Second)
		panic(http.ErrAbortHandler)
	})
	start := b.now()
	got := b.run("", "token", "refresh", "--all", "--jobs", "1")
	if took := b.now().Sub(start); got.code != problem.Temporary || took >= 3*time.Minute {
		t.Errorf("exit %d after %v and %d POSTs", got.code, took, count.Load())
	}
}

// TestC8BrokenBases: a broken base stops no other; the list and the code show it.
func TestC8BrokenBases(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.many(60, nil)
	for i := range 10 {
		path := func(n int) string { return filepath.Join(b.dir, fmt.Sprintf("base%d.openfire.fr.json", n)) }
		if err := os.WriteFile(path(i), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path(10+i), 0o644); err != nil {
			t.Fatal(err)
		}
		b.base = fmt.Sprintf("base%d", 20+i)
		b.connected("aadsts50173@client.fr", single)
	}
	got := b.run("", "token", "refresh", "--all", "--json")
	sum := got.summary(t)
	if got.code != problem.SomeBases || sum["refreshed"] != 30.0 || sum["failed"] != 30.0 {
		t.Errorf("exit %d %v", got.code, sum)
	}
	for cause, want := range map[string]int{"2": 10, "13": 10, "10": 10} {
		if n := strings.Count(got.out, `"code":`+cause+`,`); n != want {
			t.Errorf("%d bases with code %s, want %d", n, cause, want)
		}
	}
}

// TestT20LoopPause: after "client request loop" a quarter of an hour passes
// without a request, and nobody is told to sign in.
func TestT20LoopPause(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	forward := b.clock()
	b.connected("aadsts50196@client.fr", single)
	count := b.posts(nil)
	for i, want := range []int64{1, 1, 1, 2} {
		got := b.run("", "token", "refresh", "mabase", "--lang", "en")
		if got.code != problem.Temporary || count.Load() != want || strings.Contains(got.said, "setup") {
			t.Errorf("run %d: exit %d, %d POSTs\n%s", i, got.code, count.Load(), got.err)
		}
		forward(5 * time.Minute)
	}
}

// TestT31OtherAccount: tokens of somebody else are not kept.
func TestT31OtherAccount(t *testing.T) {
	t.Parallel()
	jwt := func(claims string) string { return "e30." + base64url(claims) + ".sig" }
	for name, c := range map[string]struct {
		claims string
		oid    string
		code   problem.Exit
	}{
		"same":         {`{"oid":"A1","tid":"T"}`, "a1", problem.OK},
		"other":        {`{"oid":"B2","tid":"T"}`, "a1", problem.Safety},
		"other tenant": {`{"oid":"B2","tid":"00000000-0000-4000-8000-0000000000ff"}`, "", problem.Safety},
		"own tenant":   {`{"oid":"B2","tid":"5A4DB0C5-0000-4000-8000-0F1FE0365001"}`, "", problem.OK},
		"silent":       {`{}`, "a1", problem.OK},
	} {
		b := newBench(t)
		b.connected("compta@client.fr", func(f *tokenfile.File) { single(f); f.Azure.SignedInOID = c.oid })
		b.posts(func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			_, _ = io.WriteString(w, `{"access_token":"at","refresh_token":"CANARY-other","expires_in":3600,"id_token":"`+jwt(c.claims)+`"}`)
			return true
		})
		got := b.run("", "token", "refresh", "mabase")
		if kept := b.file().Mail.Refresh.Reveal() != "CANARY-other"; got.code != c.code || kept != (c.code != problem.OK) {
			t.Errorf("%s: exit %d, old token kept: %v\n%s", name, got.code, kept, got.err)
		}
	}
}

// TestT17RefreshTokenAlone: an answer without an access token is no answer, but
// the refresh token in it is kept.
func TestT17RefreshTokenAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.connected("compta@client.fr", single)
	count := b.posts(func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		_, _ = io.WriteString(w, `{"refresh_token":"CANARY-new"}`)
		return true
	})
	if got := b.run("", "token", "refresh", "mabase"); got.code != problem.Temporary || b.file().Mail.Refresh.Reveal() != "CANARY-new" || count.Load() != 1 {
		t.Errorf("exit %d after %d POSTs, refresh token %s", got.code, count.Load(), b.file().Mail.Refresh.Reveal())
	}
}

// TestPartOfABase: when the second direction fails, what the first one got is
// kept and not asked for again.
func TestPartOfABase(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.connected("compta@client.fr", nil)
	count := b.posts(func(n int, w http.ResponseWriter, _ *http.Request) bool {
		if n == 2 || n == 3 {
			w.WriteHeader(http.StatusBadGateway)
		}
		return n == 2 || n == 3
	})
	got := b.run("", "token", "refresh", "mabase")
	if f := b.file(); got.code != problem.OK || count.Load() != 4 || f.Mail.Left(time.Now()) <= 0 || f.Fetch.Left(time.Now()) <= 0 || f.Mail.Refresh != f.Fetch.Refresh {
		t.Errorf("exit %d after %d POSTs\n%s", got.code, count.Load(), got.err)
	}
}
