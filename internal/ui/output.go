package ui

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf16"
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
// not remove any. Characters that a terminal obeys are escaped. JSON panics if fields
// cannot be marshaled.
func (o *Output) JSON(kind string, fields map[string]any) {
	body, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	head := `{"v":1,"type":"` + kind + `"`
	if len(fields) > 0 {
		head += ","
	}
	var line strings.Builder
	for _, r := range head + string(body[1:]) {
		if unicode.IsGraphic(r) {
			line.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&line, `\u%04x`, unit)
		}
	}
	_, _ = o.Write([]byte(line.String() + "\n"))
}
