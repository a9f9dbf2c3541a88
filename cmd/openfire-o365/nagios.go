package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// tally sums bases up. A base counts once, where it is worst.
type tally struct {
	of                    int
	all                   bool
	dead, unsure, watched []string // hosts
	checks                map[check.Status]int
	first, last           diagnosis // the first base that is worst; the latest
	exit                  problem.Exit
	oldest                time.Duration // age of the oldest refresh token
	soonest               time.Duration // until the first client secret ends
	aged, ending          bool          // they are known of some base
}

func (t *tally) add(d diagnosis, now time.Time) {
	if t.checks == nil {
		t.checks = map[check.Status]int{}
	}
	for _, r := range d.results {
		t.checks[r.Status]++
	}
	t.last = d
	host, before := d.base.Host(), len(t.dead)+len(t.unsure)+len(t.watched)
	switch {
	case d.has(broken):
		if t.dead = append(t.dead, host); len(t.dead) == 1 {
			t.first = d
		}
	case d.has(unsure):
		if t.unsure = append(t.unsure, host); len(t.dead) == 0 && len(t.unsure) == 1 {
			t.first = d
		}
	case d.has(watched):
		if t.watched = append(t.watched, host); before == 0 {
			t.first = d
		}
	}
	t.exit = merge(t.exit, check.Exit(d.results), t.of)
	if issued := d.file.Azure.RefreshIssued; !issued.IsZero() {
		t.oldest, t.aged = max(t.oldest, now.Sub(issued)), true
	}
	if end, err := time.Parse(time.DateOnly, d.file.Azure.SecretExpires); err == nil {
		if left := end.Sub(now); !t.ending || left < t.soonest {
			t.soonest, t.ending = left, true
		}
	}
}

// well is how many bases have nothing to say.
func (t tally) well() int { return t.of - len(t.dead) - len(t.unsure) - len(t.watched) }

// text sums all bases up in one sentence.
func (t tally) text() i18n.Text {
	return i18n.T("Bases: %d; broken: %d; to watch: %d; cannot be checked now: %d; in order: %d.", t.of, len(t.dead), len(t.watched), len(t.unsure), t.well())
}

// tellSum closes what a person reads with one line, and gives machines their
// figures.
func (p *program) tellSum(t tally) {
	list := p.onOutput()
	switch {
	case p.flags.nagios:
	case p.flags.json:
		p.figures = map[string]any{"bases": t.of, "broken": len(t.dead), "watch": len(t.watched), "unsure": len(t.unsure)}
	case t.of > 1 || t.all:
		fmt.Fprintln(p.out, p.text(t.text())) // one line, however long
	case p.flags.quiet:
		fmt.Fprintln(p.out, p.text(i18n.T("%s: %s", t.last.base.Host(), verdict(t.last.results))))
	default:
		list.Blank()
		list.Print(verdict(t.last.results))
	}
}

// The states of a plugin, and their exit codes
// (nagios-plugins.org/doc/guidelines.html, "Plugin Return Codes").
var nagiosStates = []string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}

const nagiosUnknown = 3

// nagios is the state and the sentence of a plugin. What the network kept from
// being checked is unknown, which hides a warning and is hidden by what is
// known to be broken.
func (t tally) nagios() (state int, text i18n.Text) {
	what := func(so func(check.Result) bool) i18n.Text {
		r := t.first.results[slices.IndexFunc(t.first.results, so)]
		return i18n.T("%s: %s: %s", t.first.base.Host(), r.ID, r.What)
	}
	many := func(hosts []string, text i18n.Text) i18n.Text {
		return text.With(len(hosts), t.of, strings.Join(hosts[:min(len(hosts), 8)], ", "))
	}
	single := t.of == 1
	switch {
	case len(t.dead) > 0 && single:
		return 2, what(broken)
	case len(t.dead) > 0:
		return 2, many(t.dead, i18n.T("%d of %d bases are broken: %s"))
	case len(t.unsure) > 0 && single:
		return 3, what(unsure)
	case len(t.unsure) > 0:
		return 3, many(t.unsure, i18n.T("%d of %d bases could not be checked: %s"))
	case len(t.watched) > 0 && single:
		return 1, what(watched)
	case len(t.watched) > 0:
		return 1, many(t.watched, i18n.T("%d of %d bases are to be watched: %s"))
	case single:
		return 0, i18n.T("%s: the chain holds, checks passed: %d, without an answer: %d", t.last.base.Host(), t.checks[check.OK], t.checks[check.Unknown])
	}
	return 0, i18n.T("%d bases in order", t.of)
}

// perfdata are the figures a monitor draws. The thresholds are those at which
// a check warns: two thirds of a refresh token's life, two months of a secret.
func (t tally) perfdata() string {
	day := func(d time.Duration) int { return int(d / (24 * time.Hour)) }
	data := fmt.Sprintf("dead=%d;;0 watch=%d;0 unknown=%d", len(t.dead), len(t.watched), len(t.unsure))
	if t.aged {
		data += fmt.Sprintf(" oldest_days=%d;%d;%d", day(t.oldest), day(check.TokenOld), day(check.TokenLife))
	}
	if t.ending {
		data += fmt.Sprintf(" secret_days=%d;%d:;1:", day(t.soonest), day(check.RenewWithin))
	}
	return data
}

// printNagios prints the plugin's line and gives its exit code.
func (p *program) printNagios(t tally) problem.Exit {
	state, text := t.nagios()
	return p.nagiosLine(state, text, t.perfdata())
}

// nagiosLine is one line of at most 300 characters; a bar or a line break in a
// sentence would begin what the monitor reads as figures.
func (p *program) nagiosLine(state int, text i18n.Text, perfdata string) problem.Exit {
	const longest = 300
	if perfdata != "" {
		perfdata = " | " + perfdata
	}
	head := "O365 " + nagiosStates[state] + " - "
	line := []rune(strings.ReplaceAll(sanitize.Line(p.text(text)), "|", "/"))
	if room := longest - len([]rune(head+perfdata)); len(line) > room {
		line = append(line[:room-1], '…')
	}
	fmt.Fprintln(p.out, head+string(line)+perfdata)
	return problem.Exit(state)
}
