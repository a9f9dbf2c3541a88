//go:build faults

package store

// The sizes of what .ci/run asks for.
const (
	processes = 80
	rounds    = 100
	reads     = 100000
	files     = 100000 // in one folder
)
