package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// entry is a line of help --json.
type entry struct {
	Type                                       string
	Command, Usage, Short, About, Topic, Title string
	Flags                                      []struct{ Name, Short, Value, Default, What string }
	Examples                                   []struct{ Line, What string }
}

// manual has the pages in one language.
type manual struct {
	lang             i18n.Lang
	edition          edition
	commands, topics []entry
}

// pageName returns the name of a command's page, in the style of git.
func pageName(command string) string { return strings.ReplaceAll(command, " ", "-") }

// page returns a command's page in the roff macros "man".
func (m *manual) page(c entry) []byte {
	w := &roff{}
	fmt.Fprintf(w, ".TH %s 1 \"%s\" \"%s\" \"%s\"\n", escape(strings.ToUpper(pageName(c.Command))), m.edition.day,
		escape(strings.TrimSpace(program+" "+m.edition.version)), escape(i18n.T("openfire-o365 manual").In(m.lang)))
	w.WriteString(".nh\n.ad l\n") // a command cut at a hyphen cannot be copied
	m.section(w, i18n.T("NAME"))
	fmt.Fprintf(w, "%s \\- %s\n", escape(pageName(c.Command)), escape(strings.TrimSuffix(c.Short, ".")))
	m.section(w, i18n.T("SYNOPSIS"))
	fmt.Fprintf(w, ".B %s\n%s\n", escape(c.Command), escape(strings.TrimSpace(strings.TrimPrefix(c.Usage, c.Command))))
	m.section(w, i18n.T("DESCRIPTION"))
	w.text(c.About)
	m.subcommands(w, c)
	if len(c.Flags) > 0 {
		m.section(w, i18n.T("OPTIONS"))
	}
	for _, f := range c.Flags {
		w.flag(f.Name, f.Short, f.Value)
		what := f.What
		if f.Default != "" {
			what += " (" + f.Default + ")"
		}
		w.line(what)
	}
	if len(c.Examples) > 0 {
		m.section(w, i18n.T("EXAMPLES"))
	}
	for _, e := range c.Examples {
		fmt.Fprintf(w, ".TP\n.B %s\n", escape(e.Line))
		w.line(e.What)
	}
	if c.Command == program {
		m.whole(w)
	}
	m.seeAlso(w, c)
	return w.Bytes()
}

// whole writes the sections about all commands, on the first page.
func (m *manual) whole(w *roff) {
	m.section(w, i18n.T("ENVIRONMENT"))
	w.line(i18n.T("Every flag can also be set with an environment variable: OPENFIRE_O365_DIR for --dir. A flag " +
		"overrides the variable, and the variable overrides the token file.").In(m.lang))
	for _, t := range m.topics {
		fmt.Fprintf(w, ".SH %s\n", escape(strings.ToUpper(t.Title)))
		w.text(t.About)
	}
}

func (m *manual) section(w *roff, title i18n.Text) {
	fmt.Fprintf(w, ".SH %s\n", escape(title.In(m.lang)))
}

// below reports whether a command is a direct subcommand of another.
func below(c, parent string) bool {
	rest, ok := strings.CutPrefix(c, parent+" ")
	return ok && !strings.Contains(rest, " ")
}

func (m *manual) subcommands(w *roff, c entry) {
	first := true
	for _, sub := range m.commands {
		if !below(sub.Command, c.Command) {
			continue
		}
		if first {
			m.section(w, i18n.T("COMMANDS"))
			first = false
		}
		fmt.Fprintf(w, ".TP\n.BR %s (1)\n", escape(pageName(sub.Command)))
		w.line(sub.Short)
	}
}

// seeAlso refers to the page of the parent command, and to the first page.
func (m *manual) seeAlso(w *roff, c entry) {
	if c.Command == program {
		return
	}
	m.section(w, i18n.T("SEE ALSO"))
	w.line(i18n.T("The flags of every command, the exit codes and the token file:").In(m.lang))
	fmt.Fprintf(w, ".BR %s (1)", escape(program))
	for _, other := range m.commands {
		if other.Command != program && below(c.Command, other.Command) {
			fmt.Fprintf(w, ",\n.BR %s (1)", escape(pageName(other.Command)))
		}
	}
	w.WriteString(".\n")
}

// roff is a page being written.
type roff struct{ bytes.Buffer }

// line writes one line of ordinary text.
func (w *roff) line(s string) { w.WriteString(guarded(escape(s)) + "\n") }

func (w *roff) flag(name, short, value string) {
	w.WriteString(".TP\n")
	if short != "" {
		fmt.Fprintf(w, "\\fB\\-%s\\fR, ", short)
	}
	fmt.Fprintf(w, "\\fB%s\\fR", escape("--"+name))
	if value != "" {
		fmt.Fprintf(w, " \\fI%s\\fR", escape(value))
	}
	w.WriteString("\n")
}

// text writes paragraphs. One with an indented line is not filled.
func (w *roff) text(s string) {
	for i, paragraph := range strings.Split(s, "\n\n") {
		asItIs := strings.HasPrefix(paragraph, " ") || strings.Contains(paragraph, "\n ")
		switch {
		case asItIs:
			w.WriteString(".PP\n.RS 2\n.nf\n")
		case i > 0:
			w.WriteString(".PP\n")
		}
		for l := range strings.SplitSeq(paragraph, "\n") {
			w.line(l)
		}
		if asItIs {
			w.WriteString(".fi\n.RE\n")
		}
	}
}

// guarded escapes a line that begins like a request.
func guarded(s string) string {
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		return `\&` + s
	}
	return s
}

// escape writes text in ASCII, which every roff reads in any encoding.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\\':
			b.WriteString(`\e`)
		case r == '-':
			b.WriteString(`\-`)
		case r == '\'':
			b.WriteString(`\(aq`)
		case r == '"':
			b.WriteString(`\(dq`)
		case r == '`':
			b.WriteString("\\`")
		case r == '^':
			b.WriteString(`\(ha`)
		case r == '~':
			b.WriteString(`\(ti`)
		case r == '\u00a0':
			b.WriteString(`\ `)
		case r > '~':
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
