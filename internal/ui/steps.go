package ui

import (
	"fmt"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// Step prints the title of a step and its position among the names of all steps.
func (t *Printer) Step(n int, names []i18n.Text, title i18n.Text) {
	t.Blank()
	t.Indented("", t.Bold(fmt.Sprintf("[%d/%d] %s", n+1, len(names), title.In(t.Lang))))
	var words []string
	for _, name := range names {
		words = append(words, name.In(t.Lang))
	}
	if t.Cursor {
		t.stepBar(n, words)
		return
	}
	if n > 0 {
		t.Print(i18n.T("Done: %s.", strings.Join(words[:n], ", ")))
	}
	if n+1 < len(words) {
		t.Print(i18n.T("Next: %s.", strings.Join(words[n+1:], ", ")))
	}
}

// stepBar prints the steps, marked as done, current or to come, on as few lines as
// possible. Colour only repeats the marks.
func (t *Printer) stepBar(n int, names []string) {
	var items []string
	for i, item := range names {
		switch {
		case i < n:
			item = t.paint(OK, "√ "+item)
		case i == n:
			item = t.Bold("> " + item)
		default:
			item = "· " + item
		}
		items = append(items, strings.ReplaceAll(item, " ", "\u00a0"))
	}
	for _, l := range Wrap(strings.Join(items, "  "), t.TextWidth()) {
		t.line(strings.TrimRight(strings.ReplaceAll(l, "\u00a0", " "), " "))
	}
}
