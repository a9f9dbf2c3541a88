package main

import (
	"encoding/json"
	"fmt"
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

// single removes incoming mail, so that one POST request renews the base.
func single(f *tokenfile.File) { f.SetMailbox(f.Mailbox(), false) }

// posts counts the requests. handle may answer the nth one, from 1, instead of the
// sandbox.
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

// many writes n bases of one mailbox and changes each by its number.
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

// base is the state of a base as a monitor reads it.
func (b *bench) known(name string) store.State {
	b.t.Helper()
	base, err := openfire.ParseBase(name)
	if err != nil {
		b.t.Fatal(err)
	}
	return store.New(b.dir, time.Now).State(base)
}

// unfinished is when a refresh of the base's token began whose answer is lost.
func (b *bench) unfinished() time.Time {
	b.t.Helper()
	f := b.file()
	return store.New(b.dir, time.Now).Unfinished(b.t.Context(), f.Base, f.Mail.Refresh.Digest())
}

// summary returns the last JSON line.
func (r ran) summary(t *testing.T) map[string]any {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	var last map[string]any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
		t.Fatalf("%v in %q", err, lines[len(lines)-1])
	}
	return last
}

// TestExpiredSecretIsSentOnce checks that an expired secret is sent once for
// all bases of the application, with any number of workers. JSON reports the cause for
// each base, text once. A base with the new secret is renewed.
//
//ci:scale
func TestExpiredSecretIsSentOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	old := secret.New("wrong~but-plausible-value-000000000000000")
	b.many(300, func(i int, f *tokenfile.File) {
		if i > 0 { // the stage "scale" tests 3,000
			f.Client.Secret = old
		}
	})
	count := b.posts(nil)
	got := b.run("", "token", "refresh", "--all", "--jobs", "32", "--lang", "en")
	if got.code != problem.SomeBases || count.Load() != 2 {
		t.Errorf("exit %d, %d POSTs, want that of the good base and one more", got.code, count.Load())
	}
	if !strings.Contains(got.said, "298 other bases have the same problem (aadsts7000215).") || strings.Count(got.said, "FAILED") != 1 {
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

// TestTwentyFailuresEndTheRun checks that twenty failures in a row end
// the run, with one line. A response resets the count.
func TestTwentyFailuresEndTheRun(t *testing.T) {
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
	if !strings.Contains(got.said, "left for the next run.") {
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

// TestInvalidFileDoesNotStopOtherBases checks that an invalid token file does not stop other
// bases, and is reported in the list and by the exit code.
func TestInvalidFileDoesNotStopOtherBases(t *testing.T) {
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
