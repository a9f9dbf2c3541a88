package screens

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hinshun/vt10x"
)

// The text of screens:
//
//	# name 80x24 cursor 12,3 1500ms   a screen: its name and size, cursor and duration if any
//	|the first row
//	: 4-8 bold, 13 red on blue        the style of the row's columns, where it is not plain
//	=7                                seven rows as in the screen before
//
// Empty rows at the end are left out. ink and paper are the terminal's default
// colours; reverse video is "paper on ink". Of the other colours only the 16 of
// ANSI are supported.
var (
	header = regexp.MustCompile(`^# (\S+) (\d+)x(\d+)(?: cursor (\d+),(\d+))?(?: (\d+)ms)?$`)
	style  = regexp.MustCompile(`^ (\d+)(?:-(\d+))?((?: bold| italic| underline)*)(?: ([a-z-]+)(?: on ([a-z-]+))?)?$`)
)

var colours = map[vt10x.Color]string{
	0: "black", 1: "red", 2: "green", 3: "yellow", 4: "blue", 5: "magenta", 6: "cyan", 7: "white",
	8: "grey", 9: "bright-red", 10: "bright-green", 11: "bright-yellow",
	12: "bright-blue", 13: "bright-magenta", 14: "bright-cyan", 15: "bright-white",
	vt10x.DefaultFG: "ink", vt10x.DefaultBG: "paper",
}

// Encode writes screens as text, each in full.
func Encode(all []Screen) string {
	var b strings.Builder
	for _, s := range all {
		s.encode(&b, nil)
	}
	return b.String()
}

// EncodeChanges writes screens as text. Rows that are the same as in the screen
// before are only counted.
func EncodeChanges(all []Screen) string {
	var b strings.Builder
	var before [][]vt10x.Glyph
	for _, s := range all {
		s.encode(&b, before)
		before = s.Rows
	}
	return b.String()
}

func (s *Screen) encode(b *strings.Builder, before [][]vt10x.Glyph) {
	fmt.Fprintf(b, "# %s %dx%d", s.Name, s.Columns, len(s.Rows))
	if s.Cursor {
		fmt.Fprintf(b, " cursor %d,%d", s.X, s.Y)
	}
	if s.Hold != 0 {
		fmt.Fprintf(b, " %dms", s.Hold.Milliseconds())
	}
	b.WriteByte('\n')
	lines, end := s.Lines(), len(s.Rows)
	for end > 0 && lines[end-1]+encodeStyles(s.Rows[end-1]) == "" {
		end--
	}
	for y := 0; y < end; y++ {
		same := y
		for same < min(end, len(before)) && slices.Equal(s.Rows[same], before[same]) {
			same++
		}
		if same > y {
			fmt.Fprintf(b, "=%d\n", same-y)
			y = same - 1
			continue
		}
		fmt.Fprintf(b, "|%s\n%s", lines[y], encodeStyles(s.Rows[y]))
	}
}

// encodeStyles returns the line with the styles of a row, "" for a plain one.
func encodeStyles(row []vt10x.Glyph) string {
	var styles []string
	for _, r := range runs(row) {
		if r.style == plain {
			continue
		}
		columns := strconv.Itoa(r.from)
		if r.to > r.from+1 {
			columns += "-" + strconv.Itoa(r.to-1)
		}
		for _, m := range modes {
			if r.style.Mode&m.bit != 0 {
				columns += " " + m.name
			}
		}
		if r.style.FG != plain.FG || r.style.BG != plain.BG {
			columns += " " + colours[r.style.FG]
		}
		if r.style.BG != plain.BG {
			columns += " on " + colours[r.style.BG]
		}
		styles = append(styles, columns)
	}
	if styles == nil {
		return ""
	}
	return ": " + strings.Join(styles, ", ") + "\n"
}

// Decode reads the text of screens.
func Decode(text string) ([]Screen, error) {
	var d decoder
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if !d.line(line) {
			return nil, fmt.Errorf("line %d: %q is not a line of a screen", i+1, line)
		}
	}
	return d.all, nil
}

type decoder struct {
	all []Screen
	y   int // the next row of the last screen
}

// line reads a line and reports whether it is valid.
func (d *decoder) line(line string) bool {
	if m := header.FindStringSubmatch(line); m != nil {
		hold, columns, rows := time.Duration(number(m[6]))*time.Millisecond, number(m[2]), number(m[3])
		d.all = append(d.all, Screen{m[1], hold, columns, blank(columns, rows), m[4] != "", number(m[4]), number(m[5])})
		d.y = 0
		return true
	}
	if line == "" || len(d.all) == 0 {
		return false
	}
	s := &d.all[len(d.all)-1]
	switch rest := []rune(line[1:]); {
	case line[0] == '|' && d.y < len(s.Rows) && len(rest) <= s.Columns:
		for x, c := range rest {
			s.Rows[d.y][x].Char = c
		}
		d.y++
		return true
	case line[0] == ':' && d.y > 0:
		return decodeStyles(s.Rows[d.y-1], line[1:])
	case line[0] == '=' && len(d.all) > 1:
		before := d.all[len(d.all)-2].Rows
		end := d.y + number(line[1:])
		if end == d.y || end > min(len(before), len(s.Rows)) {
			return false
		}
		for ; d.y < end; d.y++ {
			s.Rows[d.y] = slices.Clone(before[d.y])
		}
		return true
	}
	return false
}

// number reads a number, or returns 0.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return max(n, 0)
}

func decodeStyles(row []vt10x.Glyph, styles string) bool {
	for part := range strings.SplitSeq(styles, ",") {
		m := style.FindStringSubmatch(part)
		if m == nil || m[3]+m[4] == "" {
			return false
		}
		from, to, look := number(m[1]), number(cmp.Or(m[2], m[1])), plain
		for _, mode := range modes {
			if strings.Contains(m[3], mode.name) {
				look.Mode |= mode.bit
			}
		}
		known := 0
		for c, name := range colours {
			if name == cmp.Or(m[4], "ink") {
				look.FG = c
				known++
			}
			if name == cmp.Or(m[5], "paper") {
				look.BG = c
				known++
			}
		}
		if known < 2 || to >= len(row) {
			return false
		}
		for x := from; x <= to; x++ {
			look.Char = row[x].Char
			row[x] = look
		}
	}
	return true
}
