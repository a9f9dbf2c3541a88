package screens

import (
	"fmt"
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hinshun/vt10x"
)

// The size of a character's cell in pixels.
const cellW, cellH = 9.6, 20

// Words are the texts of a picture: its language, title and description, and
// the title of its window.
type Words struct{ Lang, Title, About, Window string }

// drawing collects the rows of a picture that differ, and the colours they use.
type drawing struct {
	defs strings.Builder
	ids  map[string]string // the id of a row by its drawing
	used map[vt10x.Color]bool
}

// layer is what is visible on the same screens of a film.
type layer struct {
	visible []bool // by screen
	body    strings.Builder
}

// Film draws screens one after the other, each for its Hold, as an SVG that is
// animated by style sheets only and repeats. It has colours for light and dark
// surroundings. Without animation it shows the last screen.
func Film(all []Screen, w Words) string {
	d := &drawing{ids: map[string]string{}, used: map[vt10x.Color]bool{vt10x.DefaultFG: true, vt10x.DefaultBG: true}}
	var total time.Duration
	for i := range all {
		total += all[i].Hold
	}
	var body, rules strings.Builder
	fmt.Fprintf(&rules, ".k{animation:%.2fs step-end infinite;visibility:hidden}.z{visibility:visible}\n", total.Seconds())
	for i, l := range d.layers(all) {
		class := ""
		if slices.Contains(l.visible, false) {
			class = fmt.Sprintf(` class="k k%d"`, i)
			if l.visible[len(all)-1] {
				class = fmt.Sprintf(` class="k k%d z"`, i)
			}
			fmt.Fprintf(&rules, ".k%d{animation-name:k%d}@keyframes k%d{%s}\n", i, i, i, l.keyframes(all, total))
		}
		fmt.Fprintf(&body, "<g%s>%s</g>\n", class, l.body.String())
	}
	rules.WriteString("@media(prefers-reduced-motion:reduce){.k{animation:none}}\n")
	width, height := float64(all[0].Columns)*cellW+32, len(all[0].Rows)*cellH+58
	return fmt.Sprintf(window, px(width), height, w.Lang, html.EscapeString(w.Title), html.EscapeString(w.About),
		d.style()+rules.String(), d.defs.String(), px(width-20), px(width-1), height-1, px(width/2),
		html.EscapeString(w.Window), body.String())
}

// layers groups the rows and cursors of all screens by when they are visible.
func (d *drawing) layers(all []Screen) (layers []*layer) {
	var order []string
	visible := map[string][]bool{}
	show := func(i int, element string) {
		if visible[element] == nil {
			visible[element] = make([]bool, len(all))
			order = append(order, element)
		}
		visible[element][i] = true
	}
	for i := range all {
		for y, row := range all[i].Rows {
			if id := d.row(row); id != "" {
				show(i, fmt.Sprintf(`<use href="#%s" y="%d"/>`, id, y*cellH))
			}
		}
		if all[i].Cursor {
			show(i, fmt.Sprintf(`<rect x="%s" y="%d" width="9.6" height="20" opacity=".6"/>`, column(all[i].X), all[i].Y*cellH))
		}
	}
	for _, element := range order {
		i := slices.IndexFunc(layers, func(l *layer) bool { return slices.Equal(l.visible, visible[element]) })
		if i < 0 {
			i, layers = len(layers), append(layers, &layer{visible: visible[element]})
		}
		layers[i].body.WriteString(element)
	}
	return layers
}

// keyframes are the moments at which a layer appears and disappears.
func (l *layer) keyframes(all []Screen, total time.Duration) (frames string) {
	state := map[bool]string{true: "{visibility:visible}", false: "{visibility:hidden}"}
	frames = "0%" + state[l.visible[0]]
	var at time.Duration
	for i := range all {
		if i > 0 && l.visible[i] != l.visible[i-1] {
			frames += fmt.Sprintf("%.3f%%%s", 100*at.Seconds()/total.Seconds(), state[l.visible[i]])
		}
		at += all[i].Hold
	}
	return frames
}

// px writes a length with at most one decimal.
func px(v float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0") }

// column is the left edge of a column, or the width of that many.
func column(x int) string { return px(float64(x) * cellW) }

// class returns the style class of a colour.
func (d *drawing) class(c vt10x.Color) string {
	d.used[c] = true
	switch c {
	case vt10x.DefaultFG:
		return "ink"
	case vt10x.DefaultBG:
		return "paper"
	}
	return fmt.Sprintf("c%x", uint32(c))
}

// row draws a row once and returns its id, "" for an empty one.
func (d *drawing) row(cells []vt10x.Glyph) string {
	var b strings.Builder
	for _, r := range runs(cells) {
		if r.style.BG != vt10x.DefaultBG {
			fmt.Fprintf(&b, `<rect class="%s" x="%s" width="%s" height="20"/>`,
				d.class(r.style.BG), column(r.from), column(r.to-r.from))
		}
	}
	for _, r := range runs(cells) {
		d.text(&b, r, text(cells[r.from:r.to]))
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

// piece is text without two blanks in a row and without vertical lines.
var piece = regexp.MustCompile(`[^ │]+(?: [^ │]+)*`)

// text draws the text of a run: vertical lines as paths, as fonts leave gaps
// between them, then pieces of text. Each piece has its length, so that columns
// are aligned in every fixed-width font.
func (d *drawing) text(b *strings.Builder, r run, text string) {
	path := ""
	for i, c := range []rune(text) {
		if c == '│' {
			x := px((float64(r.from+i) + 0.5) * cellW)
			path += fmt.Sprintf("M%s 10v-10M%s 10v10", x, x)
		}
	}
	if path != "" {
		fmt.Fprintf(b, `<path class="%s" d="%s"/>`, d.class(r.style.FG), path)
	}
	class := ""
	if r.style.FG != vt10x.DefaultFG {
		class = d.class(r.style.FG)
	}
	for _, m := range modes {
		if r.style.Mode&m.bit != 0 {
			class += " " + m.name[:1]
		}
	}
	if class != "" {
		class = ` class="` + strings.TrimSpace(class) + `"`
	}
	for _, at := range piece.FindAllStringIndex(text, -1) {
		found, length := text[at[0]:at[1]], ""
		if n := utf8.RuneCountInString(found); n > 1 {
			length = fmt.Sprintf(` textLength="%s"`, column(n))
		}
		fmt.Fprintf(b, `<text%s x="%s" y="15"%s>%s</text>`, class,
			column(r.from+utf8.RuneCountInString(text[:at[0]])), length, html.EscapeString(found))
	}
}

// style returns the style sheet for the colours used.
func (d *drawing) style() string {
	rules := func(p *palette) (css string) {
		for _, c := range slices.Sorted(maps.Keys(d.used)) {
			css += fmt.Sprintf(".%s{color:%s}", d.class(c), p.hex(c))
		}
		return css + fmt.Sprintf(".bar{fill:%s}.edge{stroke:%s}.dot{fill:%s}.name{fill:%s}", p.bar, p.edge, p.edge, p.ansi[8])
	}
	return `text,rect{fill:currentColor}path{stroke:currentColor;stroke-width:1.2;fill:none}` +
		`text{font:16px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}` +
		`.b{font-weight:700}.i{font-style:italic}.u{text-decoration:underline}` + "\n" +
		rules(&light) + "\n@media(prefers-color-scheme:dark){" + rules(&dark) + "}\n"
}

// window is a picture: a window with a title bar of 34 pixels, and in it the
// screen with a margin of 16.
const window = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]s %[2]d" width="%[1]s" height="%[2]d"` +
	` role="img" lang="%[3]s" aria-labelledby="t d">
<title id="t">%[4]s</title>
<desc id="d">%[5]s</desc>
<style>
%[6]s</style>
<defs>
%[7]s</defs>
<rect class="paper" width="%[1]s" height="%[2]d" rx="10"/>` +
	`<path class="bar" style="stroke:none" d="M0 34v-24a10 10 0 0 1 10-10h%[8]sa10 10 0 0 1 10 10v24z"/>` +
	`<rect class="edge" style="fill:none" x=".5" y=".5" width="%[9]s" height="%[10]d" rx="9.5"/>` +
	`<circle class="dot" cx="22" cy="17" r="5.5"/><circle class="dot" cx="40" cy="17" r="5.5"/>` +
	`<circle class="dot" cx="58" cy="17" r="5.5"/>` +
	`<text class="name" x="%[11]s" y="21.5" text-anchor="middle" style="font-size:13px">%[12]s</text>
<g class="ink" transform="translate(16 42)">
%[13]s</g>
</svg>
`
