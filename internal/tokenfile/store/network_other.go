//go:build !linux && !darwin && !windows

package store

// NetworkFileSystem is not known here.
func (s *Store) NetworkFileSystem() string { return "" }
