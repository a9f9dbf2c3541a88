package ui

import (
	"io"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/atotto/clipboard"
	"github.com/charmbracelet/x/ansi"
	"github.com/pkg/browser"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// Clipboard keeps the values that a step has shown and copies them to the user's
// clipboard one by one.
type Clipboard struct {
	Copy func(text string) error // nil: no clipboard

	values []string
	next   int
}

// Add adds a value that was shown.
func (c *Clipboard) Add(value string) {
	if !slices.Contains(c.values, value) {
		c.values = append(c.values, value)
	}
}

// Forget removes all values.
func (c *Clipboard) Forget() { c.values, c.next = nil, 0 }

// Ready reports whether there are values and a clipboard.
func (c *Clipboard) Ready() bool { return c.Copy != nil && len(c.values) > 0 }

// CopyNext copies the next value, in the order in which they were shown, and returns
// a message of at most that many columns.
func (c *Clipboard) CopyNext(columns int) i18n.Text {
	if !c.Ready() {
		return i18n.T("There is nothing to copy here.")
	}
	n, value := c.next%len(c.values), c.values[c.next%len(c.values)]
	c.next = n + 1
	if err := c.Copy(value); err != nil {
		return i18n.T("The clipboard is not available: select the value with the mouse.")
	}
	return i18n.T("Copied (%d of %d): %s", n+1, len(c.values), ansi.Truncate(value, columns-22, "…"))
}

// copyLocally copies text to the clipboard of this machine or, if there is none, to
// that of the terminal w.
func copyLocally(w io.Writer, text string) error {
	if clipboard.Unsupported || clipboard.WriteAll(text) != nil {
		return copyByTerminal(w, text)
	}
	return nil
}

// copyByTerminal asks the terminal to copy text to its clipboard (OSC 52), which
// also works over SSH. Terminals without OSC 52 ignore the request.
func copyByTerminal(w io.Writer, text string) error {
	_, err := w.Write([]byte(ansi.SetSystemClipboard(text)))
	return err
}

// link returns an address as a hyperlink (OSC 8) whose text is the address. Only
// printable ASCII becomes part of the sequence.
func (t *Printer) link(address string) string {
	if !t.Links || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return address
	}
	return ansi.SetHyperlink(address) + address + ansi.ResetHyperlink()
}

// silenceBrowser discards the output of the browser.
var silenceBrowser = sync.OnceFunc(func() { browser.Stdout, browser.Stderr = io.Discard, io.Discard })

// OpenBrowser opens an address in the default browser.
func OpenBrowser(address string) error {
	silenceBrowser()
	return browser.OpenURL(address)
}

// HasBrowser reports whether a browser would open on the user's own screen, from the
// environment variables that env reads. On Linux that also takes one of the commands
// that package browser starts.
func HasBrowser(env func(string) string) bool {
	if env("SSH_CONNECTION") != "" || runtime.GOOS != "linux" {
		return env("SSH_CONNECTION") == ""
	}
	return (env("DISPLAY") != "" || env("WAYLAND_DISPLAY") != "") &&
		slices.ContainsFunc([]string{"xdg-open", "x-www-browser", "www-browser"}, func(name string) bool {
			_, err := exec.LookPath(name)
			return err == nil
		})
}
