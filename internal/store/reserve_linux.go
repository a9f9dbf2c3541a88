package store

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// reserve asks the file system for the space, or where it cannot promise any,
// writes it.
func reserve(f *os.File, size int64) error {
	err := unix.Fallocate(int(f.Fd()), 0, 0, size)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		_, err = f.WriteAt(make([]byte, size), 0)
	}
	return err
}
