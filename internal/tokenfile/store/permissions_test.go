//go:build linux

package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
)

// mode returns the permission bits and the special mode bits of a path.
func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode() & (fs.ModePerm | fs.ModeSticky | fs.ModeSetgid)
}

// TestFixPermissionsTakesOnlyTheExtraMode checks that only the extra permissions
// are removed, that the commands are returned, and that a second call does nothing.
func TestFixPermissionsTakesOnlyTheExtraMode(t *testing.T) {
	t.Parallel()
	const sticky, setgid = fs.ModeSticky, fs.ModeSetgid
	for _, c := range []struct{ file, folder, fileTo, folderTo fs.FileMode }{
		{0o644, 0o700, 0o640, 0o700},
		{0o666, 0o700, 0o640, 0o700},
		{0o660, 0o770, 0o640, 0o750},
		{0o600, 0o777, 0o600, 0o755},
		{0o604, 0o777 | sticky, 0o600, 0o777 | sticky},
		{0o640, 0o750 | setgid, 0o640, 0o750 | setgid},
		{0o600, 0o775 | setgid, 0o600, 0o755 | setgid},
	} {
		s := newStore(t)
		path := s.Path(mabase())
		if err := errors.Join(os.Chmod(path, c.file), os.Chmod(s.Dir, c.folder)); err != nil {
			t.Fatal(err)
		}
		done, err := s.FixPermissions(mabase())
		if err != nil || mode(t, path) != c.fileTo || mode(t, s.Dir) != c.folderTo {
			t.Errorf("%v in %v became %v in %v: %v", c.file, c.folder, mode(t, path), mode(t, s.Dir), err)
		}
		// The returned commands have the same effect.
		if err := errors.Join(os.Chmod(path, c.file), os.Chmod(s.Dir, c.folder)); err != nil {
			t.Fatal(err)
		}
		for _, command := range done {
			sh(t, "sh", "-c", command)
		}
		if mode(t, path) != c.fileTo || mode(t, s.Dir) != c.folderTo {
			t.Errorf("%v in %v: %q makes %v in %v", c.file, c.folder, done, mode(t, path), mode(t, s.Dir))
		}
		if done, err := s.FixPermissions(mabase()); done != nil || err != nil {
			t.Errorf("again: %q %v", done, err)
		}
		intact(t, s)
	}
}

// TestFixPermissionsFollowsNoLink checks that links, their targets, files with
// several hard links and pipes are not changed, and that no call blocks.
func TestFixPermissionsFollowsNoLink(t *testing.T) {
	t.Parallel()
	for name, plant := range map[string]func(path, victim string) error{
		"symlink": func(path, victim string) error { return os.Symlink(victim, path) },
		"hard":    func(path, victim string) error { return os.Link(victim, path) },
		"fifo":    func(path, _ string) error { return syscall.Mkfifo(path, 0o600) },
		"folder":  func(path, _ string) error { return os.Mkdir(path, 0o700) },
	} {
		s := newStore(t)
		path, victim := s.Path(mabase()), filepath.Join(filepath.Dir(s.Dir), "victim")
		if err := errors.Join(os.Rename(path, victim), os.Chmod(victim, 0o666), plant(path, victim)); err != nil {
			t.Fatal(err)
		}
		planted := mode(t, path)
		if done, err := s.FixPermissions(mabase()); done != nil || kind(err) != disk.Unsafe {
			t.Errorf("%s: %q %v", name, done, err)
		}
		if mode(t, victim) != 0o666 || mode(t, path) != planted {
			t.Errorf("%s: the victim has mode %v, the path %v", name, mode(t, victim), mode(t, path))
		}
	}
	s := newStore(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := errors.Join(os.Symlink(s.Dir, link), os.Chmod(s.Dir, 0o777)); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{link, link + "/"} {
		if done, err := New(dir, time.Now).FixPermissions(mabase()); done != nil || err != nil ||
			mode(t, s.Dir) != 0o777 {
			t.Errorf("%s: %q %v, the folder behind it has mode %v", dir, done, err, mode(t, s.Dir))
		}
	}
	if _, err := New(link, time.Now).Load(mabase()); kind(err) != disk.Unsafe {
		t.Errorf("behind a link: %v", err)
	}
}

// TestFixPermissionsLeavesOtherAccountsAlone checks that files of another account
// are not changed, even by root, and that the error names the owner. A missing file
// or folder is not an error.
func TestFixPermissionsLeavesOtherAccountsAlone(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, dir := range []string{filepath.Join(s.Dir, "absent"), filepath.Dir(s.Dir)} {
		if done, err := New(dir, time.Now).FixPermissions(mabase()); done != nil || err != nil {
			t.Errorf("%s: %q %v", dir, done, err)
		}
	}
	if done, err := New(s.Path(mabase()), time.Now).FixPermissions(mabase()); done != nil || kind(err) != disk.Failed {
		t.Errorf("a file is no folder: %q %v", done, err)
	}
	root(t)
	path := s.Path(mabase())
	for _, foreign := range []string{path, s.Dir} {
		if err := errors.Join(os.Chmod(path, 0o604), os.Chmod(s.Dir, 0o702), os.Chown(foreign, 1, 1)); err != nil {
			t.Fatal(err)
		}
		_, err := s.FixPermissions(mabase())
		if kind(err) != disk.Denied || !strings.Contains(err.Error(), foreign+" belongs to daemon, this is root") {
			t.Errorf("%s: %v", foreign, err)
		}
		before := map[string]fs.FileMode{path: 0o604, s.Dir: 0o702}[foreign]
		if mode(t, foreign) != before {
			t.Errorf("%s: %v", foreign, mode(t, foreign))
		}
		_ = os.Chown(foreign, 0, 0)
	}
	_ = os.Chmod(s.Dir, 0o702)
	sh(t, "chattr", "+i", s.Dir)
	defer sh(t, "chattr", "-i", s.Dir)
	var frozen *disk.Error
	if _, err := s.FixPermissions(mabase()); !errors.As(err, &frozen) || !strings.HasPrefix(frozen.Repair, "chattr ") {
		t.Errorf("immutable: %v", err)
	}
}
