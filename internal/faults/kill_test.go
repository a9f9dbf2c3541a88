//go:build faults && linux && amd64

package faults

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/sandbox"
)

// point is where a program is killed: before its n-th file call, or its n-th
// network call. They are counted apart, as the network's number varies from
// run to run, and a sweep over both would step over the one call that matters.
type point struct {
	n       int
	network bool
}

// sweep kills a command at call 1, 2, 3 … of a kind until it ends by itself,
// every step'th time, two at once. It returns how many it killed.
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

// at kills there and remembers which call that was.
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

// killed runs a command of an existing base, killed at p, and again.
func (w *world) killed(t *testing.T, p point, args ...string) (bool, error) {
	h := w.home(somewhere(t))
	defer os.RemoveAll(h.dir)
	var where call
	o := h.traced(at(p, &where), args...)
	if err := h.judge(o); err != nil {
		return o.killed, fmt.Errorf("%v: %w", where, err)
	}
	again := h.run(args...)
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

// TestF1S1G1Kill: killed at every file and network call of a refresh, of a
// verify that renews and of a set-up, the program loses no token that it has
// called saved, leaves no half file, and the next run finds a free lock and
// leaves no stray secret.
func TestF1S1G1Kill(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	trials := []struct {
		name  string
		step  int // each commit
		trial func(point) (bool, error)
	}{
		{"refresh", 1, func(p point) (bool, error) { return w.killed(t, p, refreshArgs...) }},
		{"verify", 5, func(p point) (bool, error) { return w.killed(t, p, "verify", "mabase", "--json") }},
		{"setup", 12, func(p point) (bool, error) { return w.setUp(t, p) }},
	}
	rounds := 1
	if *whole {
		rounds = 5
	}
	total := 0
	for _, c := range trials {
		step := c.step
		if *whole {
			step = 1
		}
		for range rounds {
			files := sweep(t, point{1, false}, step, c.trial)
			network := sweep(t, point{1, true}, step, c.trial)
			if files*step < 90 || network*step < 10 {
				t.Errorf("%s: %d file calls, %d network calls: the tracer misses some", c.name, files, network)
			}
			t.Logf("%s: killed at %d file calls and %d network calls", c.name, files, network)
			total += files + network
		}
	}
	t.Logf("%d kills", total)
}

// setUp runs a set-up of a new base, killed at p, and again.
func (w *world) setUp(t *testing.T, p point) (bool, error) {
	h := &home{world: w, dir: somewhere(t), base: base("mabase")}
	defer os.RemoveAll(h.dir)
	var where call
	o, err := h.signIn(at(p, &where))
	if err == nil {
		err = h.judge(o)
	}
	if err == nil {
		var again outcome
		if again, err = h.signIn(nil); err == nil && again.code != 0 {
			err = fmt.Errorf("the next run: exit %d: %s", again.code, again.err)
		}
	}
	if err == nil {
		err = h.clean()
	}
	if err == nil && !strings.Contains(string(h.bytes()), "sandbox-rt") {
		err = errors.New("set up, and no token")
	}
	if err != nil {
		err = fmt.Errorf("%v: %w", where, err)
	}
	return o.killed, err
}
