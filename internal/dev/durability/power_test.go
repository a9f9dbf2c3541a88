//go:build faults && linux && amd64

package durability

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/openfire-fr/openfire-o365/internal/sandbox"
)

// system is a file system and its mount options. They turn off, or delay by
// minutes, what the file system writes without a sync.
type system struct {
	name, mkfs, mount, again string
	size                     int64
}

var systems = []system{
	{"ext4", "mkfs.ext4 -q -F", "commit=300", "", 32 << 20},
	{"ext4 noauto_da_alloc", "mkfs.ext4 -q -F", "commit=300,noauto_da_alloc", "", 32 << 20},
	{"ext4 writeback", "mkfs.ext4 -q -F", "commit=300,data=writeback,noauto_da_alloc", "", 32 << 20},
	{"xfs", "mkfs.xfs -q -f", "defaults", "nouuid", 320 << 20},
	{"btrfs", "mkfs.btrfs -q -f", "commit=300", "", 320 << 20},
}

// disk is a file system in an image file. The image holds what the file system
// has written to its disk, not what is in memory only.
type disk struct {
	system
	image, at string
}

var errNoMount = errors.New("no loop mount here")

func (s system) disk(t testing.TB) (*disk, error) {
	t.Helper()
	words := strings.Fields(s.mkfs)
	if _, err := exec.LookPath(words[0]); err != nil || os.Geteuid() != 0 {
		return nil, fmt.Errorf("%w: %w", errNoMount, err)
	}
	d := &disk{s, filepath.Join(t.TempDir(), "disk"), t.TempDir()}
	f, err := os.Create(d.image)
	if err == nil {
		err = errors.Join(f.Truncate(s.size), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(words[0], append(words[1:], d.image)...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s: %s", errNoMount, s.mkfs, out)
	}
	if out, err := exec.Command("mount", "-o", "loop,"+s.mount, d.image, d.at).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", errNoMount, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", d.at).Run() })
	return d, nil
}

// settle syncs the file system before a trial.
func (d *disk) settle() error {
	f, err := os.Open(d.at)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Syncfs(int(f.Fd()))
}

// cut copies the image as it is now, as after a power cut.
func (d *disk) cut(to string) error {
	from, err := os.Open(d.image)
	if err != nil {
		return err
	}
	defer from.Close()
	w, err := os.Create(to)
	if err != nil {
		return err
	}
	defer w.Close()
	for at := int64(0); ; {
		start, err := unix.Seek(int(from.Fd()), at, unix.SEEK_DATA)
		if errors.Is(err, unix.ENXIO) {
			return w.Truncate(d.size)
		}
		end, err2 := unix.Seek(int(from.Fd()), start, unix.SEEK_HOLE)
		if err = errors.Join(err, err2); err != nil {
			return err
		}
		if _, err := io.Copy(io.NewOffsetWriter(w, start), io.NewSectionReader(from, start, end-start)); err != nil {
			return err
		}
		at = end
	}
}

// boot mounts a copied image and reads a file on it.
func (d *disk) boot(t testing.TB, image, file string) ([]byte, error) {
	at, err := os.MkdirTemp(filepath.Dir(image), "at")
	if err != nil {
		t.Fatal(err)
	}
	options := "loop"
	if d.again != "" {
		options += "," + d.again
	}
	if out, err := exec.Command("mount", "-o", options, image, at).CombinedOutput(); err != nil {
		t.Fatalf("mount after the power cut: %s", out)
	}
	defer func() {
		if out, err := exec.Command("umount", "-l", at).CombinedOutput(); err != nil {
			t.Errorf("%s", out)
		}
		_ = os.Remove(image)
	}()
	return os.ReadFile(filepath.Join(at, file))
}

// after checks the content of the token file as it was on the disk.
func (h *home) after(data []byte) (renewed bool, err error) {
	dir, err := os.MkdirTemp("", "after")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	copied := &home{world: h.world, dir: dir, base: h.base, old: h.old}
	if err := os.WriteFile(copied.path(), data, 0o600); err != nil {
		return false, err
	}
	return copied.content()
}

// cutAtOK cuts the power as soon as the program has reported success.
func (w *world) cutAtOK(t *testing.T, d *disk, name string) error {
	h := w.home(filepath.Join(d.at, name))
	if err := d.settle(); err != nil {
		return err
	}
	if o := h.run(refreshArgs...); o.code != 0 || !o.saved() {
		return fmt.Errorf("exit %d: %s", o.code, o.err)
	}
	image := filepath.Join(t.TempDir(), "cut")
	if err := d.cut(image); err != nil {
		return err
	}
	data, err := d.boot(t, image, filepath.Join(name, h.base.FileName()))
	if err != nil {
		return fmt.Errorf("%s: after the power cut: %w", d.name, err)
	}
	renewed, err := h.after(data)
	if err == nil && !renewed {
		err = errors.New("saved, but lost by the power cut")
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", d.name, err)
	}
	return err
}

// cutAtEach cuts the power before each file call that changes something, and
// returns the number of cuts.
func (w *world) cutAtEach(t *testing.T, d *disk, name string) (cuts int, err error) {
	h := w.home(filepath.Join(d.at, name))
	if err := d.settle(); err != nil {
		return 0, err
	}
	dir := t.TempDir()
	var where []call
	var failed error
	o := h.traced(func(c call) verdict {
		switch c.name {
		case "pwrite", "truncate", "allocate", "fsync", "rename", "unlink", "mkdir", "close", "chmod":
			failed = errors.Join(failed, d.cut(filepath.Join(dir, fmt.Sprint(len(where)))))
			where = append(where, c)
		}
		return pass
	}, refreshArgs...)
	if err := errors.Join(failed, h.judge(o)); err != nil {
		return 0, err
	}
	for i, c := range where {
		data, err := d.boot(t, filepath.Join(dir, fmt.Sprint(i)), filepath.Join(name, h.base.FileName()))
		if err == nil {
			_, err = h.after(data)
		}
		if err != nil {
			return i, fmt.Errorf("%s: power cut before %v: %w", d.name, c, err)
		}
	}
	return len(where), nil
}

// powerCut is an exam. It finds a missing fsync of the file on file systems that
// do not sync by themselves at a rename, and of the folder on all.
func powerCut(t *testing.T, w *world) error {
	d, err := systems[1].disk(t)
	for i := 0; i < 3 && err == nil; i++ {
		err = w.cutAtOK(t, d, fmt.Sprint(i))
	}
	return err
}

// TestPowerCutLosesNoSavedToken checks that the new token is on the disk once
// the program has reported success, and that a power cut at any earlier moment
// leaves the old or the new file.
func TestPowerCutLosesNoSavedToken(t *testing.T) {
	rounds := 20
	if *whole {
		rounds = 200
	}
	for _, s := range systems {
		t.Run(s.name, func(t *testing.T) {
			w := newWorld(t, sandbox.Options{})
			d, err := s.disk(t)
			if errors.Is(err, errNoMount) {
				t.Skip(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			for i := range rounds {
				if err := w.cutAtOK(t, d, fmt.Sprint(i)); err != nil {
					t.Error(err)
				}
			}
			cuts, err := w.cutAtEach(t, d, "each")
			if err != nil || cuts < 15 {
				t.Errorf("%d cuts: %v", cuts, err)
			}
			t.Logf("%d cuts at \"saved\", %d before", rounds, cuts)
			t.Attr("cuts", strconv.Itoa(rounds+cuts))
		})
	}
}
