package guide

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// Drawing is a simplified page of a portal, rendered by the template "drawing" of
// page.html. What a step clicks has the number of the step.
type Drawing struct {
	Lang  i18n.Lang
	Shows string // text alternative
	Bar   string // title of the page
	Menu  []Item // on the left; if empty the rows have the whole width
	Rows  []Row
}

// Row is one line of the page.
type Row struct {
	Shape string // heading, line, tool, tabs, field, choice, check, button or table
	Items []Item // of a field: name and value; of a table: each head followed by its cell
}

// Item is a text or a control of the page.
type Item struct {
	Text string // "": irrelevant content, drawn in grey
	On   bool   // selected or open
	Mark int    // number of the step that clicks it; 0: none
}

// drawing parses a drawing of drawings.txt.
func (b *book) drawing(name, shows string) *Drawing {
	_, text, _ := strings.Cut(source("drawings.txt"), "\n["+name+"] ")
	text, _, _ = strings.Cut(text, "\n\n")
	bar, rows, _ := strings.Cut(strings.TrimSpace(text), "\n")
	d := &Drawing{Lang: b.lang, Shows: shows, Bar: b.items(bar)[0].Text}
	for row := range strings.SplitSeq(rows, "\n") {
		shape, items, _ := strings.Cut(row, " ")
		if shape == "menu" {
			d.Menu = b.items(items)
		} else {
			d.Rows = append(d.Rows, Row{shape, b.items(items)})
		}
	}
	return d
}

// Steps returns a description of the numbered items.
func (d *Drawing) Steps() string {
	var steps []string
	for _, row := range append([]Row{{Items: d.Menu}}, d.Rows...) {
		for _, i := range row.Items {
			if i.Mark > 0 {
				steps = append(steps, fmt.Sprintf("%d : %s", i.Mark, i.Text))
			}
		}
	}
	return strings.Join(steps, " ; ")
}

func (b *book) items(text string) (items []Item) {
	for item := range strings.SplitSeq(text, " | ") {
		item, number, _ := strings.Cut(item, " #")
		item, on := strings.CutPrefix(item, "*")
		mark, _ := strconv.Atoi(number) // "" is 0
		switch item[0] {
		case '-':
			item = ""
		case '{':
			item = b.expand(item)
		case '"':
			item = strings.Trim(item, `"`)
		default:
			item = b.shortLabel(item)
		}
		for line := range strings.SplitSeq(item, "\n") {
			items = append(items, Item{line, on, mark})
		}
	}
	return items
}

// labels maps the English labels of the portals to the French ones.
var labels = sync.OnceValue(func() map[string]string {
	french := map[string]string{}
	for line := range strings.Lines(source("labels.txt")) {
		if en, fr, ok := strings.Cut(strings.TrimSpace(line), " | "); ok {
			french[en] = fr
		}
	}
	return french
})

// label returns a label in bold, followed by the label in the other language, because
// the portal may use either.
func (b *book) label(english string) string {
	other := labels()[english]
	if other == english {
		return "**" + english + "**"
	}
	if b.lang == i18n.French {
		other = english
	}
	return "**" + b.shortLabel(english) + "** (" + other + ")"
}

// shortLabel returns a label in the language of the book only.
func (b *book) shortLabel(english string) string {
	if b.lang == i18n.French {
		return unbreakable.Replace(labels()[english])
	}
	return english
}

// unbreakable adds the no-break spaces of French punctuation.
var unbreakable = strings.NewReplacer("« ", "«\u00a0", " »", "\u00a0»",
	" :", "\u00a0:", " ;", "\u00a0;", " ?", "\u00a0?", " !", "\u00a0!")
