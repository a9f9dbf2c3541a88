//go:build unix

package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// extraMode is what other accounts may do with a file, or its group with a folder,
// and should not: the bits, as chmod takes them away.
func extraMode(info fs.FileInfo) (bits fs.FileMode, words string) {
	var taken []string
	others, word := fs.FileMode(0o007), "o="
	if info.IsDir() {
		others, word = 0o002, "o-w"
		if info.Mode()&fs.ModeSticky != 0 { // as /tmp: others cannot rename what is not theirs
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

// chmod is the command that takes the excess of a path away.
func chmod(path string, info fs.FileInfo) string {
	_, words := extraMode(info)
	return "chmod " + words + " " + quote(path)
}

// FixPermissions takes from other accounts what they may do with a base's token file and
// with the folder, and returns the commands that would have done the same. It
// changes modes and nothing else, follows no link, and leaves alone what
// belongs to another account: that is an *Error, as are links.
func (s *Store) FixPermissions(b openfire.Base) (done []string, err error) {
	dir, err := os.OpenRoot(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fail("open", s.Dir, err)
	}
	defer dir.Close()
	mended, err := s.mendFolder(dir)
	if err != nil {
		return nil, err
	}
	if mended != "" {
		done = append(done, mended)
	}
	f, info, err := openAs(dir, b.FileName(), requireRegular)
	if errors.Is(err, fs.ErrNotExist) {
		return done, nil
	}
	if err != nil {
		return done, err
	}
	defer f.Close()
	if mended, err = mend(f, info, s.Path(b)); mended != "" {
		done = append(done, mended)
	}
	return done, err
}

// mendFolder mends the folder itself. One that is reached through a link may be
// anybody's: it is left alone, and what is wrong with it stays an error.
func (s *Store) mendFolder(dir *os.Root) (string, error) {
	f, err := dir.Open(".")
	if err != nil {
		return "", fail("open", s.Dir, err)
	}
	defer f.Close()
	held, err := f.Stat()
	path := filepath.Clean(s.Dir) // a slash at its end would follow the link
	if there, absent := os.Lstat(path); err != nil || absent != nil || !os.SameFile(there, held) {
		return "", nil
	}
	return mend(f, held, path)
}

// mend takes the excess of an open file away. The file that was looked at is
// the file that is changed, whatever has come to its path since.
func mend(f *os.File, info fs.FileInfo, path string) (string, error) {
	bits, _ := extraMode(info)
	if bits == 0 {
		return "", nil
	}
	if st, ok := info.Sys().(*syscall.Stat_t); !ok || int(st.Uid) != os.Geteuid() {
		return "", &Error{Kind: Denied, Op: "chmod", Path: path, Err: withOwner(path, errors.New("left alone"))}
	}
	if err := f.Chmod(info.Mode() &^ bits); err != nil {
		return "", fail("chmod", path, err)
	}
	return chmod(path, info), nil
}
