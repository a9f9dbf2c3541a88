// Package screens records what a terminal shows: as text that can be compared
// line by line, and as an animated SVG. It serves the tests, and draws the
// pictures of the README from the recorded screens.
package screens

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hinshun/vt10x"
)

// The recorded bits of vt10x.Glyph.Mode, which vt10x does not export. It shows
// reverse video by swapping the colours.
const underline, bold, italic int16 = 1 << 1, 1 << 2, 1 << 4

var modes = []struct {
	name string
	bit  int16
}{{"bold", bold}, {"italic", italic}, {"underline", underline}}

// plain is a blank without style.
var plain = vt10x.Glyph{Char: ' ', FG: vt10x.DefaultFG, BG: vt10x.DefaultBG}

// Screen is what a terminal shows at one moment.
type Screen struct {
	Name    string
	Hold    time.Duration // how long a film shows it
	Columns int
	Rows    [][]vt10x.Glyph
	Cursor  bool // visible
	X, Y    int  // of the cursor, from the top left
}

// Of copies what an emulator shows. The emulator must not be written to meanwhile.
func Of(v vt10x.View, name string) Screen {
	columns, rows := v.Size()
	cursor := v.Cursor()
	s := Screen{name, 0, columns, blank(columns, rows), v.CursorVisible(), cursor.X, cursor.Y}
	for y, row := range s.Rows {
		for x := range row {
			row[x] = v.Cell(x, y)
			row[x].Mode &= underline | bold | italic
			row[x].Char = cmp.Or(row[x].Char, ' ')
		}
	}
	return s
}

func blank(columns, rows int) [][]vt10x.Glyph {
	all := make([][]vt10x.Glyph, rows)
	for y := range all {
		all[y] = slices.Repeat([]vt10x.Glyph{plain}, columns)
	}
	return all
}

// Replace replaces each match of pattern, also one that continues in the next
// row. A replacement is padded or cut to the length of the match.
func (s *Screen) Replace(pattern *regexp.Regexp, replacement func(match string) string) {
	replaced := pattern.ReplaceAllStringFunc(text(slices.Concat(s.Rows...)), func(match string) string {
		length := utf8.RuneCountInString(match)
		return string([]rune(replacement(match) + strings.Repeat(" ", length))[:length])
	})
	for i, c := range []rune(replaced) {
		s.Rows[i/s.Columns][i%s.Columns].Char = c
	}
}

// Lines returns the rows as text, without the blanks at their ends.
func (s *Screen) Lines() []string {
	lines := make([]string, len(s.Rows))
	for y, row := range s.Rows {
		lines[y] = strings.TrimRight(text(row), " ")
	}
	return lines
}

// Same reports whether two screens look the same.
func (s *Screen) Same(other *Screen) bool {
	return s.Columns == other.Columns && slices.EqualFunc(s.Rows, other.Rows, slices.Equal[[]vt10x.Glyph]) &&
		s.Cursor == other.Cursor && (!s.Cursor || s.X == other.X && s.Y == other.Y)
}

func text(row []vt10x.Glyph) string {
	text := make([]rune, len(row))
	for x, c := range row {
		text[x] = c.Char
	}
	return string(text)
}

// run is a sequence of cells of the same style.
type run struct {
	from, to int         // from <= x < to
	style    vt10x.Glyph // a blank
}

func runs(row []vt10x.Glyph) (all []run) {
	for x, c := range row {
		c.Char = ' '
		if n := len(all); n > 0 && all[n-1].style == c {
			all[n-1].to = x + 1
			continue
		}
		all = append(all, run{x, x + 1, c})
	}
	return all
}

// Unroll returns the screens of a film in which the rows that after has below
// the cursor of before appear one by one. The last one is after.
func Unroll(before, after Screen, step time.Duration) (all []Screen) {
	for y := before.Y; y < after.Y; y++ {
		s := after
		s.Name, s.Hold, s.X, s.Y = fmt.Sprintf("%s-%d", after.Name, y), step, 0, y+1
		s.Rows = slices.Concat(after.Rows[:y+1], blank(s.Columns, len(after.Rows)-y-1))
		all = append(all, s)
	}
	return append(all, after)
}

// Scroll returns what a terminal with fewer rows shows: the last rows down to
// the cursor.
func Scroll(all []Screen, rows int) []Screen {
	low := slices.Clone(all)
	for i := range low {
		s := &low[i]
		top := max(0, s.Y+1-rows)
		s.Rows, s.Y = s.Rows[top:min(top+rows, len(s.Rows))], s.Y-top
	}
	return low
}
