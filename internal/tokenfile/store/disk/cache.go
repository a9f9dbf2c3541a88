package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteCache replaces a file in a folder inside another one, both for the
// owner of the outer folder. It renames into place, so that nobody reads half
// of it, and does not sync: it is for what may be lost.
func WriteCache(outer, inner, name string, data []byte) error {
	folder := filepath.Join(outer, inner)
	path := filepath.Join(folder, name)
	parent, err := makeInside(outer, folder)
	if err != nil {
		return NewError("make folder", folder, err)
	}
	f, err := os.CreateTemp(folder, name+TempSuffix+"-*")
	if err != nil {
		return NewError("create", path, err)
	}
	chownToFolder(f, parent)
	_, err = f.Write(data)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return NewError("write", path, err)
	}
	return nil
}

// makeInside makes a folder for the owner of the one around it.
func makeInside(outer, folder string) (parent fs.FileInfo, err error) {
	parent, err = os.Stat(outer)
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		if errors.Is(err, fs.ErrExist) {
			err = nil
		}
		return parent, err
	}
	f, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	chownToFolder(f, parent)
	return parent, f.Close()
}
