package netfs

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// Name names the server's share on which a folder is, and is ""
// for a disk of this machine.
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
