//go:build unix

package store

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

// openFlags never wait on a FIFO. That no link is followed and no descriptor
// inherited is os.Root's doing.
const openFlags = syscall.O_NONBLOCK

// owner is who new files belong to; ids below zero mean whoever runs this.
type owner struct {
	set      bool
	uid, gid int
}

// SetOwner makes new files belong to "user:group" and readable by the group:
// for a base's server that runs under its own account.
func (s *Store) SetOwner(names string) error {
	name, group, found := strings.Cut(names, ":")
	if !found {
		return &Error{Kind: UnknownOwner, Op: "owner", Path: names, Err: errors.New("USER:GROUP is wanted")}
	}
	if u, err := user.Lookup(name); err == nil {
		name = u.Uid
	}
	if g, err := user.LookupGroup(group); err == nil {
		group = g.Gid
	}
	// Numbers too: a container's account has no name here.
	uid, noUser := strconv.ParseUint(name, 10, 31)
	gid, noGroup := strconv.ParseUint(group, 10, 31)
	if noUser != nil || noGroup != nil {
		return &Error{Kind: UnknownOwner, Op: "owner", Path: names, Err: errors.New("no such account or group")}
	}
	s.owner = owner{true, int(uid), int(gid)}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return fail("make folder", s.Dir, err)
	}
	err := os.Chown(s.Dir, s.owner.uid, s.owner.gid)
	if err == nil {
		err = os.Chmod(s.Dir, 0o750)
	}
	if err != nil {
		return fail("chown", s.Dir, err)
	}
	return nil
}

// requireRegular refuses what is no ordinary file of its own: what a link shares with a
// path outside would be locked, read or replaced there too.
func requireRegular(path string, info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case info.Mode().Type() == fs.ModeSymlink:
		return &Error{Kind: Unsafe, Op: "open", Path: path, Err: errors.New("is a symbolic link")}
	case !info.Mode().IsRegular():
		return &Error{Kind: Unsafe, Op: "open", Path: path, Err: errors.New("is no regular file")}
	case ok && st.Nlink > 1:
		return &Error{Kind: Unsafe, Op: "open", Path: path, Err: errors.New("has a second name (hard link)")}
	}
	return nil
}

// checkMode refuses, besides, what others may read, or its group change.
func checkMode(path string, info fs.FileInfo) error {
	bits, _ := extraMode(info)
	switch {
	case bits&0o007 != 0:
		return looseMode(path, info, "can be read by every account of this machine")
	case bits != 0:
		return looseMode(path, info, "can be changed by its group")
	}
	return requireRegular(path, info)
}

// looseMode refuses modes that Mend can mend.
func looseMode(path string, info fs.FileInfo, why string) error {
	return &Error{Kind: Unsafe, Op: "open", Path: path, Err: errors.New(why), Repair: chmod(path, info), Fixable: true}
}

// checkFolderMode refuses a folder in which others may rename files.
func checkFolderMode(path string, info fs.FileInfo) error {
	if bits, _ := extraMode(info); bits&0o002 != 0 {
		return looseMode(path, info, "every account of this machine can change this folder")
	}
	return nil
}

// checkFolder refuses, besides, a folder of another account, whose files would
// not be this one's to replace.
func checkFolder(path string, info fs.FileInfo) error {
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 && int(st.Uid) != os.Geteuid() && os.Geteuid() != 0 {
		return &Error{Kind: Denied, Op: "open", Path: path, Err: withOwner(path, fs.ErrPermission)}
	}
	return checkFolderMode(path, info)
}

// withOwner adds to a refusal whose the file or its folder is, and who this is.
func withOwner(path string, err error) error {
	for _, p := range []string{path, filepath.Dir(path)} {
		if info, absent := os.Lstat(p); absent == nil {
			if st, ok := info.Sys().(*syscall.Stat_t); ok {
				return fmt.Errorf("%w: %s belongs to %s, this is %s", err, p, account(int(st.Uid)), account(os.Geteuid()))
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

// requirePrivateFolder wants a folder into which no other account can look.
func requirePrivateFolder(dir string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o007 != 0 {
		return &Error{Kind: Unsafe, Op: "write into", Path: dir, Err: errors.New("every account of this machine can look into this folder"), Repair: "chmod o= " + quote(dir)}
	}
	return nil
}

// copyOwnership gives a new file the owner, group and mode of the one it replaces. A
// root cron that forgot this would lock the base out of its own file.
func (s *Store) copyOwnership(f *os.File, like fs.FileInfo) error {
	uid, gid, mode := os.Geteuid(), os.Getegid(), fs.FileMode(0o600)
	if s.owner.set {
		uid, gid, mode = s.owner.uid, s.owner.gid, 0o640
	} else if like != nil {
		if st, ok := like.Sys().(*syscall.Stat_t); ok {
			uid, gid = int(st.Uid), int(st.Gid)
		}
		mode = like.Mode().Perm()
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

// chownToFolder gives a new file that root makes to the folder's owner, whose own runs
// could not open it otherwise: root sets up, a service's account refreshes.
func chownToFolder(f *os.File, folder fs.FileInfo) {
	if st, ok := folder.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 && st.Uid != 0 {
		_ = f.Chown(int(st.Uid), int(st.Gid))
	}
}

// tryLock takes the lock if nobody holds it. The kernel frees it when its
// holder dies, however that happens.
func tryLock(f *os.File) (bool, error) {
	err := retryEINTR(func() error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

func rename(dir *os.Root, from, to string) error { return dir.Rename(from, to) }

func remove(dir *os.Root, name string) error { return dir.Remove(name) }

func syncFolder(dir *os.Root) error {
	d, err := dir.Open(".")
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
