//go:build unix

package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// extraMode returns the permissions of other accounts that a file or folder must
// not have, as mode bits and as the argument of chmod that removes them.
func extraMode(info fs.FileInfo) (bits fs.FileMode, words string) {
	var taken []string
	others, word := fs.FileMode(0o007), "o="
	if info.IsDir() {
		others, word = 0o002, "o-w"
		if info.Mode()&fs.ModeSticky != 0 { // like /tmp: accounts can rename only files that they own
			return 0, ""
		}
	}
	if bits |= info.Mode().Perm() & others; bits != 0 {
		taken = append(taken, word)
	}
	if info.Mode().Perm()&0o020 != 0 {
		bits |= 0o020
		taken = append(taken, "g-w")
	}
	return bits, strings.Join(taken, ",")
}

// KeepOwnerAccess makes new files and folders accessible to their owner even if
// the umask of the process takes that away.
func KeepOwnerAccess() { syscall.Umask(syscall.Umask(0o077) &^ 0o700) }

// chmodCommand returns the command that removes the extra permissions.
func chmodCommand(path string, info fs.FileInfo) string {
	_, words := extraMode(info)
	return "chmod " + words + " " + quote(path)
}

// FixPermissions removes the extra permissions of other accounts from a folder and
// one file in it, and returns the equivalent commands. It changes only modes. It
// returns an *Error for links and for files and folders of another account.
func FixPermissions(folder, name string) (done []string, err error) {
	d, err := open(folder, nil)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer d.Close()
	if done, err = d.fixFolder(); err != nil {
		return nil, err
	}
	f, info, err := d.open(name, os.O_RDONLY, requireRegular)
	if errors.Is(err, fs.ErrNotExist) {
		return done, nil
	}
	if err != nil {
		return done, err
	}
	defer f.Close()
	fixed, err := fixMode(f, info, d.Path(name))
	return append(done, fixed...), err
}

// fixFolder changes the mode of the folder itself. A folder reached through a link
// may belong to anybody, so it is not changed and its permissions stay an error.
func (d *Folder) fixFolder() (done []string, err error) {
	f, err := d.root.Open(".")
	if err != nil {
		return nil, NewError("open", d.path, err)
	}
	defer f.Close()
	held, err := f.Stat()
	path := filepath.Clean(d.path) // a trailing slash would follow the link
	if found, missing := os.Lstat(path); err != nil || missing != nil || !os.SameFile(found, held) {
		return nil, nil
	}
	return fixMode(f, held, path)
}

// fixMode changes the mode of an open file, so that the file that was checked is
// the one that is changed, even if its path now names another file.
func fixMode(f *os.File, info fs.FileInfo, path string) (done []string, err error) {
	bits, _ := extraMode(info)
	if bits == 0 {
		return nil, nil
	}
	if st, ok := info.Sys().(*syscall.Stat_t); !ok || int(st.Uid) != os.Geteuid() {
		return nil, &Error{Kind: Denied, Op: "chmod", Path: path, Err: withOwner(path, errors.New("not changed"))}
	}
	if err := f.Chmod(info.Mode() &^ bits); err != nil {
		return nil, NewError("chmod", path, err)
	}
	return []string{chmodCommand(path, info)}, nil
}
