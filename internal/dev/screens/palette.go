package screens

import (
	"fmt"

	"github.com/hinshun/vt10x"
)

// palette has the colours of a picture.
type palette struct {
	ink, paper string // the default colours
	ansi       [16]string
	bar, edge  string // of the window
}

// Every colour is readable on the paper, see TestContrast.
var (
	light = palette{"#1f2328", "#ffffff", [16]string{
		"#24292f", "#b91c1c", "#116329", "#7d4e00", "#0550ae", "#6639ba", "#1b6c75", "#57606a",
		"#57606a", "#a40e26", "#1a6b2e", "#633c01", "#0a5cc2", "#7438c4", "#26707a", "#424a53"}, "#f1f3f5", "#d0d7de"}
	dark = palette{"#e6edf3", "#0d1117", [16]string{
		"#6e7681", "#ff8a80", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#c9d1d9",
		"#8b949e", "#ffa198", "#7ee787", "#f2cc60", "#a5d6ff", "#e2c5ff", "#b3f0ff", "#ffffff"}, "#1c2128", "#373e47"}
)

// hex returns a colour as #rrggbb.
func (p *palette) hex(c vt10x.Color) string {
	switch {
	case c == vt10x.DefaultFG:
		return p.ink
	case c == vt10x.DefaultBG:
		return p.paper
	case c.ANSI():
		return p.ansi[c]
	}
	return fmt.Sprintf("#%06x", uint32(c))
}
