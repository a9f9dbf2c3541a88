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

// errnos are what file calls fail with, and the exit code that is right for it
// when the program gives up: 74 the disk, 75 for now, 77 the account. What a
// signal has interrupted is repeated, so that nobody hears of it.
var errnos = []struct {
	errno syscall.Errno
	exit  int
}{
	{unix.EIO, 74}, {unix.ENOSPC, 74}, {unix.EDQUOT, 74}, {unix.EROFS, 74}, {unix.EACCES, 77}, {unix.EPERM, 77}, {unix.EMFILE, 75}, {unix.ENFILE, 75},
	{unix.ENOMEM, 75}, {unix.EBUSY, 74}, {unix.ESTALE, 74}, {unix.ENOLCK, 74}, {unix.EXDEV, 74}, {unix.EFBIG, 74}, {unix.EINTR, 0},
}

// cell is one failure: the k-th file call of a command fails, or with sticky
// from there on all calls of that name.
type cell struct {
	k       int
	verdict verdict
	name    string // of the failure, for people
	exit    int
	sticky  bool
}

// fail runs a command with one failure in it, and again without.
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
		if v.skip && v.ret >= 0 { // a lie: all was written
			v.ret = int64(now.args[2])
		}
		return v
	})
	if failed.name == "" {
		return false, h.judge(o)
	}
	if err = h.judge(o, c.exit); err == nil && o.code != 0 && !asked && !c.sticky && h.old != nil && h.sent() > 0 {
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

// cells runs many, two at once.
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

// matrix makes the cells of a command: each file call with some errnos, all
// with every=1; and for each kind of call a disk that stays broken.
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
			e := errnos[k%4] // what a disk goes on doing
			cells = append(cells, cell{k, errno(e.errno), "lasting " + e.errno.Error(), e.exit, true})
		}
	}
	return cells
}

// TestFailingFileCallLosesNothing: whatever file call fails, and with
// whatever errno: the file is the old one or the new one, "saved" is never said
// in vain, the exit code is the failure's, and a failure before the POST spends
// no token.
func TestFailingFileCallLosesNothing(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	trials := []struct {
		command command
		every   int // each commit
	}{{w.existing(refreshArgs...), 6}, {w.existing("verify", "mabase", "--json"), 24}, {w.fresh(), 150}}
	for _, c := range trials {
		if *whole {
			c.every = max(1, c.every/20)
		}
		w.cells(t, w.matrix(t, c.every, c.command), c.command)
	}
}

// TestIncompleteWriteIsDetected: a write that wrote less, or nothing, and said all: the
// new file is compared with what was meant before it takes the old one's place.
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
