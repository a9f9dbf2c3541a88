package disk

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
)

// TempSuffix is appended to a file's name to form the name of its replacement.
// There is at most one replacement, because only the holder of the lock creates it.
const TempSuffix = ".new"

// reserved is how many bytes must be free before a token is used: the size of a
// token file with two long tokens and room for added keys.
const reserved = 64 << 10

// Replacement is a new file that will replace another one.
type Replacement struct {
	folder     *Folder
	name, temp string   // temp is "" after the rename
	file       *os.File // nil after it was closed
}

// NewReplacement creates the replacement for the file of that name, in the same
// folder, with the owner and mode of old, or those of a new file if old is nil. It
// checks that there is enough space and that the old file can be replaced, because
// both must be known before a token is used. It first removes a replacement that a
// killed process left.
func (d *Folder) NewReplacement(name string, old fs.FileInfo, owner Owner) (*Replacement, error) {
	r := &Replacement{folder: d, name: name, temp: name + TempSuffix}
	path := d.Path(r.temp)
	if old != nil {
		if err := d.requireReplaceable(name, old); err != nil {
			return nil, err
		}
	}
	if left, err := d.lstat(r.temp); err == nil {
		if err := requireRegular(path, left); err != nil {
			return nil, err
		}
		if err := d.remove(r.temp); err != nil {
			return nil, NewError("remove", path, err)
		}
	}
	var err error
	if r.file, err = d.root.OpenFile(r.temp, os.O_RDWR|os.O_CREATE|os.O_EXCL|openFlags, 0o600); err != nil {
		return nil, NewError("create", path, err)
	}
	if err := r.prepare(old, owner); err != nil {
		r.Discard()
		return nil, err
	}
	return r, nil
}

// requireReplaceable returns an error for a file that a rename could not replace.
func (d *Folder) requireReplaceable(name string, old fs.FileInfo) error {
	if err := requireReplaceable(d.Path(name)); err != nil {
		return err
	}
	folder, err := d.lstat(".")
	if err != nil {
		return NewError("stat", d.path, err)
	}
	return requireOwner(d.Path(name), old, folder)
}

// prepare sets the owner, mode and attributes of the file and reserves space.
func (r *Replacement) prepare(old fs.FileInfo, owner Owner) error {
	path := r.folder.Path(r.temp)
	if err := copyOwnership(r.file, old, owner); err != nil {
		return NewError("chown", r.folder.Path(r.name), err)
	}
	if old != nil {
		if err := r.copyAttributes(); err != nil {
			return err
		}
	} else if folder, err := r.folder.root.Stat("."); err == nil {
		ChownToFolder(r.file, folder)
	}
	if err := preallocate(r.file, reserved); err != nil {
		return NewError("allocate", path, err)
	}
	if err := r.file.Sync(); err != nil {
		return NewError("fsync", path, err)
	}
	return nil
}

// copyAttributes copies the other attributes of an old file: ACL, security label,
// user attributes.
func (r *Replacement) copyAttributes() error {
	old, _, err := r.folder.open(r.name, os.O_RDONLY, checkMode)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the next Read reports that the file is missing
	}
	if err != nil {
		return err
	}
	defer old.Close()
	if err := copyAttributes(old, r.file); err != nil {
		return NewError("keep the attributes", r.folder.Path(r.name), err)
	}
	return nil
}

// Write writes the file, waits until it is on the disk, and reads it back, because
// some disks and network file systems report success too early.
func (r *Replacement) Write(data []byte) error {
	path := r.file.Name()
	_, err := r.file.WriteAt(data, 0)
	if err == nil {
		err = r.file.Truncate(int64(len(data)))
	}
	if err != nil {
		return NewError("write", path, err)
	}
	if err := r.file.Sync(); err != nil {
		return NewError("fsync", path, err)
	}
	back := make([]byte, len(data)+1)
	n, err := r.file.ReadAt(back, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return NewError("read back", path, err)
	}
	if !bytes.Equal(back[:n], data) {
		return NewError("read back", path, errors.New("content differs from what was written"))
	}
	return nil
}

// Commit renames the file over the old one. When it returns nil, both the content
// and the name are on the disk.
func (r *Replacement) Commit() error {
	if err := r.close(); err != nil {
		return err
	}
	d := r.folder
	if err := d.rename(r.temp, r.name); err != nil {
		return NewError("rename", d.Path(r.name), err)
	}
	r.temp = ""
	// Without this, a power failure may undo the rename and lose the new token,
	// although the content of the file is on the disk.
	if err := d.sync(); err != nil {
		err = NewError("fsync", d.path, err)
		if failed, ok := errors.AsType[*Error](err); ok && failed.Kind == Failed {
			failed.Kind = NotDurable
		}
		return err
	}
	found, err := os.Stat(d.path)
	held, unknown := d.root.Stat(".")
	if errors.Is(err, fs.ErrNotExist) || err == nil && unknown == nil && !os.SameFile(held, found) {
		return &Error{Kind: Moved, Op: "replace", Path: d.path,
			Err: errors.New("the folder was moved or replaced; the new tokens are in the original folder")}
	}
	return nil
}

func (r *Replacement) close() error {
	f := r.file
	r.file = nil
	if err := f.Close(); err != nil {
		return NewError("close", f.Name(), err)
	}
	return nil
}

// Discard removes the file unless Commit has renamed it.
func (r *Replacement) Discard() {
	if r == nil {
		return
	}
	if r.file != nil {
		_ = r.close()
	}
	if r.temp != "" {
		_ = r.folder.remove(r.temp)
		r.temp = ""
	}
}
