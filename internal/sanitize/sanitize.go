// Package sanitize makes foreign text fit to be shown: on a terminal, in a log,
// on a page. It also undoes what other programs add to text that people copy.
package sanitize

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxText is how many characters of a foreign text are ever shown.
const MaxText = 500

// Line makes a foreign text fit to be shown on one line: line breaks and tabs
// become single spaces, everything a terminal or a log could obey becomes
// visible (U+001B is shown as <1B>), blanks around it go, and it ends after
// MaxText characters.
func Line(s string) string {
	if isClean(s) {
		return s
	}
	s = strings.TrimFunc(s, func(r rune) bool { return unicode.Is(unicode.Zs, r) || r == '\n' || r == '\r' || r == '\t' })
	var b strings.Builder
	count, space := 0, false
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if count >= MaxText {
			return b.String() + "…"
		}
		if r == '\n' || r == '\r' || r == '\t' || r == ' ' {
			space = b.Len() > 0
			i += size
			continue
		}
		if space {
			b.WriteByte(' ')
			count++
		}
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, "<%02X>", s[i])
		case isHostile(r):
			fmt.Fprintf(&b, "<%02X>", r)
		default:
			b.WriteRune(r)
		}
		space = false
		count++
		i += size
	}
	return b.String()
}

// isClean reports whether Line would return s as it is: the common case.
func isClean(s string) bool {
	if len(s) > MaxText {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' && (s[i] != ' ' || i == 0 || i == len(s)-1 || s[i-1] == ' ') || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// Text makes a sentence that foreign text was put into fit to be shown: as
// Line, but it keeps its line breaks and its length.
func Text(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && isHostile(r) }) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd"):
			fmt.Fprintf(&b, "<%02X>", s[i])
		case r == '\t' || r == '\r':
			b.WriteByte(' ')
		case r != '\n' && isHostile(r):
			fmt.Fprintf(&b, "<%02X>", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isHostile reports the characters that move a cursor, hide or reorder text:
// C0, DEL, C1, bidirectional and zero-width controls (CVE-2021-42574), line
// separators, private use and unassigned ones.
func isHostile(r rune) bool {
	if r >= ' ' && r < 0x7f || r == '\u00a0' {
		return false
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || !unicode.IsGraphic(r) ||
		r == '\u115f' || r == '\u1160' || r == '\u3164' || r == '\uffa0' // letters that show nothing
}

// undoTypography are the characters that Word, Teams and Outlook put into what people
// copy, and what they were before.
var undoTypography = strings.NewReplacer(
	"\u00a0", " ", "\u202f", " ", "\u2007", " ", "\u2009", " ",
	"\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\ufeff", "", "\u00ad", "",
	"\u2018", "'", "\u2019", "'", "\u201c", `"`, "\u201d", `"`,
	"\u200e", "", "\u200f", "", "\u202a", "", "\u202b", "", "\u202c", "", "\u202d", "", "\u202e", "",
	"\u2066", "", "\u2067", "", "\u2068", "", "\u2069", "", "\u00ab", `"`, "\u00bb", `"`,
)

// Pasted cleans what a person typed or pasted: invisible characters and
// typographic quotes are undone, blanks around it go, one pair of enclosing
// quotes goes. What is inside is otherwise left as it is.
func Pasted(s string) string {
	s = strings.TrimSpace(undoTypography.Replace(s))
	for _, pair := range []string{`""`, `''`, "<>", "``"} {
		if len(s) >= 2 && s[0] == pair[0] && s[len(s)-1] == pair[1] {
			return strings.TrimSpace(s[1 : len(s)-1])
		}
	}
	return s
}
