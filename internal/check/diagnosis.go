package check

import (
	"context"
	"iter"
	"slices"
	"sync"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
)

// Diagnosis is what all checks found at one base.
type Diagnosis struct {
	Base    openfire.Base
	File    tokenfile.File // as last read or written; zero without one
	Learned tokens.Learned // of the tokens in File
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
	r := newRun(ctx, env, env.host(ctx))
	r.remote = env.Store.NetworkFileSystem()
	r.copies = sync.OnceValues(env.Store.StrayCopies)
	return d.record(r)
}

// record runs all checks and keeps their results.
func (d *Diagnosis) record(r *run) iter.Seq[Result] {
	d.Base = r.Base
	return func(yield func(Result) bool) {
		for res := range r.yield() {
			d.Results = append(d.Results, res)
			if file := r.last.Load(); file != nil {
				d.File = *file
			}
			if res.ID == TokenRefresh {
				d.Learned = r.Learned(d.File)
			}
			if !yield(res) {
				return
			}
		}
	}
}

// ahead is how many bases RunBases checks at once, so that neither Microsoft nor
// this machine's files get too many requests.
const ahead = 5

// RunBases runs all checks of several bases, a few at once, and yields the
// diagnoses in the order of bases. It does not look at the folder's file system,
// which all bases share. A panic in a check is raised where its base is yielded.
func RunBases(ctx context.Context, env Env, bases []openfire.Base) iter.Seq[Diagnosis] {
	return func(yield func(Diagnosis) bool) {
		copies, h := sync.OnceValues(env.Store.StrayCopies), env.host(ctx)
		diagnoses := make([]func() Diagnosis, len(bases))
		for i, b := range bases {
			env := env
			env.Base = b
			diagnoses[i] = sync.OnceValue(func() (d Diagnosis) {
				r := newRun(ctx, env, h)
				r.copies = copies
				for range d.record(r) {
				}
				return d
			})
			if i < ahead {
				start(diagnoses[i])
			}
		}
		for i, diagnosis := range diagnoses {
			d := diagnosis()
			if i+ahead < len(bases) {
				start(diagnoses[i+ahead])
			}
			if !yield(d) {
				return
			}
		}
	}
}

// start calls a sync.OnceValue in a goroutine. If it panics, so does the next
// call of it.
func start[T any](once func() T) {
	go func() {
		defer func() { _ = recover() }()
		once()
	}()
}
