//go:build !linux && !darwin && !windows

package disk

// NetworkFileSystem is not known here.
func NetworkFileSystem(string) string { return "" }
