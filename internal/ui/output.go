package ui

import (
	"encoding/json"
	"io"
)

// Output is standard output. It remembers the first write that failed and drops
// the rest: the work goes on, and the exit code tells.
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

// Err returns the error of the first write that failed.
func (o *Output) Err() error { return o.err }

// JSON writes one JSON line: {"v":1,"type":kind,…}. Keys are only ever added.
// What cannot be marshaled is a bug.
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
