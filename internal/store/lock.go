package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// lock takes the lock beside a token file. The lock is a file of its own, as a
// lock on the token file would be lost with the first rename; it is never
// deleted, as whoever waits on a deleted file waits on nothing. Should a
// cleaner delete it all the same, comparing what is held with what is there tells.
func (s *Store) lock(ctx context.Context, path string) (unlock func(), err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.LockWait, errBusy)
	defer cancel()
	for {
		if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
			return nil, &Error{Kind: Unsafe, Op: "lock", Path: path, Err: errors.New("is no regular file")}
		}
		l := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|openFlags), flock.SetPermissions(0o600))
		locked, err := l.TryLockContext(ctx, 20*time.Millisecond)
		if errors.Is(context.Cause(ctx), errBusy) && !locked {
			return nil, &Error{Kind: Busy, Op: "lock", Path: path, Err: errBusy}
		}
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, fail("lock", path, err)
		}
		held, err := l.Stat()
		if err != nil {
			return nil, fail("lock", path, err)
		}
		there, err := os.Lstat(path)
		if err == nil && os.SameFile(held, there) {
			return func() { _ = l.Unlock() }, nil
		}
		_ = l.Unlock() // somebody deleted or replaced it while we waited: what we hold guards nothing
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fail("lock", path, err)
		}
	}
}

var errBusy = errors.New("held by another process")
