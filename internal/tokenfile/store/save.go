package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// save is one replacement of a token file, made under its lock. The folder is
// held open, so that all of it happens in one and the same, whatever is moved
// to its path meanwhile.
type save struct {
	*Store
	dir  *os.Root
	base openfire.Base
	name string
	path string         // for errors
	old  []byte         // nil where there was none
	like fs.FileInfo    // whose owner and mode the new one gets; nil for its own
	file tokenfile.File // as old says
	temp *temporary
}

// Update is the one way to write. Under the lock it reads the file, proves
// that a new one can be written, and calls do, which may take its time (it
// posts to Microsoft) and returns the change to make, nil for none. The change
// is applied to the file as it stands right before the rename, so that an edit
// made meanwhile survives; it may be called more than once. An error of do
// changes nothing and is returned as it is; others are *Error or the context's.
func (s *Store) Update(ctx context.Context, b openfire.Base, do func(ctx context.Context, f tokenfile.File, exists bool) (func(*tokenfile.File), error)) error {
	dir, err := s.folder()
	if err != nil {
		return err
	}
	defer dir.Close()
	unlock, err := s.lock(ctx, dir, b.FileName()+lockMark)
	if err != nil {
		return err
	}
	defer unlock()
	w := &save{Store: s, dir: dir, base: b, name: b.FileName(), path: s.Path(b), file: tokenfile.New(b, "")}
	if w.old, w.like, err = read(dir, w.name); err == nil {
		w.file, err = s.decode(b, w.old)
	}
	exists := !errors.Is(err, fs.ErrNotExist)
	if err != nil && exists {
		return err
	}
	defer func() { w.temp.discard() }()
	if err := w.prepare(); err != nil {
		return err
	}
	change, err := do(ctx, w.file, exists)
	if err != nil || change == nil {
		return err
	}
	err = w.replace(change)
	if failed, ok := errors.AsType[*Error](err); ok && slices.Contains([]Kind{Failed, ResourceExhausted, NotDurable}, failed.Kind) {
		// A failed fsync may have dropped the data for good, so the same file is
		// never synced again: one more try is made with another.
		if err = w.prepare(); err == nil {
			err = w.replace(change)
		}
		if err != nil && failed.Kind == NotDurable {
			return failed // what the first one put in place is there all the same
		}
	}
	return err
}

// RemoveStale removes what a killed run has left beside a token file that is not
// due. Where nothing was left, and that is nearly always, it takes no lock.
func (s *Store) RemoveStale(ctx context.Context, b openfire.Base) {
	if _, err := os.Lstat(s.Path(b) + tempMark); err == nil {
		now := *s
		now.LockWait = 0 // whoever holds the lock is using the file
		_ = now.Update(ctx, b, func(context.Context, tokenfile.File, bool) (func(*tokenfile.File), error) { return nil, nil })
	}
}

// folder makes the folder for its owner alone, refuses one in which others
// could put files of their own, and holds it open.
func (s *Store) folder() (*os.Root, error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return nil, fail("make folder", s.Dir, err)
	}
	dir, err := os.OpenRoot(s.Dir)
	if err != nil {
		return nil, fail("open", s.Dir, err)
	}
	info, err := lstat(dir, ".")
	if err != nil {
		err = fail("stat", s.Dir, err)
	} else {
		err = checkFolder(s.Dir, info)
	}
	if err != nil {
		_ = dir.Close()
		return nil, err
	}
	return dir, nil
}

// replace applies the change to what the file holds now and puts the result
// in its place.
func (w *save) replace(change func(*tokenfile.File)) error {
	if err := w.renew(change); err != nil {
		return err
	}
	if err := rename(w.dir, w.temp.name, w.name); err != nil {
		return fail("rename", w.path, err)
	}
	w.temp.name = "" // it is the token file now
	// Without this the rename itself may be lost in a power cut, and the new
	// token with it, although every byte of the file is on the disk.
	if err := syncFolder(w.dir); err != nil {
		err = fail("fsync", w.Dir, err)
		if failed, ok := errors.AsType[*Error](err); ok && failed.Kind == Failed {
			failed.Kind = NotDurable
		}
		return err
	}
	there, err := os.Stat(w.Dir)
	held, known := w.dir.Stat(".")
	if errors.Is(err, fs.ErrNotExist) || err == nil && known == nil && !os.SameFile(held, there) {
		return &Error{Kind: Unsafe, Op: "replace", Path: w.Dir, Err: errors.New("was moved or replaced meanwhile; the new tokens are in the folder that was there")}
	}
	return nil
}

// renew writes the new file, and again for as long as somebody edits the old
// one: what remains between the last look and the rename is microseconds.
func (w *save) renew(change func(*tokenfile.File)) error {
	now, file := w.old, w.file
	for wrote := false; ; wrote = true {
		seen := now
		var err error
		now, _, err = read(w.dir, w.name)
		gone := errors.Is(err, fs.ErrNotExist)
		shut, _ := errors.AsType[*Error](err)
		switch {
		case gone && w.old != nil:
			return w.rescue(change, changed(w.path, "was deleted meanwhile"))
		case shut != nil && (shut.Kind == Unsafe || shut.Kind == Denied): // by a hand edit
			return w.rescue(change, shut)
		case err != nil && !gone:
			return err
		case bytes.Equal(now, seen) && wrote:
			return w.temp.close()
		case !bytes.Equal(now, seen):
			if file, err = w.decode(w.base, now); err != nil {
				return w.rescue(change, changed(w.path, "was broken meanwhile"))
			}
		}
		if err := w.fill(file, change); err != nil {
			return err
		}
	}
}

func changed(path, how string) *Error {
	return &Error{Kind: Changed, Op: "replace", Path: path, Err: errors.New(how)}
}

// fill writes a changed file into the temporary one.
func (w *save) fill(file tokenfile.File, change func(*tokenfile.File)) error {
	change(&file)
	data, err := file.Encode()
	if err != nil {
		return err
	}
	return w.temp.fill(data)
}

// rescue keeps a token whose file was deleted, broken or closed to this account
// while it was fetched: beside it, for a person to look at, as nobody knows what
// was meant. The error is why, and where.
func (w *save) rescue(change func(*tokenfile.File), why *Error) error {
	if err := w.fill(w.file, change); err != nil {
		return err
	}
	beside := w.name + ".rescued-" + w.Now().UTC().Format("20060102T150405Z")
	err := w.temp.close()
	if err == nil {
		err = rename(w.dir, w.temp.name, beside)
	}
	if err != nil {
		return fail("rescue", filepath.Join(w.Dir, beside), err)
	}
	w.temp.name = ""
	_ = syncFolder(w.dir)
	why.Err = fmt.Errorf("%w; the new tokens are in %s", why.Err, filepath.Join(w.Dir, beside))
	return why
}
