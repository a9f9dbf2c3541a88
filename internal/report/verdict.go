package report

import (
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// Severity orders what results mean for their base.
type Severity int

// The severities, from good to bad. Unreached means that the network kept a
// check from an answer: nothing is known to be broken, and the next run may
// tell.
const (
	Fine Severity = iota // nobody has to act; unknown results too
	Watch
	Unreached
	Broken
)

// SeverityOf returns the severity of one result.
func SeverityOf(r check.Result) Severity {
	switch {
	case r.Exit == problem.Temporary:
		return Unreached
	case r.Status == check.Failed:
		return Broken
	case r.Status == check.Warning:
		return Watch
	}
	return Fine
}

// Worst returns the highest severity of a diagnosis.
func Worst(d check.Diagnosis) Severity {
	worst := Fine
	for _, r := range d.Results {
		worst = max(worst, SeverityOf(r))
	}
	return worst
}

// Verdict sums a diagnosis up in one sentence.
func Verdict(d check.Diagnosis) i18n.Text {
	if r, found := d.FirstFailed(); found {
		return i18n.T("First broken link: %s (%s).", r.Title, r.ID)
	}
	count := map[check.Status]int{}
	for _, r := range d.Results {
		count[r.Status]++
	}
	watch, untold := count[check.Warning], count[check.Unknown]
	switch {
	case Worst(d) == Unreached:
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
