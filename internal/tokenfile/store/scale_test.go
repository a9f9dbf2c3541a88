//go:build !faults

package store

// The sizes for ordinary test runs.
const (
	processes = 6
	rounds    = 100
	reads     = 2000
	files     = 2000 // in one folder
)
