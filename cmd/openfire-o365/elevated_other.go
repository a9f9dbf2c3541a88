//go:build !windows

package main

// elevated reports an administrator's process on Windows.
func elevated() bool { return false }
