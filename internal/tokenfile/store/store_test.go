//go:build unix

package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
)

// TestMain lets the test binary act as a second process.
func TestMain(m *testing.M) {
	switch os.Getenv("STORE_CHILD") {
	case "count":
		count(os.Getenv("STORE_DIR"))
		return
	case "hold":
		hold(os.Getenv("STORE_DIR"))
		return
	case "write":
		for i := 0; ; i++ {
			_ = update(New(os.Getenv("STORE_DIR"), time.Now), strconv.Itoa(i))
		}
	}
	os.Exit(m.Run())
}

func mabase() openfire.Base {
	b, err := openfire.ParseBase("mabase")
	if err != nil {
		panic(err)
	}
	return b
}

// child returns a command that runs this binary as another process on the same
// folder.
func child(t *testing.T, what, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "STORE_CHILD="+what, "STORE_DIR="+dir,
		"GORACE=atexit_sleep_ms=0") // -race would sleep a second
	return cmd
}

// count increments a number in the file, rounds times.
func count(dir string) {
	s := New(dir, time.Now)
	for range rounds {
		err := s.Update(context.Background(), mabase(),
			func(_ context.Context, f tokenfile.File, _ bool) (func(*tokenfile.File), error) {
				return func(f *tokenfile.File) {
					n, _ := strconv.Atoi(f.Azure.TenantID)
					f.Azure.TenantID = strconv.Itoa(n + 1)
				}, nil
			})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
}

// hold takes the lock, prints a line, and keeps the lock until its input ends.
func hold(dir string) {
	s := New(dir, time.Now)
	_ = s.Update(context.Background(), mabase(),
		func(context.Context, tokenfile.File, bool) (func(*tokenfile.File), error) {
			fmt.Println("held")
			_, _ = os.Stdin.Read(make([]byte, 1))
			return nil, nil
		})
}

// update saves a refresh token.
func update(s *Store, token string) error {
	return s.Update(context.Background(), mabase(),
		func(context.Context, tokenfile.File, bool) (func(*tokenfile.File), error) {
			return func(f *tokenfile.File) {
				f.SetMailbox("compta@client.fr", false)
				f.Mail.Refresh = secret.New(token)
			}, nil
		})
}

func newStore(t *testing.T) *Store {
	t.Helper()
	s := New(filepath.Join(t.TempDir(), "tokens"), time.Now)
	if err := update(s, "first"); err != nil {
		t.Fatal(err)
	}
	return s
}

func kind(err error) disk.Kind {
	var e *disk.Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return -1
}

// left returns the files in the folder other than the token file and its lock.
func left(t *testing.T, s *Store) []string {
	t.Helper()
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if name := e.Name(); name != mabase().FileName() && name != mabase().FileName()+".lock" {
			names = append(names, name)
		}
	}
	return names
}

// TestNewFileIsForItsOwnerAlone checks that only the owner can read a new file,
// independent of the umask.
func TestNewFileIsForItsOwnerAlone(t *testing.T) {
	for _, mask := range []int{0, 0o022, 0o077, 0o777} {
		old := syscall.Umask(mask)
		dir := t.TempDir()
		_ = os.Chmod(dir, 0o700)
		s := New(filepath.Join(dir, "tokens"), time.Now)
		disk.KeepOwnerAccess()
		if err := update(s, "x"); err != nil {
			t.Errorf("umask %o: %v", mask, err)
		}
		if err := s.SaveState(mabase(), State{}); err != nil {
			t.Errorf("umask %o: %v", mask, err)
		}
		for path, want := range map[string]fs.FileMode{s.Dir: 0o700, s.Path(mabase()): 0o600, s.Path(mabase()) + ".lock": 0o600,
			filepath.Join(s.Dir, stateFolder): 0o700, filepath.Join(s.Dir, stateFolder, mabase().FileName()): 0o600} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
				t.Errorf("umask %o: %s: %v, want %o, %v", mask, path, info, want, err)
			}
		}
		syscall.Umask(old)
	}
	s := newStore(t)
	f, err := s.Load(mabase())
	if err != nil || f.Mail.Refresh.Reveal() != "first" {
		t.Error(f, err)
	}
	if names := left(t, s); names != nil {
		t.Errorf("left behind: %v", names)
	}
}

// TestSaveByRootKeepsTheOwner checks that a base can still read its file after a
// save by root.
func TestSaveByRootKeepsTheOwner(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	path := s.Path(mabase())
	if os.Geteuid() == 0 {
		if err := os.Chown(path, 1234, 2345); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	before, _ := os.Stat(path)
	if err := update(s, "second"); err != nil {
		t.Fatal(err)
	}
	after, _ := os.Stat(path)
	a, b := before.Sys().(*syscall.Stat_t), after.Sys().(*syscall.Stat_t)
	if a.Uid != b.Uid || a.Gid != b.Gid || before.Mode() != after.Mode() || a.Ino == b.Ino {
		t.Errorf("%d:%d %v became %d:%d %v", a.Uid, a.Gid, before.Mode(), b.Uid, b.Gid, after.Mode())
	}
}

// TestOwnerThatCannotBeKeptIsToldBeforeTheTokenIsSpent checks that an account that
// cannot keep the owner gets an error before the token is used.
func TestOwnerThatCannotBeKeptIsToldBeforeTheTokenIsSpent(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("takes root to become somebody else")
	}
	s := newStore(t)
	cmd := child(t, "count", s.Dir)
	_ = os.Chmod(filepath.Dir(s.Dir), 0o755)
	_ = os.Chmod(s.Dir, 0o755)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	cmd.Path = copyOfTest(t)
	out, err := cmd.Output()
	if err == nil || !strings.Contains(string(out), "permission denied") {
		t.Errorf("%s %v", out, err)
	}
	if f, err := s.Load(mabase()); err != nil || f.Mail.Refresh.Reveal() != "first" {
		t.Error(err)
	}
}

// copyOfTest returns a copy of this binary that every account can run.
func copyOfTest(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "child")
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(path, data, 0o755)); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLinksDevicesAndPipesAreRefused checks that links, devices and pipes are
// neither followed, blocked on nor replaced, and that the target of a link is
// unchanged.
func TestLinksDevicesAndPipesAreRefused(t *testing.T) {
	t.Parallel()
	plants := map[string]func(path, victim string) error{
		"symlink":  func(path, victim string) error { return os.Symlink(victim, path) },
		"dangling": func(path, victim string) error { return os.Symlink(victim+".absent", path) },
		"hard":     func(path, victim string) error { return os.Link(victim, path) },
		"fifo":     func(path, _ string) error { return syscall.Mkfifo(path, 0o600) },
		"folder":   func(path, _ string) error { return os.Mkdir(path, 0o700) },
		"socket": func(path, _ string) error {
			fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
			if err != nil {
				return err
			}
			defer syscall.Close(fd)
			return syscall.Bind(fd, &syscall.SockaddrUnix{Name: path})
		},
		"device": func(path, _ string) error { return syscall.Mknod(path, syscall.S_IFCHR|0o600, 1<<8|7) },
	}
	for name, plant := range plants {
		for _, suffix := range []string{"", ".lock", disk.TempSuffix} {
			if name == "device" && os.Geteuid() != 0 {
				continue
			}
			dir, err := os.MkdirTemp("/tmp", "s") // a socket's path must be short
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			s := New(filepath.Join(dir, "t"), time.Now)
			_ = os.Mkdir(s.Dir, 0o700)
			victim := filepath.Join(dir, "victim")
			_ = os.WriteFile(victim, []byte(`{"format":"openfire-o365/1","base":"https://mabase.openfire.fr","odoo_version":"16.0"}`), 0o600)
			before, _ := os.ReadFile(victim)
			if err := plant(s.Path(mabase())+suffix, victim); err != nil {
				t.Fatal(name, err)
			}
			if err := update(s, "x"); kind(err) != disk.Unsafe {
				t.Errorf("%s%s: %v", name, suffix, err)
			}
			if _, err := s.Load(mabase()); suffix == "" && kind(err) != disk.Unsafe {
				t.Errorf("%s: load: %v", name, err)
			}
			if after, _ := os.ReadFile(victim); !bytes.Equal(before, after) {
				t.Errorf("%s%s: the victim was written", name, suffix)
			}
		}
	}
}

// TestReadableFileIsRefusedWithTheRepair checks that a file that others can read or
// change is refused before the token is used, with the command that fixes it.
func TestReadableFileIsRefusedWithTheRepair(t *testing.T) {
	t.Parallel()
	for _, mode := range []fs.FileMode{0o644, 0o604, 0o666, 0o660, 0o602} {
		s := newStore(t)
		_ = os.Chmod(s.Path(mabase()), mode)
		called := false
		err := s.Update(context.Background(), mabase(),
			func(context.Context, tokenfile.File, bool) (func(*tokenfile.File), error) {
				called = true
				return nil, nil
			})
		var e *disk.Error
		if !errors.As(err, &e) || e.Kind != disk.Unsafe || !strings.HasPrefix(e.Repair, "chmod ") || called {
			t.Errorf("%o: %v, called %v", mode, err, called)
		}
		if out, err := exec.Command("sh", "-c", e.Repair).CombinedOutput(); err != nil {
			t.Errorf("%s: %s", e.Repair, out)
		}
		if err := update(s, "x"); err != nil {
			t.Errorf("%o after %q: %v", mode, e.Repair, err)
		}
	}
	s := newStore(t)
	_ = os.Chmod(s.Dir, 0o777)
	if err := update(s, "x"); kind(err) != disk.Unsafe {
		t.Errorf("a folder everybody can change: %v", err)
	}
	if _, err := s.Load(mabase()); kind(err) != disk.Unsafe {
		t.Errorf("load from a folder everybody can change: %v", err)
	}
	for folder, mode := range map[string]fs.FileMode{s.Dir: 0o770, filepath.Dir(s.Dir): 0o777} {
		_ = os.Chmod(s.Dir, 0o700)
		_ = os.Chmod(folder, mode)
		var e *disk.Error
		if _, err := s.Load(mabase()); !errors.As(err, &e) || e.Kind != disk.Unsafe || e.Path != folder || e.Fixable != (folder == s.Dir) {
			t.Fatalf("%s with mode %o: %v", folder, mode, err)
		}
		if err := update(s, "x"); kind(err) != disk.Unsafe {
			t.Errorf("%s with mode %o: %v", folder, mode, err)
		}
		if out, err := exec.Command("sh", "-c", e.Repair).CombinedOutput(); err != nil || update(s, "x") != nil {
			t.Errorf("%s: %s", e.Repair, out)
		}
	}
	_ = os.Chmod(filepath.Dir(s.Dir), 0o777|fs.ModeSticky) // like /tmp
	if err := update(s, "x"); err != nil {
		t.Error(err)
	}
}

// TestHandEditDuringTheRefreshSurvives checks that an edit made while Microsoft
// answers is kept.
func TestHandEditDuringTheRefreshSurvives(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	err := s.Update(context.Background(), mabase(),
		func(context.Context, tokenfile.File, bool) (func(*tokenfile.File), error) {
			data, _ := os.ReadFile(s.Path(mabase()))
			edited := bytes.Replace(data, []byte(`"smtp_port": 587`), []byte(`"smtp_port": 2525, "note": "mine"`), 1)
			if err := os.WriteFile(s.Path(mabase()), edited, 0o600); err != nil {
				t.Error(err)
			}
			return func(f *tokenfile.File) { f.Mail.Refresh = secret.New("second") }, nil
		})
	if err != nil {
		t.Fatal(err)
	}
	f, err := s.Load(mabase())
	data, _ := os.ReadFile(s.Path(mabase()))
	if err != nil || f.Mail.Port != 2525 || f.Mail.Refresh.Reveal() != "second" ||
		!bytes.Contains(data, []byte(`"note": "mine"`)) {
		t.Errorf("%v\n%s", err, data)
	}
}

// TestTokenIsRescuedWhenTheFileIsDeletedOrBroken checks that if the file is deleted
// or broken while Microsoft answers, it is not recreated and the new token is
// rescued.
func TestTokenIsRescuedWhenTheFileIsDeletedOrBroken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		harm func(string) error
		want disk.Kind
	}{
		"deleted": {os.Remove, disk.Changed},
		"broken": {func(p string) error { return os.WriteFile(p, []byte("{"), 0o600) },
			disk.Changed},
		"saved by an editor for all to read": {func(p string) error { return os.Chmod(p, 0o644) }, disk.Unsafe},
		"replaced by a link": {func(p string) error {
			return errors.Join(os.Rename(p, p+".moved"), os.Symlink(p+".moved", p), os.Remove(p+".moved"))
		}, disk.Unsafe},
		"another base's": {func(p string) error {
			data, err := os.ReadFile(p)
			return errors.Join(err, os.WriteFile(p, bytes.ReplaceAll(data, []byte("mabase"), []byte("autre")), 0o600))
		}, disk.Changed},
	} {
		s := newStore(t)
		err := s.Update(context.Background(), mabase(),
			func(context.Context, tokenfile.File, bool) (func(*tokenfile.File), error) {
				return func(f *tokenfile.File) { f.Mail.Refresh = secret.New("rescued") }, c.harm(s.Path(mabase()))
			})
		if kind(err) != c.want || rescuedIn(err) != s.Path(mabase())+".rescued" {
			t.Errorf("%s: %v", name, err)
		}
		names := left(t, s)
		if len(names) != 1 || !strings.HasSuffix(names[0], ".rescued") {
			t.Fatalf("%s: %v", name, names)
		}
		path := filepath.Join(s.Dir, names[0])
		data, _ := os.ReadFile(path)
		info, _ := os.Stat(path)
		if !bytes.Contains(data, []byte("rescued")) || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %o %s", name, info.Mode(), data)
		}
	}
}

// rescuedIn returns the path of the rescue file in an error.
func rescuedIn(err error) string {
	failed, _ := errors.AsType[*disk.Error](err)
	if failed == nil {
		return ""
	}
	return failed.Rescued
}

// blockRescue creates folders with the names of rescue files, so that none can be
// written.
func blockRescue(t *testing.T, s *Store, folders ...string) {
	t.Helper()
	s.Now = func() time.Time { return time.Date(2026, 11, 23, 4, 5, 6, 0, time.UTC) }
	for _, folder := range folders {
		for _, suffix := range []string{".rescued", ".rescued-20261123T040506Z"} {
			if err := os.MkdirAll(filepath.Join(folder, mabase().FileName()+suffix, "in the way"), 0o700); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestTokenIsRescuedIntoTheStateFolder checks that the new token is rescued into
// the state folder if the rescue file cannot be written beside the token file.
func TestTokenIsRescuedIntoTheStateFolder(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	err := s.Update(context.Background(), mabase(), lose(s, func() { blockRescue(t, s, s.Dir) }))
	if want := filepath.Join(s.Dir, "state", mabase().FileName()+".rescued"); kind(err) != disk.Changed || rescuedIn(err) != want {
		t.Errorf("%v in %q", err, rescuedIn(err))
	}
}

// lose returns a function for Update that deletes the token file and calls
// meanwhile.
func lose(s *Store, meanwhile func()) func(context.Context, tokenfile.File, bool) (func(*tokenfile.File), error) {
	return func(context.Context, tokenfile.File, bool) (func(*tokenfile.File), error) {
		meanwhile()
		return func(f *tokenfile.File) { f.Mail.Refresh = secret.New("new") }, os.Remove(s.Path(mabase()))
	}
}

// TestLostTokenIsReported checks the error if a new token cannot be rescued to any
// folder.
func TestLostTokenIsReported(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	err := s.Update(context.Background(), mabase(),
		lose(s, func() { blockRescue(t, s, s.Dir, filepath.Join(s.Dir, "state")) }))
	failed, _ := errors.AsType[*disk.Error](err)
	if failed == nil || failed.Kind != disk.Lost || Problem(failed).Exit != problem.Disk ||
		!strings.Contains(Problem(failed).Error(), "are lost") || !strings.Contains(Problem(failed).Error(), "setup") {
		t.Errorf("%v", err)
	}
}

// TestRescuedTokenIsAdopted checks that the next Update first moves a rescued token
// into the token file, if the file still contains the token that was sent.
func TestRescuedTokenIsAdopted(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	path := s.Path(mabase())
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(context.Background(), mabase(), lose(s, func() {})); rescuedIn(err) == "" {
		t.Fatal(err)
	}
	seen := ""
	look := func(_ context.Context, f tokenfile.File, _ bool) (func(*tokenfile.File), error) {
		seen = f.Mail.Refresh.Reveal()
		return nil, nil
	}
	// The file has another token meanwhile, so the rescued one is not used.
	other := bytes.ReplaceAll(content, []byte(`"first"`), []byte(`"other"`))
	if bytes.Equal(other, content) {
		t.Fatalf("%s", content)
	}
	for _, c := range []struct {
		name    string
		content []byte
		want    string
		left    int
	}{{"another token", other, "other", 1}, {"the token that was sent", content, "new", 0}} {
		if err := os.WriteFile(path, c.content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Update(context.Background(), mabase(), look); err != nil || seen != c.want {
			t.Errorf("%s: %v, token %q, want %q", c.name, err, seen, c.want)
		}
		if file, err := s.Load(mabase()); err != nil || file.Mail.Refresh.Reveal() != c.want || len(left(t, s)) != c.left {
			t.Errorf("%s: the file has %q (%v), left %v", c.name, file.Mail.Refresh.Reveal(), err, left(t, s))
		}
	}
}

// TestTokensGoOnlyIntoTheFileTheyWereFetchedFor checks that a file that replaced
// the token file during a refresh keeps its own tokens.
func TestTokensGoOnlyIntoTheFileTheyWereFetchedFor(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	err := s.UpdateTokens(context.Background(), mabase(),
		func(context.Context, tokenfile.File, bool) (func(*tokenfile.File), error) {
			content, err := os.ReadFile(s.Path(mabase()))
			return func(f *tokenfile.File) { f.Mail.Refresh = secret.New("new") }, errors.Join(err,
				os.WriteFile(s.Path(mabase()), bytes.ReplaceAll(content, []byte(`"first"`), []byte(`"other"`)), 0o600))
		})
	file, bad := s.Load(mabase())
	if kind(err) != disk.Changed || rescuedIn(err) == "" || bad != nil || file.Mail.Refresh.Reveal() != "other" {
		t.Errorf("%v, the file has %q (%v)", err, file.Mail.Refresh.Reveal(), bad)
	}
}

// TestUpdateChangesNothingWhenDoFails checks that nothing changes if do returns an
// error or no change.
func TestUpdateChangesNothingWhenDoFails(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	before, _ := os.Stat(s.Path(mabase()))
	boom := errors.New("boom")
	for _, want := range []error{boom, nil} {
		if err := s.Update(context.Background(), mabase(),
			func(context.Context, tokenfile.File, bool) (func(*tokenfile.File), error) {
				return nil, want
			}); !errors.Is(err, want) {
			t.Error(err)
		}
	}
	after, _ := os.Stat(s.Path(mabase()))
	if !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) || left(t, s) != nil {
		t.Errorf("something changed: %v", left(t, s))
	}
}

// TestStoppedHolderIsBusyAndKilledHolderFreesTheLock checks that others give up
// waiting for a stopped process, and that the lock of a killed process is free at
// once.
func TestStoppedHolderIsBusyAndKilledHolderFreesTheLock(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	holder := child(t, "hold", s.Dir)
	in, _ := holder.StdinPipe()
	defer in.Close()
	out, _ := holder.StdoutPipe()
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if n, err := out.Read(make([]byte, 8)); n == 0 {
		t.Fatal(err)
	}
	_ = holder.Process.Signal(syscall.SIGSTOP)
	s.LockWait = 50 * time.Millisecond
	if err := update(s, "x"); kind(err) != disk.Busy {
		t.Errorf("held: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s.LockWait = time.Minute
	if err := s.Update(ctx, mabase(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	_ = holder.Process.Kill()
	_ = holder.Wait()
	if err := update(s, "x"); err != nil {
		t.Errorf("after the holder's death: %v", err)
	}
}

// TestLockIsWaitedForHalfAMinute checks that Update waits up to half a minute for a
// lock, and takes it as soon as it is free.
func TestLockIsWaitedForHalfAMinute(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		held, err := os.Open(s.Path(mabase()) + ".lock")
		if err != nil {
			t.Fatal(err)
		}
		defer held.Close()
		fd := int(held.Fd())
		if err := syscall.Flock(fd, syscall.LOCK_EX); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if err := update(New(s.Dir, time.Now), "x"); kind(err) != disk.Busy || time.Since(start) < 30*time.Second ||
			time.Since(start) > 32*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		start = time.Now()
		time.AfterFunc(10*time.Second, func() { _ = syscall.Flock(fd, syscall.LOCK_UN) })
		if err := update(New(s.Dir, time.Now), "x"); err != nil || time.Since(start) < 10*time.Second ||
			time.Since(start) > 11*time.Second {
			t.Errorf("let go, after %v: %v", time.Since(start), err)
		}
	})
}

// TestDeletedLockFileIsNotTakenForTheLock checks that a lock on a deleted lock file
// does not count as the lock.
func TestDeletedLockFileIsNotTakenForTheLock(t *testing.T) {
	t.Parallel()
	for range 20 {
		s := newStore(t)
		name := mabase().FileName() + ".lock"
		dir, err := disk.Open(s.Dir)
		if err != nil {
			t.Fatal(err)
		}
		defer dir.Close()
		first, err := dir.Lock(context.Background(), name, s.LockWait)
		if err != nil {
			t.Fatal(err)
		}
		second := make(chan func(), 1)
		go func() {
			unlock, err := dir.Lock(context.Background(), name, s.LockWait)
			if err != nil {
				t.Error(err)
			}
			second <- unlock
		}()
		runtime.Gosched()
		if err := os.Remove(dir.Path(name)); err != nil {
			t.Fatal(err)
		}
		first()
		unlock := <-second
		s.LockWait = 30 * time.Millisecond
		if _, err := dir.Lock(context.Background(), name, s.LockWait); kind(err) != disk.Busy {
			t.Errorf("a third one got the lock too: %v", err)
		}
		unlock()
	}
}

// TestManyProcessesLoseNoUpdate checks that concurrent increments by many processes
// are all kept, and that no process waits for the lock for thirty seconds.
func TestManyProcessesLoseNoUpdate(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	var group sync.WaitGroup
	for range processes {
		group.Go(func() {
			if out, err := child(t, "count", s.Dir).CombinedOutput(); err != nil {
				t.Errorf("%s %v", out, err)
			}
		})
	}
	group.Wait()
	want := strconv.Itoa(processes * rounds)
	if f, err := s.Load(mabase()); err != nil || f.Azure.TenantID != want {
		t.Errorf("%s, want %s: %v", f.Azure.TenantID, want, err)
	}
	if names := left(t, s); names != nil {
		t.Errorf("left behind: %v", names)
	}
}

// TestKilledWritersLeaveNoHalfFile checks that readers always see a complete file
// while writers are killed, and that the next run removes their leftovers.
func TestKilledWritersLeaveNoHalfFile(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for range 25 {
		writer := child(t, "write", s.Dir)
		if err := writer.Start(); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for len(seen) < 8 {
			f, err := s.Load(mabase())
			if err != nil || f.Mail.Refresh.Empty() {
				t.Fatalf("a reader saw %v", err)
			}
			seen[f.Mail.Refresh.Reveal()] = true
		}
		_ = writer.Process.Kill()
		_ = writer.Wait()
	}
	if err := update(s, "last"); err != nil {
		t.Fatal(err)
	}
	if names := left(t, s); names != nil {
		t.Errorf("left behind: %v", names)
	}
}

// TestFullDiskShowsBeforeTheTokenIsSpent checks that a full disk is detected before
// the token is used.
func TestFullDiskShowsBeforeTheTokenIsSpent(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("takes root to mount a small disk")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=128k,mode=0700", "tmpfs",
		dir).CombinedOutput(); err != nil {
		t.Skipf("no mount here: %s", out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
	s := New(dir, time.Now)
	if err := update(s, "first"); err != nil {
		t.Fatal(err)
	}
	_ = os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 100<<10), 0o600)
	called := false
	err := s.Update(context.Background(), mabase(),
		func(context.Context, tokenfile.File, bool) (func(*tokenfile.File), error) {
			called = true
			return nil, nil
		})
	if kind(err) != disk.Failed || called || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v, called %v", err, called)
	}
	if f, err := s.Load(mabase()); err != nil || f.Mail.Refresh.Reveal() != "first" {
		t.Error(err)
	}
}

// TestListPassesOverOtherFiles checks that List ignores files that are not token
// files.
func TestListPassesOverOtherFiles(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, name := range []string{"autre.openfire.fr.json", "cloud.json", "note.txt", "localhost_8069.json",
		"mabase.openfire.fr.json.new-abc", "../x.json", "MABASE.openfire.fr.json"} {
		_ = os.WriteFile(filepath.Join(s.Dir, name), []byte("{}"), 0o600)
	}
	bases, err := s.List()
	var names []string
	for _, b := range bases {
		names = append(names, b.URL())
	}
	if got := strings.Join(names, " "); err != nil ||
		got != "http://localhost:8069 https://autre.openfire.fr https://mabase.openfire.fr" {
		t.Errorf("%s %v", got, err)
	}
	if none, err := New(filepath.Join(s.Dir, "absent"), time.Now).List(); none != nil || err != nil {
		t.Error(none, err)
	}
	if _, err := New(filepath.Join(s.Dir, "absent"), time.Now).Load(mabase()); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// TestBrokenStateIsEmpty checks that a state is read back, and that an invalid one
// is empty.
func TestBrokenStateIsEmpty(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	want := State{LastSuccess: time.Unix(1700000000, 0).UTC(), Failures: 3, Code: "x", Tested: true}
	if err := s.SaveState(mabase(), want); err != nil {
		t.Fatal(err)
	}
	if got := s.State(mabase()); got != want {
		t.Errorf("%+v", got)
	}
	_ = os.WriteFile(filepath.Join(s.Dir, stateFolder, mabase().FileName()), []byte("{"), 0o600)
	if got := s.State(mabase()); got != (State{}) {
		t.Errorf("%+v", got)
	}
}

// TestSetOwnerAppliesToNewFiles checks that new files belong to the owner of
// --owner.
func TestSetOwnerAppliesToNewFiles(t *testing.T) {
	t.Parallel()
	s := New(filepath.Join(t.TempDir(), "tokens"), time.Now)
	for _, bad := range []string{"nobody-of-that-name:0", "0:nobody-of-that-name", "root", ":", "-1:0", "0x1:1",
		"4294967295:1"} {
		if kind(s.SetOwner(bad)) != disk.UnknownOwner {
			t.Errorf("%s is no owner", bad)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("takes root to give files away")
	}
	if err := s.SetOwner("daemon:daemon"); err != nil {
		t.Fatal(err)
	}
	if err := update(s, "x"); err != nil {
		t.Fatal(err)
	}
	info, _ := os.Stat(s.Path(mabase()))
	folder, _ := os.Stat(s.Dir)
	if st := info.Sys().(*syscall.Stat_t); st.Uid != 1 || st.Gid != 1 || info.Mode().Perm() != 0o640 ||
		folder.Mode().Perm() != 0o750 {
		t.Errorf("%d:%d %o in %o", st.Uid, st.Gid, info.Mode().Perm(), folder.Mode().Perm())
	}
}

// TestNewFileByRootBelongsToTheFoldersOwner checks that a service can refresh the
// file that root's setup created in its folder.
func TestNewFileByRootBelongsToTheFoldersOwner(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("takes root to give files away")
	}
	s := New(filepath.Join(t.TempDir(), "tokens"), time.Now)
	if err := errors.Join(os.Mkdir(s.Dir, 0o700), os.Chown(s.Dir, 1234, 2345)); err != nil {
		t.Fatal(err)
	}
	if err := update(s, "x"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{s.Path(mabase()), s.Path(mabase()) + ".lock"} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if st := info.Sys().(*syscall.Stat_t); st.Uid != 1234 || st.Gid != 2345 || info.Mode().Perm() != 0o600 {
			t.Errorf("%s is %d:%d's, %o", path, st.Uid, st.Gid, info.Mode().Perm())
		}
	}
}
