package report

import (
	"fmt"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// Fault prints what a refusal means: its words, who must act, what to do, where
// to click, and whether waiting helps.
func Fault(t *ui.Printer, name string, f faults.Fault, words, link string) {
	l := t.Lang
	t.Indented("", t.Bold(name))
	t.Indented("  ", f.What.In(l))
	if words != "" && words != name {
		t.Indented("    ", i18n.T("Microsoft's message: %s", i18n.Block(words)).In(l))
	}
	t.Indented("    ", i18n.T("To do: %s", f.Do).In(l))
	t.Indented("    ", i18n.T("Who: %s.", f.Who.Text()).In(l))
	switch {
	case f.Dead:
		t.Indented("    ", i18n.T(
			"Waiting does not help: the refresh token is no longer valid, and you must sign in again.").In(l))
	case !f.Passes:
		t.Indented("    ", i18n.T("Waiting does not help.").In(l))
	}
	if link != "" {
		t.Link("    ", link)
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
