//go:build !windows

package schedulecmd

// elevated reports an administrator's process on Windows.
func elevated() bool { return false }
