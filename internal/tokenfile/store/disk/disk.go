// Package disk reads and replaces the files of a folder so that no power cut
// and no second process loses one. It refuses links, devices, and files and
// folders that other accounts can read or change. It knows nothing of their
// content, and its errors are for programs: others put them into sentences.
package disk

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// maxFile is how much of a file is read, in bytes: one more than the largest
// token file.
const maxFile = 1<<20 + 1

// Folder is a folder that is held open: all that is done in it happens in one
// and the same, whatever is moved to its path meanwhile.
type Folder struct {
	root *os.Root
	path string
}

// Open opens a folder to read in. It refuses one that other accounts can
// change; none at all is fs.ErrNotExist.
func Open(path string) (*Folder, error) { return open(path, checkFolderMode) }

// Create opens a folder to write in, and makes it for its owner alone if it is
// missing. It refuses one that other accounts own or can change.
func Create(path string) (*Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, NewError("make folder", path, err)
	}
	return openExisting(path, checkFolder)
}

// openExisting is open for a folder that must be there.
func openExisting(path string, judge check) (*Folder, error) {
	d, err := open(path, judge)
	if _, classified := errors.AsType[*Error](err); err != nil && !classified {
		err = NewError("open", path, err)
	}
	return d, err
}

// check refuses a folder or file that is open.
type check func(path string, info fs.FileInfo) error

// open opens a folder that judge, if there is one, does not refuse.
func open(path string, judge check) (*Folder, error) {
	root, err := os.OpenRoot(path)
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
		err = judge(path, info)
	}
	if err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// Close ends the use of the folder.
func (d *Folder) Close() { _ = d.root.Close() }

// Path returns the path of a file in the folder.
func (d *Folder) Path(name string) string { return filepath.Join(d.path, name) }

// Read returns the content of a file that is safe to use, at most maxFile
// bytes. None at all is fs.ErrNotExist.
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

// Peek returns up to maxFile bytes of any file without judging it, none when it
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

// Edit opens a regular file to read and write.
func (d *Folder) Edit(name string) (*os.File, fs.FileInfo, error) {
	return d.open(name, os.O_RDWR, requireRegular)
}

// open opens a file without following a link, waiting on a FIFO or touching a
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

// lstat describes a file itself, not what a link points to.
func (d *Folder) lstat(name string) (info fs.FileInfo, err error) {
	err = retryEINTR(func() error { info, err = d.root.Lstat(name); return err })
	return info, err
}

// retryEINTR repeats a call that a signal has interrupted, as package os does
// for most of its own.
func retryEINTR(call func() error) error {
	for {
		if err := call(); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
