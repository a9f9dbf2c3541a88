package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
)

// Kind classifies an Error by what it means for the file.
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
	Lost                          // new tokens could not be saved anywhere: 74
	Malformed                     // the content is invalid, Err is a *problem.Problem: 2
)

// Error is a call that failed on a path.
type Error struct {
	Kind    Kind
	Op      string
	Path    string
	Repair  string // the shell command that repairs it, if there is one
	Fixable bool   // FixPermissions repairs it too
	Rescued string // the file that holds the new tokens instead, if there is one
	Err     error
}

// Error names the call and the path.
func (e *Error) Error() string { return fmt.Sprintf("%s %s: %v", e.Op, e.Path, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// NewError classifies an error of the operating system.
func NewError(op, path string, err error) error {
	e := &Error{Kind: Failed, Op: op, Path: path, Err: err}
	for cause := err; cause != nil; cause = errors.Unwrap(cause) {
		e.Err = cause // in the end without the path, which Error has
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

// unsafePath refuses to use a path.
func unsafePath(path, why string) *Error {
	return &Error{Kind: Unsafe, Op: "open", Path: path, Err: errors.New(why)}
}

// quote makes a path one word of a shell command.
func quote(path string) string { return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'" }
