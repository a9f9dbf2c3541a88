//go:build faults && linux && amd64

package durability

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/openfire-fr/openfire-o365/internal/sandbox"
)

// errnos are the errors that file calls return, with the exit code expected when
// the program gives up: 74 disk failure, 75 temporary failure, 77 permission
// denied. The program repeats calls interrupted by a signal.
var errnos = []struct {
	errno syscall.Errno
	exit  int
}{
	{unix.EIO, 74}, {unix.ENOSPC, 74}, {unix.EDQUOT, 74}, {unix.EROFS, 74}, {unix.EACCES, 77}, {unix.EPERM, 77}, {unix.EMFILE, 75}, {unix.ENFILE, 75},
	{unix.ENOMEM, 75}, {unix.EBUSY, 74}, {unix.ESTALE, 74}, {unix.ENOLCK, 74}, {unix.EXDEV, 74}, {unix.EFBIG, 74}, {unix.EINTR, 0},
}

// cell is one failure: the k-th file call of a command fails and, if sticky, all
// later calls of the same name.
type cell struct {
	k       int
	verdict verdict
	name    string // of the failure, for messages
	exit    int
	sticky  bool
}

// fail runs a command with one failure, and again without.
func (w *world) fail(dir string, c cell, cmd command) (reached bool, err error) {
	h := cmd.home(filepath.Join(dir, "tokens"))
	defer os.RemoveAll(h.dir)
	var failed call
	files, asked := 0, false
	o := cmd.run(h, func(now call) verdict {
		if !now.file() {
			asked = asked || failed.name == ""
			return pass
		}
		files++
		if files == c.k {
			failed = now
		}
		if failed.name == "" || files > c.k && (!c.sticky || now.name != failed.name) {
			return pass
		}
		v := c.verdict
		if v.skip && v.ret >= 0 { // report a complete write
			v.ret = int64(now.args[2])
		}
		return v
	})
	if failed.name == "" {
		return false, h.judge(o)
	}
	exits := []int{c.exit}
	if o.tells(".rescued") {
		exits = append(exits, 74)
	}
	if err = h.judge(o, exits...); err == nil && o.code != 0 && !asked && !c.sticky && h.old != nil && h.sent() > 0 {
		err = errors.New("a token was spent although the failure came before")
	}
	h.take(o)
	if err == nil && h.clean() != nil {
		if again := cmd.run(h, nil); again.code != 0 {
			err = fmt.Errorf("the next run: exit %d: %s", again.code, again.err)
		} else {
			err = h.clean()
		}
	}
	if err != nil {
		err = fmt.Errorf("%s of %v: %w", c.name, failed, err)
	}
	return true, err
}

// cells runs all cells, two at a time.
func (w *world) cells(t *testing.T, cells []cell, cmd command) {
	t.Helper()
	var next, ran atomic.Int64
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			dir := somewhere(t)
			for i := next.Add(1) - 1; int(i) < len(cells); i = next.Add(1) - 1 {
				reached, err := w.fail(dir, cells[i], cmd)
				if err != nil {
					t.Error(err)
				}
				if reached {
					ran.Add(1)
				}
			}
		})
	}
	group.Wait()
	t.Logf("%s: %d failures", cmd.name, ran.Load())
	t.Attr("failures", fmt.Sprint(ran.Load()))
	if int(ran.Load()) < len(cells)*9/10 {
		t.Errorf("only %d of %d failures were reached", ran.Load(), len(cells))
	}
}

// matrix returns the cells of a command: each file call with every errno, or
// only one in every, and for each kind of call one lasting failure.
func (w *world) matrix(t *testing.T, every int, cmd command) (cells []cell) {
	t.Helper()
	k, kinds := 0, map[string]bool{}
	for _, c := range cmd.run(cmd.home(somewhere(t)), nil).calls {
		if !c.file() {
			continue
		}
		k++
		for i, e := range errnos {
			if (k+i)%every == 0 {
				cells = append(cells, cell{k, errno(e.errno), e.errno.Error(), e.exit, false})
			}
		}
		if kind := c.name + c.path; !kinds[kind] {
			kinds[kind] = true
			e := errnos[k%4] // those of a broken or full disk
			cells = append(cells, cell{k, errno(e.errno), "lasting " + e.errno.Error(), e.exit, true})
		}
	}
	return cells
}

// TestFailingFileCallLosesNothing makes each file call fail. The file must be
// the old or the new one, a success must be reported only if the new one is on
// the disk, the exit code must match the failure, and a failure before the token
// request must not use up the refresh token.
func TestFailingFileCallLosesNothing(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	trials := []struct {
		command command
		every   int // without -whole
	}{{w.existing(refreshArgs...), 6}, {w.existing("verify", "mabase", "--json"), 24}, {w.fresh(), 150}}
	for _, c := range trials {
		if *whole {
			c.every = max(1, c.every/20)
		}
		w.cells(t, w.matrix(t, c.every, c.command), c.command)
	}
}

// TestIncompleteWriteIsDetected makes writes report more bytes than they wrote.
// The program must compare the new file with its intended content before it
// replaces the old one.
func TestIncompleteWriteIsDetected(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	h := w.home(somewhere(t))
	var cells []cell
	k := 0
	for _, c := range h.traced(nil, refreshArgs...).calls {
		if !c.file() {
			continue
		}
		if k++; c.name == "pwrite" {
			cells = append(cells, cell{k, verdict{skip: true}, "lie", 0, false}, cell{k, verdict{skip: true}, "lasting lie", 74, true},
				cell{k, verdict{short: 5}, "short write", 0, false}, cell{k, verdict{short: 5}, "short writes", 0, true})
		}
	}
	if len(cells) == 0 {
		t.Fatal("no write")
	}
	w.cells(t, cells, w.existing(refreshArgs...))
}
