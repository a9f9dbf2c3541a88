//go:build faults && linux && amd64

package faults

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/sandbox"
)

// sweep kills a command at call 1, 2, 3 … until it ends by itself, every
// step'th time, two at once; check judges each. It returns how many it killed.
func sweep(t *testing.T, first, step int, trial func(n int) (killed bool, err error)) int {
	t.Helper()
	var next, kills, faults atomic.Int64
	next.Store(int64(first - step))
	var over atomic.Bool
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for !over.Load() && faults.Load() < 5 {
				n := int(next.Add(int64(step)))
				killed, err := trial(n)
				if err != nil {
					faults.Add(1)
					t.Errorf("killed at call %d: %v", n, err)
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

// at kills before the n-th call and remembers which that was.
func at(n int, seen *call) func(call) verdict {
	return func(c call) verdict {
		if c.n != n {
			return pass
		}
		*seen = c
		return kill
	}
}

// killed runs a command of an existing base, killed before call n, and again.
func (w *world) killed(t *testing.T, n int, args ...string) (bool, error) {
	h := w.home(filepath.Join(t.TempDir(), "tokens"))
	defer os.RemoveAll(h.dir)
	var where call
	o := h.traced(at(n, &where), args...)
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
	rounds, step := 1, 3
	if *whole {
		rounds, step = 10, 1
	}
	total := 0
	for round := range rounds {
		kills := sweep(t, 1, 1, func(n int) (bool, error) { return w.killed(t, n, refreshArgs...) })
		first := 1 + round%step
		verify := sweep(t, first, step, func(n int) (bool, error) { return w.killed(t, n, "verify", "mabase", "--json") })
		setup := sweep(t, first, step, func(n int) (bool, error) { return w.setUp(t, n) })
		if kills < 60 || verify < 60/step || setup < 60/step {
			t.Errorf("%d kills of refresh, %d of verify, %d of setup: the tracer misses calls", kills, verify, setup)
		}
		total += kills + verify + setup
	}
	t.Logf("%d kills", total)
}

// setUp runs a set-up of a new base, killed before call n, and again.
func (w *world) setUp(t *testing.T, n int) (bool, error) {
	h := &home{world: w, dir: filepath.Join(t.TempDir(), "tokens"), base: base("mabase")}
	defer os.RemoveAll(h.dir)
	var where call
	o, err := h.signIn(at(n, &where))
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
