package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// preallocate reserves disk space for the file. If the file system cannot reserve
// space, it writes zeros instead.
func preallocate(f *os.File, size int64) error {
	err := retryEINTR(func() error { return unix.Fallocate(int(f.Fd()), 0, 0, size) })
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		_, err = f.WriteAt(make([]byte, size), 0)
	}
	return err
}

// copyAttributes copies the ACL, the security label and the user attributes of the
// old file to the new one, and removes those that the new one inherited from the
// folder. Hashes of the content (security.ima) are not copied, because the content
// differs.
func copyAttributes(from, to *os.File) error {
	had, err := attributes(from)
	if err != nil {
		return err
	}
	has, err := attributes(to)
	if err != nil {
		return err
	}
	for name, value := range had {
		if has[name] == value {
			continue
		}
		if err := retryEINTR(func() error { return unix.Fsetxattr(int(to.Fd()), name, []byte(value), 0) }); err != nil {
			return err
		}
	}
	for name := range has {
		if _, ok := had[name]; !ok {
			if err := retryEINTR(func() error { return unix.Fremovexattr(int(to.Fd()), name) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// identity lists the attributes that belong to a file regardless of its content.
var identity = []string{"system.posix_acl_access", "security.selinux", "security.SMACK64"}

// attributes returns the extended attributes to copy.
func attributes(f *os.File) (map[string]string, error) {
	n := 0
	err := retryEINTR(func() (err error) { n, err = unix.Flistxattr(int(f.Fd()), nil); return err })
	if errors.Is(err, unix.EOPNOTSUPP) || n == 0 { // the usual case
		return nil, nil
	}
	list := make([]byte, 64<<10) // the kernel's limit
	if err == nil {
		err = retryEINTR(func() (err error) { n, err = unix.Flistxattr(int(f.Fd()), list); return err })
	}
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(list[:n]), "\x00"), "\x00") {
		if !strings.HasPrefix(name, "user.") && !slices.Contains(identity, name) {
			continue
		}
		value := make([]byte, 64<<10)
		err := retryEINTR(func() (err error) { n, err = unix.Fgetxattr(int(f.Fd()), name, value); return err })
		if err != nil {
			return nil, err
		}
		found[name] = string(value[:n])
	}
	return found, nil
}

// requireReplaceable returns an error for a file that cannot be replaced by a
// rename: it is immutable, append-only, or a mount point.
func requireReplaceable(path string) error {
	if immutablePath(path) != "" {
		return NewError("replace", path, fs.ErrPermission)
	}
	var st unix.Statx_t
	if unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, 0, &st) == nil &&
		st.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0 {
		return NewError("replace", path, unix.EBUSY)
	}
	return nil
}

// immutablePath returns the path that chattr +i or +a protects even from root: the
// file or its folder, or "" if neither is protected.
func immutablePath(path string) string {
	for _, p := range []string{path, filepath.Dir(path)} {
		var st unix.Statx_t
		const fixed = unix.STATX_ATTR_IMMUTABLE | unix.STATX_ATTR_APPEND
		if unix.Statx(unix.AT_FDCWD, p, unix.AT_SYMLINK_NOFOLLOW, 0, &st) == nil && st.Attributes&fixed != 0 {
			return p
		}
	}
	return ""
}
