package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/check/expiry"
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
	watch, untold := count(d, check.Warning), count(d, check.Unknown)
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

// count returns how many results have that status.
func count(d check.Diagnosis, status check.Status) (n int) {
	for _, r := range d.Results {
		if r.Status == status {
			n++
		}
	}
	return n
}

// Summary sums up the diagnoses of Bases bases. Add them all, then ask.
type Summary struct {
	Bases int
	Exit  problem.Exit    // of a run of verify
	Last  check.Diagnosis // the one added last

	hosts       [Broken + 1][]string // each base once, by its severity
	worst       check.Diagnosis      // the first of the highest severity
	oldestToken time.Time            // earliest issue of a refresh token; zero when not known
	secretEnds  time.Time            // earliest expiry of a client secret; zero when not known
}

// Add adds the diagnosis of one base.
func (s *Summary) Add(d check.Diagnosis) {
	severity := Worst(d)
	if severity > Worst(s.worst) {
		s.worst = d
	}
	s.Last = d
	s.hosts[severity] = append(s.hosts[severity], d.Base.Host())
	first, _ := d.FirstFailed()
	s.Exit = problem.CombineExit(s.Exit, first.Exit, s.Bases)
	s.oldestToken = earliest(s.oldestToken, d.File.Azure.RefreshIssued)
	if end, err := time.Parse(time.DateOnly, d.File.Azure.SecretExpires); err == nil {
		s.secretEnds = earliest(s.secretEnds, end)
	}
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// Count returns how many bases have that severity.
func (s *Summary) Count(severity Severity) int { return len(s.hosts[severity]) }

// Text sums all bases up in one sentence.
func (s *Summary) Text() i18n.Text {
	return i18n.T("Bases: %d; broken: %d; to watch: %d; cannot be checked now: %d; in order: %d.",
		s.Bases, s.Count(Broken), s.Count(Watch), s.Count(Unreached), s.Count(Fine))
}

// Nagios returns the exit code and the sentence of a Nagios plugin
// (nagios-plugins.org/doc/guidelines.html, "Plugin Return Codes"). A base that
// could not be reached is UNKNOWN: worse than a warning, less than a failure.
func (s *Summary) Nagios() (state int, text i18n.Text) {
	severity := Worst(s.worst)
	hosts := s.hosts[severity]
	state = [...]int{Fine: 0, Watch: 1, Unreached: 3, Broken: 2}[severity]
	switch {
	case severity == Fine && s.Bases == 1:
		return state, i18n.T("%s: the chain holds, checks passed: %d, without an answer: %d",
			s.Last.Base.Host(), count(s.Last, check.OK), count(s.Last, check.Unknown))
	case severity == Fine:
		return state, i18n.T("%d bases in order", s.Bases)
	case s.Bases == 1:
		i := slices.IndexFunc(s.worst.Results, func(r check.Result) bool { return SeverityOf(r) == severity })
		r := s.worst.Results[i]
		return state, i18n.T("%s: %s: %s", s.worst.Base.Host(), r.ID, r.What)
	}
	many := [...]i18n.Text{
		Watch:     i18n.T("%d of %d bases are to be watched: %s"),
		Unreached: i18n.T("%d of %d bases could not be checked: %s"),
		Broken:    i18n.T("%d of %d bases are broken: %s"),
	}[severity]
	return state, many.With(len(hosts), s.Bases, strings.Join(hosts[:min(len(hosts), 8)], ", "))
}

// Perfdata returns the performance data of a Nagios plugin. The thresholds are
// those at which a check warns or fails.
func (s *Summary) Perfdata(now time.Time) string {
	day := func(d time.Duration) int { return int(d / (24 * time.Hour)) }
	data := fmt.Sprintf("dead=%d;;0 watch=%d;0 unknown=%d",
		s.Count(Broken), s.Count(Watch), s.Count(Unreached))
	if !s.oldestToken.IsZero() {
		age := max(0, now.Sub(s.oldestToken))
		data += fmt.Sprintf(" oldest_days=%d;%d;%d", day(age), day(expiry.TokenOld), day(expiry.TokenLife))
	}
	if !s.secretEnds.IsZero() {
		data += fmt.Sprintf(" secret_days=%d;%d:;1:", day(s.secretEnds.Sub(now)), day(expiry.RenewWithin))
	}
	return data
}
