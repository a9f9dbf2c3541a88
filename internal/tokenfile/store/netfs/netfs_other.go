//go:build !linux && !darwin && !windows

package netfs

// Name is not known here.
func Name(string) string { return "" }
