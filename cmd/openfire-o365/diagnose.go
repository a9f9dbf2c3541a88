package main

import (
	"context"
	"fmt"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/report"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// diagnose checks the bases and prints what was found in their order; of a
// single base each check as soon as its result is known.
func (p *program) diagnose(ctx context.Context, bases []openfire.Base, v verifyFlags) (report.Summary, error) {
	sum, shared, env := report.Summary{Bases: len(bases)}, newTwins(), p.checkEnv(v)
	add := func(d check.Diagnosis) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		sum.Add(d)
		shared.add(d.File)
		return nil
	}
	if len(bases) == 1 {
		if err := add(p.diagnoseOne(ctx, env, bases[0])); err != nil {
			return sum, err
		}
		if v.report != "" {
			if err := p.writeReport(sum.Last, v); err != nil {
				return sum, err
			}
		}
	} else {
		for d := range check.RunBases(ctx, env, bases) {
			if err := add(d); err != nil {
				return sum, err
			}
			p.tellBase(d, v)
		}
	}
	p.tellTwins(shared)
	if len(bases) != 1 {
		p.tellRemote(p.store.NetworkFileSystem())
	}
	p.tellSum(sum, v)
	return sum, nil
}

// diagnoseOne prints each check of a base as soon as its result is known.
func (p *program) diagnoseOne(ctx context.Context, env check.Env, b openfire.Base) (d check.Diagnosis) {
	p.open(b)
	list := p.tell.On(p.out)
	if list.Cursor && !p.flags.json && !p.flags.nagios && !p.flags.debug {
		defer list.Wait(i18n.T("Checking"))()
	}
	env.Base = b
	tell := p.tellCheck(b, list)
	for r := range d.Run(ctx, env) {
		tell(r)
	}
	return d
}

// open prints the base whose checks follow.
func (p *program) open(b openfire.Base) {
	if !p.flags.json && !p.flags.nagios && !p.flags.quiet {
		fmt.Fprintln(p.out, b.URL())
	}
}

// tellCheck returns a function that prints the checks of one base; with -q only
// those that failed. To a person it prints each refusal once.
func (p *program) tellCheck(b openfire.Base, list *ui.Printer) func(check.Result) {
	told := map[string]i18n.Text{} // title of the first check by Result.Fault
	return func(r check.Result) {
		switch {
		case p.flags.nagios:
		case p.flags.json:
			p.out.JSON("check", resultFields(b, r))
		case !p.flags.quiet || r.Status == check.Failed:
			if first, again := told[r.Fault]; again && r.Status == check.Failed {
				r = check.Result{Title: r.Title, Status: r.Status, What: i18n.T("the same refusal, see \"%s\".", first)}
			} else if r.Fault != "" {
				told[r.Fault] = r.Title
			}
			report.Result(list, r)
		}
	}
}

// tellBase prints one base of several: all its checks, or with --all only those
// that somebody should see, of the bases that have such.
func (p *program) tellBase(d check.Diagnosis, v verifyFlags) {
	list := p.tell.On(p.out)
	tell := p.tellCheck(d.Base, list)
	_, failed := d.FirstFailed()
	switch {
	case p.flags.nagios:
		return
	case p.flags.json || !v.all:
		p.open(d.Base)
		for _, r := range d.Results {
			tell(r)
		}
	case report.Worst(d) > report.Fine && (!p.flags.quiet || failed):
		fmt.Fprintln(p.out, d.Base.URL())
		for _, r := range d.Results {
			if report.SeverityOf(r) > report.Fine {
				tell(r)
			}
		}
	default:
		return
	}
	if !p.flags.json && !p.flags.quiet {
		if !v.all {
			list.Print(report.Verdict(d))
		}
		list.Blank()
	}
}

// resultFields returns a check for JSON: in English, with stable keys.
func resultFields(b openfire.Base, r check.Result) map[string]any {
	f := map[string]any{"base": b.Host(), "id": r.ID, "status": r.Status, "what": r.What.In(i18n.English)}
	for key, value := range map[string]string{"do": r.Do.In(i18n.English), "who": string(r.Who), "link": r.Link, "fault": r.Fault, "detail": r.Detail} {
		if value != "" && (key != "who" || r.Status == check.Failed || r.Status == check.Warning) {
			f[key] = value
		}
	}
	if r.Status == check.Failed {
		f["exit"] = r.Exit
	}
	return f
}
