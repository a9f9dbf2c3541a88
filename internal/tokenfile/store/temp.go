package store

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// tempMark is added to the name of the file that will take a token file's
// place. There is one at most, as only the holder of the lock makes it.
const tempMark = ".new"

// room is how much space must be there before a token is spent, in bytes: a
// token file with two long tokens and all that people may have added.
const room = 64 << 10

// temporary is the file that will take the place of the token file.
type temporary struct {
	dir  *os.Root
	file *os.File // nil once closed
	name string   // "" once it has become the token file
}

// prepare makes a file beside the token file, as its owner's and with its mode,
// and proves that there is room: a full disk must show before a token is
// spent, not after. What a killed run left there is removed first.
func (w *save) prepare() error {
	w.temp.discard()
	name := w.name + tempMark
	path := filepath.Join(w.Dir, name)
	if left, err := lstat(w.dir, name); err == nil {
		if err := requireRegular(path, left); err != nil {
			return err
		}
		if err := remove(w.dir, name); err != nil {
			return fail("remove", path, err)
		}
	}
	f, err := w.dir.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL|openFlags, 0o600)
	if err != nil {
		return fail("create", path, err)
	}
	w.temp = &temporary{w.dir, f, name}
	if err := w.copyOwnership(f, w.like); err != nil {
		return fail("chown", path, err)
	}
	if folder, err := w.dir.Stat("."); err == nil && w.like == nil {
		chownToFolder(f, folder)
	}
	if err := w.inherit(f); err != nil {
		return err
	}
	if err := preallocate(f, room); err != nil {
		return fail("allocate", path, err)
	}
	if err := f.Sync(); err != nil {
		return fail("fsync", path, err)
	}
	return nil
}

// inherit carries over what else an old file has: ACL, label, notes.
func (w *save) inherit(f *os.File) error {
	if w.like == nil {
		return nil
	}
	old, _, err := open(w.dir, w.name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // replace will see that it is gone
	}
	if err != nil {
		return err
	}
	defer old.Close()
	if err := copyAttributes(old, f); err != nil {
		return fail("keep the attributes", w.path, err)
	}
	return nil
}

// fill writes the file, waits until it is on the disk, and reads it back: some
// disks and network file systems lie.
func (t *temporary) fill(data []byte) error {
	_, err := t.file.WriteAt(data, 0)
	if err == nil {
		err = t.file.Truncate(int64(len(data)))
	}
	if err != nil {
		return fail("write", t.file.Name(), err)
	}
	if err := t.file.Sync(); err != nil {
		return fail("fsync", t.file.Name(), err)
	}
	back := make([]byte, len(data)+1)
	n, err := t.file.ReadAt(back, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return fail("read back", t.file.Name(), err)
	}
	if !bytes.Equal(back[:n], data) {
		return fail("read back", t.file.Name(), errors.New("other bytes than were written"))
	}
	return nil
}

func (t *temporary) close() error {
	f := t.file
	t.file = nil
	if err := f.Close(); err != nil {
		return fail("close", f.Name(), err)
	}
	return nil
}

// discard removes what did not become the token file.
func (t *temporary) discard() {
	if t == nil {
		return
	}
	if t.file != nil {
		_ = t.close()
	}
	if t.name != "" {
		_ = remove(t.dir, t.name)
		t.name = ""
	}
}
