//go:build linux

package store

import (
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestF12Remote: a file system that is no disk of this machine is known by its
// magic number, a disk is not taken for one.
func TestF12Remote(t *testing.T) {
	t.Parallel()
	for magic, want := range map[uint32]string{
		unix.NFS_SUPER_MAGIC: "NFS", unix.SMB_SUPER_MAGIC: "SMB", unix.CIFS_SUPER_MAGIC: "SMB", unix.SMB2_SUPER_MAGIC: "SMB", unix.V9FS_MAGIC: "9P", unix.FUSE_SUPER_MAGIC: "FUSE",
		unix.AFS_SUPER_MAGIC: "AFS", unix.AFS_FS_MAGIC: "AFS", unix.CODA_SUPER_MAGIC: "Coda", unix.CEPH_SUPER_MAGIC: "Ceph", unix.NCP_SUPER_MAGIC: "NCP", 0x0bd00bd3: "Lustre", 0x47504653: "GPFS", 0x786f4256: "vboxsf",
		unix.EXT4_SUPER_MAGIC: "", unix.XFS_SUPER_MAGIC: "", unix.BTRFS_SUPER_MAGIC: "", unix.TMPFS_MAGIC: "", unix.OVERLAYFS_SUPER_MAGIC: "", 0x2fc12fc1: "", unix.MSDOS_SUPER_MAGIC: "", 0: "",
	} {
		if got := networkFS(magic); got != want {
			t.Errorf("%#x: %q, want %q", magic, got, want)
		}
	}
	const mounts = `25 30 0:23 / /proc rw,nosuid shared:14 - proc proc rw
98 30 0:44 / /mnt/with\040blank rw,nosuid shared:51 master:3 - fuse.sshfs anna@server:/srv rw,user_id=0
99 30 8:17 / /mnt/disk rw - fuseblk /dev/sdb1 rw
torn line`
	for dev, want := range map[uint64]string{unix.Mkdev(0, 44): "fuse.sshfs", unix.Mkdev(8, 17): "", unix.Mkdev(0, 4): "FUSE"} {
		if got := fuseType(mounts, dev); got != want {
			t.Errorf("%d:%d is %q, want %q", unix.Major(dev), unix.Minor(dev), got, want)
		}
	}
	s := New(t.TempDir(), time.Now)
	if got := s.NetworkFileSystem(); got != "" {
		t.Errorf("the folder of tests is %q", got)
	}
	if got := New("/absent", time.Now).NetworkFileSystem(); got != "" {
		t.Errorf("no folder is %q", got)
	}
}

// TestF12Mounted: a folder behind another program is named by that program.
func TestF12Mounted(t *testing.T) {
	root(t)
	if _, err := exec.LookPath("bindfs"); err != nil {
		t.Skip("takes bindfs")
	}
	s := newStore(t)
	where := t.TempDir()
	sh(t, "bindfs", s.Dir, where)
	defer func() { _ = exec.Command("umount", "-l", where).Run() }()
	if got := New(where, time.Now).NetworkFileSystem(); got != "fuse" && got != "fuse.bindfs" {
		t.Errorf("%q", got)
	}
}
