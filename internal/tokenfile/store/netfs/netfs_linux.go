// Package netfs recognises folders that are not on a disk of this machine:
// locks there, and what is written right before a power cut, are as safe as a
// server or another program makes them.
package netfs

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Name returns the name of the file system of a folder that is not on a disk
// of this machine, else "".
func Name(folder string) string {
	var st unix.Statfs_t
	err := unix.Statfs(folder, &st)
	for errors.Is(err, unix.EINTR) {
		err = unix.Statfs(folder, &st)
	}
	if err != nil {
		return ""
	}
	name := byMagic(uint32(st.Type)) //nolint:gosec // magic numbers have 32 bits; the field's width is the machine's
	var at unix.Stat_t
	if name != "FUSE" || unix.Stat(folder, &at) != nil {
		return name
	}
	mounts, _ := os.ReadFile("/proc/self/mountinfo")
	return fuseType(string(mounts), at.Dev)
}

// byMagic names a file system by its magic number (linux/magic.h, and where
// that has none the file system's own sources).
func byMagic(magic uint32) string {
	switch magic {
	case unix.NFS_SUPER_MAGIC:
		return "NFS"
	case unix.SMB_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC:
		return "SMB"
	case unix.V9FS_MAGIC:
		return "9P"
	case unix.FUSE_SUPER_MAGIC:
		return "FUSE"
	case unix.AFS_SUPER_MAGIC, unix.AFS_FS_MAGIC:
		return "AFS"
	case unix.CODA_SUPER_MAGIC:
		return "Coda"
	case unix.CEPH_SUPER_MAGIC:
		return "Ceph"
	case unix.NCP_SUPER_MAGIC:
		return "NCP"
	case 0x0bd00bd3:
		return "Lustre"
	case 0x47504653:
		return "GPFS"
	case 0x786f4256:
		return "vboxsf"
	}
	return ""
}

// fuseType names the program that serves the mount with that device number, by
// the text of /proc/self/mountinfo (proc(5)): "fuse.sshfs"; "fuseblk" is a disk
// of this machine, such as NTFS, and "".
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
