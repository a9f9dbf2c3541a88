package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// lockMark is added to a token file's name for its lock.
const lockMark = ".lock"

// lock takes the lock beside a token file. The lock is a file of its own, as a
// lock on the token file would be lost with the first rename; it is never
// deleted, as whoever waits on a deleted file waits on nothing. Should a
// cleaner delete it all the same, comparing what is held with what is there tells.
func (s *Store) lock(ctx context.Context, dir *os.Root, name string) (unlock func(), err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.LockWait, errBusy)
	defer cancel()
	for {
		f, err := s.lockFile(dir, name)
		if err != nil {
			return nil, err
		}
		same := false
		if err = wait(ctx, f); err == nil {
			same, err = sameFile(dir, name, f)
		}
		if same {
			return func() { _ = f.Close() }, nil // which frees the lock
		}
		_ = f.Close()
		switch {
		case errors.Is(err, errBusy):
			return nil, &Error{Kind: Busy, Op: "lock", Path: f.Name(), Err: err}
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil:
			return nil, fail("lock", f.Name(), err)
		} // else somebody deleted or replaced it while we waited: what we held guards nothing
	}
}

// sameFile reports whether a file is the one of that name.
func sameFile(dir *os.Root, name string, f *os.File) (bool, error) {
	held, err := f.Stat()
	if err != nil {
		return false, err
	}
	there, err := lstat(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(held, there), err
}

var errBusy = errors.New("held by another process")

// lockFile opens the lock, or makes it, for whoever owns the folder.
func (s *Store) lockFile(dir *os.Root, name string) (*os.File, error) {
	path := filepath.Join(s.Dir, name)
	there, err := lstat(dir, name)
	if err == nil {
		if err := requireRegular(path, there); err != nil {
			return nil, err
		}
	}
	f, opened := dir.OpenFile(name, os.O_CREATE|os.O_RDWR|openFlags, 0o600)
	if opened != nil {
		return nil, fail("lock", path, opened)
	}
	if folder, stat := dir.Stat("."); err != nil && stat == nil {
		chownToFolder(f, folder)
	}
	return f, nil
}

// wait asks for the lock until it is there or the time is over.
func wait(ctx context.Context, f *os.File) error {
	every := time.NewTicker(20 * time.Millisecond)
	defer every.Stop()
	for {
		if locked, err := tryLock(f); locked || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-every.C:
		}
	}
}
