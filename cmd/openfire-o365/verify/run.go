package verifycmd

import (
	"context"
	"fmt"

	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/cli"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/check/duplicates"
	"github.com/openfire-fr/openfire-o365/internal/check/folder"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/report"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// run is one run of verify.
type run struct {
	*cli.Site
	options
	list *ui.Printer // on standard output
}

// check checks the bases and prints what was found in their order; of a single
// base each check as soon as its result is known.
func (r *run) check(ctx context.Context, env check.Env, bases []openfire.Base) (report.Summary, error) {
	sum, shared := report.Summary{Bases: len(bases)}, duplicates.Finder{}
	add := func(d check.Diagnosis) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		sum.Add(d)
		shared.Add(d.File)
		return nil
	}
	if len(bases) == 1 {
		if err := add(r.checkOne(ctx, env, bases[0])); err != nil {
			return sum, err
		}
		if r.report != "" {
			if err := r.writeReport(sum.Last); err != nil {
				return sum, err
			}
		}
	} else {
		for d := range check.RunBases(ctx, env, bases) {
			if err := add(d); err != nil {
				return sum, err
			}
			r.printBase(d)
		}
	}
	r.PrintShared(&shared)
	if len(bases) != 1 {
		r.printNetworkFolder(r.Store.NetworkFileSystem())
	}
	r.printSummary(sum)
	return sum, nil
}

// checkOne prints each check of a base as soon as its result is known.
func (r *run) checkOne(ctx context.Context, env check.Env, b openfire.Base) (d check.Diagnosis) {
	r.printTitle(b)
	if r.list.Cursor && !r.Flags.JSON && !r.Flags.Nagios && !r.Flags.Debug {
		defer r.list.Wait(i18n.T("Checking"))()
	}
	env.Base = b
	print := r.printer(b)
	for result := range d.Run(ctx, env) {
		print(result)
	}
	return d
}

// printTitle names the base whose checks follow.
func (r *run) printTitle(b openfire.Base) {
	if !r.Flags.JSON && !r.Flags.Nagios && !r.Flags.Quiet {
		fmt.Fprintln(r.Out, b.URL())
	}
}

// printer returns what prints the checks of a base: all, or with -q those that
// failed. For a person a refusal that several checks met is printed once.
func (r *run) printer(b openfire.Base) func(check.Result) {
	first := map[string]i18n.Text{} // the check that met a refusal first
	return func(result check.Result) {
		failed := result.Status == check.Failed
		switch {
		case r.Flags.Nagios:
		case r.Flags.JSON:
			r.Out.JSON("check", resultFields(b, result))
		case !r.Flags.Quiet || failed:
			if title, again := first[result.Fault]; again && failed {
				result = check.Result{Title: result.Title, Status: result.Status,
					What: i18n.T("same cause as \"%s\".", title)}
			} else if result.Fault != "" {
				first[result.Fault] = result.Title
			}
			report.Result(r.list, result)
		}
	}
}

// printBase prints one base of several: all its checks, or with --all only those
// that somebody should see, of the bases that have such.
func (r *run) printBase(d check.Diagnosis) {
	print := r.printer(d.Base)
	_, failed := d.FirstFailed()
	switch {
	case r.Flags.Nagios:
		return
	case r.Flags.JSON || !r.all:
		r.printTitle(d.Base)
		for _, result := range d.Results {
			print(result)
		}
	case report.Worst(d) > report.Fine && (!r.Flags.Quiet || failed):
		fmt.Fprintln(r.Out, d.Base.URL())
		for _, result := range d.Results {
			if report.SeverityOf(result) > report.Fine {
				print(result)
			}
		}
	default:
		return
	}
	if !r.Flags.JSON && !r.Flags.Quiet {
		if !r.all {
			r.list.Print(report.Verdict(d))
		}
		r.list.Blank()
	}
}

// printNetworkFolder warns of token files on a disk of another machine.
func (r *run) printNetworkFolder(fileSystem string) {
	switch {
	case fileSystem == "", r.Flags.Nagios:
	case r.Flags.JSON:
		r.Out.JSON("folder", map[string]any{"dir": r.Store.Dir, "file_system": fileSystem})
	case !r.Flags.Quiet:
		what, do := folder.OnNetwork(fileSystem)
		r.list.Warn(i18n.T("%s. %s", what, do))
	}
}

// printSummary prints one line that sums up the bases, and keeps the figures for
// the summary of --json.
func (r *run) printSummary(sum report.Summary) {
	switch {
	case r.Flags.Nagios:
	case r.Flags.JSON:
		r.Figures = map[string]any{"bases": sum.Bases, "broken": sum.Count(report.Broken),
			"watch":  sum.Count(report.Watch),
			"unsure": sum.Count(report.Unreached)}
	case sum.Bases > 1 || r.all:
		fmt.Fprintln(r.Out, r.Text(sum.Text())) // one line, however long
	case r.Flags.Quiet:
		fmt.Fprintln(r.Out, r.Text(i18n.T("%s: %s", sum.Last.Base.Host(), report.Verdict(sum.Last))))
	default:
		r.list.Blank()
		r.list.Print(report.Verdict(sum.Last))
	}
}

// resultFields returns a check for JSON: in English, with stable keys.
func resultFields(b openfire.Base, r check.Result) map[string]any {
	f := map[string]any{"base": b.Host(), "id": r.ID, "status": r.Status, "what": r.What.In(i18n.English)}
	for key, value := range map[string]string{"do": r.Do.In(i18n.English), "who": string(r.Who), "link": r.Link,
		"fault": r.Fault, "detail": r.Detail} {
		if value != "" && (key != "who" || r.Status == check.Failed || r.Status == check.Warning) {
			f[key] = value
		}
	}
	if r.Status == check.Failed {
		f["exit"] = r.Exit
	}
	if r.Cause != nil {
		f["because"] = r.Cause.ID
	}
	return f
}
