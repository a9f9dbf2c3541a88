//go:build faults && linux && amd64

package durability

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/sandbox"
)

// point is where a program is killed: before its n-th file call, or its n-th
// network call. The two are counted separately, as the number of network calls
// varies from run to run.
type point struct {
	n       int
	network bool
}

// sweep runs trial at each step-th call from first on until the command ends
// before it is killed, two at a time. It returns how often it was killed.
func sweep(t *testing.T, first point, step int, trial func(point) (killed bool, err error)) int {
	t.Helper()
	var next, kills, faults atomic.Int64
	next.Store(int64(first.n - step))
	var over atomic.Bool
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for !over.Load() && faults.Load() < 5 {
				p := point{int(next.Add(int64(step))), first.network}
				killed, err := trial(p)
				if err != nil {
					faults.Add(1)
					t.Errorf("killed at %+v: %v", p, err)
				}
				if !killed {
					over.Store(true)
					return
				}
				kills.Add(1)
			}
		})
	}
	group.Wait()
	return int(kills.Load())
}

// at kills the program at p and stores the call in seen.
func at(p point, seen *call) func(call) verdict {
	n := 0
	return func(c call) verdict {
		if c.file() == p.network {
			return pass
		}
		if n++; n != p.n {
			return pass
		}
		*seen = c
		return kill
	}
}

// command is a command of the program: how its token folder is made, and how it runs.
type command struct {
	name string
	home func(dir string) *home
	run  func(h *home, enter func(call) verdict) outcome
}

// existing is a command for a connected base.
func (w *world) existing(args ...string) command {
	return command{strings.Join(args, " "), w.home, func(h *home, enter func(call) verdict) outcome { return h.traced(enter, args...) }}
}

// fresh is a setup with an empty token folder.
func (w *world) fresh() command {
	return command{"setup", func(dir string) *home { return &home{world: w, dir: dir, base: base("mabase")} }, (*home).signIn}
}

// killed runs a command, kills it at p, and runs it again.
func (w *world) killed(t *testing.T, p point, c command) (bool, error) {
	h := c.home(somewhere(t))
	defer os.RemoveAll(h.dir)
	var where call
	o := c.run(h, at(p, &where))
	if err := h.judge(o); err != nil {
		return o.killed, fmt.Errorf("%v: %w", where, err)
	}
	again := c.run(h, nil)
	renewed, err := h.content()
	switch {
	case err != nil:
	case again.code != 0 || !renewed:
		err = fmt.Errorf("the next run: exit %d, renewed %v: %s%s", again.code, renewed, again.err, again.out)
	default:
		err = h.clean()
	}
	if err != nil {
		err = fmt.Errorf("%v: %w", where, err)
	}
	return o.killed, err
}

// TestKillLosesNoSavedToken kills a refresh, a verify that refreshes and a setup
// at every file and network call. The program must lose no token that it has
// reported as saved and leave no partial file; the next run must get the lock
// and leave no other file with a secret.
func TestKillLosesNoSavedToken(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	trials := []struct {
		command      command
		step, rounds int // without -whole
		whole        int // rounds with -whole: about 10,000 kills
	}{
		{w.existing(refreshArgs...), 1, 5, 40},
		{w.existing("verify", "mabase", "--json"), 1, 1, 10},
		{w.fresh(), 4, 1, 4},
	}
	total := 0
	for _, c := range trials {
		if *whole {
			c.step, c.rounds = 1, c.whole
		}
		trial := func(p point) (bool, error) { return w.killed(t, p, c.command) }
		for range c.rounds {
			files := sweep(t, point{1, false}, c.step, trial)
			network := sweep(t, point{1, true}, c.step, trial)
			if files*c.step < 80 || network*c.step < 10 {
				t.Errorf("%s: %d file calls, %d network calls: the tracer misses some", c.command.name, files, network)
			}
			t.Logf("%s: killed at %d file calls and %d network calls", c.command.name, files, network)
			total += files + network
		}
	}
	t.Attr("kills", strconv.Itoa(total))
}
