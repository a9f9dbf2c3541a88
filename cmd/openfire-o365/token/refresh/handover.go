package refreshcmd

import (
	"context"
	"fmt"
	"iter"
	"runtime/debug"
	"sync"

	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/cli"
	"github.com/openfire-fr/openfire-o365/internal/apply"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
)

// handOver gives bases that are behind their new tokens, a few at a time, and
// yields all outcomes.
func handOver(ctx context.Context, site *cli.Site, outcomes iter.Seq[tokens.Outcome], cred openfire.Credentials,
	jobs int) iter.Seq[tokens.Outcome] {
	refresher := site.Refresher()
	return func(yield func(tokens.Outcome) bool) {
		done := make(chan tokens.Outcome)
		go func() {
			defer close(done)
			var workers sync.WaitGroup
			defer workers.Wait()
			free := make(chan struct{}, jobs)
			for o := range outcomes {
				if !o.Behind {
					done <- o
					continue
				}
				free <- struct{}{}
				workers.Go(func() {
					defer func() { <-free }()
					if o := refresher.Finish(ctx, o, handOverBase(context.WithoutCancel(ctx), site, o,
						cred)); o.Result != "" {
						done <- o
					}
				})
			}
		}()
		wanted := true
		for o := range done {
			wanted = wanted && yield(o)
		}
	}
}

func handOverBase(ctx context.Context, site *cli.Site, o tokens.Outcome, cred openfire.Credentials) (err error) {
	defer func() {
		if crash := recover(); crash != nil { // one base, not the run
			site.Log().Debug("panic", "base", o.Base.Host(), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", crash)
		}
	}()
	r, err := openfire.Connect(ctx, site.HTTP, site.Cloud, o.Base, cred)
	if err != nil {
		return err
	}
	if done, err := apply.HandOver(ctx, r, o.File); err != nil || !done {
		return err
	}
	_, err = site.Store.Edit(ctx, o.Base,
		func(now *tokenfile.File) { now.Azure.BaseRefreshIssued = o.File.Azure.RefreshIssued })
	return err
}
