//go:build linux

package netfs

import (
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// TestNetworkFileSystemsAreKnownByTheirMagicNumber checks that network file systems
// are recognized by their magic numbers and local disks are not.
func TestNetworkFileSystemsAreKnownByTheirMagicNumber(t *testing.T) {
	t.Parallel()
	for magic, want := range map[uint32]string{
		unix.NFS_SUPER_MAGIC: "NFS", unix.SMB_SUPER_MAGIC: "SMB", unix.CIFS_SUPER_MAGIC: "SMB",
		unix.SMB2_SUPER_MAGIC: "SMB", unix.V9FS_MAGIC: "9P", unix.FUSE_SUPER_MAGIC: "FUSE",
		unix.AFS_SUPER_MAGIC: "AFS", unix.AFS_FS_MAGIC: "AFS", unix.CODA_SUPER_MAGIC: "Coda",
		unix.CEPH_SUPER_MAGIC: "Ceph", unix.NCP_SUPER_MAGIC: "NCP", 0x0bd00bd3: "Lustre", 0x47504653: "GPFS",
		0x786f4256:            "vboxsf",
		unix.EXT4_SUPER_MAGIC: "", unix.XFS_SUPER_MAGIC: "", unix.BTRFS_SUPER_MAGIC: "", unix.TMPFS_MAGIC: "",
		unix.OVERLAYFS_SUPER_MAGIC: "", 0x2fc12fc1: "", unix.MSDOS_SUPER_MAGIC: "", 0: "",
	} {
		if got := names[magic]; got != want {
			t.Errorf("%#x: %q, want %q", magic, got, want)
		}
	}
	const mounts = `25 30 0:23 / /proc rw,nosuid shared:14 - proc proc rw
98 30 0:44 / /mnt/with\040blank rw,nosuid shared:51 master:3 - fuse.sshfs anna@server:/srv rw,user_id=0
99 30 8:17 / /mnt/disk rw - fuseblk /dev/sdb1 rw
torn line`
	for dev, want := range map[uint64]string{unix.Mkdev(0, 44): "fuse.sshfs", unix.Mkdev(8, 17): "",
		unix.Mkdev(0, 4): "FUSE"} {
		if got := fuseType(mounts, dev); got != want {
			t.Errorf("%d:%d is %q, want %q", unix.Major(dev), unix.Minor(dev), got, want)
		}
	}
	if got := Name(t.TempDir()); got != "" {
		t.Errorf("the folder of tests is %q", got)
	}
	if got := Name("/absent"); got != "" {
		t.Errorf("no folder is %q", got)
	}
}

// TestMountedFolderIsNamedByItsProgram checks the names of FUSE mounts.
func TestMountedFolderIsNamedByItsProgram(t *testing.T) {
	root(t)
	if _, err := exec.LookPath("bindfs"); err != nil {
		t.Skip("takes bindfs")
	}
	where := t.TempDir()
	sh(t, "bindfs", t.TempDir(), where)
	defer func() { _ = exec.Command("umount", "-l", where).Run() }()
	if got := Name(where); got != "fuse" && got != "fuse.bindfs" {
		t.Errorf("%q", got)
	}
}

// root skips the test unless it can mount file systems.
func root(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
}

func sh(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Skipf("%s %v: %v %s", name, args, err, out)
	}
}
