package screens

import (
	"fmt"
	"math"

	"github.com/hinshun/vt10x"
)

// Palette is what the colours of a terminal look like.
type Palette struct {
	Ink, Paper string // the terminal's own two
	Bar, Edge  string // of the window around it
	ANSI       [16]string
}

// Light and Dark are made for pictures on a page: every colour but black, or
// white, can be read on the paper.
var (
	Light = Palette{"#1f2328", "#ffffff", "#f1f3f5", "#d0d7de", [16]string{
		"#24292f", "#b91c1c", "#116329", "#7d4e00", "#0550ae", "#6639ba", "#1b6c75", "#57606a",
		"#57606a", "#a40e26", "#1a6b2e", "#633c01", "#0a5cc2", "#7438c4", "#26707a", "#424a53"}}
	Dark = Palette{"#e6edf3", "#0d1117", "#1c2128", "#373e47", [16]string{
		"#6e7681", "#ff8a80", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#c9d1d9",
		"#8b949e", "#ffa198", "#7ee787", "#f2cc60", "#a5d6ff", "#e2c5ff", "#b3f0ff", "#ffffff"}}
)

// Campbell is what Windows shows from the start, and Basic what macOS does: the
// harder ones to be read on.
var (
	Campbell = Palette{"#cccccc", "#0c0c0c", "#1f1f1f", "#3a3a3a", [16]string{
		"#0c0c0c", "#c50f1f", "#13a10e", "#c19c00", "#0037da", "#881798", "#3a96dd", "#cccccc",
		"#767676", "#e74856", "#16c60c", "#f9f1a5", "#3b78ff", "#b4009e", "#61d6d6", "#f2f2f2"}}
	Basic = Palette{"#000000", "#ffffff", "#ececec", "#d5d5d5", [16]string{
		"#000000", "#990000", "#00a600", "#999900", "#0000b2", "#b200b2", "#00a6b2", "#bfbfbf",
		"#666666", "#e50000", "#00d900", "#e5e500", "#0000ff", "#e500e5", "#00e5e5", "#e5e5e5"}}
)

// Hex is a colour as #rrggbb.
func (p *Palette) Hex(c vt10x.Color) string {
	switch {
	case c == vt10x.DefaultFG:
		return p.Ink
	case c == vt10x.DefaultBG:
		return p.Paper
	case c.ANSI():
		return p.ANSI[c]
	case c >= 256:
		return fmt.Sprintf("#%06x", uint32(c))
	case c >= 232: // xterm's greys
		v := 8 + 10*(uint32(c)-232)
		return fmt.Sprintf("#%06x", v<<16|v<<8|v)
	}
	step := func(n uint32) uint32 { // of xterm's cube
		if n == 0 {
			return 0
		}
		return 55 + 40*n
	}
	n := uint32(c) - 16
	return fmt.Sprintf("#%06x", step(n/36)<<16|step(n/6%6)<<8|step(n%6))
}

// Contrast is how much two colours differ in lightness, from 1 to 21, as WCAG 2
// defines its contrast ratio.
func (p *Palette) Contrast(a, b vt10x.Color) float64 {
	light, dark := p.luminance(a)+0.05, p.luminance(b)+0.05
	return max(light, dark) / min(light, dark)
}

// luminance is WCAG's relative luminance of a colour, 0 to 1.
func (p *Palette) luminance(c vt10x.Color) (sum float64) {
	var channels [3]uint8
	_, _ = fmt.Sscanf(p.Hex(c), "#%02x%02x%02x", &channels[0], &channels[1], &channels[2])
	for i, part := range []float64{0.2126, 0.7152, 0.0722} {
		v := float64(channels[i]) / 255
		if v <= 0.04045 {
			sum += part * v / 12.92
		} else {
			sum += part * math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return sum
}
