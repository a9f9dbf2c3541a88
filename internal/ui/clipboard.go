package ui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// copyables holds the values of a step that were shown and can be copied.
type copyables struct {
	values []string
	next   int
}

func (c *copyables) add(value string) {
	if !slices.Contains(c.values, value) {
		c.values = append(c.values, value)
	}
}

// Copyable adds a value that was shown to what can be copied.
func (t *Printer) Copyable(value string) { t.copyables.add(value) }

// ForgetCopyables takes what was shown before away from what can be copied.
func (t *Printer) ForgetCopyables() { t.copyables = copyables{} }

// canCopy reports that there is something to copy, and a way to do it.
func (t *Printer) canCopy() bool { return t.Clipboard != nil && len(t.copyables.values) > 0 }

// copyNext puts the next of the shown values on the clipboard, in the order in
// which the portal wants them, and says which one it was.
func (t *Printer) copyNext() i18n.Text {
	if !t.canCopy() {
		return i18n.T("There is nothing to copy here.")
	}
	c := &t.copyables
	n, value := c.next%len(c.values), c.values[c.next%len(c.values)]
	c.next = n + 1
	if err := t.Clipboard(value); err != nil {
		return i18n.T("The clipboard does not answer: select the value with the mouse.")
	}
	return i18n.T("Copied (%d of %d): %s", n+1, len(c.values), ansi.Truncate(value, t.width()-22, "…"))
}

// Clipboard52 asks the terminal to put text on its clipboard (OSC 52), which
// works over SSH too. A terminal that does not know the request ignores it.
func (t *Printer) Clipboard52(text string) error {
	_, err := t.W.Write([]byte(ansi.SetSystemClipboard(text)))
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
