package netfs

import "golang.org/x/sys/unix"

// Name returns the name of the file system of a folder that is not on a local disk,
// else "".
func Name(folder string) string {
	var st unix.Statfs_t
	if unix.Statfs(folder, &st) != nil || st.Flags&unix.MNT_LOCAL != 0 {
		return ""
	}
	return unix.ByteSliceToString(st.Fstypename[:])
}
