package guide

import (
	"fmt"
	"strings"
)

// How each shape of row is drawn. A row moves y on by what it took.

func (c *canvas) row(r Row) {
	switch r.Shape {
	case Heading:
		c.text("head", c.x, c.y+16, fold(r.Items[0].Text.In(c.l), c.room(), 17))
		c.y += 12 + 17*len(fold(r.Items[0].Text.In(c.l), c.room(), 17))
	case Line:
		c.line(r.Items[0])
	case Tool:
		c.tool(r.Items[0])
	case Tabs:
		c.tabs(r.Items)
	case Field:
		c.field(r.Items[0], r.Items[1])
	case Choice, Check:
		for _, i := range r.Items {
			c.option(i, r.Shape == Choice)
		}
	case Button:
		c.button(r.Items[0])
	case Table:
		c.table(r.Items)
	}
}

// room is how wide a row may be; a mark stands behind it.
func (c *canvas) room() int { return wide - c.x - gutter - 2*radius - 6 }

// beside is where the marks of full rows stand.
func (c *canvas) beside() int { return wide - gutter - radius }

func (c *canvas) line(i Item) {
	if i.Text.IsZero() {
		c.grey(c.x, c.y+4, c.room()*3/4)
		c.y += 20
		return
	}
	lines := fold(i.Text.In(c.l), c.room()-8, 13)
	high := 8 + 17*len(lines)
	if i.Mark > 0 {
		c.rect("lit", c.x-4, c.y-3, c.room()+4, high)
	}
	c.text(weight(i), c.x+1, c.y+14, lines)
	c.mark(i, c.beside(), c.y+high/2-3)
	c.y += high + 2
}

// tool is a button without a border, as portals have above their lists.
func (c *canvas) tool(i Item) {
	lines := fold(i.Text.In(c.l), c.room()-32, 13)
	w := 0
	for _, line := range lines {
		w = max(w, measure(line, 14)+32)
	}
	high := 9 + 17*len(lines)
	if i.Mark > 0 {
		c.rect("lit", c.x, c.y, w, high)
	}
	fmt.Fprintf(&c.b, `<path class="tick" d="M%d %dh8m-4 -4v8"/>`, c.x+8, c.y+13)
	c.text(weight(i), c.x+22, c.y+17, lines)
	c.mark(i, c.x+w+radius+5, c.y+high/2)
	c.y += high + 9
}

func (c *canvas) tabs(items []Item) {
	x := c.x
	for _, i := range items {
		w := 60
		if i.Text.IsZero() {
			c.grey(x+4, c.y+9, w-10)
		} else {
			w = measure(i.Text.In(c.l), 14) + 16
			if i.Mark > 0 {
				c.rect("lit", x, c.y, w, 26)
			}
			c.text(weight(i), x+8, c.y+18, []string{i.Text.In(c.l)})
			if i.On {
				fmt.Fprintf(&c.b, `<path class="tick" d="M%d %dh%d"/>`, x+8, c.y+29, w-16)
			}
			c.mark(i, x+w+radius+4, c.y+13)
		}
		if x += w + 8; i.Mark > 0 {
			x += 2*radius + 4
		}
	}
	fmt.Fprintf(&c.b, `<path class="rule" d="M%d %d.5H%d"/>`+"\n", c.x, c.y+30, wide-gutter)
	c.y += 40
}

// field is a box under its name.
func (c *canvas) field(name, in Item) {
	label := fold(name.Text.In(c.l), c.room(), 12)
	c.text("soft", c.x, c.y+12, label)
	c.y += 2 + 17*len(label)
	lines := fold(in.Text.In(c.l), c.room()-16, 13)
	high := 10 + 17*len(lines)
	both := Item{name.Text, false, max(name.Mark, in.Mark)}
	c.rect(lit(both), c.x, c.y, c.room(), high)
	c.text("", c.x+8, c.y+18, lines)
	c.mark(both, c.beside(), c.y+high/2)
	c.y += high + 10
}

// option is a radio button, or a box to tick.
func (c *canvas) option(i Item, radio bool) {
	lines := fold(i.Text.In(c.l), c.room()-26, 13)
	if i.Text.IsZero() {
		lines = []string{""}
	}
	if i.Mark > 0 {
		c.rect("lit", c.x-4, c.y, c.room()+4, 9+17*len(lines))
	}
	if x, y := c.x+8, c.y+12; radio {
		fmt.Fprintf(&c.b, `<circle class="box" cx="%d" cy="%d" r="7"/>`, x, y)
		if i.On {
			fmt.Fprintf(&c.b, `<circle class="full" cx="%d" cy="%d" r="4"/>`, x, y)
		}
	} else {
		c.rect("box", x-7, y-7, 14, 14)
		if i.On {
			fmt.Fprintf(&c.b, `<path class="tick" d="M%d %dl3 3 6 -7"/>`, x-4, y)
		}
	}
	if i.Text.IsZero() {
		c.grey(c.x+24, c.y+8, c.room()*2/3)
	}
	c.text(weight(i), c.x+24, c.y+17, lines)
	c.mark(i, c.beside(), c.y+4+17*len(lines)/2)
	c.y += 13 + 17*len(lines)
}

func (c *canvas) button(i Item) {
	lines := fold(i.Text.In(c.l), c.room()-28, 13)
	w := 0
	for _, line := range lines {
		w = max(w, measure(line, 14)+28)
	}
	high := 11 + 17*len(lines)
	c.rect(lit(i), c.x, c.y, w, high)
	c.text("on", c.x+14, c.y+18, lines)
	c.mark(i, c.x+w+radius+6, c.y+high/2)
	c.y += high + 10
}

// table has its columns' heads above one line of what is in them.
func (c *canvas) table(items []Item) {
	columns := len(items) / 2
	w := (wide - c.x - gutter) / columns
	high := 0
	for n := range columns {
		high = max(high, 17*len(fold(items[2*n].Text.In(c.l), w-10, 12)))
	}
	for n := range columns {
		head, cell, x := items[2*n], items[2*n+1], c.x+n*w
		if head.Mark > 0 {
			c.rect("lit", x-4, c.y, w-4, high+70)
			c.mark(head, x+w/2-6, c.y+high+54)
		}
		c.text("soft", x, c.y+14, fold(head.Text.In(c.l), w-10, 12))
		if cell.Text.IsZero() {
			c.grey(x, c.y+high+21, w-24)
		} else {
			c.text(weight(head), x, c.y+high+30, []string{cell.Text.In(c.l)})
		}
	}
	fmt.Fprintf(&c.b, `<path class="rule" d="M%d %d.5H%d"/>`+"\n", c.x, c.y+high+10, wide-gutter)
	c.y += high + 78
}

// fold breaks a text so that each line fits: at blanks, and in an address after
// a slash.
func fold(s string, width, size int) (lines []string) {
	line := ""
	for word := range strings.SplitSeq(strings.ReplaceAll(s, "/", "/\x00 "), " ") {
		gap := " "
		if strings.HasSuffix(line, "\x00") || line == "" {
			gap = ""
		}
		line = strings.TrimSuffix(line, "\x00")
		if line != "" && measure(line+gap+word, size) > width {
			lines = append(lines, line)
			line, gap = "", ""
		}
		line += gap + word
	}
	return append(lines, line)
}

// measure is how wide a text is, of the widest font that a reader may have.
func measure(s string, size int) int {
	w := 0
	for _, r := range s {
		switch {
		case strings.ContainsRune("ijl.,:;'|!()[]\u00a0 ", r):
			w += 36
		case strings.ContainsRune("mwMW@%", r):
			w += 92
		case r >= 'A' && r <= 'Z':
			w += 70
		default:
			w += 61
		}
	}
	return w * size / 100
}
