package ui

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// Options restrict how the terminal is used.
type Options struct {
	Plain   bool // plain lines: no cursor movement, for screen readers
	NoColor bool
}

// DetectTerminal sets the fields of t to the capabilities of the terminal t.W, from
// the environment that env reads. The cursor does not move if a screen reader may be
// in use, and a stream that is not a terminal gets no escape sequences.
func (t *Printer) DetectTerminal(env func(string) string, o Options) {
	escapes := IsTerminal(t.W) && env("TERM") != "dumb" && enableEscapes(t.W)
	t.Color = escapes && !o.NoColor && env("NO_COLOR") == ""
	t.Cursor = escapes && !o.Plain && env("ACCESSIBLE") == ""
	t.Links = t.Cursor && supportsLinks(env)
	t.Light = lightBackground(env("COLORFGBG"))
	t.Width, t.Height = size(t.W)
	if escapes {
		toPerson := copyLocally
		if env("SSH_CONNECTION") != "" { // the user is on another machine
			toPerson = copyByTerminal
		}
		t.Clipboard.Copy = func(text string) error { return toPerson(t.W, text) }
	}
}

// On returns a printer on standard output in the language of t. It uses colours if
// both streams are terminals.
func (t *Printer) On(out *Output) *Printer {
	own := IsTerminal(out.w)
	columns, _ := size(out.w)
	return &Printer{W: out, Lang: t.Lang, Width: columns, Color: t.Color && own, Cursor: t.Cursor && own,
		Links: t.Links && own, Light: t.Light}
}

// Roomy reports whether the terminal is large enough for a form with its question
// and answer.
func (t *Printer) Roomy() bool { return t.Width >= 40 && t.Height >= 10 }

// IsTerminal reports whether a stream is a terminal.
func IsTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// size returns the columns and rows of a terminal, 0 if unknown.
func size(stream any) (columns, rows int) {
	if IsTerminal(stream) {
		columns, rows, _ = term.GetSize(int(stream.(*os.File).Fd()))
	}
	return max(columns, 0), max(rows, 0)
}

// supportsLinks reports whether the terminal is known to support hyperlinks (OSC 8).
// Other terminals may print the sequence, and most detect addresses by themselves.
func supportsLinks(env func(string) string) bool {
	if strings.HasPrefix(env("TERM"), "screen") || strings.HasPrefix(env("TERM"), "tmux") {
		return false // the terminal around the multiplexer is unknown
	}
	vte, _ := strconv.Atoi(env("VTE_VERSION"))
	return vte >= 5000 || env("WT_SESSION") != "" || env("KONSOLE_VERSION") != "" ||
		slices.Contains([]string{"iTerm.app", "WezTerm", "vscode", "ghostty"}, env("TERM_PROGRAM")) ||
		slices.Contains([]string{"xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm"}, env("TERM"))
}

// lightBackground reports whether the background is light, from COLORFGBG ("0;15", or
// with a field between), which some terminals set. The terminal is not queried,
// because some never answer.
func lightBackground(colorfgbg string) bool {
	fields := strings.Split(colorfgbg, ";")
	n, err := strconv.Atoi(fields[len(fields)-1])
	return err == nil && (n == 7 || n > 8)
}
