//go:build unix

package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// openFlags keep open from blocking on a FIFO. os.Root follows no link and sets
// O_CLOEXEC.
const openFlags = syscall.O_NONBLOCK

// Owner is the account and group of new files. The zero value is the account that
// runs the program.
type Owner struct {
	set      bool
	uid, gid int
}

// SetOwner changes the owner and group of a folder to "user:group", two names or
// numbers, and returns the owner for NewReplacement. It creates the folder if it
// does not exist. The group can then read the folder and its files. Use it for a
// base whose server runs under its own account.
func SetOwner(folder, names string) (Owner, error) {
	name, group, found := strings.Cut(names, ":")
	if !found {
		return Owner{}, &Error{Kind: UnknownOwner, Op: "owner", Path: names, Err: errors.New("want USER:GROUP")}
	}
	if u, err := user.Lookup(name); err == nil {
		name = u.Uid
	}
	if g, err := user.LookupGroup(group); err == nil {
		group = g.Gid
	}
	// Accept numbers too: the account of a container has no name on this machine.
	uid, noUser := strconv.ParseUint(name, 10, 31)
	gid, noGroup := strconv.ParseUint(group, 10, 31)
	if noUser != nil || noGroup != nil {
		return Owner{}, &Error{Kind: UnknownOwner, Op: "owner", Path: names,
			Err: errors.New("no such account or group")}
	}
	owner := Owner{true, int(uid), int(gid)}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return owner, NewError("make folder", folder, err)
	}
	err := os.Chown(folder, owner.uid, owner.gid)
	if err == nil {
		err = os.Chmod(folder, 0o750)
	}
	if err != nil {
		return owner, NewError("chown", folder, err)
	}
	return owner, nil
}

// requireRegular returns an error unless path is a regular file with one name. A
// file with hard links outside the folder would be locked, read or replaced there
// too.
func requireRegular(path string, info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case info.Mode().Type() == fs.ModeSymlink:
		return unsafePath(path, "is a symbolic link")
	case !info.Mode().IsRegular():
		return unsafePath(path, "is not a regular file")
	case ok && st.Nlink > 1:
		return unsafePath(path, "has more than one hard link")
	}
	return nil
}

// checkMode returns an error for a file that others can read or that its group can
// change.
func checkMode(path string, info fs.FileInfo) error {
	bits, _ := extraMode(info)
	switch {
	case bits&0o007 != 0:
		return looseMode(path, info, "can be read by every account on this machine")
	case bits != 0:
		return looseMode(path, info, "can be changed by its group")
	}
	return requireRegular(path, info)
}

// looseMode returns the error for a mode that FixPermissions can fix.
func looseMode(path string, info fs.FileInfo, why string) *Error {
	err := unsafePath(path, why)
	err.Repair, err.Fixable = chmodCommand(path, info), true
	return err
}

// checkFolderMode returns an error for a folder in which others can rename files.
func checkFolderMode(path string, info fs.FileInfo) error {
	switch bits, _ := extraMode(info); {
	case bits&0o002 != 0:
		return looseMode(path, info, "can be changed by every account on this machine")
	case bits != 0:
		return looseMode(path, info, "can be changed by its group")
	}
	return nil
}

// checkParent returns an error for a folder that every account can replace by
// another one. FixPermissions does not change the parent folder, which has other
// users.
func checkParent(path string) error {
	parent, _ := filepath.Abs(filepath.Dir(filepath.Clean(path)))
	info, err := os.Stat(parent)
	if err == nil && info.Mode().Perm()&0o002 != 0 && info.Mode()&fs.ModeSticky == 0 {
		failed := looseMode(parent, info, "can be changed by every account on this machine")
		failed.Fixable = false
		return failed
	}
	return nil
}

// checkFolder is checkFolderMode that also refuses a folder of another account,
// because this account could not replace its files.
func checkFolder(path string, info fs.FileInfo) error {
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 && int(st.Uid) != os.Geteuid() && os.Geteuid() != 0 {
		return &Error{Kind: Denied, Op: "open", Path: path, Err: withOwner(path, fs.ErrPermission)}
	}
	return checkFolderMode(path, info)
}

// requireOwner returns an error for a file of another account in a folder such as
// /tmp, where only the owner of the file, the owner of the folder and root can
// replace it.
func requireOwner(path string, old, folder fs.FileInfo) error {
	file, ok := old.Sys().(*syscall.Stat_t)
	parent, is := folder.Sys().(*syscall.Stat_t)
	self := os.Geteuid()
	if ok && is && folder.Mode()&fs.ModeSticky != 0 && self != 0 && int(file.Uid) != self && int(parent.Uid) != self {
		return NewError("replace", path, fs.ErrPermission)
	}
	return nil
}

// withOwner adds to a permission error which other account owns the file or its
// folder, and which account runs the program.
func withOwner(path string, err error) error {
	for _, p := range []string{path, filepath.Dir(path)} {
		if info, missing := os.Lstat(p); missing == nil {
			if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
				return fmt.Errorf("%w: %s belongs to %s, this is %s", err, p,
					account(int(st.Uid)), account(os.Geteuid()))
			}
		}
	}
	return err
}

func account(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return "uid " + strconv.Itoa(uid)
}

// requirePrivateFolder returns an error for a folder that other accounts can list.
func requirePrivateFolder(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o007 != 0 {
		return &Error{Kind: Unsafe, Op: "write into", Path: path, Repair: "chmod o= " + quote(path),
			Err: errors.New("can be listed by every account on this machine")}
	}
	return nil
}

// copyOwnership gives a new file the owner, group and mode of the file it replaces.
// Without it, a cron job run by root would make the file unreadable for the base.
func copyOwnership(f *os.File, old fs.FileInfo, owner Owner) error {
	uid, gid, mode := os.Geteuid(), os.Getegid(), fs.FileMode(0o600)
	if owner.set {
		uid, gid, mode = owner.uid, owner.gid, 0o640
	} else if old != nil {
		if st, ok := old.Sys().(*syscall.Stat_t); ok {
			uid, gid = int(st.Uid), int(st.Gid)
		}
		mode = old.Mode().Perm()
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); !ok || int(st.Uid) != uid || int(st.Gid) != gid {
		if err := f.Chown(uid, gid); err != nil {
			return err
		}
	}
	return f.Chmod(mode)
}

// ChownToFolder gives a new file created by root to the owner of the folder.
// Otherwise the owner's own runs could not open it: for example, root runs setup,
// and a service account refreshes the tokens.
func ChownToFolder(f *os.File, folder fs.FileInfo) {
	if st, ok := folder.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 && st.Uid != 0 {
		_ = f.Chown(int(st.Uid), int(st.Gid))
	}
}

// tryLock takes the lock if it is free. The kernel releases the lock when the
// process that holds it ends for any reason.
func tryLock(f *os.File) (bool, error) {
	err := retryEINTR(func() error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

func (d *Folder) rename(from, to string) error { return d.root.Rename(from, to) }

func (d *Folder) remove(name string) error { return d.root.Remove(name) }

func (d *Folder) sync() error {
	f, err := d.root.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
