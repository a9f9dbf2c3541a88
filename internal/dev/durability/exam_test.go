//go:build faults && linux && amd64

package durability

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// exam looks for one kind of bug and returns what it found.
type exam func(t *testing.T, w *world) error

// somewhere returns a token folder for one trial, in memory if possible, because kills
// and failures do not depend on the disk.
func somewhere(t testing.TB) string {
	t.Helper()
	const ram = "/dev/shm"
	var fs unix.Statfs_t
	if unix.Statfs(ram, &fs) != nil || fs.Type != unix.TMPFS_MAGIC || fs.Bavail*uint64(fs.Bsize) < 16<<20 {
		return filepath.Join(t.TempDir(), "tokens")
	}
	dir, err := os.MkdirTemp(ram, "faults")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "tokens")
}

// traced checks the calls of a refresh.
func traced(t *testing.T, w *world) error {
	h := w.home(somewhere(t))
	return h.judge(h.traced(nil, refreshArgs...))
}

// killed kills a refresh before each file call after Microsoft's last answer, until it finds a bug.
func killed(t *testing.T, w *world) error {
	p := point{1, false}
	files := 0
	for _, c := range w.home(somewhere(t)).traced(nil, refreshArgs...).calls {
		if c.file() {
			files++
		} else {
			p.n = files + 1
		}
	}
	for ; ; p.n++ {
		if alive, err := w.killed(t, p, w.existing(refreshArgs...)); err != nil || !alive {
			return err
		}
	}
}

// interrupted makes each file call of a refresh fail with EINTR.
func interrupted(t *testing.T, w *world) error {
	dir := somewhere(t)
	for k := 1; ; k++ {
		if reached, err := w.fail(dir, cell{k: k, verdict: errno(unix.EINTR), name: "EINTR"}, w.existing(refreshArgs...)); err != nil || !reached {
			return err
		}
	}
}

// foreignOwner refreshes, as root, the file of another account.
func foreignOwner(t *testing.T, w *world) error {
	if os.Geteuid() != 0 {
		t.Skip("needs root to change owners")
	}
	h := w.home(somewhere(t))
	if err := errors.Join(os.Chown(h.path(), 1234, 2345), os.Chmod(h.path(), 0o640)); err != nil {
		t.Fatal(err)
	}
	identity := func() string {
		var st unix.Stat_t
		err := unix.Stat(h.path(), &st)
		return fmt.Sprintf("%d:%d %o %v", st.Uid, st.Gid, st.Mode, err)
	}
	before := identity()
	if o := h.run(refreshArgs...); o.code != 0 {
		return fmt.Errorf("exit %d: %s", o.code, o.err)
	}
	if after := identity(); after != before {
		return fmt.Errorf("%s became %s", before, after)
	}
	return nil
}

// closedPipe refreshes two bases with a closed pipe as standard output. Both must
// be refreshed, and the end of the reader is not an error.
func closedPipe(t *testing.T, w *world) error {
	h := w.home(somewhere(t))
	h.connect(base("autre"))
	r, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	defer out.Close()
	cmd := h.command("token", "refresh", "--all", "--json")
	cmd.Stdout = out
	err = cmd.Run()
	if ws := cmd.ProcessState.Sys().(syscall.WaitStatus); ws.Signaled() {
		return fmt.Errorf("died of %v", ws.Signal())
	}
	if err != nil {
		return err
	}
	if posts := h.posts(); posts != 4 {
		return fmt.Errorf("%d token requests, want 4", posts)
	}
	return nil
}

// nullToken answers with "refresh_token": null, which keeps the old token.
func nullToken(t *testing.T, w *world) error {
	login, err := url.Parse(w.box.Cloud().Login)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(login)
	proxy.ModifyResponse = func(r *http.Response) error {
		var answer map[string]any
		if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
			return err
		}
		answer["refresh_token"] = nil
		data, err := json.Marshal(answer)
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(string(data))), int64(len(data))
		r.Header.Set("Content-Length", fmt.Sprint(len(data)))
		return err
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	cloud := w.box.Cloud()
	cloud.Login = server.URL
	w.describe(cloud)
	return traced(t, w)
}

// held is a process that is stopped before its first network call, while it
// holds the lock.
type held struct {
	*home
	goOn chan struct{}
	end  chan outcome
}

// hold starts a refresh and stops it before its first network call.
func (h *home) hold() *held {
	p := &held{h, make(chan struct{}), make(chan outcome, 1)}
	there := make(chan struct{})
	go func() {
		stopped := false
		p.end <- h.traced(func(c call) verdict {
			if !c.file() && !stopped {
				stopped = true
				close(there)
				<-p.goOn
			}
			return pass
		}, refreshArgs...)
	}()
	<-there
	return p
}

// follow starts another refresh and returns when it waits for the lock (busy) or
// has gone on without waiting.
func (h *home) follow() (busy bool, end chan outcome) {
	end = make(chan outcome, 1)
	seen := make(chan bool, 1)
	tell := func(b bool) {
		select {
		case seen <- b:
		default:
		}
	}
	go func() {
		flocks := 0
		o := h.traced(func(c call) verdict {
			if c.name == "flock" {
				flocks++
			}
			if flocks > 1 { // the first one failed: it waits
				tell(true)
			}
			if !c.file() {
				tell(false)
			}
			return pass
		}, refreshArgs...)
		tell(false)
		end <- o
	}()
	return <-seen, end
}

// twoAtOnce starts a second refresh while the first is about to ask Microsoft.
// The second must wait, read the file again, and send no request.
func twoAtOnce(t *testing.T, w *world) error {
	h := w.home(somewhere(t))
	first := h.hold()
	busy, second := h.follow()
	close(first.goOn)
	a, b := <-first.end, <-second
	switch posts := h.posts(); {
	case !busy:
		return errors.New("the second run did not wait for the lock")
	case a.code != 0 || b.code != 0:
		return fmt.Errorf("exit %d and %d: %s%s", a.code, b.code, a.err, b.err)
	case posts != 2:
		return fmt.Errorf("%d token requests for two blocks", posts)
	}
	return h.clean()
}

// threeAtOnce runs a first process, and starts a third while a second one holds
// the lock. The third must wait for the same lock file.
func threeAtOnce(t *testing.T, w *world) error {
	h := w.home(somewhere(t))
	if o := h.run("token", "refresh", "mabase", "--json"); o.code != 0 {
		return fmt.Errorf("exit %d: %s", o.code, o.err)
	}
	lock := h.path() + ".lock"
	before, err := os.Stat(lock)
	if err != nil {
		return fmt.Errorf("the lock file is gone: %w", err)
	}
	if err := os.WriteFile(h.path(), h.old, 0o600); err != nil { // due again
		t.Fatal(err)
	}
	second := h.hold()
	busy, third := h.follow()
	close(second.goOn)
	<-second.end
	<-third
	after, err := os.Stat(lock)
	if !busy || err != nil || !os.SameFile(before, after) {
		return errors.New("two runs hold the lock")
	}
	return nil
}
