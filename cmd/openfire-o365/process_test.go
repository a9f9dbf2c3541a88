//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// TestSilentServerIsTemporary tests a listener whose full queue drops connections.
func TestSilentServerIsTemporary(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("other kernels refuse instead")
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		err = syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	}
	if err == nil {
		err = syscall.Listen(fd, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	bound, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", bound.(*syscall.SockaddrInet4).Port)
	for {
		c, err := net.DialTimeout("tcp", address, 200*time.Millisecond)
		if err != nil {
			break // the queue is full
		}
		defer c.Close()
	}
	b := newBench(t)
	b.connected("compta@client.fr", single)
	b.unreachable("http://"+address, "the connection is blocked")
}

// start returns a process with both streams recorded. The environment may be empty.
func (b *bench) start(env []string, args ...string) (*exec.Cmd, *bytes.Buffer, *bytes.Buffer) {
	b.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		b.t.Fatal(err)
	}
	name := filepath.Join(b.t.TempDir(), "openfire-o365")
	if err := os.Symlink(exe, name); err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.Command(name, append([]string{"--cloud", b.cloud, "--dir", b.dir, "--lang", "en"}, args...)...)
	out, said := &bytes.Buffer{}, &bytes.Buffer{}
	cmd.Env, cmd.Stdout, cmd.Stderr = append([]string{hasty}, env...), out, said
	cmd.WaitDelay = patience
	b.t.Cleanup(func() {
		if cmd.Process != nil {
			_ = cmd.Process.Kill()
		}
	})
	return cmd, out, said
}

// TestUmaskDoesNotLockTheOwnerOut: files made under umask 0777 are for their owner.
func TestUmaskDoesNotLockTheOwnerOut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.connected("compta@client.fr", single)
	cmd, _, said := b.start(nil, "token", "refresh", b.base)
	cmd.Path, cmd.Args = "/bin/sh", append([]string{"sh", "-c", `umask 0777 && exec "$0" "$@"`}, cmd.Args...)
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	info, err := os.Stat(filepath.Join(b.dir, b.base+".openfire.fr.json.lock"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
}

// proxied is a proxy that gives the same answer to every CONNECT and stores what it
// receives.
func proxied(t *testing.T, answer string) (address string, heard func() string) {
	t.Helper()
	b := &bench{t: t}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = l.Close() })
	var all atomic.Value
	all.Store("")
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			buffer := make([]byte, 64<<10)
			n, _ := c.Read(buffer)
			all.Store(all.Load().(string) + string(buffer[:n]))
			_, _ = io.WriteString(c, answer)
			_ = c.Close()
		}
	}()
	return l.Addr().String(), func() string { return all.Load().(string) }
}

// TestBadProxyIsNamedAndGetsNoSecret checks that a proxy that is down or refuses is
// named together with its variable. It receives CONNECT and no secret, and no request
// bypasses it.
func TestBadProxyIsNamedAndGetsNoSecret(t *testing.T) {
	t.Parallel()
	down, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = down.Close()
	for answer, said := range map[string]string{
		"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n": "refuses the connection (407 Proxy Authentication Required)",
		"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n":                                                  "refuses the connection (403 Forbidden)",
		"":     "",
		"down": "does not answer",
	} {
		for _, variable := range []string{"HTTPS_PROXY", "https_proxy"} {
			t.Run(variable, func(t *testing.T) {
				t.Parallel()
				b := newBench(t)
				b.connected("compta@client.fr", single)
				cloud := b.box.Cloud()
				cloud.Login = "https://login.invalid"
				b.describe(cloud)
				address, heard := proxied(t, answer)
				if answer == "down" {
					address = down.Addr().String()
				}
				cmd, _, err := b.start([]string{variable + "=http://user:CANARY-login@" + address}, "token", "refresh", "mabase", "--timeout", "2s")
				code := exitCode(cmd.Run())
				told := flat(err.String())
				if code != int(problem.Temporary) || answer != "" && (!strings.Contains(told, "HTTPS_PROXY") || !strings.Contains(told, address) || !strings.Contains(told, said)) {
					t.Errorf("%.20q: exit %d\n%s", answer, code, told)
				}
				if strings.Contains(told, "CANARY") || strings.Contains(heard(), "sandbox-rt") || answer != "down" && !strings.HasPrefix(heard(), "CONNECT login.invalid:443 ") {
					t.Errorf("%.20q: heard %q, told %q", answer, heard(), told)
				}
			})
		}
	}
}

// TestRefreshNeedsNoEnvironment runs token refresh without HOME, PATH, TERM, terminal,
// working folder and standard streams.
func TestRefreshNeedsNoEnvironment(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*exec.Cmd){
		"empty environment": func(cmd *exec.Cmd) { cmd.Env = []string{} },
		"own session": func(cmd *exec.Cmd) {
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		},
		"unusual environment": func(cmd *exec.Cmd) {
			cmd.Env = []string{"PATH=", "TERM=\x1b[2J", "LANG=\xff", "TZ=Nowhere/None", "TMPDIR=/nowhere", "COLUMNS=-1", "HOME=/nowhere"}
		},
		"no working folder": func(cmd *exec.Cmd) {
			gone := filepath.Join(os.TempDir(), fmt.Sprint("openfire-o365-gone-", os.Getpid()))
			_ = os.Mkdir(gone, 0o700)
			cmd.Args = append([]string{"/bin/sh", "-c", `cd "$0" && rmdir "$0" && exec "$@"`, gone, cmd.Path}, cmd.Args[1:]...)
			cmd.Path = "/bin/sh"
			cmd.Env = []string{"PATH=/usr/bin:/bin"}
		},
		"no standard streams": func(cmd *exec.Cmd) {
			cmd.Args = append([]string{"/bin/sh", "-c", `exec "$0" "$@" <&- >&- 2>&-`, cmd.Path}, cmd.Args[1:]...)
			cmd.Path = "/bin/sh"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.connected("compta@client.fr", single)
			cmd, out, said := b.start(nil, "token", "refresh", "mabase")
			change(cmd)
			if code := exitCode(cmd.Run()); code != 0 || out.Len()+said.Len() > 0 || b.file().Mail.Left(time.Now()) <= 0 {
				t.Errorf("exit %d, %q\n%s", code, out.String(), said.String())
			}
		})
	}
}

// TestClosedOutputLosesNoToken checks that a closed pipe or a full disk as standard
// output loses no token. The full disk is reported by the exit code; a closed pipe is
// not an error.
func TestClosedOutputLosesNoToken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		code problem.Exit
		says string
		open func() (*os.File, error)
	}{
		"a closed pipe": {problem.OK, "", func() (*os.File, error) {
			r, w, err := os.Pipe()
			if err == nil {
				err = r.Close()
			}
			return w, err
		}},
		"a full disk": {problem.Disk, "cannot be written", func() (*os.File, error) { return os.OpenFile("/dev/full", os.O_WRONLY, 0) }},
	} {
		w, err := c.open()
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		b := newBench(t)
		b.many(20, nil)
		cmd, _, said := b.start(nil, "token", "refresh", "--all", "--json")
		cmd.Stdout = w
		if code := exitCode(cmd.Run()); code != int(c.code) || !strings.Contains(said.String(), c.says) || c.says == "" && said.String() != "" {
			t.Errorf("%s: exit %d\n%s", name, code, said.String())
		}
		_ = w.Close()
		b.renewed(20)
	}
}

// renewed checks that so many bases have a valid access token.
func (b *bench) renewed(want int) {
	b.t.Helper()
	n := 0
	for i := range want {
		b.base = fmt.Sprintf("base%d", i)
		if b.file().Mail.Left(time.Now()) > 0 {
			n++
		}
	}
	if n != want {
		b.t.Errorf("%d of %d bases are renewed", n, want)
	}
}

// TestSignalLetsPendingRefreshesFinish checks that a signal starts no new base.
// Pending refreshes finish and are saved, even after a second signal, and the exit code
// reports the signal. The strict server would notice a lost response.
func TestSignalLetsPendingRefreshesFinish(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		first, second syscall.Signal
		code          problem.Exit
	}{
		"INT": {syscall.SIGINT, 0, problem.Interrupted}, "TERM": {syscall.SIGTERM, 0, problem.Terminated}, "HUP": {syscall.SIGHUP, 0, problem.Terminated},
		"INT twice": {syscall.SIGINT, syscall.SIGINT, problem.Interrupted}, "TERM, then INT": {syscall.SIGTERM, syscall.SIGINT, problem.Terminated}, "PIPE": {syscall.SIGPIPE, 0, problem.OK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBenchOn(t, sandbox.Options{Strict: true})
			b.many(30, nil)
			var cmd *exec.Cmd
			started, sent := make(chan struct{}), atomic.Bool{}
			count := b.posts(func(n int, _ http.ResponseWriter, _ *http.Request) bool {
				<-started
				if n == 3 && sent.CompareAndSwap(false, true) {
					_ = cmd.Process.Signal(c.first)
					if c.second != 0 {
						_ = cmd.Process.Signal(c.second)
					}
				}
				if sent.Load() {
					time.Sleep(200 * time.Millisecond) // the response comes after the signal
				}
				return false
			})
			cmd, _, said := b.launch("token", "refresh", "--all", "--jobs", "4")
			close(started)
			code := problem.Exit(exitCode(cmd.Wait()))
			if code != c.code && (c.second == 0 || code != problem.Interrupted) { // two signals at once may arrive in any order
				t.Errorf("exit %d, want %d\n%s", code, c.code, said.String())
			}
			if before := count.Load(); c.code != problem.OK && before == 30 {
				t.Error("all bases were done: the signal had no effect")
			}
			if got := b.run("", "token", "refresh", "--all"); got.code != problem.OK || count.Load() != 30 {
				t.Errorf("the next run: exit %d, %d POSTs in all, want one for each base\n%s", got.code, count.Load(), got.err)
			}
			b.renewed(30)
		})
	}
}

// launch starts the program and returns while it runs.
func (b *bench) launch(args ...string) (*exec.Cmd, *bytes.Buffer, *bytes.Buffer) {
	b.t.Helper()
	cmd, out, said := b.start(nil, args...)
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	return cmd, out, said
}

// TestKilledRefreshIsReportedByTheNextRun kills the program between the response and
// the rename. The next run continues with the old token. If Microsoft accepts it only
// once, the run reports that a refresh did not finish.
func TestKilledRefreshIsReportedByTheNextRun(t *testing.T) {
	t.Parallel()
	for _, strict := range []bool{false, true} {
		b := newBenchOn(t, sandbox.Options{Strict: strict})
		b.connected("compta@client.fr", single)
		var cmd *exec.Cmd
		started := make(chan struct{})
		first := atomic.Bool{}
		b.through(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
			<-started
			next.ServeHTTP(w, r)
			if first.CompareAndSwap(false, true) {
				_ = cmd.Process.Kill() // before the response leaves this handler
				_, _ = cmd.Process.Wait()
			}
		})
		cmd, _, _ = b.launch("token", "refresh", "mabase")
		close(started)
		_ = cmd.Wait()
		if b.unfinished().IsZero() {
			t.Fatal("no mark of a refresh under way")
		}
		want := problem.OK
		if strict {
			want = problem.SignIn
		}
		got := b.run("", "token", "refresh", "mabase", "--lang", "en")
		if got.code != want || strings.Contains(got.said, "did not complete") != strict {
			t.Errorf("strict %v: exit %d\n%s", strict, got.code, got.err)
		}
		if !strict && !b.unfinished().IsZero() {
			t.Error("the mark is still there after a successful refresh")
		}
	}
}

// TestFullDiskPreventsThePost checks that nothing is sent if there is no space for the
// new file.
func TestFullDiskPreventsThePost(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("a small disk can only be mounted by root on Linux")
	}
	b := newBench(t)
	b.dir = filepath.Join(t.TempDir(), "small")
	if err := os.Mkdir(b.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "none", b.dir).Run(); err != nil {
		t.Skip("no small disk here: ", err)
	}
	defer func() { _ = exec.Command("umount", "-l", b.dir).Run() }()
	b.many(5, nil)
	fill, err := os.OpenFile(filepath.Join(b.dir, "fill"), os.O_CREATE|os.O_WRONLY, 0o600)
	for err == nil {
		_, err = fill.Write(make([]byte, 4096))
	}
	count := b.posts(nil)
	got := b.run("", "token", "refresh", "--all", "--json", "--lang", "en")
	if got.code != problem.SomeBases || count.Load() != 0 || strings.Count(got.out, `"code":74`) != 5 {
		t.Errorf("exit %d, %d POSTs\n%s", got.code, count.Load(), got.out)
	}
	b.base = "base0"
	if got := b.run("", "token", "refresh", "base0"); got.code != problem.Disk {
		t.Errorf("one base: exit %d", got.code)
	}
	// A child process that another test is starting may still have the file open;
	// removing it would not free its blocks.
	if err := errors.Join(fill.Truncate(0), fill.Close()); err != nil {
		t.Fatal(err)
	}
	if got := b.run("", "token", "refresh", "--all"); got.code != problem.OK || count.Load() != 5 {
		t.Errorf("with free space: exit %d, %d POSTs\n%s", got.code, count.Load(), got.err)
	}
}

// TestRefreshWaitsForTheLock checks that a run waits for the lock of a base. If the token
// was renewed meanwhile, nothing is sent; otherwise the base is left to the next run.
// Other bases do not wait.
func TestRefreshWaitsForTheLock(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.many(6, nil)
	held, err := os.OpenFile(filepath.Join(b.dir, "base3.openfire.fr.json.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = syscall.Flock(int(held.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		t.Fatal(err)
	}
	count := b.posts(nil)
	cmd, _, said := b.launch("token", "refresh", "--all", "--jobs", "2")
	for count.Load() < 5 {
		time.Sleep(10 * time.Millisecond)
	}
	b.base = "base3"
	b.connected("compta@client.fr", func(f *tokenfile.File) { single(f); f.Mail.Expiration = time.Now().Add(time.Hour).Unix() }) // the holder has finished
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(cmd.Wait()); code != 0 || count.Load() != 5 {
		t.Errorf("exit %d, %d POSTs\n%s", code, count.Load(), said.String())
	}
}

// TestJobsFitTheLimitOfOpenFiles checks that the number of workers respects the limit
// of open files.
func TestJobsFitTheLimitOfOpenFiles(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.many(100, nil)
	for _, limit := range []string{"48", "64"} {
		cmd, _, said := b.start(nil, "token", "refresh", "--all", "--jobs", "64", "--margin", "100h")
		cmd.Args = append([]string{"/bin/sh", "-c", `ulimit -n ` + limit + ` && exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
		cmd.Path = "/bin/sh"
		if code := exitCode(cmd.Run()); code != 0 {
			t.Errorf("%s descriptors: exit %d\n%.1000s", limit, code, said.String())
		}
	}
	b.renewed(100)
}

// TestProgressLine checks that a terminal shows one progress line, which is removed at
// the end. There is none with -q, --json, in a pipe or on a dumb terminal.
func TestProgressLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		flags []string
		env   string
		moves bool
	}{"terminal": {nil, "", true}, "quiet": {[]string{"-q"}, "", false}, "json": {[]string{"--json"}, "", false}, "dumb": {nil, "TERM=dumb", false}} {
		b := newBench(t)
		b.many(20, nil)
		b.base = "dead"
		b.connected("aadsts50173@client.fr", single)
		s := open(t, 80, 24, t.TempDir(), []string{c.env}, append([]string{"--cloud", b.cloud, "--dir", b.dir, "--lang", "en", "token", "refresh", "--all"}, c.flags...)...)
		if code := exitCode(s.cmd.Wait()); code != int(problem.SomeBases) {
			t.Errorf("%s: exit %d", name, code)
		}
		s.mu.Lock()
		for !s.over {
			s.seen.Wait()
		}
		all, screen := s.all.String(), s.term.String()
		s.mu.Unlock()
		if moved := strings.Contains(all, "21 bases of 21 done, 1 failed"); moved != c.moves {
			t.Errorf("%s: moved %v\n%q", name, moved, all)
		}
		if strings.Contains(screen, "bases of") || name != "json" && !strings.Contains(screen, "dead.openfire.fr") {
			t.Errorf("%s: left on the screen:\n%s", name, screen)
		}
	}
}
