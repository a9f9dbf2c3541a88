package ui

import (
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"syscall"
)

// Output is standard output. It keeps the first write error and discards later
// writes, so that the program can continue; its exit code reports the error.
type Output struct {
	w   io.Writer
	err error
}

// NewOutput returns an Output that writes to w.
func NewOutput(w io.Writer) *Output { return &Output{w: w} }

// Write never fails; see Err.
func (o *Output) Write(b []byte) (int, error) {
	if o.err == nil {
		_, o.err = o.w.Write(b)
	}
	return len(b), nil
}

// Err returns the first write error.
func (o *Output) Err() error { return o.err }

// IsClosedPipe reports whether the reader of a pipe, such as head, has ended. That
// is not an error of the program.
func IsClosedPipe(err error) bool {
	code, is := errors.AsType[syscall.Errno](err)
	const brokenPipe, noData = 109, 232 // ERROR_BROKEN_PIPE, ERROR_NO_DATA
	return is && (code == syscall.EPIPE || runtime.GOOS == "windows" && (code == brokenPipe || code == noData))
}

// JSON writes one JSON line: {"v":1,"type":kind,…}. New versions may add keys but do
// not remove any. JSON panics if fields cannot be marshaled.
func (o *Output) JSON(kind string, fields map[string]any) {
	body, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	head := `{"v":1,"type":"` + kind + `"`
	if len(fields) > 0 {
		head += ","
	}
	_, _ = o.Write([]byte(head + string(body[1:]) + "\n"))
}
