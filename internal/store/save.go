package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// room is how much space must be there before a token is spent, in bytes: a
// token file with two long tokens and all that people may have added.
const room = 64 << 10

// Update is the one way to write. Under the lock it reads the file, proves
// that a new one can be written, and calls do, which may take its time (it
// posts to Microsoft) and returns the change to make, nil for none. The change
// is applied to the file as it stands right before the rename, so that an edit
// made meanwhile survives. An error of do changes nothing and is returned as it
// is; others are *Error, *lang.Problem of a bad file, or the context's.
func (s *Store) Update(ctx context.Context, b openfire.Base, do func(ctx context.Context, f openfire.File, exists bool) (func(*openfire.File), error)) error {
	path := s.Path(b)
	if err := s.folder(); err != nil {
		return err
	}
	unlock, err := s.lock(ctx, path+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	s.sweep(path)
	old, info, err := read(path)
	exists := !errors.Is(err, fs.ErrNotExist)
	if err != nil && exists {
		return err
	}
	file := openfire.NewFile(b, "")
	if exists {
		if file, err = decode(path, old); err != nil {
			return err
		}
	}
	temp, err := s.temp(path, info)
	if err != nil {
		return err
	}
	defer func() { temp.discard() }()
	change, err := do(ctx, file, exists)
	if err != nil || change == nil {
		return err
	}
	err = s.replace(temp, path, old, file, change)
	var failed *Error
	if errors.As(err, &failed) && failed.Kind == Failed {
		// A failed fsync may have dropped the data for good, so the same file is
		// never synced again: one more try is made with another.
		temp.discard()
		if temp, err = s.temp(path, info); err == nil {
			err = s.replace(temp, path, old, file, change)
		}
	}
	return err
}

// replace applies the change to what the file holds now and puts the result
// in its place.
func (s *Store) replace(temp *temporary, path string, old []byte, file openfire.File, change func(*openfire.File)) error {
	now, _, err := read(path)
	gone := errors.Is(err, fs.ErrNotExist)
	switch {
	case err != nil && !gone:
		return err
	case gone && old != nil:
		return s.rescue(temp, path, file, change)
	case !gone && !bytes.Equal(now, old):
		if file, err = decode(path, now); err != nil {
			return s.rescue(temp, path, file, change)
		}
	}
	change(&file)
	data, err := file.Encode()
	if err != nil {
		return err
	}
	if err := temp.fill(data); err != nil {
		return err
	}
	if err := rename(temp.path, path); err != nil {
		return fail("rename", path, err)
	}
	temp.path = "" // it is the token file now
	// Without this the rename itself may be lost in a power cut, and the new
	// token with it, although every byte of the file is on the disk.
	if err := syncFolder(s.Dir); err != nil {
		return fail("fsync", s.Dir, err)
	}
	return nil
}

// rescue keeps a token whose file was deleted or broken while it was fetched:
// beside it, for a person to look at, as nobody knows what was meant.
func (s *Store) rescue(temp *temporary, path string, file openfire.File, change func(*openfire.File)) error {
	change(&file)
	data, err := file.Encode()
	if err == nil {
		err = temp.fill(data)
	}
	beside := path + ".rescued-" + s.Now().UTC().Format("20060102T150405Z")
	if err == nil {
		err = rename(temp.path, beside)
	}
	if err != nil {
		return fail("rescue", beside, err)
	}
	temp.path = ""
	_ = syncFolder(s.Dir)
	return &Error{Kind: Changed, Op: "replace", Path: path, Err: errors.New("was deleted or broken meanwhile; the new tokens are in " + beside)}
}

// temporary is the file that will take the place of the token file.
type temporary struct {
	file *os.File
	path string // "" once it has become the token file
}

const tempMark = ".new-"

// temp makes a file beside the token file, as its owner's and with its mode,
// and proves that there is room: a full disk must show before a token is
// spent, not after.
func (s *Store) temp(path string, like fs.FileInfo) (*temporary, error) {
	name := path + tempMark + strings.ToLower(rand.Text()[:12])
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL|openFlags, 0o600)
	if err != nil {
		return nil, fail("create", name, err)
	}
	t := &temporary{f, name}
	if err := s.dress(f, like); err != nil {
		t.discard()
		return nil, fail("chown", name, err)
	}
	if err := reserve(f, room); err == nil {
		err = f.Sync()
		if err != nil {
			t.discard()
			return nil, fail("fsync", name, err)
		}
	} else {
		t.discard()
		return nil, fail("allocate", name, err)
	}
	return t, nil
}

// fill writes the file, waits until it is on the disk, and reads it back: some
// disks and network file systems lie.
func (t *temporary) fill(data []byte) error {
	_, err := t.file.WriteAt(data, 0)
	if err == nil {
		err = t.file.Truncate(int64(len(data)))
	}
	if err != nil {
		return fail("write", t.path, err)
	}
	if err := t.file.Sync(); err != nil {
		return fail("fsync", t.path, err)
	}
	back, err := io.ReadAll(io.NewSectionReader(t.file, 0, int64(len(data))+1))
	if err != nil || !bytes.Equal(back, data) {
		return fail("read back", t.path, errors.Join(errors.New("other bytes than were written"), err))
	}
	if err := t.file.Close(); err != nil {
		return fail("close", t.path, err)
	}
	t.file = nil
	return nil
}

// discard removes what did not become the token file.
func (t *temporary) discard() {
	if t.file != nil {
		_ = t.file.Close()
		t.file = nil
	}
	if t.path != "" {
		_ = os.Remove(t.path)
		t.path = ""
	}
}

// sweep removes what runs that were killed left behind. The lock is held, so
// nobody is writing one of this base's; the hour is for clocks.
func (s *Store) sweep(path string) {
	left, _ := filepath.Glob(escapeGlob(path) + tempMark + "*")
	for _, name := range left {
		if info, err := os.Lstat(name); err == nil && info.Mode().IsRegular() && s.Now().Sub(info.ModTime()) > time.Hour {
			_ = os.Remove(name)
		}
	}
}

// escapeGlob makes a path mean itself in a pattern.
func escapeGlob(path string) string {
	if os.PathSeparator == '\\' {
		return strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]").Replace(path)
	}
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "*", `\*`, "?", `\?`).Replace(path)
}

// folder makes the folder for its owner alone, and refuses one in which others
// could put files of their own.
func (s *Store) folder() error {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return fail("make folder", s.Dir, err)
	}
	info, err := os.Stat(s.Dir)
	if err != nil {
		return fail("stat", s.Dir, err)
	}
	return s.safeFolder(info)
}
