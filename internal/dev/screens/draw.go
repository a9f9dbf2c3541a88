package screens

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/hinshun/vt10x"
)

// A character's cell in a picture, and the window around the screen.
const (
	cellW, cellH   = 9.6, 20.0
	fontSize       = 16
	baseline       = 15.0
	margin, titleH = 16.0, 34.0
)

// drawing collects what the rows of a picture are made of: each row that looks
// different once, and the colours that are used.
type drawing struct {
	defs strings.Builder
	ids  map[string]string // of a row by its drawing
	inks map[vt10x.Color]bool
}

func newDrawing() *drawing {
	return &drawing{ids: map[string]string{}, inks: map[vt10x.Color]bool{vt10x.DefaultFG: true, vt10x.DefaultBG: true}}
}

// n is a length as short as it can be written.
func n(v float64) string {
	return strings.TrimSuffix(strings.TrimSuffix(fmt.Sprintf("%.1f", v), "0"), ".")
}

// class is the class of a colour.
func (d *drawing) class(c vt10x.Color) string {
	d.inks[c] = true
	switch c {
	case vt10x.DefaultFG:
		return "ink"
	case vt10x.DefaultBG:
		return "paper"
	}
	return fmt.Sprintf("c%x", uint32(c))
}

// row defines how a row is drawn and returns its id, "" for one with nothing on it.
func (d *drawing) row(cells []Cell) string {
	var b strings.Builder
	for _, r := range runs(cells) {
		if r.look.BG != vt10x.DefaultBG {
			fmt.Fprintf(&b, `<rect class="%s" x="%s" width="%s" height="%s"/>`, d.class(r.look.BG), n(float64(r.from)*cellW), n(float64(r.to-r.from)*cellW), n(cellH))
		}
	}
	for _, r := range runs(cells) {
		d.lines(&b, cells, r)
		d.words(&b, cells, r)
	}
	if b.Len() == 0 {
		return ""
	}
	id, known := d.ids[b.String()]
	if !known {
		id = fmt.Sprintf("r%d", len(d.ids))
		d.ids[b.String()] = id
		fmt.Fprintf(&d.defs, "<g id=\"%s\">%s</g>\n", id, b.String())
	}
	return id
}

// words draws the text of a run; two blanks end a piece, as the length of each
// is given, so that any fixed-width font keeps its columns.
func (d *drawing) words(b *strings.Builder, cells []Cell, r run) {
	class := ""
	if r.look.FG != vt10x.DefaultFG {
		class = d.class(r.look.FG)
	}
	for _, m := range []struct {
		mode Mode
		name string
	}{{Bold, "b"}, {Italic, "i"}, {Underline, "u"}} {
		if r.look.Mode&m.mode != 0 {
			class += " " + m.name
		}
	}
	if class = strings.TrimSpace(class); class != "" {
		class = ` class="` + class + `"`
	}
	for from := r.from; from < r.to; {
		if drawn(cells[from].Char) || cells[from].Char == ' ' {
			from++
			continue
		}
		to := from + 1
		for to < r.to && !drawn(cells[to].Char) && (cells[to].Char != ' ' || to+1 < r.to && cells[to+1].Char != ' ' && !drawn(cells[to+1].Char)) {
			to++
		}
		var text strings.Builder
		for _, c := range cells[from:to] {
			text.WriteRune(c.Char)
		}
		length := ""
		if to > from+1 {
			length = fmt.Sprintf(` textLength="%s"`, n(float64(to-from)*cellW))
		}
		fmt.Fprintf(b, `<text%s x="%s" y="%s"%s>%s</text>`, class, n(float64(from)*cellW), n(baseline), length, html.EscapeString(text.String()))
		from = to
	}
}

// strokes are the box drawing characters, as what is drawn from the middle of a
// cell: fonts leave gaps between them.
var strokes = map[rune]string{
	'─': "lr", '│': "ud", '┌': "rd", '┐': "ld", '└': "ru", '┘': "lu", '├': "udr", '┤': "udl", '┬': "lrd", '┴': "lru", '┼': "udlr",
	'╭': "rd", '╮': "ld", '╰': "ru", '╯': "lu", '━': "lr", '┃': "ud",
}

func drawn(c rune) bool { return strokes[c] != "" }

// lines draws the box drawing characters of a run.
func (d *drawing) lines(b *strings.Builder, cells []Cell, r run) {
	var path strings.Builder
	for x := r.from; x < r.to; x++ {
		if cells[x].Char == '─' {
			from := x
			for x+1 < r.to && cells[x+1].Char == '─' {
				x++
			}
			fmt.Fprintf(&path, "M%s %sh%s", n(float64(from)*cellW), n(cellH/2), n(float64(x+1-from)*cellW))
			continue
		}
		for _, arm := range strokes[cells[x].Char] {
			to := map[rune]string{'l': "h-4.8", 'r': "h4.8", 'u': "v-10", 'd': "v10"}[arm]
			fmt.Fprintf(&path, "M%s %s%s", n((float64(x)+0.5)*cellW), n(cellH/2), to)
		}
	}
	if path.Len() > 0 {
		fmt.Fprintf(b, `<path class="%s" d="%s"/>`, d.class(r.look.FG), path.String())
	}
}

// style is the sheet for the colours that were used, in a light and in a dark
// surrounding, or in the one that is given.
func (d *drawing) style(light, dark *Palette) string {
	used := make([]vt10x.Color, 0, len(d.inks))
	for c := range d.inks {
		used = append(used, c)
	}
	slices.Sort(used)
	colours := func(p *Palette) string {
		var b strings.Builder
		for _, c := range used {
			fmt.Fprintf(&b, ".%s{color:%s}", d.class(c), p.Hex(c))
		}
		return b.String() + fmt.Sprintf(".bar{fill:%s}.edge{stroke:%s}.dot{fill:%s}.name{fill:%s}", p.Bar, p.Edge, p.Edge, p.ANSI[8])
	}
	css := `text,rect{fill:currentColor}path{stroke:currentColor;stroke-width:1.2;fill:none}` +
		fmt.Sprintf(`text{font:%dpx ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}`, fontSize) +
		`.b{font-weight:700}.i{font-style:italic}.u{text-decoration:underline}` + "\n" + colours(light) + "\n"
	if dark != nil {
		css += "@media(prefers-color-scheme:dark){" + colours(dark) + "}\n"
	}
	return css
}
