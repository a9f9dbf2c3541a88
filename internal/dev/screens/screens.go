// Package screens keeps what a terminal shows: as text that can be compared line
// by line, and as pictures. It is for tests and for the pictures in docs; it
// knows nothing of the program, of processes or of clocks, and the program
// nothing of it.
package screens

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hinshun/vt10x"
)

// Mode is how a character is set. The bits are vt10x's, which keeps them to
// itself; reverse is not among them, as vt10x swaps the colours instead.
type Mode int16

// The modes that can be seen.
const (
	Underline Mode = 1 << 1
	Bold      Mode = 1 << 2
	Italic    Mode = 1 << 4
)

// Look is all but the character: its colours are vt10x.DefaultFG and DefaultBG,
// 0 to 255, or 24 bits of red, green and blue.
type Look struct {
	Mode   Mode
	FG, BG vt10x.Color
}

// plain is what nobody has styled.
var plain = Look{FG: vt10x.DefaultFG, BG: vt10x.DefaultBG}

// Cell is one character of a screen.
type Cell struct {
	Char rune
	Look
}

// Screen is what a terminal shows at one moment.
type Screen struct {
	Name    string        // of the moment
	Hold    time.Duration // how long a film stays on it
	Columns int
	Rows    [][]Cell
	Cursor  bool // shown, at X, Y from the top left
	X, Y    int
}

// Of copies what an emulator shows. Nobody may write to it meanwhile.
func Of(v vt10x.View, name string) Screen {
	columns, rows := v.Size()
	at := v.Cursor()
	s := Screen{Name: name, Columns: columns, Cursor: v.CursorVisible(), X: at.X, Y: at.Y}
	for y := range rows {
		row := make([]Cell, columns)
		for x := range row {
			g := v.Cell(x, y)
			row[x] = Cell{g.Char, Look{Mode(g.Mode) & (Underline | Bold | Italic), g.FG, g.BG}}
			if g.Char == 0 {
				row[x].Char = ' '
			}
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

// Replace puts what a pattern finds, also across the edge where a terminal
// breaks a long line, in other words. What is shorter is filled up and what is
// longer is cut, so that everything else stays where it was.
func (s *Screen) Replace(pattern *regexp.Regexp, words func(string) string) {
	var text strings.Builder
	var cells []*Cell
	for y := range s.Rows {
		for x := range s.Rows[y] {
			cells = append(cells, &s.Rows[y][x])
			text.WriteRune(s.Rows[y][x].Char)
		}
	}
	all := text.String()
	for _, at := range pattern.FindAllStringIndex(all, -1) {
		first, found := len([]rune(all[:at[0]])), all[at[0]:at[1]]
		other := []rune(words(found))
		for i := range []rune(found) {
			cells[first+i].Char = ' '
			if i < len(other) {
				cells[first+i].Char = other[i]
			}
		}
	}
}

// Lines are the rows as text, without the blanks at their ends.
func (s *Screen) Lines() []string {
	lines := make([]string, len(s.Rows))
	for y, row := range s.Rows {
		text := make([]rune, len(row))
		for x, c := range row {
			text[x] = c.Char
		}
		lines[y] = strings.TrimRight(string(text), " ")
	}
	return lines
}

// run is a stretch of cells that look alike.
type run struct {
	from, to int // the cells from <= x < to
	look     Look
}

// runs cuts a row where its look changes.
func runs(row []Cell) (all []run) {
	for x, c := range row {
		if n := len(all); n > 0 && all[n-1].look == c.Look {
			all[n-1].to = x + 1
			continue
		}
		all = append(all, run{x, x + 1, c.Look})
	}
	return all
}

// Same reports that two screens cannot be told apart by looking at them.
func (s *Screen) Same(other *Screen) bool {
	return s.Columns == other.Columns && s.Cursor == other.Cursor && (!s.Cursor || s.X == other.X && s.Y == other.Y) &&
		slices.EqualFunc(s.Rows, other.Rows, slices.Equal[[]Cell])
}
