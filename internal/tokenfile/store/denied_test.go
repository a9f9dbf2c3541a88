//go:build linux

package store

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
)

const nobody = 65534

// asNobody runs do as an unprivileged account, on a thread of its own.
func asNobody(t *testing.T, do func()) {
	t.Helper()
	root(t)
	become := func(gid, uid int) {
		// A raw system call, because package syscall changes the uid of all
		// threads.
		calls := [][2]uintptr{{unix.SYS_SETRESGID, uintptr(gid)}, {unix.SYS_SETRESUID, uintptr(uid)}}
		if uid == 0 {
			calls[0], calls[1] = calls[1], calls[0]
		}
		for _, c := range calls {
			if _, _, errno := unix.RawSyscall(c[0], ^uintptr(0), c[1], ^uintptr(0)); errno != 0 {
				t.Error(errno)
			}
		}
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	become(nobody, nobody)
	defer become(0, 0)
	do()
}

// given returns a store whose folder and file have these owners and modes, in a
// folder that everybody can enter.
func given(t *testing.T, folder int, folderMode fs.FileMode, file int, fileMode fs.FileMode) *Store {
	t.Helper()
	root(t)
	s := newStore(t)
	path := s.Path(mabase())
	for dir := filepath.Dir(s.Dir); dir != os.TempDir(); dir = filepath.Dir(dir) {
		_ = os.Chmod(dir, 0o755)
	}
	if err := errors.Join(os.Chown(s.Dir, folder, folder), os.Chmod(s.Dir, folderMode), os.Chown(path, file, nobody),
		os.Chmod(path, fileMode), os.Chown(path+".lock", nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestUpdateIsDeniedBeforeTheTokenIsSpent checks that missing permissions are
// detected before the token is used, that the error names the owner and the
// account, and that nothing changes.
func TestUpdateIsDeniedBeforeTheTokenIsSpent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		store *Store
		do    func(*Store) error
		words string
	}{
		"unreadable file": {given(t, 0, 0o755, 4321, 0o600),
			func(s *Store) error { _, err := s.Load(mabase()); return err }, "belongs to uid 4321, this is nobody"},
		"save over it": {given(t, nobody, 0o755, 4321, 0o640),
			func(s *Store) error { return update(s, "second") }, "chown"},
		"folder to read": {given(t, 0, 0o711, nobody, 0o600),
			func(s *Store) error { _, err := s.Load(mabase()); return err }, "belongs to root, this is nobody"},
		"folder to list": {given(t, 0, 0o711, nobody, 0o600),
			func(s *Store) error { _, err := s.List(); return err }, "belongs to root, this is nobody"},
		"folder to search for copies": {given(t, 0, 0o711, nobody, 0o600),
			func(s *Store) error { _, err := s.StrayCopies(); return err }, "belongs to root, this is nobody"},
		"folder to mend": {given(t, 0, 0o711, nobody, 0o600),
			func(s *Store) error { _, err := s.FixPermissions(mabase()); return err },
			"belongs to root, this is nobody"},
		"folder to save": {given(t, 0, 0o711, nobody, 0o600),
			func(s *Store) error { return update(s, "second") }, "belongs to root, this is nobody"},
		"another's folder": {given(t, 4321, 0o755, nobody, 0o600),
			func(s *Store) error { return update(s, "second") }, "belongs to uid 4321, this is nobody"},
		"folder to write": {given(t, 0, 0o755, nobody, 0o600),
			func(s *Store) error { return update(s, "second") }, "belongs to root, this is nobody"},
		"folder to export into": {given(t, 0, 0o711, nobody, 0o600),
			func(s *Store) error { return disk.WritePrivate(s.Dir, nil) }, "belongs to root, this is nobody"},
		"folder to give away": {given(t, 0, 0o755, nobody, 0o600),
			func(s *Store) error { return s.SetOwner("daemon:daemon") }, "belongs to root, this is nobody"},
		"state": {given(t, 0, 0o755, nobody, 0o600),
			func(s *Store) error { return s.SaveState(mabase(), State{}) }, "belongs to root, this is nobody"},
	} {
		var err error
		asNobody(t, func() { err = c.do(c.store) })
		if kind(err) != disk.Denied || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v, want %q", name, err, c.words)
		}
		if name == "state" {
			continue
		}
		if f, err := c.store.Load(mabase()); err != nil || f.Mail.Refresh.Reveal() != "first" ||
			left(t, c.store) != nil {
			t.Errorf("%s: %v, %v", name, err, left(t, c.store))
		}
	}
}

// TestDeniedFolderNamesTheCallAndThePath checks that the error names only the call
// and the path if this account cannot find out who owns the folder.
func TestDeniedFolderNamesTheCallAndThePath(t *testing.T) {
	t.Parallel()
	s := given(t, 0, 0o700, 0, 0o600)
	deep := New(filepath.Join(s.Dir, "a", "b"), time.Now)
	var err error
	asNobody(t, func() { _, err = deep.List() })
	if kind(err) != disk.Denied || !strings.HasSuffix(err.Error(), "permission denied") {
		t.Errorf("%v", err)
	}
}

// TestLeftoverOfAnotherAccountIsToldBeforeTheTokenIsSpent checks that the leftover
// of a killed run of another account, which this account cannot remove, is detected
// before the token is used.
func TestLeftoverOfAnotherAccountIsToldBeforeTheTokenIsSpent(t *testing.T) {
	t.Parallel()
	s := given(t, 0, 0o755, nobody, 0o600)
	if err := os.WriteFile(s.Path(mabase())+disk.TempSuffix, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	asked := false
	var err error
	asNobody(t, func() { asked, err = asks(s) })
	if kind(err) != disk.Denied || asked || !strings.HasPrefix(err.Error(),
		"remove "+s.Path(mabase())+disk.TempSuffix) {
		t.Errorf("asked %v: %v", asked, err)
	}
}

// TestSecurityLabelThatCannotBeCopiedEndsTheSave checks that a security label which
// this account cannot set on the new file is detected before the token is used.
func TestSecurityLabelThatCannotBeCopiedEndsTheSave(t *testing.T) {
	t.Parallel()
	s := given(t, nobody, 0o755, nobody, 0o600)
	if err := unix.Setxattr(s.Path(mabase()), "security.SMACK64", []byte("secret"), 0); err != nil {
		t.Skip("no labels here:", err)
	}
	asked := false
	var err error
	asNobody(t, func() { asked, err = asks(s) })
	if kind(err) != disk.Denied || asked || !strings.HasPrefix(err.Error(), "keep the attributes") {
		t.Errorf("asked %v: %v", asked, err)
	}
	intact(t, s)
	if err := update(s, "by root"); err != nil {
		t.Error(err)
	}
	label := make([]byte, 100)
	if n, err := unix.Getxattr(s.Path(mabase()), "security.SMACK64", label); err != nil ||
		!bytes.Equal(label[:n], []byte("secret")) {
		t.Errorf("%s %v", label[:max(n, 0)], err)
	}
}

// TestTokenIsRescuedWhenTheFileBecomesUnreadable checks that if this account loses
// access to the file while Microsoft answers, the file is not changed and the new
// token is rescued.
func TestTokenIsRescuedWhenTheFileBecomesUnreadable(t *testing.T) {
	t.Parallel()
	s := given(t, nobody, 0o755, nobody, 0o600)
	var err error
	asNobody(t, func() {
		err = s.Update(context.Background(), mabase(),
			func(context.Context, tokenfile.File, bool) (func(*tokenfile.File), error) {
				return func(f *tokenfile.File) { f.Mail.Refresh = secret.New("rescued") }, os.Chmod(s.Path(mabase()), 0)
			})
	})
	if kind(err) != disk.Denied || !strings.Contains(err.Error(), "permission denied") || len(left(t, s)) != 1 {
		t.Fatalf("%v, %v", err, left(t, s))
	}
	data, _ := os.ReadFile(filepath.Join(s.Dir, left(t, s)[0]))
	if info, err := os.Stat(filepath.Join(s.Dir, left(t, s)[0])); err != nil ||
		!bytes.Contains(data, []byte("rescued")) || info.Mode().Perm() != 0o600 ||
		info.Sys().(*syscall.Stat_t).Uid != nobody {
		t.Errorf("%v %v\n%s", err, info, data)
	}
}
