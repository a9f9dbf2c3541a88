package disk

import "golang.org/x/sys/unix"

// NetworkFileSystem names the file system of the folder when it is no disk of this
// machine, and is "" else.
func NetworkFileSystem(folder string) string {
	var st unix.Statfs_t
	if unix.Statfs(folder, &st) != nil || st.Flags&unix.MNT_LOCAL != 0 {
		return ""
	}
	return unix.ByteSliceToString(st.Fstypename[:])
}
