//go:build scale && unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
)

// The short form is for every commit; -whole tests ten thousand bases.
var inFull = flag.Bool("whole", false, "10,000 bases instead of 1,000")

const (
	serverDelay = 100 * time.Millisecond
	maxRSS      = 64 << 10 // KiB
)

// strict is the sandbox's Entra, stricter than the real one: a refresh token can be
// used once, and using it again revokes all. Each response takes some time.
type strict struct {
	*httptest.Server
	posts, refused atomic.Int64
	delay          time.Duration
	meanwhile      func(n int64) // called during the nth POST request
}

func newStrict(t *testing.T, delay time.Duration) *strict {
	t.Helper()
	s := &strict{delay: delay}
	handler := entra.New(entra.Options{Strict: true, Now: time.Now}).Handler()
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := s.posts.Add(1)
		if s.meanwhile != nil {
			s.meanwhile(n)
		}
		time.Sleep(s.delay)
		seen := &statusWriter{ResponseWriter: w}
		handler.ServeHTTP(seen, r)
		if seen.status != http.StatusOK {
			s.refused.Add(1)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// fleet is many bases, each with its own mailbox, and the real program.
type fleet struct {
	t                   *testing.T
	dir, cloud, program string
	bases               []openfire.Base
}

func newFleet(t *testing.T, n int, login string) *fleet {
	t.Helper()
	f := &fleet{t: t, dir: filepath.Join(t.TempDir(), "tokens"), cloud: filepath.Join(t.TempDir(), "cloud.json"), program: filepath.Join(t.TempDir(), "openfire-o365")}
	if out, err := exec.Command("go", "build", "-o", f.program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cloud := fmt.Sprintf(`{"name":"strict","login":%q,"graph":%q,"portal":%q}`, login, login, login)
	if err := os.WriteFile(f.cloud, []byte(cloud), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(f.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		b, err := openfire.ParseBase(fmt.Sprintf("base%05d", i))
		if err != nil {
			t.Fatal(err)
		}
		f.bases = append(f.bases, b)
		f.write(b, fmt.Sprintf("base%05d@client.fr", i))
	}
	return f
}

// write creates a token file as setup does, with an expired access token.
func (f *fleet) write(b openfire.Base, mailbox string) {
	f.t.Helper()
	file := tokenfile.New(b, "16.0")
	file.Client = tokenfile.Client{ID: entra.ClientID, Secret: secret.New(entra.Secret)}
	file.Azure = tokenfile.Azure{TenantID: entra.TenantID, RedirectURI: b.RedirectURI(), SignedInAs: mailbox, RefreshIssued: time.Now()}
	file.SetMailbox(mailbox, false)
	access, refresh := entra.Issue(time.Now(), mailbox, azure.Use{Odoo: 16}.ConsentScopes()...)
	file.Mail.Tokens = tokenfile.Tokens{Refresh: secret.New(refresh), Access: secret.New(access), Expiration: time.Now().Add(-time.Minute).Unix()}
	data, err := file.Encode()
	if err == nil {
		err = os.WriteFile(filepath.Join(f.dir, b.FileName()), data, 0o600)
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

// age makes all access tokens expire again.
func (f *fleet) age() {
	f.t.Helper()
	s := store.New(f.dir, time.Now)
	for _, b := range f.bases {
		file, err := s.Load(b)
		if err != nil {
			f.t.Fatal(err)
		}
		file.Mail.Expiration = time.Now().Add(-time.Minute).Unix()
		data, err := file.Encode()
		if err == nil {
			err = os.WriteFile(filepath.Join(f.dir, b.FileName()), data, 0o600)
		}
		if err != nil {
			f.t.Fatal(err)
		}
	}
}

func (f *fleet) command(args ...string) (*exec.Cmd, *bytes.Buffer) {
	said := &bytes.Buffer{}
	cmd := exec.Command(f.program, append([]string{"--cloud", f.cloud, "--dir", f.dir, "--lang", "en", "token", "refresh", "--all"}, args...)...)
	cmd.Env = []string{}
	cmd.Stdout, cmd.Stderr = said, said
	return cmd, said
}

// peak returns the maximal memory of a running process in KiB. It reads the kernel's
// value for the new image, because the rusage of a child includes the memory of its
// parent before exec.
func peak(pid int) (kib int64) {
	status, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	defer status.Close()
	for lines := bufio.NewScanner(status); lines.Scan(); {
		if rest, found := strings.CutPrefix(lines.Text(), "VmHWM:"); found {
			kib, _ = strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
		}
	}
	return kib
}

// runs starts the program several times at once. It returns the time until all have
// ended, and the maximal memory of one.
func (f *fleet) runs(n int, args ...string) (took time.Duration, memory int64) {
	f.t.Helper()
	start := time.Now()
	var all sync.WaitGroup
	peaks, done := make([]int64, n), make(chan struct{})
	var watch sync.WaitGroup
	for i := range n {
		cmd, said := f.command(args...)
		if err := cmd.Start(); err != nil {
			f.t.Fatal(err)
		}
		all.Go(func() {
			if err := cmd.Wait(); err != nil || said.Len() > 0 {
				f.t.Errorf("run %d: %v\n%.2000s", i, err, said.String())
			}
			if len(f.bases) >= 400 {
				f.t.Logf("run %d: CPU %v in user mode, %v in the kernel", i, cmd.ProcessState.UserTime().Round(time.Millisecond), cmd.ProcessState.SystemTime().Round(time.Millisecond))
			}
		})
		watch.Go(func() {
			for {
				peaks[i] = max(peaks[i], peak(cmd.Process.Pid))
				select {
				case <-done:
					return
				case <-time.After(20 * time.Millisecond):
				}
			}
		})
	}
	all.Wait()
	took = time.Since(start)
	close(done)
	watch.Wait()
	for _, p := range peaks {
		memory = max(memory, p)
	}
	return took, memory
}

// fresh checks that every base was renewed.
func (f *fleet) fresh() {
	f.t.Helper()
	s := store.New(f.dir, time.Now)
	stale := 0
	for _, b := range f.bases {
		file, err := s.Load(b)
		if err != nil || file.Mail.Left(time.Now()) < time.Hour {
			stale++
		}
	}
	if stale > 0 {
		f.t.Errorf("%d of %d bases are not renewed", stale, len(f.bases))
	}
	left, _ := filepath.Glob(filepath.Join(f.dir, "*.new-*"))
	if len(left) > 0 {
		f.t.Errorf("left behind: %d files, %s", len(left), left[0])
	}
}

// TestConcurrentRunsRenewEachBaseOnce checks that concurrent runs renew each base
// exactly once and use no token twice, and that memory does not grow.
//
//ci:scale
func TestConcurrentRunsRenewEachBaseOnce(t *testing.T) {
	for _, c := range []struct{ bases, runs, jobs int }{{400, 1, 8}, {1000, 4, 4}, {10000, 2, 8}} {
		if c.bases > 1000 && !*inFull {
			continue
		}
		t.Run(fmt.Sprintf("%d bases, %d runs", c.bases, c.runs), func(t *testing.T) {
			server := newStrict(t, serverDelay)
			f := newFleet(t, c.bases, server.URL)
			took, memory := f.runs(c.runs, "--jobs", strconv.Itoa(c.jobs))
			if n := server.posts.Load(); n != int64(c.bases) || server.refused.Load() != 0 {
				t.Errorf("%d POSTs for %d bases, %d refused", n, c.bases, server.refused.Load())
			}
			f.fresh()
			if memory > maxRSS {
				t.Errorf("%d KiB of memory, at most %d", memory, maxRSS)
			}
			ideal := time.Duration(c.bases) * serverDelay / time.Duration(c.jobs*c.runs)
			t.Logf("%v, ideal %v: ratio %.2f; memory %.1f MiB", took.Round(time.Millisecond), ideal.Round(time.Millisecond), took.Seconds()/ideal.Seconds(), float64(memory)/1024)
			again, memory := f.runs(1)
			if n := server.posts.Load(); n != int64(c.bases) {
				t.Errorf("%d POSTs when nothing was due", n-int64(c.bases))
			}
			t.Logf("nothing due: %v, memory %.1f MiB", again.Round(time.Millisecond), float64(memory)/1024)
		})
	}
}

// TestExpiredSecretOfThreeThousandBases uses one application with an expired secret and
// 32 workers.
//
//ci:scale
func TestExpiredSecretOfThreeThousandBases(t *testing.T) {
	server := newStrict(t, serverDelay)
	f := newFleet(t, 3000, server.URL)
	s := store.New(f.dir, time.Now)
	for _, b := range f.bases {
		file, err := s.Load(b)
		if err != nil {
			t.Fatal(err)
		}
		file.Client.Secret = secret.New(entra.OldSecret)
		data, err := file.Encode()
		if err == nil {
			err = os.WriteFile(filepath.Join(f.dir, b.FileName()), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	cmd, said := f.command("--jobs", "32", "--json")
	if code := exitCode(cmd.Run()); code != 1 || server.posts.Load() > 3 || strings.Count(said.String(), `"cause":"aadsts7000222"`) != 3000 {
		t.Errorf("exit %d, %d POSTs, %d bases report the cause", code, server.posts.Load(), strings.Count(said.String(), `"cause":"aadsts7000222"`))
	}
}

// TestSignalsAtRandomMomentsLoseNoToken sends signals at random moments. No response
// may be lost, which the strict server would notice in the next run, and the program
// must end with an exit code, not by the signal.
//
//ci:scale
func TestSignalsAtRandomMomentsLoseNoToken(t *testing.T) {
	moments := 50
	if *inFull {
		moments = 200
	}
	server := newStrict(t, 20*time.Millisecond)
	f := newFleet(t, 60, server.URL)
	codes := map[syscall.Signal]int{syscall.SIGTERM: 143, syscall.SIGINT: 130, syscall.SIGHUP: 143, syscall.SIGPIPE: 0}
	signals := []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGPIPE}
	interrupted := 0
	for i := range moments {
		signal := signals[i%len(signals)]
		at := rand.Int64N(int64(len(f.bases))) + 1
		cmd, said := f.command("--jobs", "4")
		started, base := make(chan struct{}), server.posts.Load()
		server.meanwhile = func(n int64) {
			if <-started; n == base+at {
				time.Sleep(rand.N(20 * time.Millisecond))
				_ = cmd.Process.Signal(signal)
			}
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		close(started)
		err := cmd.Wait()
		code := exitCode(err)
		if code != codes[signal] && code != 0 || cmd.ProcessState.Sys().(syscall.WaitStatus).Signaled() {
			t.Fatalf("%v at POST %d: %v\n%s", signal, at, err, said.String())
		}
		if code != 0 {
			interrupted++
		}
		server.meanwhile = nil
		f.runs(1)
		f.fresh()
		if server.refused.Load() > 0 {
			t.Fatalf("%v at POST %d: %d answers were lost", signal, at, server.refused.Load())
		}
		f.age()
	}
	t.Logf("%d of %d runs were ended early", interrupted, moments)
}

// BenchmarkNothingDue compares a run over bases that are not due with reading their
// files in one goroutine.
//
//ci:scale
func BenchmarkNothingDue(b *testing.B) {
	n := 1000
	if *inFull {
		n = 10000
	}
	dir := b.TempDir()
	var bases []openfire.Base
	for i := range n {
		base, err := openfire.ParseBase(fmt.Sprintf("base%05d", i))
		if err != nil {
			b.Fatal(err)
		}
		bases = append(bases, base)
		file := tokenfile.New(base, "16.0")
		file.Client = tokenfile.Client{ID: entra.ClientID, Secret: secret.New(entra.Secret)}
		file.SetMailbox("compta@client.fr", false)
		access, refresh := entra.Issue(time.Now(), "compta@client.fr", azure.Use{Odoo: 16}.ConsentScopes()...)
		file.Mail.Tokens = tokenfile.Tokens{Refresh: secret.New(refresh), Access: secret.New(access), Expiration: time.Now().Add(10 * time.Hour).Unix()}
		data, err := file.Encode()
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, base.FileName()), data, 0o600)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	var reading, refreshing time.Duration
	for b.Loop() {
		start := time.Now()
		s := store.New(dir, time.Now)
		for _, base := range bases {
			if _, err := s.Load(base); err != nil {
				b.Fatal(err)
			}
		}
		reading += time.Since(start)
		start = time.Now()
		if code := run(context.Background(), processEnv(strings.NewReader(""), io.Discard, io.Discard), []string{"token", "refresh", "--all", "--dir", dir}); code != 0 {
			b.Fatalf("exit %d", code)
		}
		refreshing += time.Since(start)
	}
	b.ReportMetric(refreshing.Seconds()/reading.Seconds(), "ratio")
	b.ReportMetric(reading.Seconds()/float64(b.N), "s/reading")
	b.ReportMetric(refreshing.Seconds()/float64(b.N), "s/refresh")
}
