// Package store keeps the token files of a folder: it lists and reads them,
// and changes one under its lock so that no power cut and no second process
// loses a token. Beside them it keeps what a monitor wants to know of each
// base. Its errors are *disk.Error.
package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/netfs"
)

// lockSuffix is added to a token file's name for its lock.
const lockSuffix = ".lock"

// Store is a folder of token files.
type Store struct {
	Dir      string
	Now      func() time.Time
	LockWait time.Duration // how long to wait for a lock that is held

	owner disk.Owner
}

// New returns the store in a folder, which Update makes if it is missing.
func New(dir string, now func() time.Time) *Store {
	return &Store{Dir: dir, Now: now, LockWait: 30 * time.Second}
}

// SetOwner makes the folder and new files belong to "user:group" and readable
// by the group: for a base's server that runs under its own account.
func (s *Store) SetOwner(names string) (err error) {
	s.owner, err = disk.SetOwner(s.Dir, names)
	return err
}

// FixPermissions takes from other accounts what they may do with a base's
// token file and with the folder, and returns the commands that would have
// done the same.
func (s *Store) FixPermissions(b openfire.Base) (done []string, err error) {
	return disk.FixPermissions(s.Dir, b.FileName())
}

// NetworkFileSystem names the file system of the folder if it is not on a disk
// of this machine, else "": locks and power cuts are then as safe as its server
// makes them.
func (s *Store) NetworkFileSystem() string { return netfs.Name(s.Dir) }

// Path is where a base's token file is.
func (s *Store) Path(b openfire.Base) string { return filepath.Join(s.Dir, b.FileName()) }

// List returns the bases that have a token file, by name. A file that is no
// token file by its name (a cloud file, a note) is passed over.
func (s *Store) List() ([]openfire.Base, error) {
	entries, err := os.ReadDir(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, disk.NewError("list", s.Dir, err)
	}
	var bases []openfire.Base
	for _, e := range entries {
		if b, ok := baseOf(e); ok {
			bases = append(bases, b)
		}
	}
	slices.SortFunc(bases, func(a, b openfire.Base) int { return strings.Compare(a.URL(), b.URL()) })
	return bases, nil
}

// baseOf returns the base of a token file, by the file's name.
func baseOf(e fs.DirEntry) (b openfire.Base, ok bool) {
	host, ok := strings.CutSuffix(e.Name(), ".json")
	if !ok || e.IsDir() || !strings.Contains(host, ".") && !strings.HasPrefix(host, "localhost") {
		return b, false
	}
	address := "https://" + host
	if strings.HasPrefix(host, "localhost") {
		address = "http://" + strings.ReplaceAll(host, "_", ":")
	}
	b, err := openfire.ParseBase(address)
	return b, err == nil
}

// Load reads a base's token file without a lock: a rename shows readers either
// the old file or the new one. It refuses links, devices, files that others can
// read, and folders that others can change. None at all is fs.ErrNotExist.
func (s *Store) Load(b openfire.Base) (tokenfile.File, error) {
	data, err := read(s.Dir, b.FileName())
	if err != nil {
		return tokenfile.File{}, err
	}
	return s.decode(b, data)
}

func read(folder, name string) ([]byte, error) {
	d, err := disk.Open(folder)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	data, _, err := d.Read(name)
	return data, err
}

// decode is tokenfile.Decode, and refuses the file of another base.
func (s *Store) decode(b openfire.Base, data []byte) (tokenfile.File, error) {
	file, err := tokenfile.Decode(data)
	if err == nil {
		err = file.CheckBase(b)
	}
	if err != nil {
		return tokenfile.File{}, &disk.Error{Kind: disk.Malformed, Op: "read", Path: s.Path(b), Err: err}
	}
	return file, nil
}
