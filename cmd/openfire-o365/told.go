package main

import (
	"errors"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/oauthflow"
)

// told tells what comes of the bases, one after the other: a JSON line each,
// or a line for a person where there is news.
type told struct {
	p        *program
	bases    int
	worst    problem.Exit
	counts   map[string]int
	silent   *problem.Problem // of the host that no longer answers
	same     map[string]int
	progress *ui.Progress
}

func (p *program) newTold(bases int) *told {
	return &told{p: p, bases: bases, counts: map[string]int{}, same: map[string]int{}, progress: ui.NewProgress(nil, 0)}
}

// newProgress is the line that shows a person how far a run is. Cron, pipes,
// --json, --debug and -q have none.
func (p *program) newProgress(bases int) *ui.Progress {
	if bases < 2 || !ui.IsTerminal(p.err) || p.flags.quiet || p.flags.json || p.flags.debug || p.env("TERM") == "dumb" {
		return ui.NewProgress(nil, bases)
	}
	return ui.NewProgress(p.tell, bases)
}

// add tells one base.
func (t *told) add(o outcome) {
	t.counts[o.result]++
	failures := 0
	if o.problem != nil {
		failures = 1
	}
	t.progress.Step(t.p.now(), failures)
	if o.problem != nil {
		t.worst = problem.CombineExit(t.worst, o.problem.Exit, t.bases)
	}
	var spared *oauthflow.Spared
	switch {
	case t.p.flags.json:
		t.p.baseLine(o)
	case o.result == "left":
		t.silent = o.problem
	case o.problem != nil && o.news && errors.As(o.err, &spared):
		t.same[o.problem.ID]++ // the one that met it says it in full
	case o.problem != nil && o.news:
		named := *o.problem
		named.What = i18n.T("%s: %s", o.base.Host(), o.problem.What)
		t.progress.Clear()
		t.p.tell.Problem(&named)
	case !o.warning.IsZero():
		t.progress.Clear()
		t.p.tell.Print(o.warning)
	}
}

// end tells what concerns many bases, once, and gives the exit code.
func (t *told) end() problem.Exit {
	t.progress.Clear()
	for id, n := range t.same {
		t.p.tell.Print(i18n.T("The same refusal (%s), without asking again; other bases: %d.", id, n))
	}
	if t.silent != nil {
		named := *t.silent
		named.Do = i18n.T("Bases left to the next run: %d.", t.counts["left"])
		t.p.tell.Problem(&named)
	}
	t.p.figures = map[string]any{}
	for result, n := range t.counts {
		t.p.figures[result] = n
	}
	return t.worst
}

// baseLine is one base for machines.
func (p *program) baseLine(o outcome) {
	fields := map[string]any{"base": o.base.Host(), "result": o.result, "code": problem.OK}
	if o.problem == nil {
		if !o.next.IsZero() {
			fields["next"] = o.next.UTC().Format(time.RFC3339)
		}
		p.out.JSON("base", fields)
		return
	}
	fields["code"], fields["cause"], fields["message"] = o.problem.Exit, o.problem.ID, o.problem.Error()
	if refusal, is := asRefusal(o.err); is {
		if refusal.Code != 0 {
			fields["aadsts"] = refusal.Code
		}
		if refusal.TraceID != "" {
			fields["trace"] = refusal.TraceID
		}
	}
	if since := o.state.NeedsPersonSince; !since.IsZero() {
		fields["since"] = since.UTC().Format(time.RFC3339)
	}
	p.out.JSON("base", fields)
}
