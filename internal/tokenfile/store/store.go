// Package store keeps the token files of a folder. It lists, reads and locks them,
// and changes them so that neither a power failure nor a second process can lose a
// token. It also stores the state of each base for monitors. Its errors are
// *disk.Error.
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

// lockSuffix is appended to a token file's name to form the name of its lock file.
const lockSuffix = ".lock"

// Store is a folder of token files.
type Store struct {
	Dir      string
	Now      func() time.Time
	LockWait time.Duration // how long to wait for a lock

	owner disk.Owner
}

// New returns the store in a folder, which Update creates if it does not exist.
func New(dir string, now func() time.Time) *Store {
	return &Store{Dir: dir, Now: now, LockWait: 30 * time.Second}
}

// SetOwner gives the folder and new files to "user:group", and makes them readable
// by the group. Use it for a base whose server runs under its own account.
func (s *Store) SetOwner(names string) (err error) {
	s.owner, err = disk.SetOwner(s.Dir, names)
	return err
}

// FixPermissions removes the extra permissions of other accounts from the folder
// and from a base's token file, and returns the equivalent commands.
func (s *Store) FixPermissions(b openfire.Base) (done []string, err error) {
	return disk.FixPermissions(s.Dir, b.FileName())
}

// NetworkFileSystem returns the name of the file system of the folder if it is not
// on a local disk, else "". The reliability of locks, and of writes before a power
// failure, then depends on its server.
func (s *Store) NetworkFileSystem() string { return netfs.Name(s.Dir) }

// Path returns the path of a base's token file.
func (s *Store) Path(b openfire.Base) string { return filepath.Join(s.Dir, b.FileName()) }

// List returns the bases that have a token file or a rescue file, by name. It ignores files whose
// name is not that of a token file, such as a cloud file.
func (s *Store) List() ([]openfire.Base, error) {
	entries, err := s.entries()
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
	return slices.CompactFunc(bases, func(a, b openfire.Base) bool { return a.URL() == b.URL() }), nil
}

// entries lists the folder. The trailing separator makes a FIFO an error, not a wait.
func (s *Store) entries() ([]fs.DirEntry, error) {
	return os.ReadDir(s.Dir + string(filepath.Separator))
}

// baseOf returns the base of a token file or a rescue file, from the file's name.
func baseOf(e fs.DirEntry) (b openfire.Base, ok bool) {
	host, ok := strings.CutSuffix(strings.TrimSuffix(e.Name(), rescueSuffix), ".json")
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

// Load reads a base's token file without a lock, because files are replaced by a
// rename. It refuses links, devices, files that others can read, and folders that
// others can change. If the file does not exist, the error is fs.ErrNotExist.
func (s *Store) Load(b openfire.Base) (tokenfile.File, error) {
	data, err := read(s.Dir, b.FileName())
	if errors.Is(err, fs.ErrNotExist) {
		if path := s.Rescued(b); path != "" {
			err = &disk.Error{Kind: disk.Deleted, Op: "read", Path: s.Path(b), Rescued: path, Err: fs.ErrNotExist}
		}
	}
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

// decode is tokenfile.Decode that also refuses the file of another base.
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
