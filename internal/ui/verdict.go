package ui

import (
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// Verdict is how something turned out. Its word is always shown; its colour
// only repeats it.
type Verdict string

// The verdicts.
const (
	OK      Verdict = "ok"
	Warning Verdict = "warning"
	Failed  Verdict = "failed"
	Skipped Verdict = "skipped"
	Unknown Verdict = "unknown"
)

var verdicts = map[Verdict]i18n.Text{
	OK:      i18n.T("OK"),
	Warning: i18n.T("WARNING"),
	Failed:  i18n.T("FAILED"),
	Skipped: i18n.T("SKIPPED"),
	Unknown: i18n.T("UNKNOWN"),
}

// colours repeat the verdict in the terminal's own 16 colours. Yellow cannot be
// read on white, nor blue on black.
var (
	colours      = map[Verdict]string{OK: "32", Warning: "33", Failed: "31", Unknown: "36"}
	coloursLight = map[Verdict]string{OK: "32", Warning: "35", Failed: "31", Unknown: "34"}
)

// Text is the word for the verdict.
func (v Verdict) Text() i18n.Text { return verdicts[v] }

// Judge prints a sentence behind its verdict.
func (t *Printer) Judge(s Verdict, sentence string) {
	first := t.paint(s, verdicts[s].In(t.Lang)) + " "
	for paragraph := range strings.SplitSeq(sentence, "\n") {
		for i, l := range Wrap(first+paragraph, t.TextWidth()-2) {
			if i > 0 || first == "" {
				l = "  " + l
			}
			t.line(strings.TrimRight(l, " "))
		}
		first = ""
	}
}

// paint writes in a verdict's colour. Terminals show a bold colour as its bright
// one: on black that helps, on white it would take away what can be read.
func (t *Printer) paint(s Verdict, word string) string {
	of, bold := colours, "1;"
	if t.Light {
		of, bold = coloursLight, ""
	}
	if c := of[s]; t.Color && c != "" {
		return "\x1b[" + bold + c + "m" + word + "\x1b[0m"
	}
	return word
}
