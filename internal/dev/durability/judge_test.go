//go:build faults && linux && amd64

package durability

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"syscall"
)

// durable checks the order of the calls: the file that became the token file was
// synced after its last write and renamed under the lock, and the folder was
// synced afterwards. The token file must not be written in place, and the lock
// file must not be deleted.
func durable(calls []call, file string) error {
	dirty := map[string]bool{}
	locked, renamed, synced := false, false, false
	for _, c := range calls {
		ok := c.ret >= 0 && !c.forced
		lying := c.ret >= 0 && c.forced
		switch c.name {
		case "flock":
			locked = locked && c.args[1]&syscall.LOCK_UN == 0 || ok && c.args[1]&syscall.LOCK_UN == 0
		case "unlink":
			if strings.HasSuffix(c.path, ".lock") {
				return errors.New("the lock file is deleted")
			}
		case "open":
			if c.path == file && c.args[2]&(syscall.O_WRONLY|syscall.O_RDWR|syscall.O_TRUNC) != 0 {
				return errors.New("the token file is opened for writing in place")
			}
		case "write", "pwrite", "truncate", "allocate":
			dirty[c.path] = true
		case "fsync", "fdatasync":
			if c.path == "." {
				synced = renamed && (ok || lying)
			}
			if ok {
				dirty[c.path] = false
			}
		case "rename":
			if c.target != file || !ok {
				break
			}
			switch {
			case !locked:
				return errors.New("renamed without the lock")
			case dirty[c.path]:
				return errors.New("renamed without fsync of the file")
			case path.Dir(c.path) != ".":
				return errors.New("renamed from another folder")
			}
			renamed, synced = true, false
		}
	}
	switch {
	case !renamed:
		return errors.New("nothing was renamed into place")
	case !synced:
		return errors.New("no fsync of the folder after the rename")
	}
	return nil
}

// judge checks that what a run reported agrees with its calls and with the file
// it left. want holds the exit codes allowed when it reports a failure.
func (h *home) judge(o outcome, want ...int) error {
	renewed, err := h.content()
	switch {
	case err != nil:
		return err
	case o.signal != 0 && !o.killed:
		return fmt.Errorf("died of %v", o.signal)
	case o.killed && o.saved() && !renewed:
		return errors.New("an acknowledged token is lost")
	case o.killed:
		return nil
	case o.code == 0 && !renewed:
		return errors.New("exit 0, but the file was not replaced")
	case o.code == 0:
		return durable(o.calls, h.base.FileName())
	case renewed && h.old != nil && strings.Contains(o.err+o.out, "was not changed"):
		return fmt.Errorf("the old file is gone, but the output says: %s%s", o.err, o.out)
	case !slices.Contains(want, o.code):
		return fmt.Errorf("exit %d, want %v: %s%s", o.code, want, o.err, o.out)
	}
	return nil
}
