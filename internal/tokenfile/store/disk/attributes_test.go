//go:build linux

package disk

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestCopyAttributesReportsWhatIsNotCopied checks that an attribute that cannot be
// copied or removed is an error.
func TestCopyAttributesReportsWhatIsNotCopied(t *testing.T) {
	root(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	sh(t, "mount", "--bind", dir, dir)
	defer func() { _ = exec.Command("umount", "-l", dir).Run() }()
	elsewhere := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(elsewhere, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, marked := range []string{elsewhere, file} {
		if err := unix.Setxattr(marked, "user.note", []byte("x"), 0); err != nil {
			t.Skip(err)
		}
		from, errFrom := os.Open(elsewhere)
		to, errTo := os.Open(file)
		if err := errors.Join(errFrom, errTo); err != nil {
			t.Fatal(err)
		}
		sh(t, "mount", "-o", "remount,bind,ro", dir)
		if err := copyAttributes(from, to); !errors.Is(err, syscall.EROFS) {
			t.Errorf("%s: %v", marked, err)
		}
		sh(t, "mount", "-o", "remount,bind,rw", dir)
		_, _ = from.Close(), to.Close()
		if err := copyAttributes(from, to); err == nil {
			t.Error("a file that is closed has no attributes to tell")
		}
		_ = unix.Removexattr(elsewhere, "user.note")
	}
}

// root skips the test unless it can mount file systems.
func root(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
}

func sh(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Skipf("%s %v: %v %s", name, args, err, out)
	}
}
