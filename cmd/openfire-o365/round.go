package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
	"github.com/openfire-fr/openfire-o365/oauthflow"
)

// perBase is how long one base may take, its pauses included.
const perBase = 90 * time.Second

// round is one run of token refresh over its bases. Workers take one base after
// the other, and one at a time tells what came of it. No file is kept in memory,
// so it is as small for ten thousand bases as for ten.
type round struct {
	p    *program
	due  func(tokenfile.File) bool
	pace *oauthflow.Pace
}

func (p *program) newRound(r refreshFlags) *round {
	due := p.within(r.margin)
	if r.keepAlive > 0 {
		due = p.olderThan(r.keepAlive)
	}
	return &round{p, due, &oauthflow.Pace{Now: p.now, Sleep: p.sleep}}
}

// outcome is what came of one base.
type outcome struct {
	base    openfire.Base
	result  string           // for machines: refreshed, fresh, failed, left
	problem *problem.Problem // nil when all is well
	err     error            // its cause
	state   store.State      // as it is now; empty when nothing was due
	news    bool             // the problem is to be told
	warning i18n.Text        // about the secret
	next    time.Time        // when the access token runs out
}

// run goes through the bases. A signal lets what is under way finish, and
// leaves the rest to the next run.
func (r *round) run(ctx context.Context, bases []openfire.Base, jobs int) error {
	told := r.p.newTold(len(bases))
	told.progress = r.p.newProgress(len(bases))
	var telling sync.Mutex
	if min(jobs, len(bases)) > 1 {
		r.p.begin(false)
	}
	var taken atomic.Int64
	work := func() {
		for ctx.Err() == nil {
			i := int(taken.Add(1)) - 1
			if i >= len(bases) {
				return
			}
			if o := r.one(ctx, bases[i]); o.result != "" {
				telling.Lock()
				told.add(o)
				telling.Unlock()
			}
		}
	}
	var workers sync.WaitGroup
	for range min(jobs, len(bases)) - 1 {
		workers.Go(work)
	}
	work() // here, and for a single base only here: this stack has grown already
	workers.Wait()
	code := told.end()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if code != problem.OK {
		return silent{code}
	}
	return nil
}

// one renews one base if it is due. Nothing due costs one reading of its file.
// An outcome without a result is a base that a signal left as it was.
func (r *round) one(ctx context.Context, b openfire.Base) (o outcome) {
	o = outcome{base: b, result: "fresh"}
	defer func() {
		if crash := recover(); crash != nil { // one base, not the run
			r.p.log().Debug("panic", "base", b.Host(), "stack", string(debug.Stack()))
			o = outcome{base: b, result: "failed", news: true, problem: r.p.explain(context.WithoutCancel(ctx), fmt.Errorf("panic: %v", crash))}
		}
	}()
	file, err := r.p.load(b)
	if err == nil && !r.due(file) && !r.p.owes(file) {
		r.p.store.RemoveStale(ctx, b)
		o.next = file.Mail.Due()
		return o
	}
	r.p.begin(true)
	o.state = r.p.store.State(b)
	posted, issued := false, file.Azure.RefreshIssued
	if err == nil {
		if o.problem = r.p.resting(o.state, file); o.problem == nil {
			file, posted, err = r.renew(ctx, b, file)
		}
	}
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return outcome{base: b}
	}
	var spared *oauthflow.Spared
	if errors.As(err, &spared) && spared.Silent {
		o.result, o.err, o.problem = "left", err, r.p.explain(context.WithoutCancel(ctx), err)
		return o
	}
	if err != nil {
		o.err, o.problem = err, r.p.explain(context.WithoutCancel(ctx), err)
	}
	o.next = file.Mail.Due()
	r.note(&o, file, issued, posted)
	return o
}

// renew takes the road to a live token as often as the trouble may pass: no
// lock is held while a pause is waited out, and each try looks again whether
// another process has been faster.
func (r *round) renew(ctx context.Context, b openfire.Base, file tokenfile.File) (_ tokenfile.File, posted bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, perBase)
	defer cancel()
	done := map[bool]bool{}
	err = r.pace.Do(ctx, r.p.oauth(file), file.Azure.TenantID, func(turn func() error) error {
		now, asked, err := r.p.replace(ctx, b, r.due, done, turn)
		file, posted = now, posted || asked
		return err
	})
	if err == nil && r.p.owes(file) {
		err = r.p.handOver(context.WithoutCancel(ctx), b, file)
	}
	return file, posted, err
}

// pauseFor waits, unless ctx ends first.
func pauseFor(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
