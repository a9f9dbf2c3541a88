package screens

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hinshun/vt10x"
)

// campbell is the default palette of Windows' terminals, basic that of macOS.
var (
	campbell = palette{ink: "#cccccc", paper: "#0c0c0c", ansi: [16]string{
		"#0c0c0c", "#c50f1f", "#13a10e", "#c19c00", "#0037da", "#881798", "#3a96dd", "#cccccc",
		"#767676", "#e74856", "#16c60c", "#f9f1a5", "#3b78ff", "#b4009e", "#61d6d6", "#f2f2f2"}}
	basic = palette{ink: "#000000", paper: "#ffffff", ansi: [16]string{
		"#000000", "#990000", "#00a600", "#999900", "#0000b2", "#b200b2", "#00a6b2", "#bfbfbf",
		"#666666", "#e50000", "#00d900", "#e5e500", "#0000ff", "#e500e5", "#00e5e5", "#e5e5e5"}}
)

// contrast is the contrast ratio of two colours, 1 to 21, as WCAG 2 defines it.
func (p *palette) contrast(a, b vt10x.Color) float64 {
	light, dark := p.luminance(a)+0.05, p.luminance(b)+0.05
	return max(light, dark) / min(light, dark)
}

// luminance is the relative luminance of a colour, 0 to 1, as WCAG 2 defines it.
func (p *palette) luminance(c vt10x.Color) float64 {
	var r, g, b uint8
	_, _ = fmt.Sscanf(p.hex(c), "#%02x%02x%02x", &r, &g, &b)
	linear := func(channel uint8) float64 {
		if v := float64(channel) / 255; v > 0.04045 {
			return math.Pow((v+0.055)/1.055, 2.4)
		}
		return float64(channel) / 255 / 12.92
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

// TestContrast checks the formula with WCAG's examples, and that all colours of
// the pictures are readable on their paper.
func TestContrast(t *testing.T) {
	t.Parallel()
	for c, want := range map[vt10x.Color]float64{vt10x.DefaultBG: 1, vt10x.DefaultFG: 21, 0x777777: 4.48} {
		if got := basic.contrast(c, vt10x.DefaultBG); math.Abs(got-want) > 0.01 {
			t.Errorf("%x on white: %.2f, want %.2f", uint32(c), got, want)
		}
	}
	for name, p := range map[string]*palette{"light": &light, "dark": &dark} {
		for c := range vt10x.Color(16) {
			if got := p.contrast(c, vt10x.DefaultBG); got < 4 {
				t.Errorf("%s, %s: %.1f", name, colours[c], got)
			}
		}
	}
}

// TestScreensCanBeRead checks that every colour of the recorded screens is
// readable in the default palettes of Windows (dark) and macOS (light).
//
//ci:scale-screens
func TestScreensCanBeRead(t *testing.T) {
	t.Parallel()
	const enough = 3 // WCAG's minimum where the colour is not the only sign; verdicts are words too
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "cmd", "openfire-o365", "testdata", "screens", "*-*-*-*.txt"))
	if err != nil || len(files) < 24 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all, err := Decode(string(text))
		if err != nil {
			t.Fatal(err)
		}
		on := &campbell
		if strings.Contains(file, "light") {
			on = &basic
		}
		for i := range all {
			for x, c := range slices.Concat(all[i].Rows...) {
				if c.Char == ' ' {
					continue
				}
				if got := on.contrast(c.FG, c.BG); got < enough {
					t.Fatalf("%s, %s: row %d, %c: a contrast of %.1f", file, all[i].Name, x/all[i].Columns, c.Char, got)
				}
			}
		}
	}
}
