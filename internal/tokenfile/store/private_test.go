//go:build linux

package store

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
)

// smallDisk mounts a file system of that size, or skips the test.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	root(t)
	dir := t.TempDir()
	sh(t, "mount", "-t", "tmpfs", "-o", "mode=0700,size="+size, "tmpfs", dir)
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
	return dir
}

// names returns the names of the files in a folder.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// TestWritePrivateMakesFilesForTheirOwnerAlone checks that only the owner can read
// the files, independent of the umask, and that a folder which others can list is
// refused.
func TestWritePrivateMakesFilesForTheirOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "export")
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	for _, content := range []string{"first", "second"} {
		if err := disk.WritePrivate(dir, map[string][]byte{"a.csv": []byte(content), "b.csv": nil}); err != nil {
			t.Fatal(err)
		}
		if data, _ := os.ReadFile(filepath.Join(dir, "a.csv")); string(data) != content {
			t.Errorf("%s, want %s", data, content)
		}
		if mode(t, dir) != 0o700 || mode(t, filepath.Join(dir, "a.csv")) != 0o600 || len(names(t, dir)) != 2 {
			t.Errorf("%v, %v, %v", mode(t, dir), mode(t, filepath.Join(dir, "a.csv")), names(t, dir))
		}
	}
	victim := filepath.Join(t.TempDir(), "victim")
	if err := errors.Join(os.WriteFile(victim, []byte("mine"), 0o600), os.Remove(filepath.Join(dir, "a.csv")),
		os.Symlink(victim, filepath.Join(dir, "a.csv"))); err != nil {
		t.Fatal(err)
	}
	if err := disk.WritePrivate(dir, map[string][]byte{"a.csv": []byte("secret")}); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(victim); string(data) != "mine" || mode(t, filepath.Join(dir, "a.csv")) != 0o600 {
		t.Errorf("through the link: %s", data)
	}
	for _, open := range []os.FileMode{0o755, 0o711, 0o707} {
		if err := os.Chmod(dir, open); err != nil {
			t.Fatal(err)
		}
		err := disk.WritePrivate(dir, map[string][]byte{"c.csv": []byte("secret")})
		var e *disk.Error
		if !errors.As(err, &e) || e.Kind != disk.Unsafe || e.Repair != "chmod o= '"+dir+"'" || e.Fixable ||
			len(names(t, dir)) != 2 {
			t.Errorf("%v: %v, %v", open, err, names(t, dir))
		}
	}
}

// TestWritePrivateKeepsTheOldFileOnFailure checks that an error names the path,
// that the old file remains, and that no incomplete file is left.
func TestWritePrivateKeepsTheOldFileOnFailure(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := disk.WritePrivate(file, nil); kind(err) != disk.Failed || !strings.Contains(err.Error(), file) {
		t.Errorf("%v", err)
	}
	if err := disk.ReplacePrivate(filepath.Join(file, "x"), nil); kind(err) != disk.Failed ||
		!strings.Contains(err.Error(), file) {
		t.Errorf("%v", err)
	}
	dir := smallDisk(t, "64k")
	path := filepath.Join(dir, "page.html")
	if err := disk.ReplacePrivate(path, []byte("old")); err != nil || mode(t, path) != 0o600 {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"replace": disk.ReplacePrivate(path, make([]byte, 1<<20)),
		"write": disk.WritePrivate(dir, map[string][]byte{"page.html": make([]byte, 1<<20)})} {
		if kind(err) != disk.Failed || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", what, err)
		}
		if data, _ := os.ReadFile(path); string(data) != "old" || len(names(t, dir)) != 1 {
			t.Errorf("%s: %s in %v", what, data, names(t, dir))
		}
	}
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := disk.ReplacePrivate(path, []byte("x")); kind(err) != disk.Failed || len(names(t, dir)) != 1 {
		t.Errorf("over a folder: %v, %v", err, names(t, dir))
	}
	sh(t, "mount", "-o", "remount,ro", dir)
	if err := disk.WritePrivate(filepath.Join(dir, "new"), nil); kind(err) != disk.Failed ||
		!errors.Is(err, syscall.EROFS) {
		t.Errorf("read-only: %v", err)
	}
	if err := disk.ReplacePrivate(filepath.Join(dir, "x"), nil); kind(err) != disk.Failed ||
		!errors.Is(err, syscall.EROFS) {
		t.Errorf("read-only: %v", err)
	}
}
