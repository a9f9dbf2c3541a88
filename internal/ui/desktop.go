package ui

import (
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/atotto/clipboard"
	"github.com/charmbracelet/x/ansi"
	"github.com/pkg/browser"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// Clipboard holds the values of a step that were shown, and copies one after the
// other to the person's clipboard.
type Clipboard struct {
	Copy func(text string) error // nil: there is no clipboard

	values []string
	next   int
}

// Add adds a value that was shown to what can be copied.
func (c *Clipboard) Add(value string) {
	if !slices.Contains(c.values, value) {
		c.values = append(c.values, value)
	}
}

// Forget takes what was shown before away from what can be copied.
func (c *Clipboard) Forget() { c.values, c.next = nil, 0 }

// Ready reports that there is something to copy, and a way to do it.
func (c *Clipboard) Ready() bool { return c.Copy != nil && len(c.values) > 0 }

// CopyNext copies the next of the shown values, in the order in which the portal
// wants them, and says which one it was in that many columns.
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

// copyLocally puts text on this machine's clipboard, or where there is none on
// that of the terminal w.
func copyLocally(w io.Writer, text string) error {
	if clipboard.Unsupported || clipboard.WriteAll(text) != nil {
		return copyByTerminal(w, text)
	}
	return nil
}

// copyByTerminal asks the terminal to put text on its clipboard (OSC 52), which
// works over SSH too. A terminal that does not know the request ignores it.
func copyByTerminal(w io.Writer, text string) error {
	_, err := w.Write([]byte(ansi.SetSystemClipboard(text)))
	return err
}

// link makes an address one that can be clicked. What is seen stays the whole
// address, and nothing but printable ASCII becomes part of the sequence.
func (t *Printer) link(address string) string {
	if !t.Links || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return address
	}
	return ansi.SetHyperlink(address) + address + ansi.ResetHyperlink()
}

// silenceBrowser keeps the messages of the browser off the person's screen.
var silenceBrowser = sync.OnceFunc(func() { browser.Stdout, browser.Stderr = io.Discard, io.Discard })

// OpenBrowser opens an address in the person's browser.
func OpenBrowser(address string) error {
	silenceBrowser()
	return browser.OpenURL(address)
}

// HasBrowser reports whether a browser would open on the screen of the person
// who typed the command, from the environment that env reads.
func HasBrowser(env func(string) string) bool {
	return env("SSH_CONNECTION") == "" && (runtime.GOOS != "linux" || env("DISPLAY") != "" ||
		env("WAYLAND_DISPLAY") != "")
}
