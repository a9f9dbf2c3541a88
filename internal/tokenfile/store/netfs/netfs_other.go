//go:build !linux && !darwin && !windows

package netfs

// Name returns "": the file system is unknown on this operating system.
func Name(string) string { return "" }
