// Package refreshcmd is the command token refresh.
package refreshcmd

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/cli"
	tokencmd "github.com/openfire-fr/openfire-o365/cmd/openfire-o365/token"
	"github.com/openfire-fr/openfire-o365/internal/apply"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
)

// Command returns the command.
func Command(a *cli.App) *cobra.Command {
	cmd := a.Command("refresh [BASE...]")
	var o tokencmd.Options
	o.AddFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return refresh(cmd.Context(), a, args, o) }
	return cmd
}

func refresh(ctx context.Context, a *cli.App, args []string, o tokencmd.Options) error {
	if err := o.Validate(); err != nil {
		return err
	}
	var cred openfire.Credentials
	if o.Apply {
		var err error
		if cred, err = o.Account.Credentials(a); err != nil {
			return err
		}
		if cred.Login == "" {
			return problem.Misuse("login", i18n.T("--apply needs --login and --api-key-file."))
		}
	}
	site, err := a.Open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	find := site.Bases
	if o.All {
		find = site.AllBases
	}
	bases, err := find(args)
	if err != nil {
		return err
	}
	if o.All {
		bases = slices.DeleteFunc(bases, func(b openfire.Base) bool { return !o.Shard.Holds(b) })
		// The order is random, so that concurrent runs do not wait for the same locks, and
		// a run that ends early does not always leave out the same bases.
		rand.Shuffle(len(bases), func(i, j int) { bases[i], bases[j] = bases[j], bases[i] })
	}
	return refreshBases(ctx, site, bases, o, cred)
}

// refreshBases refreshes the bases and reports the outcomes. After a signal it
// finishes the refreshes in progress and starts no more.
func refreshBases(ctx context.Context, site *cli.Site, bases []openfire.Base, o tokencmd.Options,
	cred openfire.Credentials) error {
	if o.All { // for a single base, signals are caught when it is due
		cli.CatchSignals(ctx)
	}
	jobs := min(o.Jobs, maxJobs())
	if o.Apply { // the other half of the jobs writes to the bases
		jobs = min(o.Jobs, max(1, maxJobs()/2))
	}
	report := tokencmd.NewReport(site.App, len(bases))
	report.ShowProgress()
	outcomes := site.Refresher().Run(ctx, bases, tokens.Options{Due: tokens.Due{Age: o.KeepAlive, Margin: o.Margin},
		Jobs: jobs, HandOver: o.Apply, WarnSecret: !site.Flags.Quiet && !site.Flags.JSON})
	if o.Apply {
		outcomes = handOver(ctx, site, outcomes, cred, jobs)
	}
	for outcome := range outcomes {
		report.Add(outcome)
	}
	err := report.End()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

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
