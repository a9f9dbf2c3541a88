//go:build unix

package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// openFlags never follow a link, never wait on a FIFO, and keep descriptors
// from the browser.
const openFlags = syscall.O_NOFOLLOW | syscall.O_CLOEXEC | syscall.O_NONBLOCK

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
		return &Error{Kind: NoOwner, Op: "owner", Path: names, Err: errors.New("USER:GROUP is wanted")}
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
		return &Error{Kind: NoOwner, Op: "owner", Path: names, Err: errors.New("no such account or group")}
	}
	s.owner = owner{true, int(uid), int(gid)}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return fail("make folder", s.Dir, err)
	}
	if err := os.Chown(s.Dir, s.owner.uid, s.owner.gid); err != nil {
		return fail("chown", s.Dir, err)
	}
	return os.Chmod(s.Dir, 0o750)
}

// safe refuses what is no ordinary file of its own, and what others may read.
func safe(path string, info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.Mode().IsRegular():
		return &Error{Kind: Unsafe, Op: "open", Path: path, Err: errors.New("is no regular file")}
	case ok && st.Nlink > 1:
		return &Error{Kind: Unsafe, Op: "open", Path: path, Err: errors.New("has a second name (hard link)")}
	case info.Mode().Perm()&0o007 != 0:
		return &Error{Kind: Unsafe, Op: "open", Path: path, Err: errors.New("can be read by every account of this machine"), Repair: "chmod o= " + quote(path)}
	case info.Mode().Perm()&0o020 != 0:
		return &Error{Kind: Unsafe, Op: "open", Path: path, Err: errors.New("can be changed by its group"), Repair: "chmod g-w " + quote(path)}
	}
	return nil
}

// safeFolder refuses a folder in which others may rename files.
func (s *Store) safeFolder(info fs.FileInfo) error {
	if info.Mode().Perm()&0o002 != 0 && info.Mode()&fs.ModeSticky == 0 {
		return &Error{Kind: Unsafe, Op: "open", Path: s.Dir, Err: errors.New("every account of this machine can change this folder"), Repair: "chmod o-w " + quote(s.Dir)}
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 && int(st.Uid) != os.Geteuid() && os.Geteuid() != 0 {
		return &Error{Kind: Denied, Op: "open", Path: s.Dir, Err: fmt.Errorf("belongs to uid %d, this is uid %d", st.Uid, os.Geteuid())}
	}
	return nil
}

// quote makes a path one word of a shell command.
func quote(path string) string { return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'" }

// dress gives a new file the owner, group and mode of the one it replaces. A
// root cron that forgot this would lock the base out of its own file.
func (s *Store) dress(f *os.File, like fs.FileInfo) error {
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

func rename(from, to string) error { return os.Rename(from, to) }

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
