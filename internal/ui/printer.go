// Package ui prints for a person and for programs: sentences, lists, waits and
// JSON lines. It detects what the terminal can do, and reaches the person's
// clipboard and browser. Package prompt asks questions.
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

// The rules of what a person reads:
//
//   - Whole sentences, in the person's language, portal labels in both.
//   - A value to copy stands on a line of its own, never wrapped.
//   - A verdict is a word first (OK, ÉCHEC); colour only repeats it.
//   - The remedy is a place to click or a command to type.
//   - Foreign text is shown on one line, sanitised, behind "Microsoft :".
//   - Colours are of the terminal's own sixteen, glyphs of WGL4, which every
//     console font has.
//   - A wait has a reason. Where the cursor may go back a spinner stands beside
//     it and both go away; in plain lines, pipes and logs nothing ever moves: the
//     reason is a line, once.
//   - Only what was shown can be copied, so that no secret is ever on a clipboard.
//   - One question at a time; each says which keys or words lead elsewhere.

// Printer tells a person what happens, on one stream and in one language.
type Printer struct {
	W      io.Writer
	Lang   i18n.Lang
	Color  bool
	Light  bool // the background is light
	Cursor bool // the cursor may go back: a person looks on, and no screen reader
	Links  bool // the terminal makes links of OSC 8
	Width  int  // columns; 0 means 80
	Height int  // rows; 0 means enough

	Clipboard Clipboard

	spinner spinner
}

// TextWidth is the room for text, at most 78 columns.
func (t *Printer) TextWidth() int {
	if t.Width == 0 {
		return 78
	}
	return max(20, min(78, t.Width-2))
}

// Write writes b as it is, for instance a line of the log, in the place of the
// spinner.
func (t *Printer) Write(b []byte) (int, error) {
	t.spinner.mu.Lock()
	defer t.spinner.mu.Unlock()
	t.spinner.erase(t.W)
	return t.W.Write(b)
}

func (t *Printer) line(s string) { fmt.Fprintln(t, s) }

// Blank leaves an empty line.
func (t *Printer) Blank() { t.line("") }

// Print tells a sentence or a paragraph, wrapped at words.
func (t *Printer) Print(text i18n.Text) { t.Indented("", text.In(t.Lang)) }

// Indented prints paragraphs behind an indent, wrapped at words.
func (t *Printer) Indented(indent, s string) {
	for _, l := range WrapParagraphs(indent, s, t.TextWidth()) {
		t.line(l)
	}
}

// WrapParagraphs wraps paragraphs behind an indent. A paragraph keeps its own indent.
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

// hang is how far the further lines of a numbered sentence stand in: they
// begin below its words.
func hang(text string) int {
	rest := strings.TrimLeft(text, "0123456789")
	if n := len(text) - len(rest); n > 0 && strings.HasPrefix(rest, ". ") {
		return n + len(". ")
	}
	return 0
}

// Wrap breaks a paragraph at blanks only: identifiers, addresses and commands
// have hyphens, and stay whole.
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

// Title opens a part of a list.
func (t *Printer) Title(title i18n.Text) {
	t.Blank()
	t.Indented("", t.Bold(title.In(t.Lang)))
}

// Note tells a sentence about the line before it.
func (t *Printer) Note(text i18n.Text) { t.Indented("      ", text.In(t.Lang)) }

// Value shows something to copy, whole, on a line of its own.
func (t *Printer) Value(label i18n.Text, value string) {
	t.Indented("  ", label.In(t.Lang)+i18n.T(":").In(t.Lang))
	t.line("    " + sanitize.Line(value))
	t.Clipboard.Add(sanitize.Line(value))
}

// Fact shows values that nobody needs to copy; one alone on the line of its
// label if there is room.
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

// Entry tells a word of a list, and in a column beside it what it means. It takes
// the terminal's whole width.
func (t *Printer) Entry(word, what string, column int) {
	for _, l := range Wrap(what, max(20, t.TextWidth()-column-3, t.Width-column-5)) {
		t.line(fmt.Sprintf("  %-*s %s", column, word, l))
		word = ""
	}
}

// Detail tells a sentence that belongs to the one before.
func (t *Printer) Detail(text i18n.Text) { t.Indented("    ", text.In(t.Lang)) }

// Address shows a link, whole, never cut. It can be copied.
func (t *Printer) Address(link string) {
	t.Page(link)
	t.Clipboard.Add(link)
}

// Page shows the address of a page that this program serves: it is of no use on
// another machine, and what the portal wants comes first on the clipboard.
func (t *Printer) Page(link string) { t.Link("  ", link) }

// Link prints an address behind an indent, never wrapped.
func (t *Printer) Link(indent, address string) { t.line(indent + t.link(address)) }

// Done tells that something succeeded.
func (t *Printer) Done(text i18n.Text) { t.Judge(OK, text.In(t.Lang)) }

// Warn tells something to watch that stops nothing.
func (t *Printer) Warn(text i18n.Text) { t.Judge(Warning, text.In(t.Lang)) }

// Problem tells what is wrong and what to do.
func (t *Printer) Problem(p *problem.Problem) {
	t.Judge(Failed, p.What.In(t.Lang))
	if !p.Do.IsZero() {
		t.Indented("  ", p.Do.In(t.Lang))
	}
}

// Bold makes s stand out where the terminal has colours.
func (t *Printer) Bold(s string) string {
	if t.Color {
		return "\x1b[1m" + s + "\x1b[0m"
	}
	return s
}

// Verdict is how something turned out. Its word is always shown; its colour
// only repeats it.
type Verdict string

// The verdicts.
const (
	OK      Verdict = "ok"
	Warning Verdict = "warning"
	Failed  Verdict = "failed"
	Skipped Verdict = "skipped"
	Unknown Verdict = "unknown"
)

// verdicts are the words of the verdicts and the colours that repeat them, of the
// terminal's own 16, on a dark and on a light background: yellow cannot be read on
// white, nor blue on black.
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

// Text is the word for the verdict.
func (v Verdict) Text() i18n.Text { return verdicts[v].word }

// Judge prints a sentence behind its verdict.
func (t *Printer) Judge(s Verdict, sentence string) {
	for i, l := range WrapParagraphs("  ", t.paint(s, verdicts[s].word.In(t.Lang))+" "+sentence, t.TextWidth()) {
		if i == 0 {
			l = strings.TrimPrefix(l, "  ")
		}
		t.line(l)
	}
}

// paint writes in a verdict's colour. Terminals show a bold colour as its bright
// one: on black that helps, on white it would take away what can be read.
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
