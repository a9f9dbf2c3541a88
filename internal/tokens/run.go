package tokens

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
)

// perBase is the time limit for one base, including its pauses.
const perBase = 90 * time.Second

// Options configure a run.
type Options struct {
	Due        Due
	Jobs       int  // number of bases refreshed concurrently
	HandOver   bool // the caller writes the token into bases whose Outcome is Behind
	WarnSecret bool // report a client secret that is about to expire
}

// Result is the result for a base, as written in JSON.
type Result string

// The results.
const (
	Fresh     Result = "fresh"     // no token was due
	Refreshed Result = "refreshed" // refreshed by this run
	Failed    Result = "failed"
	Left      Result = "left" // left to the next run because Entra no longer answers
)

// Outcome is the outcome for one base.
type Outcome struct {
	Base          openfire.Base
	Result        Result
	File          tokenfile.File   // as last read or written
	Problem       *problem.Problem // nil on success
	Err           error            // the cause of Problem; nil during a cooldown
	Skipped       bool             // nothing was sent because another base got the same refusal
	Notify        bool             // report the problem: it is new, or was last reported a day ago
	State         store.State      // after this run; zero if no token was due
	SecretExpires time.Time        // zero unless the expiry must be reported today
	Behind        bool             // the base needs the file's token; the caller writes it and calls Finish

	posted     bool
	unfinished time.Time // see attempt.unfinished
	issued     time.Time // when the refresh token found by the run was issued
	warn       bool      // Options.WarnSecret
}

// Run refreshes the bases, several concurrently, and yields the outcome for each
// base as soon as it is known. It keeps no token file in memory. After ctx is
// canceled, Run finishes the refreshes in progress and yields no outcome for the
// remaining bases.
func (r *Refresher) Run(ctx context.Context, bases []openfire.Base, options Options) iter.Seq[Outcome] {
	r.Store.SweepStates()
	run := &run{Refresher: r, Options: options, limiter: &limiter{now: r.Now, sleep: r.Sleep}}
	return func(yield func(Outcome) bool) {
		outcomes, stop := make(chan Outcome), make(chan struct{})
		var workers sync.WaitGroup
		defer workers.Wait()
		defer close(stop)
		var taken atomic.Int64
		for range max(1, min(options.Jobs, len(bases))) {
			workers.Go(func() {
				for i := taken.Add(1) - 1; i < int64(len(bases)) && ctx.Err() == nil; i = taken.Add(1) - 1 {
					o := run.refreshBase(ctx, bases[i])
					if o.Result == "" {
						continue
					}
					select {
					case outcomes <- o:
					case <-stop:
						return
					}
				}
			})
		}
		go func() { workers.Wait(); close(outcomes) }()
		for o := range outcomes {
			if !yield(o) {
				return
			}
		}
	}
}

// run is one call of Run.
type run struct {
	*Refresher
	Options
	limiter *limiter
}

// refreshBase refreshes one base if a token is due; otherwise it only reads the
// file. An outcome without a result means that a signal came before the base was
// changed.
func (r *run) refreshBase(ctx context.Context, b openfire.Base) (o Outcome) {
	o = Outcome{Base: b, Result: Fresh, warn: r.WarnSecret}
	defer func() {
		if crash := recover(); crash != nil { // only this base fails, not the run
			r.Log.Debug("panic", "base", b.Host(), "stack", string(debug.Stack()))
			o = Outcome{Base: b, Result: Failed, Notify: true,
				Problem: problem.Unexpected(fmt.Errorf("panic: %v", crash))}
		}
	}()
	var err error
	o.File, err = r.load(b)
	if err == nil && !r.Due.of(o.File, r.Now()) && !r.behind(o.File) {
		r.Store.RemoveStale(ctx, b)
		return o
	}
	o.State, o.issued = about(r.Store.State(b), o.File), o.File.Azure.RefreshIssued
	if err == nil {
		if o.Problem = cooldown(o.State, o.File, r.Now()); o.Problem == nil {
			err = r.refresh(ctx, &o)
		}
	}
	if stopped(ctx, err) {
		return Outcome{}
	}
	if err != nil {
		skipped, is := errors.AsType[*skippedError](err)
		o.Err = Refusal(err)
		o.Problem = r.Problem(o.Err)
		if o.Skipped = is; is && skipped.open {
			o.Result = Left
			return o
		}
	}
	if o.Problem == nil && r.behind(o.File) {
		o.Behind = true
		return o
	}
	r.record(&o)
	return o
}

// refresh refreshes a base and retries temporary failures. It holds no lock during
// a pause, and each try checks again whether another process has refreshed the
// file.
func (r *run) refresh(ctx context.Context, o *Outcome) error {
	ctx, cancel := context.WithTimeout(ctx, perBase)
	defer cancel()
	a := attempt{Refresher: r.Refresher, base: o.Base, due: r.Due, file: o.File}
	err := r.limiter.do(ctx, r.Client(o.File), o.File.Azure.TenantID, func(turn func() error) error {
		return a.refreshLocked(ctx, turn)
	})
	o.File, o.posted, o.unfinished = a.file, a.posted, a.unfinished
	return err
}

// stopped reports whether a signal stopped the refresh before the base was changed.
func stopped(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded))
}

// behind reports whether a base does not store renewed refresh tokens itself and
// has an older one than the file.
func (r *run) behind(f tokenfile.File) bool {
	return r.HandOver && !f.Features().Has(openfire.StoresRotatedToken) &&
		f.Complete() && f.Azure.RefreshIssued.After(f.Azure.BaseRefreshIssued)
}

// Finish completes the outcome for a base that was Behind. err is the error of
// writing the token into the base, or nil. The outcome has no result if ctx was
// canceled first.
func (r *Refresher) Finish(ctx context.Context, o Outcome, err error) Outcome {
	if stopped(ctx, err) {
		return Outcome{}
	}
	if err != nil {
		o.Err, o.Problem = err, r.Problem(err)
	}
	r.record(&o)
	return o
}

// record completes the outcome and writes the state if it changed.
func (r *Refresher) record(o *Outcome) {
	was, now := o.State, r.Now().UTC()
	switch {
	case o.Problem == nil:
		if o.posted {
			o.Result = Refreshed
		}
		o.State = afterSuccess(was, o.File, o.posted, now)
		if o.warn && o.posted {
			o.SecretExpires = warnSecret(&o.State, o.File, now)
		}
	case errors.Is(o.Err, fs.ErrNotExist): // the token file is gone, so no state is kept
		o.Result, o.Notify = Failed, true
		return
	default:
		o.Result = Failed
		o.State, o.Notify = afterFailure(was, o.Problem, o.Err, o.issued, now)
		o.State.Token = tokenKey(o.File)
		if failed, is := errors.AsType[*disk.Error](o.Err); is && (failed.Rescued != "" || failed.Kind == disk.Lost) {
			o.Notify = true // whatever was told before: new tokens are elsewhere, or nowhere
		}
		if refusal, is := faults.AsRefusal(o.Err); is && !refusal.Passes && !o.unfinished.IsZero() {
			o.Problem.What = i18n.T("%s %s", o.Problem.What, NoResult(o.unfinished))
		}
	}
	// A run that held the lock before this one may have recorded a failure
	// meanwhile.
	if o.State != was || o.posted && about(r.Store.State(o.Base), o.File) != o.State {
		_ = r.Store.SaveState(o.Base, o.State)
	}
}
