//go:build !linux && !darwin && !windows

package store

// Remote is not known here.
func (s *Store) Remote() string { return "" }
