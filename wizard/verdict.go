package wizard

import (
	"fmt"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// verdicts are the words of the statuses.
var verdicts = map[check.Status]i18n.Text{
	check.OK:      i18n.T("OK"),
	check.Warning: i18n.T("WARNING"),
	check.Failed:  i18n.T("FAILED"),
	check.Skipped: i18n.T("SKIPPED"),
	check.Unknown: i18n.T("UNKNOWN"),
}

// colours repeat the verdict in the terminal's own 16 colours. Yellow cannot be
// read on white, nor blue on black.
var (
	colours      = map[check.Status]string{check.OK: "32", check.Warning: "33", check.Failed: "31", check.Unknown: "36"}
	coloursLight = map[check.Status]string{check.OK: "32", check.Warning: "35", check.Failed: "31", check.Unknown: "34"}
)

func (t *Teller) verdict(s check.Status) string { return t.paint(s, verdicts[s].In(t.Lang)) }

// judge tells a sentence behind its verdict, which stands out.
func (t *Teller) judge(s check.Status, sentence string) {
	first := t.verdict(s) + " "
	for paragraph := range strings.SplitSeq(sentence, "\n") {
		for i, l := range wrap(first+paragraph, t.width()-2) {
			if i > 0 || first == "" {
				l = "  " + l
			}
			t.line(strings.TrimRight(l, " "))
		}
		first = ""
	}
}

// paint writes in a status' colour. Terminals show a bold colour as its bright
// one: on black that helps, on white it would take away what can be read.
func (t *Teller) paint(s check.Status, word string) string {
	of, bold := colours, "1;"
	if t.Light {
		of, bold = coloursLight, ""
	}
	if c := of[s]; t.Color && c != "" {
		return "\x1b[" + bold + c + "m" + word + "\x1b[0m"
	}
	return word
}

// Fault tells what a refusal means: its words, who must act, what to do, where
// to click, and whether waiting helps.
func (t *Teller) Fault(name string, f faults.Fault, words, link string) {
	l := t.Lang
	t.say("", t.bold(name))
	t.say("  ", f.What.In(l))
	if words != "" && words != name {
		t.say("    ", i18n.T("The text: %s", i18n.Block(words)).In(l))
	}
	t.say("    ", i18n.T("To do: %s", f.Do).In(l))
	t.say("    ", i18n.T("Who: %s.", f.Who.Text()).In(l))
	switch {
	case f.Dead:
		t.say("    ", i18n.T("Waiting changes nothing: the refresh token is lost, somebody must sign in again.").In(l))
	case !f.Passes:
		t.say("    ", i18n.T("Waiting changes nothing.").In(l))
	}
	if link != "" {
		t.line("    " + t.link(link))
	}
}

// Result tells one check: verdict, title, what was found; and for what is not
// well who must act, what to do and where to click.
func (t *Teller) Result(r check.Result) {
	l := t.Lang
	colon := i18n.T(":").In(l)
	t.judge(r.Status, fmt.Sprintf("%s%s %s", r.Title.In(l), colon, r.What.In(l)))
	if r.Good() || r.Status == check.Unknown {
		return
	}
	if r.Detail != "" {
		t.say("    ", "Microsoft"+colon+" "+r.Detail)
	}
	if !r.Do.IsZero() {
		t.say("    ", i18n.T("To do: %s", r.Do).In(l))
	}
	if who := r.Who.Text(); !who.IsZero() {
		t.say("    ", i18n.T("Who: %s.", who).In(l))
	}
	if r.Link != "" {
		t.line("    " + t.link(r.Link))
	}
}
