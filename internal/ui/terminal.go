package ui

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// Options are what the person wants of the terminal, whatever it can do.
type Options struct {
	Plain   bool // plain lines: no cursor movement, for screen readers
	NoColor bool
}

// DetectTerminal sets what the terminal behind t.W can do, from the environment
// that env reads. Nothing moves where a screen reader may listen, and a stream
// that is no terminal gets no escape sequence.
func (t *Printer) DetectTerminal(env func(string) string, o Options) {
	escapes := IsTerminal(t.W) && env("TERM") != "dumb" && enableEscapes(t.W)
	t.Color = escapes && !o.NoColor && env("NO_COLOR") == ""
	t.Cursor = escapes && !o.Plain && env("ACCESSIBLE") == ""
	t.Links = t.Cursor && supportsLinks(env)
	t.Light = lightBackground(env("COLORFGBG"))
	t.Width, t.Height = size(t.W)
	if escapes {
		toPerson := copyLocally
		if env("SSH_CONNECTION") != "" { // the person sits at another machine
			toPerson = copyByTerminal
		}
		t.Clipboard.Copy = func(text string) error { return toPerson(t.W, text) }
	}
}

// On returns a printer on standard output, in t's language. It styles its text
// if both streams are terminals.
func (t *Printer) On(out *Output) *Printer {
	own := IsTerminal(out.w)
	columns, _ := size(out.w)
	return &Printer{W: out, Lang: t.Lang, Width: columns, Color: t.Color && own, Cursor: t.Cursor && own,
		Links: t.Links && own, Light: t.Light}
}

// Roomy reports a terminal on which a form shows its question and its answer
// at once.
func (t *Printer) Roomy() bool { return t.Width >= 40 && t.Height >= 10 }

// IsTerminal reports whether a stream is a person's screen or keyboard.
func IsTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// size is a terminal's columns and rows, 0 when it is none or does not know.
func size(stream any) (columns, rows int) {
	if IsTerminal(stream) {
		columns, rows, _ = term.GetSize(int(stream.(*os.File).Fd()))
	}
	return max(columns, 0), max(rows, 0)
}

// supportsLinks reports a terminal that is known to support hyperlinks (OSC 8).
// Others may show the sequence, and most find the address by themselves.
func supportsLinks(env func(string) string) bool {
	if strings.HasPrefix(env("TERM"), "screen") || strings.HasPrefix(env("TERM"), "tmux") {
		return false // the terminal around the multiplexer is unknown
	}
	vte, _ := strconv.Atoi(env("VTE_VERSION"))
	return vte >= 5000 || env("WT_SESSION") != "" || env("KONSOLE_VERSION") != "" ||
		slices.Contains([]string{"iTerm.app", "WezTerm", "vscode", "ghostty"}, env("TERM_PROGRAM")) ||
		slices.Contains([]string{"xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm"}, env("TERM"))
}

// lightBackground reports a light background, from COLORFGBG ("0;15", or with a
// field between), which some terminals set. The terminal is not asked: some
// never answer.
func lightBackground(colorfgbg string) bool {
	fields := strings.Split(colorfgbg, ";")
	n, err := strconv.Atoi(fields[len(fields)-1])
	return err == nil && (n == 7 || n > 8)
}
