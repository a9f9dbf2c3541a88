package guide

import (
	_ "embed"
	"fmt"
	"html"
	"html/template"
	"strconv"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

//go:embed drawing.css
var drawingCSS string

// Drawing is a simplified page of a portal. What a step clicks carries the
// step's number.
type Drawing struct {
	Lang  i18n.Lang
	Shows string // for those who cannot see it
	Bar   string // the page's title
	Menu  []Item // on the left; without one the rows take the whole width
	Rows  []Row
}

// Row is one line of the page.
type Row struct {
	Shape string // heading, line, tool, tabs, field, choice, check, button or table
	Items []Item // a field's name and value; a table's heads, each followed by its cell
}

// Item is a word to read or to click.
type Item struct {
	Text string // "": something that does not matter here, drawn in grey
	On   bool   // chosen, ticked or open
	Mark int    // the number of the step that clicks it; 0: none
}

// drawing reads a drawing of drawings.txt.
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

// The measures of a drawing, in its own units; text is 13 high.
const (
	width     = 460
	menuWidth = 164
	margin    = 16
	radius    = 10 // of the circle around a step's number
	barHeight = 30
	top       = 44 // of the first row
)

// canvas collects the shapes of a drawing from top to bottom.
type canvas struct {
	strings.Builder
	x, y  int      // of the next row
	steps []string // what each number clicks
}

func (c *canvas) add(format string, args ...any) { fmt.Fprintf(c, format, args...) }

// SVG draws. id begins the ids of the title and the description.
func (d *Drawing) SVG(id string) template.HTML {
	c := &canvas{x: margin, y: top}
	bottom := top
	if len(d.Menu) > 0 {
		c.menu(d.Menu)
		c.x, c.y, bottom = menuWidth+margin, top, c.y
	}
	for _, r := range d.Rows {
		c.row(r)
	}
	height := max(bottom, c.y) + 8
	var svg canvas
	svg.add(`<svg xmlns="http://www.w3.org/2000/svg" class="drawing" role="img"`)
	svg.add(` aria-labelledby="%[1]s-title %[1]s-desc"`, id)
	svg.add(` viewBox="0 0 %d %d" lang="%s">`+"\n", width, height, d.Lang)
	svg.add("<title id=\"%s-title\">%s</title>\n", id, html.EscapeString(d.Shows))
	svg.add("<desc id=\"%s-desc\">%s</desc>\n", id, html.EscapeString(strings.Join(c.steps, " ; ")))
	svg.add(`<rect class="paper" x=".5" y=".5" width="%d" height="%d" rx="8"/>`+"\n", width-1, height-1)
	if len(d.Menu) > 0 {
		svg.add(`<path class="side" d="M1 %dH%dV%dH9a8 8 0 0 1 -8 -8z"/>`+"\n", barHeight, menuWidth, height-1)
	}
	svg.add(`<path class="bar" d="M1 %dV9a8 8 0 0 1 8 -8H%dA8 8 0 0 1 %d 9V%dz"/>`, barHeight, width-9, width-1, barHeight)
	svg.add(`<text class="on-bar" x="%d" y="20">%s</text>`+"\n", margin, html.EscapeString(d.Bar))
	return template.HTML(svg.String() + c.String() + "</svg>\n")
}

func (c *canvas) menu(items []Item) {
	for _, i := range items {
		room := menuWidth - 26
		if i.Mark > 0 {
			room -= 2 * radius
		}
		lines := fold(i.Text, room, 13)
		height := 8 + 17*len(lines)
		if i.Text == "" {
			c.grey(margin, c.y+height/2-4, 50+13*(c.y%5))
		} else {
			if i.Mark > 0 || i.On {
				c.rect(i.box(), 6, c.y, menuWidth-12, height)
			}
			c.text(i.weight(), margin-4, c.y+17, lines)
			c.mark(i, menuWidth-6-radius-4, c.y+height/2)
		}
		c.y += height + 6
	}
}

// box is the CSS class of the item's border.
func (i Item) box() string {
	if i.Mark > 0 {
		return "lit"
	}
	return "box"
}

// weight is the CSS class of the item's text.
func (i Item) weight() string {
	if i.On || i.Mark > 0 {
		return "on"
	}
	return ""
}

func (c *canvas) rect(class string, x, y, w, h int) {
	c.add(`<rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="4"/>`, class, x, y, w, h)
}

func (c *canvas) grey(x, y, w int) {
	c.add(`<rect class="grey" x="%d" y="%d" width="%d" height="8" rx="4"/>`+"\n", x, y, w)
}

// text writes lines; y is the first one's baseline.
func (c *canvas) text(class string, x, y int, lines []string) {
	if class != "" {
		class = ` class="` + class + `"`
	}
	for n, line := range lines {
		c.add(`<text%s x="%d" y="%d">%s</text>`+"\n", class, x, y+17*n, html.EscapeString(line))
	}
}

// mark puts the step's number beside what it clicks.
func (c *canvas) mark(i Item, x, y int) {
	if i.Mark > 0 {
		c.add(`<circle class="mark" cx="%d" cy="%d" r="%d"/>`, x, y, radius)
		c.add(`<text class="number" x="%d" y="%d">%d</text>`+"\n", x, y+5, i.Mark)
		c.steps = append(c.steps, fmt.Sprintf("%d : %s", i.Mark, i.Text))
	}
}
