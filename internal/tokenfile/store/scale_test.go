//go:build !faults

package store

// The sizes of each run of the tests.
const (
	processes = 6
	rounds    = 100
	reads     = 2000
	files     = 2000 // in one folder
)
