//go:build linux

package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
)

// root skips the test unless it runs as root.
func root(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("takes root")
	}
}

// sh runs a command. It skips the test if the command fails, because some machines
// lack the permission, the tool or the file system.
func sh(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Skipf("not here: %s %v: %v %s", name, args, err, out)
	}
}

// asks reports whether Update called its function, which would use the token.
func asks(s *Store) (asked bool, err error) {
	err = s.Update(context.Background(), mabase(),
		func(context.Context, tokenfile.File, bool) (func(*tokenfile.File), error) {
			asked = true
			return nil, nil
		})
	return asked, err
}

// intact checks that the token file is unchanged and no other file was left.
func intact(t *testing.T, s *Store) {
	t.Helper()
	if f, err := s.Load(mabase()); err != nil || f.Mail.Refresh.Reveal() != "first" {
		t.Errorf("the old file: %v", err)
	}
	if names := left(t, s); names != nil {
		t.Errorf("left behind: %v", names)
	}
}

// TestFileSizeLimitShowsBeforeTheTokenIsSpent checks that a limit on file sizes is
// detected before the token is used, and that the program survives SIGXFSZ.
func TestFileSizeLimitShowsBeforeTheTokenIsSpent(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	cmd := exec.Command("sh", "-c", `ulimit -f 8 && exec "$0"`, os.Args[0])
	cmd.Env = append(os.Environ(), "STORE_CHILD=count", "STORE_DIR="+s.Dir)
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "allocate") || !strings.Contains(string(out), "file too large") {
		t.Errorf("%s %v", out, err)
	}
	intact(t, s)
}

// TestImmutableFileNamesTheRepair checks that the error names the command to undo
// chattr +i on the file or the folder, which binds even root.
func TestImmutableFileNamesTheRepair(t *testing.T) {
	root(t)
	for _, what := range []string{"file", "folder"} {
		t.Run(what, func(t *testing.T) {
			s := newStore(t)
			path := map[string]string{"file": s.Path(mabase()), "folder": s.Dir}[what]
			sh(t, "chattr", "+i", path)
			defer func() { _ = exec.Command("chattr", "-i", path).Run() }()
			err := update(s, "second")
			var e *disk.Error
			if !errors.As(err, &e) || e.Kind != disk.Failed || !strings.Contains(e.Error(), "immutable") ||
				e.Repair != "chattr -i -a '"+path+"'" {
				t.Fatalf("%v", err)
			}
			if out, err := exec.Command("sh", "-c", e.Repair).CombinedOutput(); err != nil {
				t.Fatalf("%s: %s", e.Repair, out)
			}
			intact(t, s)
			if err := update(s, "second"); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestReadOnlyFileSystemCostsNoToken checks that a read-only file system is
// detected before the token is used.
func TestReadOnlyFileSystemCostsNoToken(t *testing.T) {
	root(t)
	s := newStore(t)
	sh(t, "mount", "--bind", s.Dir, s.Dir)
	defer func() { _ = exec.Command("umount", "-l", s.Dir).Run() }()
	sh(t, "mount", "-o", "remount,bind,ro", s.Dir)
	if asked, err := asks(s); kind(err) != disk.Failed || !errors.Is(err, syscall.EROFS) || asked {
		t.Errorf("%v, asked %v", err, asked)
	}
	intact(t, s)
}

// TestMountedFileIsNotWrittenInPlace checks that a token file that is a mount
// point, which cannot be replaced, is not written in place.
func TestMountedFileIsNotWrittenInPlace(t *testing.T) {
	root(t)
	s := newStore(t)
	path := s.Path(mabase())
	outside := filepath.Join(t.TempDir(), "outside.json")
	data, _ := os.ReadFile(path)
	if err := os.WriteFile(outside, data, 0o600); err != nil {
		t.Fatal(err)
	}
	sh(t, "mount", "--bind", outside, path)
	defer func() { _ = exec.Command("umount", "-l", path).Run() }()
	if err := update(s, "second"); kind(err) != disk.Failed || !errors.Is(err, syscall.EBUSY) {
		t.Errorf("%v", err)
	}
	intact(t, s)
}

// TestRefusalNamesOwnerAndAccount checks that a permission error names the owner of
// the file and the account of the process.
func TestRefusalNamesOwnerAndAccount(t *testing.T) {
	root(t)
	t.Parallel()
	s := newStore(t)
	_ = os.Chmod(filepath.Dir(s.Dir), 0o755)
	_ = os.Chmod(filepath.Dir(filepath.Dir(s.Dir)), 0o755)
	for _, c := range []struct {
		path     string
		uid      int
		mode     fs.FileMode
		complain string
	}{
		{s.Dir, 0, 0o755, s.Path(mabase()) + ".lock belongs to root, this is nobody"},
		{s.Dir, 4321, 0o755, s.Dir + " belongs to uid 4321, this is nobody"},
	} {
		if err := errors.Join(os.Chown(c.path, c.uid, c.uid), os.Chmod(c.path, c.mode)); err != nil {
			t.Fatal(err)
		}
		cmd := child(t, "count", s.Dir)
		cmd.Path = copyOfTest(t)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), c.complain) {
			t.Errorf("%s %v, want %q", out, err, c.complain)
		}
	}
}

// acl returns a POSIX ACL in the kernel's format: rw for the owner and one more
// account, nothing for others.
func acl(uid uint32) []byte {
	data := binary.LittleEndian.AppendUint32(nil, 2)
	for _, e := range []struct {
		tag, perm uint16
		id        uint32
	}{{1, 6, ^uint32(0)}, {2, 4, uid}, {4, 0, ^uint32(0)}, {16, 4, ^uint32(0)}, {32, 0, ^uint32(0)}} {
		data = binary.LittleEndian.AppendUint16(data, e.tag)
		data = binary.LittleEndian.AppendUint16(data, e.perm)
		data = binary.LittleEndian.AppendUint32(data, e.id)
	}
	return data
}

// TestSaveKeepsACLAndAttributes checks that the new file has the ACL and attributes
// of the old one, and none inherited from the folder.
func TestSaveKeepsACLAndAttributes(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	path := s.Path(mabase())
	if err := unix.Setxattr(path, "user.note", []byte("of the backup"), 0); errors.Is(err, unix.EOPNOTSUPP) {
		t.Skip("no attributes on this file system")
	}
	get := func(name string) string {
		value := make([]byte, 1000)
		n, err := unix.Getxattr(path, name, value)
		return fmt.Sprintf("%x %v", value[:max(n, 0)], err)
	}
	identity := func() string {
		info, _ := os.Stat(path)
		return get("user.note") + get("system.posix_acl_access") + info.Mode().String()
	}
	if os.Geteuid() == 0 { // depends on the content, so it must not be copied
		if err := unix.Setxattr(path, "trusted.hash", []byte("of the old content"), 0); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if got := get("trusted.hash"); !strings.Contains(got, unix.ENODATA.Error()) {
				t.Errorf("carried over: %s", got)
			}
		}()
	}
	if err := unix.Setxattr(s.Dir, "system.posix_acl_default", acl(7777), 0); err != nil {
		t.Skip(err)
	}
	for _, set := range []string{"", "own", "handed down alike"} {
		if set == "own" {
			if err := unix.Setxattr(path, "system.posix_acl_access", acl(4321), 0); err != nil {
				t.Fatal(err)
			}
		}
		if set == "handed down alike" {
			if err := errors.Join(os.Chmod(path, 0o640),
				unix.Setxattr(s.Dir, "system.posix_acl_default", acl(4321), 0)); err != nil {
				t.Fatal(err)
			}
		}
		before := identity()
		for range 2 {
			if err := update(s, "second"); err != nil {
				t.Fatal(err)
			}
		}
		if after := identity(); after != before {
			t.Errorf("ACL %q: %s became %s", set, before, after)
		}
	}
}

// TestSaveReservesRoomWithoutFallocate checks that on a file system without
// fallocate, a full disk is detected before the token is used.
func TestSaveReservesRoomWithoutFallocate(t *testing.T) {
	root(t)
	image, dir := filepath.Join(t.TempDir(), "image"), t.TempDir()
	if err := errors.Join(os.WriteFile(image, nil, 0o600), os.Truncate(image, 1<<20)); err != nil {
		t.Fatal(err)
	}
	sh(t, "mkfs.ext2", "-q", "-m", "0", image)
	sh(t, "mount", "-o", "loop", image, dir)
	defer func() { _ = exec.Command("umount", "-l", dir).Run() }()
	s := New(filepath.Join(dir, "tokens"), time.Now)
	if err := update(s, "first"); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "probe"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Fallocate(int(f.Fd()), 0, 0, 1); !errors.Is(err, unix.EOPNOTSUPP) {
		t.Skipf("this one promises: %v", err)
	}
	for err == nil {
		_, err = f.Write(make([]byte, 1<<10))
	}
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatal(err)
	}
	if asked, err := asks(s); kind(err) != disk.Failed || !errors.Is(err, unix.ENOSPC) || asked {
		t.Errorf("asked %v: %v", asked, err)
	}
	intact(t, s)
}

// TestBrokenFileIsNoFirstRun checks that an empty, incomplete, binary or huge file
// is not treated as missing.
func TestBrokenFileIsNoFirstRun(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	whole, _ := os.ReadFile(s.Path(mabase()))
	for name, data := range map[string][]byte{"empty": {}, "half": whole[:len(whole)/2],
		"binary": {0x7f, 'E', 'L', 'F', 0, 1, 2}, "huge": append(bytes.Repeat([]byte(" "), 100<<20), whole...)} {
		if err := os.WriteFile(s.Path(mabase()), data, 0o600); err != nil {
			t.Fatal(err)
		}
		before, _ := os.Stat(s.Path(mabase()))
		if asked, err := asks(s); kind(err) != disk.Malformed || asked {
			t.Errorf("%s: %v, asked %v", name, err, asked)
		}
		if _, err := s.Load(mabase()); kind(err) != disk.Malformed {
			t.Errorf("%s: load: %v", name, err)
		}
		if after, _ := os.Stat(s.Path(mabase())); !os.SameFile(before, after) || after.Size() != int64(len(data)) {
			t.Errorf("%s: the file was touched", name)
		}
	}
}

// TestReadersSeeWholeFilesDuringSaves checks that readers and backups always get a
// complete file while the file is saved repeatedly.
func TestReadersSeeWholeFilesDuringSaves(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	writer := child(t, "write", s.Dir)
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = writer.Process.Kill()
		_ = writer.Wait()
	}()
	var group sync.WaitGroup
	var mu sync.Mutex
	seen := map[string]bool{}
	for reader := range 4 {
		group.Go(func() {
			for range reads / 4 {
				f, err := s.Load(mabase())
				if reader == 0 { // a backup uses neither this package nor its open flags
					var data []byte
					if data, err = os.ReadFile(s.Path(mabase())); err == nil {
						f, err = tokenfile.Decode(data)
					}
				}
				if err != nil || f.Mail.Refresh.Empty() {
					t.Errorf("torn: %v", err)
					return
				}
				mu.Lock()
				seen[f.Mail.Refresh.Reveal()] = true
				mu.Unlock()
			}
		})
	}
	group.Wait()
	t.Logf("%d reads saw %d versions", reads, len(seen))
	if len(seen) < 3 {
		t.Errorf("only %d versions: nobody wrote", len(seen))
	}
}

// TestNamesThatDifferInCaseAreOneFile checks that names that differ only in case
// are the same base and file.
func TestNamesThatDifferInCaseAreOneFile(t *testing.T) {
	t.Parallel()
	s := New("tokens", time.Now)
	for _, name := range []string{"MaBase", "MABASE.OpenFire.FR", "https://maBase.openfire.fr"} {
		if b, err := openfire.ParseBase(name); err != nil || s.Path(b) != s.Path(mabase()) {
			t.Errorf("%s: %s %v", name, s.Path(b), err)
		}
	}
}

// TestSaveStaysInTheFolderThatWasMoved checks that if the folder is moved and
// replaced by a link while Microsoft answers, the token is saved in the original
// folder, nothing is written elsewhere, and an error is returned.
func TestSaveStaysInTheFolderThatWasMoved(t *testing.T) {
	t.Parallel()
	for name, plant := range map[string]func(elsewhere, dir string) error{"link": os.Symlink,
		"nothing": func(string, string) error { return nil }} {
		s := newStore(t)
		moved, elsewhere := s.Dir+".moved", t.TempDir()
		err := s.Update(context.Background(), mabase(),
			func(_ context.Context, f tokenfile.File, _ bool) (func(*tokenfile.File), error) {
				return func(f *tokenfile.File) { f.Azure.TenantID = "saved" }, errors.Join(os.Rename(s.Dir, moved),
					plant(elsewhere, s.Dir))
			})
		if kind(err) != disk.Moved {
			t.Errorf("%s: %v", name, err)
		}
		if f, err := New(moved, time.Now).Load(mabase()); err != nil || f.Azure.TenantID != "saved" {
			t.Errorf("%s: in the folder that was there: %v", name, err)
		}
		if there, _ := os.ReadDir(elsewhere); len(there) > 0 {
			t.Errorf("%s: written elsewhere: %v", name, there)
		}
	}
}

// TestSaveInAFolderWithManyFiles checks that in a folder with many bases and
// leftovers, a save removes only its own leftover, without reading the folder.
func TestSaveInAFolderWithManyFiles(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	other := []string{"note.txt", "mabase.openfire.fr.json.new.txt", "mabase.openfire.fr.json.new-1",
		"b1.openfire.fr.json.new", "mabase.openfire.fr.json~"}
	for i := range files {
		name := filepath.Join(s.Dir, fmt.Sprintf("b%d.openfire.fr.json", i))
		if err := errors.Join(os.WriteFile(name, nil, 0o600),
			os.WriteFile(name+disk.TempSuffix, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range append(other, mabase().FileName()+disk.TempSuffix) {
		if err := os.WriteFile(filepath.Join(s.Dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	bases, err := s.List()
	t.Logf("%d bases listed in %v", len(bases), time.Since(start))
	if err != nil || len(bases) != files+1 {
		t.Errorf("%d bases, want %d: %v", len(bases), files+1, err)
	}
	start = time.Now()
	s.RemoveStale(context.Background(), mabase())
	t.Logf("swept in %v", time.Since(start))
	if _, err := os.Lstat(s.Path(mabase()) + disk.TempSuffix); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the leftover is there: %v", err)
	}
	for _, name := range other {
		if _, err := os.Lstat(filepath.Join(s.Dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// TestRemoveStaleLeavesASaveUnderWayAlone checks that RemoveStale does not remove
// the temporary file of a save in progress, and does not wait for the save.
func TestRemoveStaleLeavesASaveUnderWayAlone(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	err := s.Update(context.Background(), mabase(),
		func(ctx context.Context, _ tokenfile.File, _ bool) (func(*tokenfile.File), error) {
			New(s.Dir, time.Now).RemoveStale(ctx, mabase())
			_, err := os.Lstat(s.Path(mabase()) + disk.TempSuffix)
			return nil, err
		})
	if err != nil {
		t.Error(err)
	}
	intact(t, s)
}

// TestServiceUsesLockAndStateThatRootMade checks that a service account can use the
// lock and the state that root created in its folder.
func TestServiceUsesLockAndStateThatRootMade(t *testing.T) {
	root(t)
	t.Parallel()
	s := newStore(t)
	for _, path := range []string{s.Dir, s.Path(mabase())} {
		if err := os.Chown(path, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(s.Path(mabase()) + ".lock"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(update(s, "by root"), s.SaveState(mabase(), State{Failures: 1})); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{s.Path(mabase()), s.Path(mabase()) + ".lock", filepath.Join(s.Dir, stateFolder),
		filepath.Join(s.Dir, stateFolder, mabase().FileName())} {
		if info, err := os.Stat(path); err != nil || info.Sys().(*syscall.Stat_t).Uid != 65534 {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestRefreshMarkStaysUntilARefreshIsDone checks that the mark remains until
// MarkRefreshDone, and that saving the state does not change it.
func TestRefreshMarkStaysUntilARefreshIsDone(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	first := time.Date(2026, 11, 23, 4, 5, 6, 0, time.UTC)
	s.Now = func() time.Time { return first }
	s.MarkRefreshDone(mabase()) // no mark to remove
	if !s.MarkRefreshStarted(mabase(), "a").IsZero() {
		t.Error("the first one is no second")
	}
	s.Now = func() time.Time { return first.Add(time.Hour) }
	unfinished := func(token string) time.Time { return s.Unfinished(t.Context(), mabase(), token) }
	if !s.MarkRefreshStarted(mabase(), "a").Equal(first) || !unfinished("a").Equal(first) || !unfinished("b").IsZero() {
		t.Errorf("%v, of another token %v", unfinished("a"), unfinished("b"))
	}
	if err := s.SaveState(mabase(), State{Failures: 2}); err != nil || !unfinished("a").Equal(first) {
		t.Errorf("%v %v", unfinished("a"), err)
	}
	if err := s.Update(t.Context(), mabase(),
		func(context.Context, tokenfile.File, bool) (func(*tokenfile.File), error) {
			if !unfinished("a").IsZero() {
				t.Error("a refresh that is under way is not lost")
			}
			if !s.MarkRefreshStarted(mabase(), "a").Equal(first) {
				t.Error("the holder of the lock cannot read the note in it")
			}
			s.MarkRefreshDone(mabase())
			return nil, nil
		}); err != nil {
		t.Fatal(err)
	}
	if got := s.State(mabase()); !unfinished("a").IsZero() || got.Failures != 2 {
		t.Errorf("%v %+v", unfinished("a"), got)
	}
	s.MarkRefreshStarted(mabase(), "a")
	if !s.MarkRefreshStarted(mabase(), "b").IsZero() || !unfinished("a").IsZero() || unfinished("b").IsZero() {
		t.Error("the note of another token stays")
	}
	victim := filepath.Join(t.TempDir(), "victim")
	if err := errors.Join(os.WriteFile(victim, nil, 0o600), os.Remove(s.Path(mabase())+".lock"),
		os.Link(victim, s.Path(mabase())+".lock")); err != nil {
		t.Fatal(err)
	}
	if s.MarkRefreshStarted(mabase(), "a"); size(t, victim) != 0 {
		t.Error("the note went through a link")
	}
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// TestStateThatCannotBeSavedIsAnError checks that SaveState reports an error, and
// that the other methods treat a state that cannot be read as empty.
func TestStateThatCannotBeSavedIsAnError(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	if err := os.WriteFile(filepath.Join(s.Dir, stateFolder), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveState(mabase(), State{}); kind(err) != disk.Failed {
		t.Errorf("%v", err)
	}
	if s.State(mabase()) != (State{}) {
		t.Error("a state out of nothing")
	}
	nowhere := New(filepath.Join(s.Dir, "absent"), time.Now)
	nowhere.MarkRefreshDone(mabase())
	if !nowhere.MarkRefreshStarted(mabase(), "a").IsZero() || nowhere.State(mabase()) != (State{}) {
		t.Error("a note out of nothing")
	}
	if err := s.SetOwner("daemon:daemon"); os.Geteuid() == 0 && err != nil {
		t.Error(err)
	}
	if err := New(filepath.Join(s.Dir, stateFolder), time.Now).SetOwner("daemon:daemon"); kind(err) != disk.Failed {
		t.Errorf("a file is no folder to give away: %v", err)
	}
	other := newStore(t)
	in := filepath.Join(other.Dir, stateFolder)
	if err := os.MkdirAll(filepath.Join(in, mabase().FileName(), "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, state := range []State{{}, {LastTry: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}} { // a year that JSON cannot encode
		if err := other.SaveState(mabase(), state); err == nil || len(names(t, in)) != 1 {
			t.Errorf("%v, %v", err, names(t, in))
		}
	}
	for _, dir := range []string{filepath.Join(s.Dir, "absent"), filepath.Join(s.Dir, stateFolder)} {
		if err := New(dir, time.Now).SaveState(mabase(), State{}); err == nil {
			t.Errorf("%s: no error", dir)
		}
		if err := update(New(filepath.Join(s.Dir, stateFolder), time.Now), "x"); err == nil {
			t.Error("a file is no folder")
		}
	}
}

// TestTemporaryFilesOfStatesAreSwept: those of killed runs are removed, that of a run
// in progress stays.
func TestTemporaryFilesOfStatesAreSwept(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	if err := s.SaveState(mabase(), State{Failures: 1}); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(s.Dir, stateFolder)
	for name, age := range map[string]time.Duration{"old": 2 * time.Hour, "new": time.Minute} {
		path, at := filepath.Join(folder, mabase().FileName()+".new-"+name), time.Now().Add(-age)
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	s.SweepStates()
	if got := names(t, folder); !slices.Equal(got, []string{mabase().FileName(), mabase().FileName() + ".new-new"}) {
		t.Errorf("%v", got)
	}
	if s.State(mabase()).Failures != 1 {
		t.Error("the state was removed")
	}
}

// TestFIFOInPlaceOfAFolderOrAStateBlocksNothing covers the folder of the token
// files, the folder of the states, and a state.
func TestFIFOInPlaceOfAFolderOrAStateBlocksNothing(t *testing.T) {
	t.Parallel()
	fifo := filepath.Join(t.TempDir(), "tokens")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	s := New(fifo, time.Now)
	_, listed := s.List()
	_, loaded := s.Load(mabase())
	_, copies := s.StrayCopies()
	for _, err := range []error{listed, loaded, copies, update(s, "x"), s.SaveState(mabase(), State{})} {
		if !errors.Is(err, syscall.ENOTDIR) || kind(err) != disk.Failed {
			t.Errorf("%v", err)
		}
	}
	for _, path := range []string{stateFolder, filepath.Join(stateFolder, mabase().FileName())} {
		s := newStore(t)
		if path != stateFolder {
			_ = os.Mkdir(filepath.Join(s.Dir, stateFolder), 0o700)
		}
		if err := syscall.Mkfifo(filepath.Join(s.Dir, path), 0o600); err != nil {
			t.Fatal(err)
		}
		if s.State(mabase()) != (State{}) {
			t.Errorf("%s is a FIFO: there is a state", path)
		}
		if err := s.SaveState(mabase(), State{}); (err == nil) != (path != stateFolder) {
			t.Errorf("%s is a FIFO: %v", path, err)
		}
		if err := update(s, "x"); err != nil {
			t.Errorf("%s is a FIFO: %v", path, err)
		}
	}
}
