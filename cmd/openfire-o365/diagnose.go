package main

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/report"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// diagnosis is what was found at one base.
type diagnosis struct {
	base    openfire.Base
	file    tokenfile.File // as it was last read or written; zero without one
	results []check.Result
	crash   any // what a check panicked with
}

// has reports a result that is so.
func (d diagnosis) has(so func(check.Result) bool) bool { return slices.ContainsFunc(d.results, so) }

func broken(r check.Result) bool  { return r.Status == check.Failed && !r.Prevented() }
func failing(r check.Result) bool { return r.Status == check.Failed }
func unsure(r check.Result) bool  { return r.Prevented() }
func watched(r check.Result) bool { return r.Status == check.Warning }
func notable(r check.Result) bool { return failing(r) || watched(r) || unsure(r) }

// diagnose checks the bases, a few at once, and tells what was found in their
// order; of a single base each check as soon as it is known.
func (p *program) diagnose(ctx context.Context, bases []openfire.Base, v verifyFlags) (tally, error) {
	copies := sync.OnceValue(func() []store.StrayCopy {
		found, _ := p.store.StrayCopies() // an unreadable folder shows in token.file
		return found
	})
	sum, shared := tally{of: len(bases), all: v.all}, newTwins()
	stream, remote := len(bases) == 1, p.store.NetworkFileSystem()
	if stream {
		v.remote, remote = remote, ""
	}
	for d := range inOrder(bases, func(b openfire.Base) diagnosis {
		if stream {
			p.open(b)
			list := p.onOutput()
			if list.Cursor && !p.flags.json && !p.flags.nagios && !p.flags.debug {
				defer list.Wait(i18n.T("Checking"))()
			}
			return p.check(ctx, b, v, copies, p.tellCheck(b, list))
		}
		return p.check(ctx, b, v, copies, nil)
	}) {
		if d.crash != nil {
			panic(d.crash)
		}
		if ctx.Err() != nil {
			return sum, ctx.Err()
		}
		sum.add(d, p.now())
		shared.add(d.file)
		if !stream {
			p.tellBase(d, v.all)
		}
		if v.report != "" {
			if err := p.writeReport(d, v); err != nil {
				return sum, err
			}
		}
	}
	p.tellTwins(shared)
	p.tellRemote(remote)
	p.tellSum(sum)
	return sum, nil
}

// inOrder runs work over the bases, a few at once so that neither Microsoft
// nor this machine's files are stormed, and yields what it made in their order.
func inOrder(bases []openfire.Base, work func(openfire.Base) diagnosis) func(func(diagnosis) bool) {
	const ahead = 4
	return func(yield func(diagnosis) bool) {
		turns := make(chan chan diagnosis, ahead)
		stop := make(chan struct{})
		defer close(stop)
		go func() {
			defer close(turns)
			for _, b := range bases {
				turn := make(chan diagnosis, 1)
				select {
				case turns <- turn:
				case <-stop:
					return
				}
				go func() {
					var d diagnosis
					defer func() {
						d.crash = recover()
						turn <- d
					}()
					d = work(b)
				}()
			}
		}()
		for turn := range turns {
			if !yield(<-turn) {
				return
			}
		}
	}
}

// open names the base whose checks follow.
func (p *program) open(b openfire.Base) {
	if !p.flags.json && !p.flags.nagios && !p.flags.quiet {
		fmt.Fprintln(p.out, b.URL())
	}
}

// tellCheck tells one check of a base: whole, or with -q only what failed. What
// was told of a refusal before is not told again to a person.
func (p *program) tellCheck(b openfire.Base, list *ui.Printer) func(check.Result) {
	told := map[string]i18n.Text{} // the checks, by the refusals they met first
	return func(r check.Result) {
		switch {
		case p.flags.nagios:
		case p.flags.json:
			_ = p.out.line("check", resultFields(b, r))
		case !p.flags.quiet || failing(r):
			if first, again := told[r.Fault]; again && failing(r) {
				r = check.Result{Title: r.Title, Status: r.Status, What: i18n.T("the same refusal, see \"%s\".", first)}
			} else if r.Fault != "" {
				told[r.Fault] = r.Title
			}
			report.Result(list, r)
		}
	}
}

// tellBase tells one base of several: every check, or of all bases only those
// that have something to say, and only that.
func (p *program) tellBase(d diagnosis, all bool) {
	list := p.onOutput()
	tell := p.tellCheck(d.base, list)
	switch {
	case p.flags.nagios:
		return
	case p.flags.json || !all:
		p.open(d.base)
		for _, r := range d.results {
			tell(r)
		}
	case d.has(notable) && (!p.flags.quiet || d.has(failing)):
		fmt.Fprintln(p.out, d.base.URL())
		for _, r := range d.results {
			if notable(r) {
				tell(r)
			}
		}
	default:
		return
	}
	if !p.flags.json && !p.flags.quiet {
		if !all {
			list.Print(verdict(d.results))
		}
		list.Blank()
	}
}

// verdict sums one chain up in one sentence.
func verdict(results []check.Result) i18n.Text {
	count := map[check.Status]int{}
	for _, r := range results {
		if r.Status == check.Failed {
			return i18n.T("First broken link: %s (%s).", r.Title, r.ID)
		}
		count[r.Status]++
	}
	watch, untold := count[check.Warning], count[check.Unknown]
	switch {
	case slices.ContainsFunc(results, unsure):
		return i18n.T("Nothing broken was seen, but the network kept from checking everything; checks without an answer: %d.", untold)
	case watch > 0 && untold > 0:
		return i18n.T("The chain holds; points to watch: %d, checks without an answer: %d.", watch, untold)
	case watch > 0:
		return i18n.T("The chain holds; points to watch: %d.", watch)
	case untold > 0:
		return i18n.T("The chain holds; checks without an answer: %d.", untold)
	}
	return i18n.T("The chain holds.")
}

// resultFields is a check for machines: English, stable keys.
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
