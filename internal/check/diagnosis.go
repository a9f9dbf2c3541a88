package check

import (
	"context"
	"iter"
	"slices"
	"sync"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
)

// Diagnosis is what all checks found at one base.
type Diagnosis struct {
	Base    openfire.Base
	File    tokenfile.File // as last read or written; zero without one
	Results []Result
}

// FirstFailed returns the first failed check.
func (d Diagnosis) FirstFailed() (first Result, found bool) {
	if i := slices.IndexFunc(d.Results, func(r Result) bool { return r.Status == Failed }); i >= 0 {
		return d.Results[i], true
	}
	return Result{}, false
}

// Run runs all checks of a base, yields their results as the function Run does,
// and records them. It warns of a folder on a network file system.
func (d *Diagnosis) Run(ctx context.Context, env Env) iter.Seq[Result] {
	r := newRun(ctx, env)
	r.remote = env.Store.NetworkFileSystem()
	return d.record(r, findCopies(env.Store))
}

// record runs all checks and keeps their results.
func (d *Diagnosis) record(r *run, copies func() []store.StrayCopy) iter.Seq[Result] {
	r.verify, r.copies, d.Base = true, copies, r.Base
	return func(yield func(Result) bool) {
		for res := range r.start() {
			d.Results = append(d.Results, res)
			if file := r.last.Load(); file != nil {
				d.File = *file
			}
			if !yield(res) {
				return
			}
		}
	}
}

// findCopies returns a function that looks through the folder on its first call.
// In a folder that cannot be read it finds none; token.file fails then.
func findCopies(st *store.Store) func() []store.StrayCopy {
	return sync.OnceValue(func() []store.StrayCopy {
		found, _ := st.StrayCopies()
		return found
	})
}

// RunBases runs all checks of several bases, a few at once, and yields the
// diagnoses in the order of bases. It does not look at the folder's file system,
// which all bases share. A panic in a check is raised where its base is yielded.
func RunBases(ctx context.Context, env Env, bases []openfire.Base) iter.Seq[Diagnosis] {
	return func(yield func(Diagnosis) bool) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		for next := range startBases(ctx, env, bases) {
			o := <-next
			if o.crash != nil {
				panic(o.crash)
			}
			if !yield(o.diagnosis) {
				return
			}
		}
	}
}

// ahead is how many bases are checked before the first of them is done, so that
// neither Microsoft nor this machine's files get too many requests at once.
const ahead = 4

// outcome is a diagnosis, or what a check panicked with.
type outcome struct {
	diagnosis Diagnosis
	crash     any
}

// startBases starts the checks of the bases and returns a channel of their
// outcomes, in the order of bases.
func startBases(ctx context.Context, env Env, bases []openfire.Base) <-chan chan outcome {
	queue := make(chan chan outcome, ahead)
	copies := findCopies(env.Store)
	diagnose := func(b openfire.Base, done chan<- outcome) {
		var o outcome
		defer func() {
			o.crash = recover()
			done <- o
		}()
		env := env
		env.Base = b
		o.diagnosis.Results = slices.Collect(o.diagnosis.record(newRun(ctx, env), copies))
	}
	go func() {
		defer close(queue)
		for _, b := range bases {
			done := make(chan outcome, 1)
			select {
			case queue <- done:
				go diagnose(b, done)
			case <-ctx.Done():
				return
			}
		}
	}()
	return queue
}
