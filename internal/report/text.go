package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/check/expiry"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// Severity orders what results mean for their base.
type Severity int

// The severities, from good to bad. Unreached means that a check got no answer
// because of the network: no failure is known, and the next run may succeed.
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
		return i18n.T("First failed check: %s (%s).", r.Title, r.ID)
	}
	warnings, unanswered := count(d, check.Warning), count(d, check.Unknown)
	warned := i18n.N("%d warning", "%d warnings", warnings, warnings)
	untold := i18n.N("%d check without an answer", "%d checks without an answer", unanswered, unanswered)
	switch {
	case Worst(d) == Unreached:
		return i18n.T("No check failed, but the network prevented some checks (%s).", untold)
	case warnings > 0 && unanswered > 0:
		return i18n.T("No check failed (%s, %s).", warned, untold)
	case warnings > 0:
		return i18n.T("No check failed (%s).", warned)
	case unanswered > 0:
		return i18n.T("No check failed (%s).", untold)
	}
	return i18n.T("No problem found.")
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
	return i18n.N("%d base: %d failed, %d with warnings, %d without an answer, %d OK.",
		"%d bases: %d failed, %d with warnings, %d without an answer, %d OK.", s.Bases,
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
		passed, unanswered := count(s.Last, check.OK), count(s.Last, check.Unknown)
		return state, i18n.T("%s: no problem found (%s, %s)", s.Last.Base.Host(),
			i18n.N("%d check passed", "%d checks passed", passed, passed),
			i18n.N("%d without an answer", "%d without an answer", unanswered, unanswered))
	case severity == Fine:
		return state, i18n.N("%d base OK", "%d bases OK", s.Bases, s.Bases)
	case s.Bases == 1:
		i := slices.IndexFunc(s.worst.Results, func(r check.Result) bool { return SeverityOf(r) == severity })
		r := s.worst.Results[i]
		return state, i18n.T("%s: %s: %s", s.worst.Base.Host(), r.ID, r.What)
	}
	n, names := len(hosts), strings.Join(hosts[:min(len(hosts), 8)], ", ")
	return state, [...]i18n.Text{
		Watch: i18n.N("%d of %d bases has a warning: %s", "%d of %d bases have a warning: %s", n, n, s.Bases, names),
		Unreached: i18n.N("%d of %d bases could not be checked: %s", "%d of %d bases could not be checked: %s", n,
			n, s.Bases, names),
		Broken: i18n.N("%d of %d bases has a problem: %s", "%d of %d bases have a problem: %s", n, n, s.Bases, names),
	}[severity]
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

// Fault prints what a refusal means: first what it is about and why, then what to do,
// who must act, whether waiting helps, what is not the cause, its words, and where to
// click.
func Fault(t *ui.Printer, f faults.Fault, words, link string) {
	l := t.Lang
	t.Indented("", t.Bold(f.Title().In(l))+i18n.T(":").In(l)+" "+f.What.In(l))
	t.Indented("  ", i18n.T("To do: %s", f.Do).In(l))
	t.Indented("  ", i18n.T("Who: %s.", f.Responsible()).In(l))
	switch {
	case f.Dead:
		t.Indented("  ", i18n.T(
			"Waiting does not help: the refresh token is no longer valid, and you must sign in again.").In(l))
	case f.Passes:
		t.Indented("  ", i18n.T("Waiting helps: the error passes by itself.").In(l))
	default:
		t.Indented("  ", i18n.T("Waiting does not help.").In(l))
	}
	t.Indented("  ", f.Works().In(l))
	if words != "" && words != f.Name() {
		t.Indented("  ", i18n.T("Message: %s", i18n.Block(words)).In(l))
	}
	if link != "" {
		t.Link("  ", link)
	}
}

// Result prints one check: verdict, title, what was found; and for what is not
// well who must act, what to do and where to click.
func Result(t *ui.Printer, r check.Result) {
	l := t.Lang
	colon := i18n.T(":").In(l)
	t.Judge(ui.Verdict(r.Status), fmt.Sprintf("%s%s %s", r.Title.In(l), colon, r.What.In(l)))
	if r.Status != check.Warning && r.Status != check.Failed {
		return
	}
	if r.Detail != "" {
		t.Indented("    ", "Microsoft"+colon+" "+r.Detail)
	}
	if !r.Do.IsZero() {
		t.Indented("    ", i18n.T("To do: %s", r.Do).In(l))
	}
	if who := r.Who.Text(); !who.IsZero() {
		t.Indented("    ", i18n.T("Who: %s.", who).In(l))
	}
	if r.Link != "" {
		t.Link("    ", r.Link)
	}
}
