// Package store is the token file: read, changed under a lock, replaced so that
// no power cut and no second process loses a token. It knows neither Microsoft
// nor a person: its errors say what failed, others say it in sentences.
package store

import (
	"bytes"
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
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// Kind is the kind of trouble.
type Kind int

// The kinds, and the exit code each stands for.
const (
	Failed            Kind = iota // a call failed, the old file is intact: 74
	Busy                          // another process holds the lock: 75
	ResourceExhausted             // this machine has no descriptor or memory left: 75
	Unsafe                        // a link, a device, readable by others: 13
	Denied                        // this account may not: 77
	NotDurable                    // the new file is in place, the disk has not confirmed it: 74
	Changed                       // the file was deleted or replaced meanwhile: 74
	UnknownOwner                  // no such account or group: 2
	Malformed                     // the content is no token file of this base, Err is a *problem.Problem: 2
)

// Error is a call that failed, on a path. Repair is the one command that
// mends it, where there is one; what is Mendable, Mend does too.
type Error struct {
	Kind    Kind
	Op      string
	Path    string
	Repair  string
	Fixable bool
	Err     error
}

// Error names the call and the path.
func (e *Error) Error() string { return fmt.Sprintf("%s %s: %v", e.Op, e.Path, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// fail sorts an error of the operating system into its kind.
func fail(op, path string, err error) error {
	e := &Error{Kind: Failed, Op: op, Path: path, Err: bareError(err)}
	switch {
	case errors.Is(err, fs.ErrPermission):
		if p := immutablePath(path); p != "" {
			e.Err, e.Repair = errors.New(p+" is immutable (chattr)"), "chattr -i -a "+quote(p)
			break
		}
		e.Kind, e.Err = Denied, withOwner(path, e.Err)
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.ENOMEM):
		e.Kind = ResourceExhausted
	}
	return e
}

// bareError is the bare error of a call; the path is in Error already.
func bareError(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}

// quote makes a path one word of a shell command.
func quote(path string) string { return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'" }

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
		if b, ok := baseOf(e); ok {
			bases = append(bases, b)
		}
	}
	slices.SortFunc(bases, func(a, b openfire.Base) int { return strings.Compare(a.URL(), b.URL()) })
	return bases, nil
}

// baseOf is the base of a token file, by its name.
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
// the old file or the new one. It refuses links, devices, files that others may
// read, and folders that others may change. None at all is fs.ErrNotExist.
func (s *Store) Load(b openfire.Base) (tokenfile.File, error) {
	data, err := s.readFile(".", b.FileName())
	if err != nil {
		return tokenfile.File{}, err
	}
	return s.decode(b, data)
}

// readFile reads a file of the folder, or of one inside it.
func (s *Store) readFile(folder, name string) ([]byte, error) {
	path := filepath.Join(s.Dir, folder)
	dir, err := os.OpenRoot(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, fail("open", path, err)
	}
	defer dir.Close()
	info, err := lstat(dir, ".")
	if err != nil {
		return nil, fail("stat", path, err)
	}
	if err := checkFolderMode(path, info); err != nil {
		return nil, err
	}
	data, _, err := read(dir, name)
	return data, err
}

// decode is openfire.Decode, and the path of a file that is none, or another
// base's.
func (s *Store) decode(b openfire.Base, data []byte) (tokenfile.File, error) {
	file, err := tokenfile.Decode(data)
	if err == nil {
		err = file.CheckBase(b)
	}
	if err != nil {
		return tokenfile.File{}, &Error{Kind: Malformed, Op: "read", Path: s.Path(b), Err: err}
	}
	return file, nil
}

// maxRead is one byte more than Decode takes.
const maxRead = 1<<20 + 1

// read returns the content of a file that is safe to use.
func read(dir *os.Root, name string) ([]byte, fs.FileInfo, error) {
	f, info, err := open(dir, name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	var data bytes.Buffer
	data.Grow(int(min(info.Size(), maxRead)) + bytes.MinRead)
	if _, err := data.ReadFrom(io.LimitReader(f, maxRead)); err != nil {
		return nil, nil, fail("read", f.Name(), err)
	}
	return data.Bytes(), info, nil
}

// open opens a file that is safe to use.
func open(dir *os.Root, name string) (*os.File, fs.FileInfo, error) {
	return openAs(dir, name, checkMode)
}

// openAs opens a file without following a link, waiting on a FIFO or touching
// a device: it looks before and after. What else is wanted of it, judge says.
func openAs(dir *os.Root, name string, judge func(string, fs.FileInfo) error) (*os.File, fs.FileInfo, error) {
	path := filepath.Join(dir.Name(), name)
	info, err := lstat(dir, name)
	if err == nil {
		err = requireRegular(path, info)
	}
	var f *os.File
	if err == nil {
		f, err = dir.OpenFile(name, os.O_RDONLY|openFlags, 0)
	}
	if err == nil {
		if info, err = f.Stat(); err == nil {
			err = judge(path, info)
		}
		if err != nil {
			_ = f.Close()
		}
	}
	var told *Error
	if err == nil || errors.Is(err, fs.ErrNotExist) || errors.As(err, &told) {
		return f, info, err
	}
	return nil, nil, fail("open", path, err)
}

// lstat looks at a file of the folder itself, not at what a link points to.
func lstat(dir *os.Root, name string) (info fs.FileInfo, err error) {
	err = retryEINTR(func() error { info, err = dir.Lstat(name); return err })
	return info, err
}

// retryEINTR repeats a call that a signal has interrupted, as package os does for
// most of its own.
func retryEINTR(call func() error) error {
	for {
		if err := call(); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
