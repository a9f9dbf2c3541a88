package netfs

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// Name returns the network share that contains a folder, or "" for a local disk.
func Name(folder string) string {
	path, err := filepath.Abs(folder)
	if err != nil {
		return ""
	}
	volume := filepath.VolumeName(path)
	root, err := windows.UTF16PtrFromString(volume + `\`)
	if err != nil || windows.GetDriveType(root) != windows.DRIVE_REMOTE {
		return ""
	}
	return volume
}
