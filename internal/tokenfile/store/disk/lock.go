package disk

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"
)

var errBusy = errors.New("held by another process")

// Lock takes an exclusive lock on a file of that name, and waits for it for at most
// patience. It creates the file if necessary and never deletes it. The lock file is
// separate because a lock on the protected file would be lost with the first
// rename. If it is deleted nevertheless, a waiting process may get the lock on the
// deleted file; Lock detects this by comparing the open file with the file of that
// name.
func (d *Folder) Lock(ctx context.Context, name string, patience time.Duration) (unlock func(), err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errBusy)
	defer cancel()
	for {
		f, err := d.lockFile(name)
		if err != nil {
			return nil, err
		}
		same := false
		if err = wait(ctx, f); err == nil {
			same, err = d.sameFile(name, f)
		}
		if same {
			return func() { _ = f.Close() }, nil // closing releases the lock
		}
		_ = f.Close()
		switch {
		case errors.Is(err, errBusy):
			return nil, &Error{Kind: Busy, Op: "lock", Path: f.Name(), Err: err}
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil:
			return nil, NewError("lock", f.Name(), err)
		} // deleted or replaced while waiting: this lock protects nothing
	}
}

// sameFile reports whether f is still the file of that name.
func (d *Folder) sameFile(name string, f *os.File) (bool, error) {
	held, err := f.Stat()
	if err != nil {
		return false, err
	}
	found, err := d.lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(held, found), err
}

// lockFile opens the lock file, or creates it for the owner of the folder.
func (d *Folder) lockFile(name string) (*os.File, error) {
	found, missing := d.lstat(name)
	if missing == nil {
		if err := requireRegular(d.Path(name), found); err != nil {
			return nil, err
		}
	}
	f, err := d.root.OpenFile(name, os.O_CREATE|os.O_RDWR|openFlags, 0o600)
	if err != nil {
		return nil, NewError("lock", d.Path(name), err)
	}
	if folder, err := d.root.Stat("."); missing != nil && err == nil {
		ChownToFolder(f, folder)
	}
	return f, nil
}

// wait tries to take the lock until it succeeds or ctx is done.
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
