package guide

import "strings"

// row draws a row and moves c.y below it.
func (c *canvas) row(r Row) {
	switch i := r.Items[0]; r.Shape {
	case "heading":
		lines := fold(i.Text, c.room(), 17)
		c.text("head", c.x, c.y+16, lines)
		c.y += 12 + 17*len(lines)
	case "line":
		c.line(i)
	case "tool":
		c.tool(i)
	case "tabs":
		c.tabs(r.Items)
	case "field":
		c.field(i, r.Items[1])
	case "choice":
		c.options(r.Items, c.radioButton)
	case "check":
		c.options(r.Items, c.checkBox)
	case "button":
		c.button(i)
	case "table":
		c.table(r.Items)
	}
}

// room is how wide a row may be: a mark may stand behind it.
func (c *canvas) room() int { return width - c.x - margin - 2*radius - 6 }

// markX is where the marks of full rows stand.
const markX = width - margin - radius

func (c *canvas) line(i Item) {
	if i.Text == "" {
		c.grey(c.x, c.y+4, c.room()*3/4)
		c.y += 20
		return
	}
	lines := fold(i.Text, c.room()-8, 13)
	height := 8 + 17*len(lines)
	if i.Mark > 0 {
		c.rect("lit", c.x-4, c.y-3, c.room()+4, height)
	}
	c.text(i.weight(), c.x+1, c.y+14, lines)
	c.mark(i, markX, c.y+height/2-3)
	c.y += height + 2
}

// tool draws a button without a border, as portals have above their lists.
func (c *canvas) tool(i Item) {
	lines := fold(i.Text, c.room()-32, 13)
	w, height := widest(lines)+32, 9+17*len(lines)
	if i.Mark > 0 {
		c.rect("lit", c.x, c.y, w, height)
	}
	c.add(`<path class="tick" d="M%d %dh8m-4 -4v8"/>`, c.x+8, c.y+13)
	c.text(i.weight(), c.x+22, c.y+17, lines)
	c.mark(i, c.x+w+radius+5, c.y+height/2)
	c.y += height + 9
}

func (c *canvas) tabs(items []Item) {
	x := c.x
	for _, i := range items {
		w := 60
		if i.Text == "" {
			c.grey(x+4, c.y+9, w-10)
		} else {
			w = measure(i.Text, 14) + 16
			if i.Mark > 0 {
				c.rect("lit", x, c.y, w, 26)
			}
			c.text(i.weight(), x+8, c.y+18, []string{i.Text})
			if i.On {
				c.add(`<path class="tick" d="M%d %dh%d"/>`, x+8, c.y+29, w-16)
			}
			c.mark(i, x+w+radius+4, c.y+13)
		}
		if x += w + 8; i.Mark > 0 {
			x += 2*radius + 4
		}
	}
	c.rule(c.y + 30)
	c.y += 40
}

// rule draws a line across the page.
func (c *canvas) rule(y int) {
	c.add(`<path class="rule" d="M%d %d.5H%d"/>`+"\n", c.x, y, width-margin)
}

// field draws a box under its name.
func (c *canvas) field(name, value Item) {
	label := fold(name.Text, c.room(), 12)
	c.text("soft", c.x, c.y+12, label)
	c.y += 2 + 17*len(label)
	lines := fold(value.Text, c.room()-16, 13)
	height := 10 + 17*len(lines)
	c.rect(name.box(), c.x, c.y, c.room(), height)
	c.text("", c.x+8, c.y+18, lines)
	c.mark(name, markX, c.y+height/2)
	c.y += height + 10
}

// options draws what can be chosen or ticked; button draws the button of one.
func (c *canvas) options(items []Item, button func(i Item, x, y int)) {
	for _, i := range items {
		lines := fold(i.Text, c.room()-26, 13)
		if i.Mark > 0 {
			c.rect("lit", c.x-4, c.y, c.room()+4, 9+17*len(lines))
		}
		button(i, c.x+8, c.y+12)
		if i.Text == "" {
			c.grey(c.x+24, c.y+8, c.room()*2/3)
		}
		c.text(i.weight(), c.x+24, c.y+17, lines)
		c.mark(i, markX, c.y+4+17*len(lines)/2)
		c.y += 13 + 17*len(lines)
	}
}

func (c *canvas) radioButton(i Item, x, y int) {
	c.add(`<circle class="box" cx="%d" cy="%d" r="7"/>`, x, y)
	if i.On {
		c.add(`<circle class="full" cx="%d" cy="%d" r="4"/>`, x, y)
	}
}

func (c *canvas) checkBox(i Item, x, y int) {
	c.rect("box", x-7, y-7, 14, 14)
	if i.On {
		c.add(`<path class="tick" d="M%d %dl3 3 6 -7"/>`, x-4, y)
	}
}

func (c *canvas) button(i Item) {
	lines := fold(i.Text, c.room()-28, 13)
	w, height := widest(lines)+28, 11+17*len(lines)
	c.rect(i.box(), c.x, c.y, w, height)
	c.text("on", c.x+14, c.y+18, lines)
	c.mark(i, c.x+w+radius+6, c.y+height/2)
	c.y += height + 10
}

// table draws the heads of the columns above one line of cells.
func (c *canvas) table(items []Item) {
	columns := len(items) / 2
	w := (width - c.x - margin) / columns
	height := 0
	for n := range columns {
		height = max(height, 17*len(fold(items[2*n].Text, w-10, 12)))
	}
	for n := range columns {
		head, cell, x := items[2*n], items[2*n+1], c.x+n*w
		if head.Mark > 0 {
			c.rect("lit", x-4, c.y, w-4, height+70)
			c.mark(head, x+w/2-6, c.y+height+54)
		}
		c.text("soft", x, c.y+14, fold(head.Text, w-10, 12))
		c.text(head.weight(), x, c.y+height+30, []string{cell.Text})
	}
	c.rule(c.y + height + 10)
	c.y += height + 78
}

// fold breaks a text at blanks, and after a slash, so that each line fits.
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

func widest(lines []string) (w int) {
	for _, line := range lines {
		w = max(w, measure(line, 14))
	}
	return w
}

// measure is the width of a text in the widest font that a reader may have.
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
