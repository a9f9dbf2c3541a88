// Package disk reads and replaces the files of a folder so that neither a power
// failure nor a second process can lose one. It refuses links, devices, and files
// and folders that other accounts can read or change. It does not interpret the
// content of the files. Its errors are values for the caller; Error.Problem turns
// them into text for a person.
package disk

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// maxFile is the maximum number of bytes read from a file: one more than the size
// of the largest token file.
const maxFile = 1<<20 + 1

// Folder is an open folder. All operations use the folder that was opened, even if
// another one is moved to its path meanwhile.
type Folder struct {
	root *os.Root
	path string
}

// Open opens a folder for reading. It refuses one that other accounts can change.
// If the folder does not exist, the error is fs.ErrNotExist.
func Open(path string) (*Folder, error) { return open(path, checkFolderMode) }

// Create opens a folder for writing. If it does not exist, Create makes it
// accessible to its owner only. It refuses a folder that other accounts own or can
// change.
func Create(path string) (*Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, NewError("make folder", path, err)
	}
	return openExisting(path, checkFolder)
}

// openExisting is open for a folder that must exist.
func openExisting(path string, judge check) (*Folder, error) {
	d, err := open(path, judge)
	if _, classified := errors.AsType[*Error](err); err != nil && !classified {
		err = NewError("open", path, err)
	}
	return d, err
}

// check returns an error if an open folder or file must not be used.
type check func(path string, info fs.FileInfo) error

// open opens a folder and checks it with judge, which may be nil.
func open(path string, judge check) (*Folder, error) {
	root, err := os.OpenRoot(path + string(filepath.Separator)) // which is an error for a FIFO, not a wait
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, NewError("open", path, err)
	}
	d := &Folder{root, path}
	info, err := d.lstat(".")
	switch {
	case err != nil:
		err = NewError("stat", path, err)
	case judge != nil:
		if err = judge(path, info); err == nil {
			err = checkParent(path)
		}
	}
	if err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// Close closes the folder.
func (d *Folder) Close() { _ = d.root.Close() }

// Path returns the path of a file in the folder.
func (d *Folder) Path(name string) string { return filepath.Join(d.path, name) }

// Read returns the content of a file that is safe to use, at most maxFile bytes. If
// the file does not exist, the error is fs.ErrNotExist.
func (d *Folder) Read(name string) ([]byte, fs.FileInfo, error) {
	f, info, err := d.open(name, os.O_RDONLY, checkMode)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	var data bytes.Buffer
	data.Grow(int(min(info.Size(), maxFile)) + bytes.MinRead)
	if _, err := data.ReadFrom(io.LimitReader(f, maxFile)); err != nil {
		return nil, nil, NewError("read", f.Name(), err)
	}
	return data.Bytes(), info, nil
}

// Has reports whether there is, or may be, something of that name in the folder.
func (d *Folder) Has(name string) bool {
	_, err := d.lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// Names returns the names in the folder that begin with prefix, sorted.
func (d *Folder) Names(prefix string) (names []string, err error) {
	f, err := d.root.Open(".")
	if err != nil {
		return nil, NewError("list", d.path, err)
	}
	defer f.Close()
	all, err := f.Readdirnames(-1)
	if err != nil {
		return nil, NewError("list", d.path, err)
	}
	for _, name := range all {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Peek returns up to maxFile bytes of any file without checking it, or nil if it
// cannot be read.
func Peek(path string) []byte {
	f, err := os.OpenFile(path, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil
	}
	defer f.Close()
	content, _ := io.ReadAll(io.LimitReader(f, maxFile))
	return content
}

// Edit opens a regular file for reading and writing.
func (d *Folder) Edit(name string) (*os.File, fs.FileInfo, error) {
	return d.open(name, os.O_RDWR, requireRegular)
}

// open opens a file without following a link, blocking on a FIFO or opening a
// device: it checks the path before it opens it, and then the open file.
func (d *Folder) open(name string, flag int, judge check) (*os.File, fs.FileInfo, error) {
	path := d.Path(name)
	info, err := d.lstat(name)
	if err == nil {
		err = requireRegular(path, info)
	}
	var f *os.File
	if err == nil {
		f, err = d.root.OpenFile(name, flag|openFlags, 0)
	}
	if err == nil {
		if info, err = f.Stat(); err == nil {
			err = judge(path, info)
		}
		if err != nil {
			_ = f.Close()
		}
	}
	if _, classified := errors.AsType[*Error](err); err == nil || classified || errors.Is(err, fs.ErrNotExist) {
		return f, info, err
	}
	return nil, nil, NewError("open", path, err)
}

// lstat returns information about the file itself; it does not follow links.
func (d *Folder) lstat(name string) (info fs.FileInfo, err error) {
	err = retryEINTR(func() error { info, err = d.root.Lstat(name); return err })
	return info, err
}

// retryEINTR repeats a call that a signal interrupted, as package os does for most
// of its own calls.
func retryEINTR(call func() error) error {
	for {
		if err := call(); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
