package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"
)

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
		if err := wait(ctx, f); err != nil {
			_ = f.Close()
			if errors.Is(err, errBusy) {
				return nil, &Error{Kind: Busy, Op: "lock", Path: f.Name(), Err: err}
			}
			if ctx.Err() != nil {
				return nil, err
			}
			return nil, fail("lock", f.Name(), err)
		}
		held, err := f.Stat()
		if err != nil {
			_ = f.Close()
			return nil, fail("lock", f.Name(), err)
		}
		if there, err := dir.Lstat(name); err == nil && os.SameFile(held, there) {
			return func() { _ = f.Close() }, nil // which frees the lock
		}
		_ = f.Close() // somebody deleted or replaced it while we waited: what we hold guards nothing
	}
}

var errBusy = errors.New("held by another process")

// lockFile opens the lock, or makes it, for whoever owns the folder.
func (s *Store) lockFile(dir *os.Root, name string) (*os.File, error) {
	path := filepath.Join(s.Dir, name)
	there, err := dir.Lstat(name)
	if err == nil {
		if err := own(path, there); err != nil {
			return nil, err
		}
	}
	f, opened := dir.OpenFile(name, os.O_CREATE|os.O_RDWR|openFlags, 0o600)
	if opened != nil {
		return nil, fail("lock", path, opened)
	}
	if folder, stat := dir.Stat("."); err != nil && stat == nil {
		share(f, folder)
	}
	return f, nil
}

// wait asks for the lock until it is there or the time is over.
func wait(ctx context.Context, f *os.File) error {
	every := time.NewTicker(20 * time.Millisecond)
	defer every.Stop()
	for {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if locked, err := tryLock(f); locked || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-every.C:
		}
	}
}
