// Package ui prints text for users and JSON lines for programs: sentences, lists and
// progress. It detects the capabilities of the terminal and accesses the clipboard
// and the browser. Package prompt asks questions.
package ui

import (
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// Rules for text that users read:
//
//   - Whole sentences in the user's language; portal labels in both languages.
//   - A value to copy is on a line of its own and never wrapped.
//   - A verdict is a word (OK, ÉCHEC); colour only repeats it.
//   - The remedy is a place to click or a command to type.
//   - External text is on one line, sanitized, after "Microsoft :".
//   - Colours are the 16 of the terminal. Glyphs are from WGL4, which every console
//     font has.
//   - A wait shows its reason: next to a spinner that is erased at the end, or as a
//     line of its own in plain lines, pipes and logs.
//   - Only values that were shown can be copied, so that secrets never reach the
//     clipboard.
//   - One question at a time, with the keys or words for other actions.

// Printer prints text on one stream in one language.
type Printer struct {
	W      io.Writer
	Lang   i18n.Lang
	Color  bool
	Light  bool // the background is light
	Cursor bool // the cursor may move back: the stream is a terminal, without a screen reader
	Links  bool // the terminal supports hyperlinks (OSC 8)
	Width  int  // columns; 0 means 80
	Height int  // rows; 0 means unlimited

	Clipboard Clipboard

	spinner spinner
}

// TextWidth returns the width of text in columns, at most 78.
func (t *Printer) TextWidth() int {
	if t.Width == 0 {
		return 78
	}
	return max(20, min(78, t.Width-2))
}

// Write writes b unchanged, for example a log line, after erasing the spinner.
func (t *Printer) Write(b []byte) (int, error) {
	t.spinner.mu.Lock()
	defer t.spinner.mu.Unlock()
	t.spinner.erase(t.W)
	return t.W.Write(b)
}

func (t *Printer) line(s string) { fmt.Fprintln(t, s) }

// Blank prints an empty line.
func (t *Printer) Blank() { t.line("") }

// Print prints a sentence or a paragraph, wrapped at words.
func (t *Printer) Print(text i18n.Text) { t.Indented("", text.In(t.Lang)) }

// Indented prints paragraphs with an indent, wrapped at words.
func (t *Printer) Indented(indent, s string) {
	for _, l := range WrapParagraphs(indent, s, t.TextWidth()) {
		t.line(l)
	}
}

// WrapParagraphs wraps paragraphs and indents them, in addition to their own indent.
func WrapParagraphs(indent, s string, width int) (all []string) {
	for _, paragraph := range strings.Split(s, "\n") {
		text := strings.TrimLeft(paragraph, " ")
		lead := indent + paragraph[:len(paragraph)-len(text)]
		in := hang(text)
		for i, l := range Wrap(text, width-len(lead)-in) {
			if i == 1 {
				lead += strings.Repeat(" ", in)
			}
			all = append(all, strings.TrimRight(lead+l, " "))
		}
	}
	return all
}

// hang returns the indent of the second and later lines of a numbered sentence, so
// that they align with its first word. It is 0 for other sentences.
func hang(text string) int {
	rest := strings.TrimLeft(text, "0123456789")
	if n := len(text) - len(rest); n > 0 && strings.HasPrefix(rest, ". ") {
		return n + len(". ")
	}
	return 0
}

// Wrap breaks a paragraph at blanks only, because identifiers, addresses and commands
// contain hyphens.
func Wrap(s string, width int) (lines []string) {
	line := ""
	for word := range strings.SplitSeq(s, " ") {
		switch {
		case line == "":
			line = word
		case ansi.StringWidth(line)+1+ansi.StringWidth(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}

// Title prints a heading.
func (t *Printer) Title(title i18n.Text) {
	t.Blank()
	t.Indented("", t.Bold(title.In(t.Lang)))
}

// Note prints a sentence about the line before it.
func (t *Printer) Note(text i18n.Text) { t.Indented("      ", text.In(t.Lang)) }

// Value prints a value on a line of its own, never wrapped, and adds it to the
// clipboard list.
func (t *Printer) Value(label i18n.Text, value string) {
	t.Indented("  ", label.In(t.Lang)+i18n.T(":").In(t.Lang))
	t.line("    " + sanitize.Line(value))
	t.Clipboard.Add(sanitize.Line(value))
}

// Fact prints values that need not be copied: a single value on the line of its
// label if it fits, otherwise one per line.
func (t *Printer) Fact(label i18n.Text, values ...string) {
	name := label.In(t.Lang) + i18n.T(":").In(t.Lang)
	if len(values) == 1 && len(Wrap(name+" "+sanitize.Line(values[0]), t.TextWidth()-2)) == 1 {
		t.line("  " + name + " " + sanitize.Line(values[0]))
		return
	}
	t.Indented("  ", name)
	for _, v := range values {
		t.line("    " + sanitize.Line(v))
	}
}

// Entry prints a word and, in a second column, its description. It uses the whole
// width of the terminal.
func (t *Printer) Entry(word, what string, column int) {
	for _, l := range Wrap(what, max(20, t.TextWidth()-column-3, t.Width-column-5)) {
		t.line(fmt.Sprintf("  %-*s %s", column, word, l))
		word = ""
	}
}

// Detail prints an indented sentence.
func (t *Printer) Detail(text i18n.Text) { t.Indented("    ", text.In(t.Lang)) }

// Address prints an address, never wrapped, and adds it to the clipboard list.
func (t *Printer) Address(link string) {
	t.Page(link)
	t.Clipboard.Add(link)
}

// Page prints the address of a page that this program serves. The address is not
// added to the clipboard list, because it is useless on another machine.
func (t *Printer) Page(link string) { t.Link("  ", link) }

// Link prints an address with an indent, never wrapped.
func (t *Printer) Link(indent, address string) { t.line(indent + t.link(address)) }

// Done prints that something succeeded.
func (t *Printer) Done(text i18n.Text) { t.Judge(OK, text.In(t.Lang)) }

// Warn prints a warning.
func (t *Printer) Warn(text i18n.Text) { t.Judge(Warning, text.In(t.Lang)) }

// Problem prints what is wrong and what to do.
func (t *Printer) Problem(p *problem.Problem) {
	t.Judge(Failed, p.What.In(t.Lang))
	if !p.Do.IsZero() {
		t.Indented("  ", p.Do.In(t.Lang))
	}
	if who := p.Who.Text(); !who.IsZero() {
		t.Indented("  ", i18n.T("Who: %s.", who).In(t.Lang))
	}
}

// Bold returns s in bold if colours are enabled.
func (t *Printer) Bold(s string) string {
	if t.Color {
		return "\x1b[1m" + s + "\x1b[0m"
	}
	return s
}

// Verdict is the result of a check or an action. Its word is always shown; its
// colour only repeats it.
type Verdict string

// The verdicts.
const (
	OK      Verdict = "ok"
	Warning Verdict = "warning"
	Failed  Verdict = "failed"
	Skipped Verdict = "skipped"
	Unknown Verdict = "unknown"
)

// verdicts are the words and colours of the verdicts. Dark and light backgrounds need
// different colours: yellow is unreadable on white, blue on black.
var verdicts = map[Verdict]struct {
	word        i18n.Text
	dark, light string
}{
	OK:      {i18n.T("OK"), "32", "32"},
	Warning: {i18n.T("WARNING"), "33", "35"},
	Failed:  {i18n.T("FAILED"), "31", "31"},
	Skipped: {i18n.T("SKIPPED"), "", ""},
	Unknown: {i18n.T("UNKNOWN"), "36", "34"},
}

// Text returns the word for the verdict.
func (v Verdict) Text() i18n.Text { return verdicts[v].word }

// Judge prints a verdict and a sentence.
func (t *Printer) Judge(s Verdict, sentence string) {
	for i, l := range WrapParagraphs("  ", t.paint(s, verdicts[s].word.In(t.Lang))+" "+sentence, t.TextWidth()) {
		if i == 0 {
			l = strings.TrimPrefix(l, "  ")
		}
		t.line(l)
	}
}

// paint returns word in the colour of a verdict. It is bold on a dark background
// only: terminals show bold colours as bright ones, which are unreadable on white.
func (t *Printer) paint(s Verdict, word string) string {
	colour, bold := verdicts[s].dark, "1;"
	if t.Light {
		colour, bold = verdicts[s].light, ""
	}
	if t.Color && colour != "" {
		return "\x1b[" + bold + colour + "m" + word + "\x1b[0m"
	}
	return word
}
