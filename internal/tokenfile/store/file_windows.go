package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/windows"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// openFlags: Windows has no FIFOs in folders.
const openFlags = 0

// owner: files keep the rights of their folder. The default folder lies under
// %LocalAppData%, which Windows opens to its user, SYSTEM and administrators.
type owner struct{}

// SetOwner is a matter of Unix accounts.
func (s *Store) SetOwner(names string) error {
	return &Error{Kind: UnknownOwner, Op: "owner", Path: names, Err: errors.New("--owner is for Unix; on Windows the folder's rights count")}
}

func requireRegular(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return &Error{Kind: Unsafe, Op: "open", Path: path, Err: errors.New("is no regular file")}
	}
	return nil
}

func checkMode(path string, info fs.FileInfo) error { return requireRegular(path, info) }

func checkFolderMode(string, fs.FileInfo) error { return nil }

func checkFolder(string, fs.FileInfo) error { return nil }

// FixPermissions has nothing to mend: the rights of the folder count.
func (s *Store) FixPermissions(openfire.Base) ([]string, error) { return nil, nil }

func withOwner(_ string, err error) error { return err }

func requirePrivateFolder(string, fs.FileInfo) error { return nil }

func (s *Store) copyOwnership(*os.File, fs.FileInfo) error { return nil }

func chownToFolder(*os.File, fs.FileInfo) {}

// NetworkFileSystem names the server's share on which the folder is, and is "" for a disk
// of this machine.
func (s *Store) NetworkFileSystem() string {
	path, err := filepath.Abs(s.Dir)
	if err != nil {
		return ""
	}
	volume := filepath.VolumeName(path)
	root, err := windows.UTF16PtrFromString(volume + `\`)
	if err != nil || windows.GetDriveType(root) != windows.DRIVE_REMOTE {
		return ""
	}
	return volume
}

// tryLock takes the lock if nobody holds it; it ends with its holder. What is
// locked is far beyond the end of the file: nobody else may read a byte that is.
func tryLock(f *os.File) (bool, error) {
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &windows.Overlapped{OffsetHigh: 1 << 30})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}

// rename replaces the file. Windows refuses while a reader, an indexer or an
// antivirus has it open, which passes within moments.
func rename(dir *os.Root, from, to string) error {
	source, err := windows.UTF16PtrFromString(filepath.Join(dir.Name(), from))
	if err != nil {
		return err
	}
	target, err := windows.UTF16PtrFromString(filepath.Join(dir.Name(), to))
	if err != nil {
		return err
	}
	for wait, end := 5*time.Millisecond, time.Now().Add(2*time.Second); ; wait *= 2 {
		err = windows.MoveFileEx(source, target, windows.MOVEFILE_REPLACE_EXISTING|windows.MOVEFILE_WRITE_THROUGH)
		held := errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_SHARING_VIOLATION)
		switch {
		case held && time.Now().After(end):
			// Windows calls this "access denied" too, although no right is missing:
			// the new file beside it could be made.
			return fmt.Errorf("another program keeps it open (%v)", err)
		case !held:
			return err
		}
		time.Sleep(wait)
	}
}

// remove does without os.Root's way, which wants file systems of the year 2017.
func remove(dir *os.Root, name string) error { return os.Remove(filepath.Join(dir.Name(), name)) }

// syncFolder: MOVEFILE_WRITE_THROUGH has waited for the disk already.
func syncFolder(*os.Root) error { return nil }
