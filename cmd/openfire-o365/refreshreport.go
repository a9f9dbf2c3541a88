package main

import (
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/check/expiry"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// refreshReporter prints what comes of the bases, one after the other: a JSON
// line each, or a line for a person where there is something to report.
type refreshReporter struct {
	p        *program
	bases    int
	worst    problem.Exit
	counts   map[tokens.Result]int
	left     *problem.Problem // of the host that no longer answers
	same     map[string]int
	progress *ui.Progress
}

func (p *program) newRefreshReport(bases int) *refreshReporter {
	return &refreshReporter{p: p, bases: bases, counts: map[tokens.Result]int{}, same: map[string]int{}, progress: ui.NewProgress(nil, 0)}
}

// newProgress is the line that shows a person how far a run is. Cron, pipes,
// --json, --debug and -q have none.
func (p *program) newProgress(bases int) *ui.Progress {
	if bases < 2 || !ui.IsTerminal(p.err) || p.flags.quiet || p.flags.json || p.flags.debug || p.env("TERM") == "dumb" {
		return ui.NewProgress(nil, bases)
	}
	return ui.NewProgress(p.tell, bases)
}

// add reports one base.
func (t *refreshReporter) add(o tokens.Outcome) {
	t.counts[o.Result]++
	failures := 0
	if o.Problem != nil {
		failures = 1
		t.worst = problem.CombineExit(t.worst, o.Problem.Exit, t.bases)
	}
	t.progress.Step(t.p.now(), failures)
	switch {
	case t.p.flags.json:
		t.p.baseLine(o)
	case o.Result == tokens.Left:
		t.left = o.Problem
	case o.Problem != nil && o.Notify && o.Skipped:
		t.same[o.Problem.ID]++ // the base that was refused first reports it in full
	case o.Problem != nil && o.Notify:
		named := *o.Problem
		named.What = i18n.T("%s: %s", o.Base.Host(), o.Problem.What)
		t.progress.Clear()
		t.p.tell.Problem(&named)
	case !o.SecretExpires.IsZero():
		t.progress.Clear()
		t.p.tell.Print(i18n.T("%s: the client secret expires in %d days, on %s. Run \"openfire-o365 setup %s\".",
			o.Base.Host(), tokens.DaysLeft(o.SecretExpires, t.p.now()), expiry.Day(o.SecretExpires), o.Base.Name()))
	}
}

// end reports what concerns many bases, once, and returns the exit code.
func (t *refreshReporter) end() problem.Exit {
	t.progress.Clear()
	for id, n := range t.same {
		t.p.tell.Print(i18n.T("The same refusal (%s), without asking again; other bases: %d.", id, n))
	}
	if t.left != nil {
		named := *t.left
		named.Do = i18n.T("Bases left to the next run: %d.", t.counts[tokens.Left])
		t.p.tell.Problem(&named)
	}
	t.p.figures = map[string]any{}
	for result, n := range t.counts {
		t.p.figures[string(result)] = n
	}
	return t.worst
}

// baseLine is one base for machines.
func (p *program) baseLine(o tokens.Outcome) {
	fields := map[string]any{"base": o.Base.Host(), "result": o.Result, "code": problem.OK}
	if o.Problem == nil {
		fields["next"] = o.File.Mail.Due().UTC().Format(time.RFC3339)
		p.out.JSON("base", fields)
		return
	}
	fields["code"], fields["cause"], fields["message"] = o.Problem.Exit, o.Problem.ID, o.Problem.Error()
	if refusal, is := faults.AsRefusal(o.Err); is {
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
	p.out.JSON("base", fields)
}
