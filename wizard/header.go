package wizard

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/lang"
)

// Step opens a step of set-up: its title, and where it stands among the names
// of all steps.
func (t *Teller) Step(n int, names []lang.Text, title lang.Text) {
	t.Blank()
	t.say("", t.bold(fmt.Sprintf("[%d/%d] %s", n+1, len(names), title.In(t.Lang))))
	if t.Cursor {
		t.road(n, names)
		return
	}
	if n > 0 {
		t.Say(lang.Text{FR: "Fait : %s.", EN: "Done: %s."}.With(listed(names[:n])))
	}
	if n+1 < len(names) {
		t.Say(lang.Text{FR: "Ensuite : %s.", EN: "Then: %s."}.With(listed(names[n+1:])))
	}
}

// road marks the steps as done, current and to come, as many on a line as there
// is room for. The marks say it; the colour repeats it.
func (t *Teller) road(n int, names []lang.Text) {
	line, columns := "", 0
	for i, name := range names {
		item := name.In(t.Lang)
		switch {
		case i < n:
			item = t.paint(check.OK, "√ "+item)
		case i == n:
			item = t.bold("> " + item)
		default:
			item = "· " + item
		}
		wide := ansi.StringWidth(item)
		if columns > 0 && columns+2+wide > t.width() {
			t.line(line)
			line, columns = "", 0
		}
		if columns > 0 {
			line, columns = line+"  ", columns+2
		}
		line, columns = line+item, columns+wide
	}
	t.line(line)
}

// listed joins names with commas, in each language.
func listed(names []lang.Text) lang.Text {
	fr, en := make([]string, len(names)), make([]string, len(names))
	for i, n := range names {
		fr[i], en[i] = n.FR, n.EN
	}
	return lang.Text{FR: strings.Join(fr, ", "), EN: strings.Join(en, ", ")}
}
