// Package tokencmd is what the commands below "token" share: the options of a
// refresh, which a schedule takes too, and the report of what came of the bases.
package tokencmd

import (
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/conversation"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
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
