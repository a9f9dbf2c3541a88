package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
)

// Kind classifies an Error by its consequence for the file.
type Kind int

// The kinds, with their exit codes.
const (
	Failed            Kind = iota // a call failed; the old file is unchanged: 74
	Busy                          // another process holds the lock: 75
	ResourceExhausted             // no file descriptors or memory left: 75
	Unsafe                        // a link, a device, readable by others: 13
	Denied                        // permission denied: 77
	NotDurable                    // the new file is in place, but may not be on the disk: 74
	Moved                         // the new file is in place, but its folder was moved: 13
	Changed                       // the file was deleted or replaced meanwhile: 74
	UnknownOwner                  // no such account or group: 2
	Lost                          // new tokens could not be saved anywhere: 74
	Deleted                       // there is only a rescue file: 2
	Malformed                     // the content is invalid; Err is a *problem.Problem: 2
)

// Error reports a failed operation on a path.
type Error struct {
	Kind    Kind
	Op      string
	Path    string
	Repair  string // the shell command that fixes the cause, or ""
	Fixable bool   // FixPermissions can fix the cause
	Rescued string // the file that contains the new tokens instead, or ""
	Err     error
}

// Error returns the operation, the path and the cause.
func (e *Error) Error() string { return fmt.Sprintf("%s %s: %v", e.Op, e.Path, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// NewError classifies an error of the operating system.
func NewError(op, path string, err error) error {
	e := &Error{Kind: Failed, Op: op, Path: path, Err: err}
	for cause := err; cause != nil; cause = errors.Unwrap(cause) {
		e.Err = cause // the innermost cause, without the path, which Error adds
	}
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

// InPlace reports that the new file has taken the place of the old one although
// the call failed.
func (e *Error) InPlace() bool { return e.Kind == NotDurable || e.Kind == Moved }

// unsafePath returns the error for a path that must not be used.
func unsafePath(path, why string) *Error {
	return &Error{Kind: Unsafe, Op: "open", Path: path, Err: errors.New(why)}
}

// RemoveCommand returns the shell command that removes a path.
func RemoveCommand(path string) string { return "rm -r " + quote(path) }

// quote quotes a path as one word of a shell command.
func quote(path string) string { return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'" }
