// Package netfs recognizes folders that are not on a local disk. The reliability of
// locks there, and of writes before a power failure, depends on a server or another
// program.
package netfs

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Name returns the name of the file system of a folder that is not on a local disk,
// else "".
func Name(folder string) string {
	var st unix.Statfs_t
	err := unix.Statfs(folder, &st)
	for errors.Is(err, unix.EINTR) {
		err = unix.Statfs(folder, &st)
	}
	if err != nil {
		return ""
	}
	name := names[uint32(st.Type)] //nolint:gosec // magic numbers have 32 bits; the field's width is the machine's
	var at unix.Stat_t
	if name != "FUSE" || unix.Stat(folder, &at) != nil {
		return name
	}
	mounts, _ := os.ReadFile("/proc/self/mountinfo")
	return fuseType(string(mounts), at.Dev)
}

// names lists network file systems by their magic numbers, from linux/magic.h or,
// if missing there, from the source of the file system.
var names = map[uint32]string{
	unix.NFS_SUPER_MAGIC:  "NFS",
	unix.SMB_SUPER_MAGIC:  "SMB",
	unix.CIFS_SUPER_MAGIC: "SMB",
	unix.SMB2_SUPER_MAGIC: "SMB",
	unix.V9FS_MAGIC:       "9P",
	unix.FUSE_SUPER_MAGIC: "FUSE",
	unix.AFS_SUPER_MAGIC:  "AFS",
	unix.AFS_FS_MAGIC:     "AFS",
	unix.CODA_SUPER_MAGIC: "Coda",
	unix.CEPH_SUPER_MAGIC: "Ceph",
	unix.NCP_SUPER_MAGIC:  "NCP",
	0x0bd00bd3:            "Lustre",
	0x47504653:            "GPFS",
	0x786f4256:            "vboxsf",
}

// fuseType returns the type of the FUSE mount with that device number, from the
// text of /proc/self/mountinfo (proc(5)), for example "fuse.sshfs". It returns ""
// for "fuseblk", which is a local disk, such as one with NTFS.
func fuseType(mountinfo string, dev uint64) string {
	number := fmt.Sprintf("%d:%d", unix.Major(dev), unix.Minor(dev))
	for line := range strings.Lines(mountinfo) {
		mount, source, _ := strings.Cut(line, " - ")
		where, kind := strings.Fields(mount), strings.Fields(source)
		if len(where) > 2 && len(kind) > 0 && where[2] == number {
			return strings.TrimSuffix(kind[0], "fuseblk")
		}
	}
	return "FUSE"
}
