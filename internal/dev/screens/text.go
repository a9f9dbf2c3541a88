package screens

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hinshun/vt10x"
)

// The text of screens, one after the other:
//
//	# name 80x24 cursor 12,3 1500ms   the moment, the size, the rest where there is any
//	|the first row
//	: 4-8 bold, 13 red on blue        how its columns look, where they are not plain
//	=7                                seven rows as in the screen before
//
// Empty rows at the end are left out. ink and paper are the terminal's own
// colours; reverse type is "paper on ink".

// names are the 16 colours every terminal has.
var names = []string{"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white", "grey",
	"bright-red", "bright-green", "bright-yellow", "bright-blue", "bright-magenta", "bright-cyan", "bright-white"}

func colour(c vt10x.Color) string {
	switch {
	case c == vt10x.DefaultFG:
		return "ink"
	case c == vt10x.DefaultBG:
		return "paper"
	case c.ANSI():
		return names[c]
	case c < 256:
		return "colour-" + strconv.Itoa(int(c))
	}
	return fmt.Sprintf("#%06x", uint32(c))
}

var modes = map[string]Mode{"bold": Bold, "italic": Italic, "underline": Underline}

func (l Look) String() string {
	var words []string
	for _, name := range []string{"bold", "italic", "underline"} {
		if l.Mode&modes[name] != 0 {
			words = append(words, name)
		}
	}
	if l.FG != plain.FG || l.BG != plain.BG {
		words = append(words, colour(l.FG))
	}
	if l.BG != plain.BG {
		words = append(words, "on", colour(l.BG))
	}
	return strings.Join(words, " ")
}

// Encode writes screens as text; with changes, rows that are as in the screen
// before are counted only.
func Encode(all []Screen, changes bool) string {
	var b strings.Builder
	for i := range all {
		s := &all[i]
		fmt.Fprintf(&b, "# %s %dx%d", s.Name, s.Columns, len(s.Rows))
		if s.Cursor {
			fmt.Fprintf(&b, " cursor %d,%d", s.X, s.Y)
		}
		if s.Hold != 0 {
			fmt.Fprintf(&b, " %dms", s.Hold.Milliseconds())
		}
		b.WriteByte('\n')
		last := len(s.Rows)
		for last > 0 && !slices.ContainsFunc(s.Rows[last-1], func(c Cell) bool { return c != Cell{' ', plain} }) {
			last--
		}
		lines := s.Lines()
		for y := 0; y < last; {
			same := y
			for changes && i > 0 && same < last && same < len(all[i-1].Rows) && slices.Equal(s.Rows[same], all[i-1].Rows[same]) {
				same++
			}
			if same > y {
				fmt.Fprintf(&b, "=%d\n", same-y)
				y = same
				continue
			}
			fmt.Fprintf(&b, "|%s\n%s", lines[y], looks(s.Rows[y]))
			y++
		}
	}
	return b.String()
}

// looks tells how a row looks, or nothing where it is plain.
func looks(row []Cell) string {
	var said []string
	for _, r := range runs(row) {
		at := strconv.Itoa(r.from)
		if r.to > r.from+1 {
			at += "-" + strconv.Itoa(r.to-1)
		}
		if r.look != plain {
			said = append(said, at+" "+r.look.String())
		}
	}
	if said == nil {
		return ""
	}
	return ": " + strings.Join(said, ", ") + "\n"
}
