package main

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
)

// maxJobs is also how many idle connections are kept to one host.
const maxJobs = 64

type refreshFlags struct {
	all, apply        bool
	account           account
	margin, keepAlive time.Duration
	jobs              int
	shard             tokens.Shard
}

func (p *program) refreshCommand() *cobra.Command {
	cmd := p.command("refresh [BASE...]", i18n.T("Renew the tokens that are due (for cron)"),
		i18n.T("To be run every 15 minutes. Silent when all is well; a failure is told when it begins and\nonce a day, the exit code always tells it. Several runs at once, or several machines on the\nsame folder, ask for each token once only."))
	var r refreshFlags
	p.refreshFlags(cmd.Flags(), &r)
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return p.refresh(cmd.Context(), args, r) }
	return cmd
}

// refreshFlags are those of token refresh, and of the schedule that runs it.
func (p *program) refreshFlags(f *pflag.FlagSet, r *refreshFlags) {
	f.BoolVar(&r.all, "all", false, p.text(i18n.T("every base that has a token file")))
	f.DurationVar(&r.margin, "margin", 20*time.Minute, p.text(i18n.T("renew when less than this is left of the access token")))
	f.Var((*days)(&r.keepAlive), "keep-alive", p.text(i18n.T("renew only when the refresh token is older, for example 7d")))
	f.IntVar(&r.jobs, "jobs", 8, p.text(i18n.T("bases renewed at the same time, 64 at most")))
	f.Var(&r.shard, "shard", p.text(i18n.T("only part i of n, from 0/n to n-1/n: to share --all between machines")))
	f.BoolVar(&r.apply, "apply", false, p.text(i18n.T("also give the new token to bases on Odoo 10 to 13, which do not keep it by themselves")))
	p.accountFlags(f, &r.account)
}

// days is a time.Duration that may be given in days: 7d.
type days time.Duration

func (d *days) Set(s string) error {
	if n, err := strconv.ParseUint(strings.TrimSuffix(s, "d"), 10, 12); err == nil && strings.HasSuffix(s, "d") {
		*d = days(time.Duration(n) * 24 * time.Hour)
		return nil
	}
	v, err := time.ParseDuration(s)
	*d = days(v)
	return err
}

func (d *days) String() string {
	if *d == 0 {
		return "" // no default to show
	}
	return time.Duration(*d).String()
}

func (d *days) Type() string { return "duration" }

func (r *refreshFlags) check() error {
	switch {
	case r.margin <= 0 || r.keepAlive < 0:
		return usage("margin", i18n.T("--margin and --keep-alive are positive times, such as 20m."))
	case r.jobs < 1 || r.jobs > maxJobs:
		return usage("jobs", i18n.T("--jobs goes from 1 to %d.", maxJobs))
	case r.shard.Count > 0 && !r.all:
		return usage("shard", i18n.T("--shard shares --all out: give both."))
	}
	return nil
}

func (p *program) refresh(ctx context.Context, args []string, r refreshFlags) error {
	if err := r.check(); err != nil {
		return err
	}
	var cred openfire.Credentials
	if r.apply {
		var err error
		if cred, err = p.handOverAccount(r.account); err != nil {
			return err
		}
	}
	if err := p.locate(ctx); err != nil {
		return err
	}
	bases, err := p.bases(args, r.all)
	if err != nil {
		return err
	}
	if r.all {
		bases = slices.DeleteFunc(bases, func(b openfire.Base) bool { return !r.shard.Holds(b) })
		// Two runs that begin together would else wait for each other's locks all
		// along, and one that ends early would always leave the same bases.
		rand.Shuffle(len(bases), func(i, j int) { bases[i], bases[j] = bases[j], bases[i] })
	}
	return p.refreshBases(ctx, bases, r, cred)
}

// refreshBases refreshes the bases and reports what came of them. A signal lets
// what is under way finish, and leaves the rest to the next run.
func (p *program) refreshBases(ctx context.Context, bases []openfire.Base, r refreshFlags, cred openfire.Credentials) error {
	jobs := min(r.jobs, openJobs())
	if r.apply { // bases are handed over beside the refreshes
		jobs = min(r.jobs, max(1, openJobs()/2))
	}
	p.begin(min(jobs, len(bases)) == 1)
	report := p.newRefreshReport(len(bases))
	report.progress = p.newProgress(len(bases))
	outcomes := p.refresher().Run(ctx, bases, tokens.Options{Due: tokens.Due{Age: r.keepAlive, Margin: r.margin},
		Jobs: jobs, HandOver: r.apply, WarnSecret: !p.flags.quiet && !p.flags.json})
	if r.apply {
		outcomes = p.handOver(ctx, outcomes, cred, jobs)
	}
	for o := range outcomes {
		report.add(o)
	}
	code := report.end()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if code != problem.OK {
		return silent{code}
	}
	return nil
}
