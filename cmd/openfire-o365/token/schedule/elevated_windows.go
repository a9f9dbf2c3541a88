package schedulecmd

import "golang.org/x/sys/windows"

// elevated reports an administrator's process that has been given its rights.
func elevated() bool { return windows.GetCurrentProcessToken().IsElevated() }
