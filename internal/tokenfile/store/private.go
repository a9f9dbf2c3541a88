package store

import (
	"crypto/rand"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// WritePrivate writes files that only their owner can read into a folder that
// nobody else can look into; a new one is made like that. Existing files are
// replaced whole.
func WritePrivate(folder string, files map[string][]byte) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fail("make folder", folder, err)
	}
	dir, err := os.OpenRoot(folder)
	if err != nil {
		return fail("open", folder, err)
	}
	defer dir.Close()
	info, err := dir.Stat(".")
	if err != nil {
		return fail("stat", folder, err)
	}
	if err := requirePrivateFolder(folder, info); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := writePrivate(dir, name, files[name]); err != nil {
			return fail("write", filepath.Join(folder, name), err)
		}
	}
	return nil
}

// ReplacePrivate puts a whole file that only its owner can read in a path's
// place, or leaves what is there. A link there is replaced, not followed.
func ReplacePrivate(path string, data []byte) error {
	dir, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return fail("open", filepath.Dir(path), err)
	}
	defer dir.Close()
	if err := writePrivate(dir, filepath.Base(path), data); err != nil {
		return fail("write", path, err)
	}
	return nil
}

func writePrivate(dir *os.Root, name string, data []byte) error {
	temp := name + tempMark + "-" + rand.Text()[:12]
	f, err := dir.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL|openFlags, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = rename(dir, temp, name)
	}
	if err != nil {
		_ = remove(dir, temp)
	}
	return err
}
