package screens

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hinshun/vt10x"
)

// reader reads the text of screens, line by line.
type reader struct {
	all  []Screen
	rows int // of the last screen
}

// Decode reads what Encode wrote.
func Decode(text string) ([]Screen, error) {
	var r reader
	for n, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if err := r.line(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	r.fill()
	return r.all, nil
}

func (r *reader) line(line string) error {
	kind, rest := line, ""
	if line != "" {
		kind, rest = line[:1], line[1:]
	}
	if len(r.all) == 0 && kind != "#" {
		return fmt.Errorf("%q before the first screen", line)
	}
	switch kind {
	case "#":
		r.fill()
		return r.header(strings.Fields(rest))
	case "|":
		row := r.blank()
		for x, c := range []rune(rest) {
			if x >= len(row) {
				return fmt.Errorf("more than %d columns", len(row))
			}
			row[x].Char = c
		}
		return r.add(row)
	case ":":
		return r.looks(rest)
	case "=":
		return r.same(rest)
	}
	return fmt.Errorf("%q is no line of a screen", line)
}

// header opens a screen.
func (r *reader) header(words []string) (err error) {
	var s Screen
	if len(words) < 2 {
		return fmt.Errorf("a screen wants a name and a size, not %q", words)
	}
	s.Name = words[0]
	if _, err = fmt.Sscanf(words[1], "%dx%d", &s.Columns, &r.rows); err != nil {
		return err
	}
	for i := 2; i < len(words) && err == nil; i++ {
		if words[i] == "cursor" && i+1 < len(words) {
			i++
			s.Cursor = true
			_, err = fmt.Sscanf(words[i], "%d,%d", &s.X, &s.Y)
			continue
		}
		s.Hold, err = time.ParseDuration(words[i])
	}
	r.all = append(r.all, s)
	return err
}

func (r *reader) last() *Screen { return &r.all[len(r.all)-1] }

func (r *reader) add(row []Cell) error {
	s := r.last()
	if len(s.Rows) >= r.rows {
		return fmt.Errorf("more than %d rows", r.rows)
	}
	s.Rows = append(s.Rows, row)
	return nil
}

func (r *reader) blank() []Cell { return slices.Repeat([]Cell{{' ', plain}}, r.last().Columns) }

// fill adds the empty rows at the end that were left out.
func (r *reader) fill() {
	for len(r.all) > 0 && len(r.last().Rows) < r.rows {
		r.last().Rows = append(r.last().Rows, r.blank())
	}
}

// looks styles the row before.
func (r *reader) looks(rest string) error {
	rows := r.last().Rows
	for stretch := range strings.SplitSeq(rest, ",") {
		words := strings.Fields(stretch)
		if len(words) < 2 || len(rows) == 0 {
			return fmt.Errorf("%q says nothing", stretch)
		}
		first, end, is := strings.Cut(words[0], "-")
		if !is {
			end = first
		}
		from, err := strconv.Atoi(first)
		if err != nil {
			return err
		}
		to, err := strconv.Atoi(end)
		if err != nil {
			return err
		}
		look, err := parseLook(words[1:])
		if err != nil {
			return err
		}
		row := rows[len(rows)-1]
		if from < 0 || to >= len(row) {
			return fmt.Errorf("columns %s of %d", words[0], len(row))
		}
		for x := from; x <= to; x++ {
			row[x].Look = look
		}
	}
	return nil
}

// same takes rows from the screen before.
func (r *reader) same(rest string) error {
	n, err := strconv.Atoi(rest)
	if err != nil {
		return err
	}
	at := len(r.last().Rows)
	if len(r.all) < 2 || at+n > len(r.all[len(r.all)-2].Rows) {
		return fmt.Errorf("the screen before has no %d rows there", n)
	}
	for _, row := range r.all[len(r.all)-2].Rows[at : at+n] {
		if err := r.add(slices.Clone(row)); err != nil {
			return err
		}
	}
	return nil
}

func parseLook(words []string) (l Look, err error) {
	l = plain
	for i := 0; i < len(words) && err == nil; i++ {
		mode, is := modes[words[i]]
		switch {
		case is:
			l.Mode |= mode
		case words[i] == "on" && i+1 < len(words):
			i++
			l.BG, err = parseColour(words[i])
		default:
			l.FG, err = parseColour(words[i])
		}
	}
	return l, err
}

func parseColour(s string) (vt10x.Color, error) {
	switch s {
	case "ink":
		return vt10x.DefaultFG, nil
	case "paper":
		return vt10x.DefaultBG, nil
	}
	if i := slices.Index(names, s); i >= 0 {
		return vt10x.Color(i), nil
	}
	base := 16
	digits, is := strings.CutPrefix(s, "#")
	if !is {
		base = 10
		digits, is = strings.CutPrefix(s, "colour-")
	}
	n, err := strconv.ParseUint(digits, base, 24)
	if !is || err != nil {
		return 0, fmt.Errorf("%q is no colour", s)
	}
	return vt10x.Color(n), nil
}
