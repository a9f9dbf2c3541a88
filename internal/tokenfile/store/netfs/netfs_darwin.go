package netfs

import "golang.org/x/sys/unix"

// Name names the file system of the folder when it is no disk of this
// machine, and is "" else.
func Name(folder string) string {
	var st unix.Statfs_t
	if unix.Statfs(folder, &st) != nil || st.Flags&unix.MNT_LOCAL != 0 {
		return ""
	}
	return unix.ByteSliceToString(st.Fstypename[:])
}
