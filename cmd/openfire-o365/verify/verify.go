// Package verifycmd is the command verify: it runs the checks of the bases and
// prints what they found.
package verifycmd

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/cli"
	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/conversation"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire/input"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/report"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
)

const (
	// margin is how much of an access token must be left.
	margin = 5 * time.Minute
	// maxSend is how many test messages one run sends at most: Exchange takes
	// thirty a minute.
	maxSend = 10
)

type options struct {
	all, offline, unredacted, fixPerms bool

	send    []string
	report  string
	account conversation.Account
}

// Command returns the command.
func Command(a *cli.App) *cobra.Command {
	cmd := a.Command("verify [BASE...]")
	var o options
	f := cmd.Flags()
	f.BoolVar(&o.all, "all", false, "")
	f.BoolVar(&o.offline, "offline", false, "")
	f.BoolVar(&o.fixPerms, "fix-perms", false, "")
	f.StringSliceVar(&o.send, "send", nil, "")
	f.StringVar(&o.report, "report", "", "")
	f.BoolVar(&o.unredacted, "unredacted", false, "")
	f.BoolVar(&a.Flags.Nagios, "nagios", a.Flags.Nagios, "")
	o.account.AddFlags(f)
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return verify(cmd.Context(), a, args, o) }
	return cmd
}

func verify(ctx context.Context, a *cli.App, args []string, o options) error {
	if err := o.validate(a, args); err != nil {
		return err
	}
	account, err := o.account.Credentials(a)
	if err != nil {
		return err
	}
	site, err := a.Open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	cli.CatchSignals(ctx)
	find := site.Bases
	if o.all {
		find = site.AllBases
	}
	bases, err := find(args)
	if err != nil {
		return err
	}
	if o.fixPerms && runtime.GOOS == "windows" && !a.Flags.Nagios && !a.Flags.Quiet {
		a.Tell.Print(i18n.T("--fix-perms has no effect on Windows, where a file has the permissions of its folder."))
	}
	env := check.Env{Refresher: site.Refresher(), Account: account, Margin: margin, FixPermissions: o.fixPerms,
		Timeout: a.Flags.Timeout, Lang: a.Lang, Offline: o.offline, Send: o.send}
	sum, err := (&run{site, o, a.Results()}).check(ctx, env, bases)
	if err != nil {
		return err
	}
	if a.Flags.Nagios {
		state, text := sum.Nagios()
		return cli.Reported(a.Nagios(state, text, sum.Perfdata(a.Now())))
	}
	return cli.Reported(sum.Exit)
}

// validate looks for flags that contradict each other, before anything is done.
// Test messages and the page are those of one base.
func (o *options) validate(a *cli.App, args []string) error {
	many := o.all || len(args) > 1
	switch {
	case len(o.send) > maxSend:
		return problem.Misuse("send", i18n.T("--send takes at most %d addresses.", maxSend))
	case len(o.send) > 0 && many:
		return problem.Misuse("send", i18n.T("--send works with one base only: name it, without --all."))
	case len(o.send) > 0 && o.offline:
		return problem.Misuse("send", i18n.T("--send and --offline cannot be used together."))
	case o.report != "" && many:
		return problem.Misuse("report", i18n.T("--report works with one base only: name it, without --all."))
	case o.unredacted && o.report == "":
		return problem.Misuse("unredacted", i18n.T("--unredacted needs --report."))
	case a.Flags.Nagios && a.Flags.JSON:
		return problem.Misuse("nagios", i18n.T("--nagios and --json cannot be used together."))
	}
	for i, to := range o.send {
		address, err := input.ParseMailbox(to)
		if err != nil {
			return err
		}
		o.send[i] = address
	}
	if o.report != "" {
		return validateReport(o.report)
	}
	return nil
}

// writeReport writes the page of one base and prints where it is.
func (r *run) writeReport(d check.Diagnosis) error {
	home, _ := os.UserHomeDir()
	var page bytes.Buffer
	err := report.Report{Diagnosis: d, Lang: r.Lang, Now: r.Now(), Home: home, Unredacted: r.unredacted,
		Program: "openfire-o365 " + r.Version + " (" + runtime.GOOS + "/" + runtime.GOARCH + ")"}.Write(&page)
	if err == nil {
		err = disk.ReplacePrivate(r.report, page.Bytes())
	}
	if err != nil {
		return &problem.Problem{Exit: problem.Disk, ID: "report", // without Err, which would count as the token file's
			What: i18n.T("The report cannot be written: %s.", err),
			Do:   i18n.T("Give --report a file in a folder that you can write to.")}
	}
	switch {
	case r.Flags.JSON:
		r.Out.JSON("report", map[string]any{"base": d.Base.Host(), "file": r.report})
	case !r.Flags.Quiet && !r.Flags.Nagios:
		r.Tell.Print(i18n.T("Report written: %s", r.report))
	}
	return nil
}

// validateReport refuses the path of a report that exists and is not a regular
// file: a symbolic link could lead anywhere.
func validateReport(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().IsRegular() {
		return nil
	}
	refused := problem.Misuse("report", i18n.T("--report %s: not a regular file.", path))
	switch {
	case err != nil:
		refused.What = i18n.T("--report %s: %s.", path, err)
	case info.Mode()&fs.ModeSymlink != 0:
		refused.Exit = problem.Safety
		refused.What = i18n.T("--report %s is a symbolic link, which is not followed.", path)
	}
	refused.Do = i18n.T("Give the name of a new file, or of a file to replace.")
	return refused
}
