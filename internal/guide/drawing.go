package guide

import (
	_ "embed"
	"fmt"
	"html"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

//go:embed drawing.css
var drawingCSS string

// Drawing is a page of a portal, simplified: what stands where, in our own
// shapes. What a step clicks bears the step's number.
type Drawing struct {
	Shows i18n.Text // for whoever does not see it
	Bar   i18n.Text // whose page it is
	Menu  []Item    // on the left; none leaves the whole width
	Rows  []Row
}

// Item is a word to read or to click.
type Item struct {
	Text i18n.Text // "" is a grey line: something that does not matter here
	On   bool      // chosen, ticked, open
	Mark int       // the step that clicks it; 0 for none
}

// Shape is how a row is drawn.
type Shape int

// The shapes of rows.
const (
	Heading Shape = iota
	Line          // a sentence, or a grey line
	Tool          // a button without a border
	Tabs
	Field  // the first item names it, the second is in it
	Choice // one of several
	Check  // ticked or not
	Button
	Table // the first item of each two is a column's head, the second what is in it
)

// Row is one line of the page.
type Row struct {
	Shape Shape
	Items []Item
}

// The measures of a drawing, in its own units; text is 13 high.
const (
	wide   = 460
	aside  = 164
	gutter = 16
	radius = 10
)

// canvas is a drawing that is being made.
type canvas struct {
	l       i18n.Lang
	b       strings.Builder
	x, y    int // where the next row starts
	numbers []string
}

// SVG draws in one language. id is what the title's and the description's own
// ids start with; alone brings its colours along, as a file of its own.
func (d *Drawing) SVG(l i18n.Lang, id string, alone bool) string {
	c := &canvas{l: l, x: gutter, y: 44}
	if len(d.Menu) > 0 {
		c.menu(d.Menu)
		c.x, c.y = aside+gutter, 44
	}
	foot := c.deepest(d.Menu)
	for _, r := range d.Rows {
		c.row(r)
	}
	high := max(foot, c.y) + 8
	style := ""
	if alone {
		style = "<style>\n" + drawingCSS + "</style>\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="drawing" role="img" aria-labelledby="%[1]s-title %[1]s-desc" viewBox="0 0 %[2]d %[3]d" lang="%[4]s">`+"\n", id, wide, high, l)
	fmt.Fprintf(&b, "<title id=\"%s-title\">%s</title>\n<desc id=\"%s-desc\">%s</desc>\n%s", id, html.EscapeString(d.Shows.In(l)), id, html.EscapeString(strings.Join(c.numbers, " ; ")), style)
	fmt.Fprintf(&b, `<rect class="paper" x=".5" y=".5" width="%d" height="%d" rx="8"/>`+"\n", wide-1, high-1)
	if len(d.Menu) > 0 {
		fmt.Fprintf(&b, `<path class="side" d="M1 30H%dV%dH9a8 8 0 0 1 -8 -8z"/>`+"\n", aside, high-1)
	}
	fmt.Fprintf(&b, `<path class="bar" d="M1 30V9a8 8 0 0 1 8 -8H%dA8 8 0 0 1 %d 9V30z"/><text class="on-bar" x="%d" y="20">%s</text>`+"\n", wide-9, wide-1, gutter, html.EscapeString(d.Bar.In(l)))
	b.WriteString(c.b.String())
	b.WriteString("</svg>\n")
	return b.String()
}

// deepest is where the menu ends.
func (c *canvas) deepest(menu []Item) int {
	y := 44
	for _, i := range menu {
		y += 14 + 17*len(c.entry(i))
	}
	return y
}

// entry is a menu's entry, which leaves room for its mark.
func (c *canvas) entry(i Item) []string {
	room := aside - 26
	if i.Mark > 0 {
		room -= 2 * radius
	}
	return fold(i.Text.In(c.l), room, 13)
}

func (c *canvas) menu(items []Item) {
	for _, i := range items {
		lines := c.entry(i)
		high := 8 + 17*len(lines)
		if i.Text.IsZero() {
			c.grey(gutter, c.y+high/2-4, 50+13*(c.y%5))
			c.y += high + 6
			continue
		}
		if i.Mark > 0 || i.On {
			c.rect(lit(i), 6, c.y, aside-12, high)
		}
		c.text(weight(i), gutter-4, c.y+17, lines)
		c.mark(i, aside-6-radius-4, c.y+high/2)
		c.y += high + 6
	}
}

// lit is the class of what a step clicks, and of what it does not.
func lit(i Item) string {
	if i.Mark > 0 {
		return "lit"
	}
	return "box"
}

func weight(i Item) string {
	if i.On || i.Mark > 0 {
		return "on"
	}
	return ""
}

func (c *canvas) rect(class string, x, y, w, h int) {
	fmt.Fprintf(&c.b, `<rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="4"/>`, class, x, y, w, h)
}

func (c *canvas) grey(x, y, w int) {
	fmt.Fprintf(&c.b, `<rect class="grey" x="%d" y="%d" width="%d" height="8" rx="4"/>`+"\n", x, y, w)
}

// text writes lines, the first with its foot at y.
func (c *canvas) text(class string, x, y int, lines []string) {
	if class != "" {
		class = ` class="` + class + `"`
	}
	for _, line := range lines {
		fmt.Fprintf(&c.b, `<text%s x="%d" y="%d">%s</text>`+"\n", class, x, y, html.EscapeString(line))
		y += 17
	}
}

// mark puts a step's number beside what it clicks.
func (c *canvas) mark(i Item, x, y int) {
	if i.Mark == 0 {
		return
	}
	fmt.Fprintf(&c.b, `<circle class="mark" cx="%d" cy="%d" r="%d"/><text class="number" x="%d" y="%d">%d</text>`+"\n", x, y, radius, x, y+5, i.Mark)
	c.numbers = append(c.numbers, fmt.Sprintf("%d : %s", i.Mark, i.Text.In(c.l)))
}
