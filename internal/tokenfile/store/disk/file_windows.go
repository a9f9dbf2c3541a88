package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// openFlags is empty: folders on Windows contain no FIFOs.
const openFlags = 0

// Owner is empty on Windows: files inherit the permissions of their folder. The
// default folder is below %LocalAppData%, which only its user, SYSTEM and
// administrators can open.
type Owner struct{}

// SetOwner returns an error: owners are supported on Unix only.
func SetOwner(_, names string) (Owner, error) {
	return Owner{}, &Error{Kind: UnknownOwner, Op: "owner", Path: names,
		Err: errors.New("--owner is supported on Unix only")}
}

func requireRegular(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return unsafePath(path, "is not a regular file")
	}
	return nil
}

func checkMode(path string, info fs.FileInfo) error { return requireRegular(path, info) }

func checkFolderMode(string, fs.FileInfo) error { return nil }

func checkFolder(string, fs.FileInfo) error { return nil }

func requirePrivateFolder(string, fs.FileInfo) error { return nil }

func requireOwner(string, fs.FileInfo, fs.FileInfo) error { return nil }

func withOwner(_ string, err error) error { return err }

func copyOwnership(*os.File, fs.FileInfo, Owner) error { return nil }

// ChownToFolder does nothing: files inherit the permissions of their folder.
func ChownToFolder(*os.File, fs.FileInfo) {}

// FixPermissions does nothing: files inherit the permissions of their folder.
func FixPermissions(_, _ string) ([]string, error) { return nil, nil }

// tryLock takes the lock if no process holds it. The system releases it when the
// process ends. It locks a range far beyond the end of the file, because other
// processes cannot read locked bytes.
func tryLock(f *os.File) (bool, error) {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{OffsetHigh: 1 << 30})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}

// rename replaces the file. Windows refuses this while another program, such as an
// indexer or an antivirus, has the file open, which is usually over within moments.
func (d *Folder) rename(from, to string) error {
	source, err := windows.UTF16PtrFromString(d.Path(from))
	if err != nil {
		return err
	}
	target, err := windows.UTF16PtrFromString(d.Path(to))
	if err != nil {
		return err
	}
	for wait, end := 5*time.Millisecond, time.Now().Add(2*time.Second); ; wait *= 2 {
		err = windows.MoveFileEx(source, target, windows.MOVEFILE_REPLACE_EXISTING|windows.MOVEFILE_WRITE_THROUGH)
		held := errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_SHARING_VIOLATION)
		switch {
		case held && time.Now().After(end):
			// Windows reports "access denied" in this case too, although no
			// permission is missing: the new file was created in the same
			// folder.
			return fmt.Errorf("another program has it open (%v)", err)
		case !held:
			return err
		}
		time.Sleep(wait)
	}
}

// checkParent accepts any parent folder: the folder's own access list protects it.
func checkParent(string) error { return nil }

// KeepOwnerAccess does nothing: Windows has no umask.
func KeepOwnerAccess() {}

// remove does not use os.Root, which needs a file system feature of 2017.
func (d *Folder) remove(name string) error { return os.Remove(d.Path(name)) }

// sync does nothing: MOVEFILE_WRITE_THROUGH has already waited for the disk.
func (d *Folder) sync() error { return nil }
