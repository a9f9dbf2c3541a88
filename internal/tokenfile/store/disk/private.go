package disk

import (
	"cmp"
	"crypto/rand"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// WritePrivate writes files that only their owner can read into a folder that other
// accounts cannot read. It creates the folder if necessary and replaces existing
// files.
func WritePrivate(folder string, files map[string][]byte) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return NewError("make folder", folder, err)
	}
	d, err := openExisting(folder, requirePrivateFolder)
	if err != nil {
		return err
	}
	defer d.Close()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := d.writePrivate(name, files[name]); err != nil {
			return err
		}
	}
	return nil
}

// ReplacePrivate atomically replaces the file at path with one that only its owner
// can read. It replaces a link instead of following it.
func ReplacePrivate(path string, data []byte) error {
	d, err := openExisting(filepath.Dir(path), nil)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.writePrivate(filepath.Base(path), data)
}

// WriteNew writes a file that only its owner can read, and waits until it is on the
// disk. It returns an *Error if the file already exists.
func (d *Folder) WriteNew(name string, data []byte) error {
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|openFlags, 0o600)
	if err != nil {
		return NewError("create", d.Path(name), err)
	}
	if folder, err := d.lstat("."); err == nil {
		ChownToFolder(f, folder)
	}
	_, err = f.Write(data)
	if err = cmp.Or(err, f.Sync(), f.Close(), d.sync()); err != nil {
		_ = d.remove(name)
		return NewError("write", d.Path(name), err)
	}
	return nil
}

// Remove removes a file.
func (d *Folder) Remove(name string) error {
	if err := d.remove(name); err != nil {
		return NewError("remove", d.Path(name), err)
	}
	return nil
}

func (d *Folder) writePrivate(name string, data []byte) error {
	temp := name + TempSuffix + "-" + rand.Text()[:12]
	f, err := d.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL|openFlags, 0o600)
	if err != nil {
		return NewError("write", d.Path(name), err)
	}
	_, err = f.Write(data)
	if err = cmp.Or(err, f.Close()); err == nil {
		err = d.rename(temp, name)
	}
	if err != nil {
		_ = d.remove(temp)
		return NewError("write", d.Path(name), err)
	}
	return nil
}
