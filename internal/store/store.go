// Package store is the token file: read, changed under a lock, replaced so that
// no power cut and no second process loses a token. It knows neither Microsoft
// nor a person: its errors say what failed, others say it in sentences.
package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// Kind is the kind of trouble.
type Kind int

// The kinds, and the exit code each stands for.
const (
	Failed  Kind = iota // a call failed, the old file is intact: 74
	Busy                // another process holds the lock: 75
	Unsafe              // a link, a device, readable by others: 13
	Denied              // this account may not: 77
	Changed             // the file was deleted or replaced meanwhile: 74
	NoOwner             // no such account or group: 2
	Broken              // the content is no token file, Err is Decode's: 2
)

// Error is a call that failed, on a path. Repair is the one command that
// mends an Unsafe file, where there is one.
type Error struct {
	Kind   Kind
	Op     string
	Path   string
	Repair string
	Err    error
}

// Error names the call and the path.
func (e *Error) Error() string { return fmt.Sprintf("%s %s: %v", e.Op, e.Path, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// fail sorts an error of the operating system into its kind.
func fail(op, path string, err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	kind := Failed
	if errors.Is(err, fs.ErrPermission) {
		kind = Denied
	}
	switch {
	case errors.Is(err, syscall.ELOOP):
		kind, err = Unsafe, errors.New("is a symbolic link")
	case errors.Is(err, syscall.ENXIO):
		kind, err = Unsafe, errors.New("is a socket or a device")
	}
	return &Error{Kind: kind, Op: op, Path: path, Err: err}
}

// Store is a folder of token files.
type Store struct {
	Dir      string
	Now      func() time.Time
	LockWait time.Duration // how long a busy lock is waited for

	owner owner // of new files; zero: whoever runs this
}

// New is the store in a folder, which Update makes when it must.
func New(dir string, now func() time.Time) *Store {
	return &Store{Dir: dir, Now: now, LockWait: 30 * time.Second}
}

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
		return nil, fail("list", s.Dir, err)
	}
	var bases []openfire.Base
	for _, e := range entries {
		host, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || e.IsDir() || !strings.Contains(host, ".") && !strings.HasPrefix(host, "localhost") {
			continue
		}
		address := "https://" + host
		if strings.HasPrefix(host, "localhost") {
			address = "http://" + strings.ReplaceAll(host, "_", ":")
		}
		if b, err := openfire.ParseBase(address); err == nil {
			bases = append(bases, b)
		}
	}
	slices.SortFunc(bases, func(a, b openfire.Base) int { return strings.Compare(a.URL(), b.URL()) })
	return bases, nil
}

// Load reads a base's token file without a lock: a rename shows readers either
// the old file or the new one. It refuses links, devices, and files that
// others may read. None at all is fs.ErrNotExist.
func (s *Store) Load(b openfire.Base) (openfire.File, error) {
	data, _, err := read(s.Path(b))
	if err != nil {
		return openfire.File{}, err
	}
	return decode(s.Path(b), data)
}

// decode is openfire.Decode, and the path of a file that is none.
func decode(path string, data []byte) (openfire.File, error) {
	file, err := openfire.Decode(data)
	if err != nil {
		return file, &Error{Kind: Broken, Op: "read", Path: path, Err: err}
	}
	return file, nil
}

// maxRead is one byte more than Decode takes.
const maxRead = 1<<20 + 1

// read opens a file without following a link, or waiting on a FIFO, and looks
// at what it opened.
func read(path string) ([]byte, fs.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|openFlags, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	if err != nil {
		return nil, nil, fail("open", path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, fail("stat", path, err)
	}
	if err := safe(path, info); err != nil {
		return nil, nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxRead))
	if err != nil {
		return nil, nil, fail("read", path, err)
	}
	return data, info, nil
}
