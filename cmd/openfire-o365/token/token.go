// Package tokencmd is what the commands below "token" share: the options of a
// refresh, which a schedule takes too, and the report of what came of the bases.
package tokencmd

import (
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/cli"
	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/conversation"
	"github.com/openfire-fr/openfire-o365/internal/check/expiry"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// maxJobs is also how many idle connections are kept to one host.
const maxJobs = 64

// Options are the flags of token refresh, and of the schedule that runs it.
type Options struct {
	All, Apply        bool
	Account           conversation.Account
	Margin, KeepAlive time.Duration
	Jobs              int
	Shard             tokens.Shard
}

// AddFlags adds the flags.
func (o *Options) AddFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.All, "all", false, "")
	f.DurationVar(&o.Margin, "margin", 20*time.Minute, "")
	f.Var((*days)(&o.KeepAlive), "keep-alive", "")
	f.IntVar(&o.Jobs, "jobs", 8, "")
	f.Var(&o.Shard, "shard", "")
	f.BoolVar(&o.Apply, "apply", false, "")
	o.Account.AddFlags(f)
}

// Validate returns the problem of options that contradict each other.
func (o *Options) Validate() error {
	switch {
	case o.Margin <= 0 || o.KeepAlive < 0:
		return problem.Misuse("margin", i18n.T("--margin and --keep-alive must be greater than zero, for example 20m."))
	case o.Jobs < 1 || o.Jobs > maxJobs:
		return problem.Misuse("jobs", i18n.T("--jobs must be between 1 and %d.", maxJobs))
	case o.Shard.Count > 0 && !o.All:
		return problem.Misuse("shard", i18n.T("--shard needs --all."))
	}
	return nil
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

// Report prints what comes of the bases, one after the other: a JSON line each,
// or a line for a person where there is something to report.
type Report struct {
	*cli.App
	bases    int
	worst    problem.Exit
	counts   map[tokens.Result]int
	left     *problem.Problem    // of the host that no longer answers
	told     map[string]bool     // the problems that a base has reported in full
	same     map[string]*skipped // bases that were not tried, by the problem that another one has
	progress *ui.Progress
}

// skipped is how many bases were not tried because of a problem, and the first.
type skipped struct {
	n     int
	first tokens.Outcome
}

// NewReport returns the report of a run over that many bases.
func NewReport(a *cli.App, bases int) *Report {
	return &Report{App: a, bases: bases, counts: map[tokens.Result]int{}, told: map[string]bool{},
		same:     map[string]*skipped{},
		progress: ui.NewProgress(nil, bases)}
}

// ShowProgress shows a person how far the run is. Cron, pipes, --json, --debug
// and -q get no such line.
func (r *Report) ShowProgress() {
	if r.bases > 1 && ui.IsTerminal(r.Err) && !r.Flags.Quiet && !r.Flags.JSON && !r.Flags.Debug &&
		r.Getenv("TERM") != "dumb" {
		r.progress = ui.NewProgress(r.Tell, r.bases)
	}
}

// Add reports one base.
func (r *Report) Add(o tokens.Outcome) {
	r.counts[o.Result]++
	failures := 0
	if o.Problem != nil {
		failures = 1
		r.worst = problem.CombineExit(r.worst, o.Problem.Exit, r.bases)
	}
	r.progress.Step(r.Now(), failures)
	switch {
	case r.Flags.JSON:
		r.Out.JSON("base", fields(o))
	case o.Result == tokens.Left:
		r.left = o.Problem
	case o.Problem != nil && o.Notify && o.Skipped:
		if r.same[o.Problem.ID] == nil {
			r.same[o.Problem.ID] = &skipped{first: o}
		}
		r.same[o.Problem.ID].n++ // usually the base that was refused reports it in full
	case o.Problem != nil && o.Notify:
		r.report(o)
	case !o.SecretExpires.IsZero():
		r.progress.Clear()
		days := tokens.DaysLeft(o.SecretExpires, r.Now())
		r.Tell.Print(i18n.N("%s: the client secret expires in %d day, on %s. Run \"openfire-o365 setup %s\".",
			"%s: the client secret expires in %d days, on %s. Run \"openfire-o365 setup %s\".",
			days, o.Base.Host(), days, expiry.Day(o.SecretExpires), o.Base.Name()))
	}
}

// report prints the problem of a base in full.
func (r *Report) report(o tokens.Outcome) {
	r.told[o.Problem.ID] = true
	named := *o.Problem
	named.What = i18n.T("%s: %s", o.Base.Host(), o.Problem.What)
	r.progress.Clear()
	r.Tell.Problem(&named)
}

// End reports what concerns many bases, once, and returns the exit code as the
// command's error.
func (r *Report) End() error {
	r.progress.Clear()
	for id, s := range r.same {
		n := s.n
		if !r.told[id] {
			r.report(s.first)
			n--
		}
		if n == 0 {
			continue
		}
		r.Tell.Print(i18n.N("%d other base has the same problem (%s).", "%d other bases have the same problem (%s).", n, n, id))
	}
	if r.left != nil {
		named := *r.left
		n := r.counts[tokens.Left]
		named.Do = i18n.N("%d base was left for the next run.", "%d bases were left for the next run.", n, n)
		r.Tell.Problem(&named)
	}
	r.Figures = map[string]any{}
	for result, n := range r.counts {
		r.Figures[string(result)] = n
	}
	return cli.Reported(r.worst)
}

// fields is one base for machines.
func fields(o tokens.Outcome) map[string]any {
	fields := map[string]any{"base": o.Base.Host(), "result": o.Result, "code": problem.OK}
	if o.Problem == nil {
		fields["next"] = o.File.Mail.Due().UTC().Format(time.RFC3339)
		return fields
	}
	fields["code"], fields["cause"], fields["message"] = o.Problem.Exit, o.Problem.ID, o.Problem.Error()
	if o.Problem.Who != "" {
		fields["who"] = o.Problem.Who
	}
	if refusal, is := faults.AsRefusal(o.Err); is {
		fields["who"] = refusal.Who
		if refusal.Code != 0 {
			fields["aadsts"] = refusal.Code
		}
		if refusal.TraceID != "" {
			fields["trace"] = refusal.TraceID
		}
	}
	if since := o.State.NeedsPersonSince; !since.IsZero() {
		fields["since"] = since.UTC().Format(time.RFC3339)
	}
	return fields
}
