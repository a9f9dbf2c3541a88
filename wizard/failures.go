package wizard

import (
	"cmp"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// failures returns the failed checks with these ids, and those of this machine that kept
// one of them from running. A secret that is about to expire counts as failed,
// any other warning does not.
func failures(ids []check.ID, results []check.Result) (bad []check.Result) {
	for _, r := range results {
		switch {
		case !slices.Contains(ids, r.ID):
		case r.Status == check.Failed, r.ID == check.EntraExpiry && r.Status == check.Warning:
			bad = append(bad, r)
		case r.Cause != nil && r.Cause.Status == check.Failed && strings.HasPrefix(string(r.Cause.ID), "host.") &&
			!failed(bad, r.Cause.ID):
			bad = append(bad, *r.Cause)
		}
	}
	return bad
}

// unanswered reports whether the network kept one of the checks from an answer.
func unanswered(ids []check.ID, results []check.Result) bool {
	return slices.ContainsFunc(results, func(r check.Result) bool {
		return slices.Contains(ids, r.ID) && r.Exit == problem.Temporary
	})
}

// fatal reports whether no answer can fix the first failure: it is temporary, needs
// another person, or is a security problem.
func fatal(bad []check.Result) bool {
	ends := []problem.Exit{problem.Temporary, problem.Safety, problem.Disk, problem.Permission}
	return len(bad) > 0 && (slices.Contains(ends, bad[0].Exit) || bad[0].ID == check.BaseModule)
}

// resultProblem returns a failed check as a problem for a person.
func resultProblem(r check.Result) *problem.Problem {
	what := i18n.T("%s: %s", r.Title, r.What)
	if r.Detail != "" {
		what = i18n.T("%s Microsoft: %s", what, r.Detail)
	}
	return &problem.Problem{Exit: cmp.Or(r.Exit, problem.Temporary), ID: cmp.Or(r.Fault, string(r.ID)), What: what,
		Do: r.Do, Who: r.Who}
}

func failed(bad []check.Result, id check.ID) bool {
	return slices.ContainsFunc(bad, func(r check.Result) bool { return r.ID == id })
}
