package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/atotto/clipboard"

	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// look tells the teller what the person's screen can do. Nothing moves where a
// screen reader may listen, and no escape goes to what is no terminal.
func (p *program) look() {
	t := p.tell
	understood := terminal(p.err) && p.env("TERM") != "dumb" && escapes(p.err)
	t.Color = understood && !p.flags.noColor && p.env("NO_COLOR") == ""
	t.Cursor = understood && !p.flags.plain && p.env("ACCESSIBLE") == ""
	t.Links = t.Cursor && links(p.env)
	t.Light = light(p.env("COLORFGBG"))
	t.Width, t.Height = size(p.err)
	if understood {
		t.Clipboard = p.clipboard
	}
}

// clipboard puts text on the clipboard of the screen that the person sits at:
// this machine's own, or over SSH and where there is none the terminal's.
func (p *program) clipboard(text string) error {
	if p.env("SSH_CONNECTION") == "" && !clipboard.Unsupported {
		if err := clipboard.WriteAll(text); err == nil {
			return nil
		}
	}
	return p.tell.Clipboard52(text)
}

// onOutput tells on standard output what a command's result is.
func (p *program) onOutput() *ui.Printer {
	t, own := p.tell, terminal(p.out.w)
	return &ui.Printer{W: p.out, Lang: p.lang, Width: width(p.out.w), Color: t.Color && own, Cursor: t.Cursor && own, Links: t.Links && own, Light: t.Light}
}

// links reports a terminal that is known to make links of OSC 8. Others may
// show the sequence, and most find the address by themselves.
func links(env func(string) string) bool {
	if strings.HasPrefix(env("TERM"), "screen") || strings.HasPrefix(env("TERM"), "tmux") {
		return false // which says nothing about the terminal around it
	}
	vte, _ := strconv.Atoi(env("VTE_VERSION"))
	return vte >= 5000 || env("WT_SESSION") != "" || env("KONSOLE_VERSION") != "" ||
		slices.Contains([]string{"iTerm.app", "WezTerm", "vscode", "ghostty"}, env("TERM_PROGRAM")) ||
		slices.Contains([]string{"xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm"}, env("TERM"))
}

// light reports a light background, from what some terminals say of their
// colours: "0;15", or with another field between. Others are not asked: one
// that never answers would hold the program up.
func light(colorfgbg string) bool {
	fields := strings.Split(colorfgbg, ";")
	n, err := strconv.Atoi(fields[len(fields)-1])
	return err == nil && (n == 7 || n > 8)
}
