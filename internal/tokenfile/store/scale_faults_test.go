//go:build faults

package store

// The sizes for .ci/run.
const (
	processes = 80
	rounds    = 100
	reads     = 100000
	files     = 100000 // in one folder
)
