//go:build unix

package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/graph"
)

// TestRegistrationKilled kills the program (SIGKILL) after Graph has executed the nth
// request, and runs it again. Nothing may be created twice, and --undo must remove
// everything.
func TestRegistrationKilled(t *testing.T) {
	t.Parallel()
	for k := 1; k <= graphCalls; k++ {
		t.Run(fmt.Sprint(k), func(t *testing.T) {
			t.Parallel()
			b := graphBench(t, -1)
			cmd, _, _ := b.start([]string{"PATH=/bin", "HOME=" + b.dir}, append(auto(), "--cloud", b.cloud, "--dir", b.dir)...)
			var once sync.Once
			b.throughGraph(func(n int, next http.Handler, w http.ResponseWriter, r *http.Request) {
				if n < k {
					next.ServeHTTP(w, r)
					return
				}
				if n == k {
					next.ServeHTTP(httptest.NewRecorder(), r)
				}
				once.Do(func() { _ = cmd.Process.Kill() })
				panic(http.ErrAbortHandler)
			})
			cmd.Stdout = &browsing{}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
				t.Fatalf("it was to be killed at call %d, and ended with %v", k, cmd.ProcessState)
			}
			b.direct()
			if again := b.registers("", auto()...); again.code != problem.OK {
				t.Errorf("again: exit %d\n%s", again.code, again.err)
			}
			b.census(whole, "run again")
			f := b.file()
			for _, kind := range []string{"application:", "service_principal:", "secret:"} {
				if n := len(slices.DeleteFunc(slices.Clone(f.Azure.Created), func(m string) bool { return !strings.HasPrefix(m, kind) })); n != 1 {
					t.Errorf("%d marks of %s in %v", n, kind, f.Azure.Created)
				}
			}
			if got := b.registers("", "setup", "mabase", "--undo", "--yes", "--no-input", "--no-browser"); got.code != problem.OK {
				t.Errorf("undo: exit %d\n%s", got.code, got.err)
			}
			b.census(graph.Census{}, "undone")
		})
	}
}

// TestUndoAfterInterruptedRegistration checks that --undo removes everything that an
// interrupted run has created, also what is not in the file or not replicated yet.
func TestUndoAfterInterruptedRegistration(t *testing.T) {
	t.Parallel()
	b := graphBench(t, 40*time.Second)
	for k := 1; k <= graphCalls; k++ {
		b.base = fmt.Sprintf("base%d", k)
		b.throughGraph(func(n int, next http.Handler, w http.ResponseWriter, r *http.Request) {
			if n >= k {
				next.ServeHTTP(httptest.NewRecorder(), r)
				panic(http.ErrAbortHandler)
			}
			next.ServeHTTP(w, r)
		})
		if got := b.registers("", autoFor(b.base)...); got.code == problem.OK {
			t.Errorf("call %d: exit 0 although Graph stopped answering", k)
		}
		b.direct()
		if got := b.registers("", "setup", b.base, "--undo", "--yes", "--no-input", "--no-browser"); got.code != problem.OK {
			t.Errorf("call %d, undo: exit %d\n%s", k, got.code, got.err)
		}
		b.census(graph.Census{}, fmt.Sprintf("undone after call %d", k))
	}
}

// TestSecretRenewalDuringRefreshes renews a secret while token refresh runs continuously. No
// refresh may be refused: the new secret is written to the file before the old one is
// removed, which needs confirmation.
func TestSecretRenewalDuringRefreshes(t *testing.T) {
	t.Parallel()
	b := newRegistered(t)
	ends := b.now().AddDate(0, 0, 30).UTC().Format(time.DateOnly)
	b.changed(func(f *fileOf) { f.Azure.SecretExpires = ends })
	old := b.file()
	stop, done := make(chan struct{}), make(chan string)
	var refreshes int
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
			}
			var out, err bytes.Buffer
			if code := b.runOn(strings.NewReader(""), &out, &err, "token", "refresh", "mabase", "--margin", "48h"); code != problem.OK {
				done <- fmt.Sprintf("exit %d: %s", code, err.String())
				return
			}
			refreshes++
		}
	}()
	got := b.asks(map[string]string{"Create the client secret for me?": "", "Add a client secret to": "y", "Is the new secret already in OpenFire?": "y"}, "setup", "mabase")
	close(stop)
	if failed, ok := <-done; ok {
		t.Errorf("a refresh was refused: %s", failed)
	}
	if got.code != problem.OK || refreshes == 0 {
		t.Fatalf("exit %d, %d refreshes\n%s", got.code, refreshes, got.err)
	}
	f := b.file()
	if f.Client.Secret == old.Client.Secret || f.Azure.SecretKeyID == old.Azure.SecretKeyID || len(f.Azure.RetiredKeyIDs) != 0 || f.Azure.SecretExpires <= ends {
		t.Errorf("not renewed: %+v\n%s", f.Azure, got.err)
	}
	if !strings.Contains(got.err, "OK App registration") || !strings.Contains(got.said, "The old secret was removed.") {
		t.Errorf("more than this step was done:\n%s", got.err)
	}
	b.census(whole, "renewed")
}
