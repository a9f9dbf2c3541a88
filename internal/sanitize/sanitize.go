// Package sanitize makes text of unknown origin safe to show on a terminal, in a
// log or on a page. It also removes what other programs add to copied text.
package sanitize

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxText is the maximum number of characters that Line returns.
const MaxText = 500

// Line returns s as one line that is safe to show. Line breaks and tabs become
// single spaces, control characters are replaced by their numbers (U+001B becomes
// <1B>), surrounding spaces are removed, and the result has at most MaxText
// characters.
func Line(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' })
	s = strings.TrimFunc(strings.Join(words, " "), func(r rune) bool { return unicode.Is(unicode.Zs, r) })
	count := 0
	for i := range s {
		if count++; count > MaxText && s[i-1] != ' ' {
			return visible(s[:i]) + "…"
		}
	}
	return visible(s)
}

// Text is Line for a text of any length that keeps its line breaks.
func Text(s string) string {
	lines := strings.Split(strings.NewReplacer("\t", " ", "\r", " ").Replace(s), "\n")
	for i, line := range lines {
		lines[i] = visible(line)
	}
	return strings.Join(lines, "\n")
}

// visible replaces hostile characters in s, and bytes that are not UTF-8, by their
// numbers.
func visible(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd"):
			fmt.Fprintf(&b, "<%02X>", s[i])
		case isHostile(r):
			fmt.Fprintf(&b, "<%02X>", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isHostile reports whether r can move the cursor, or hide or reorder text: C0,
// DEL, C1, bidirectional and zero-width controls (CVE-2021-42574), line separators,
// private use and unassigned characters.
func isHostile(r rune) bool {
	if r >= ' ' && r < 0x7f || r == '\u00a0' {
		return false
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || !unicode.IsGraphic(r) ||
		r == '\u115f' || r == '\u1160' || r == '\u3164' || r == '\uffa0' // invisible letters
}

// IsVisible reports whether s is a non-empty string of visible ASCII characters, so
// that it cannot end a protocol field that contains it.
func IsVisible(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// undoTypography replaces the characters that Word, Teams and Outlook put into
// copied text.
var undoTypography = strings.NewReplacer(
	"\u00a0", " ", "\u202f", " ", "\u2007", " ", "\u2009", " ",
	"\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\ufeff", "", "\u00ad", "",
	"\u2018", "'", "\u2019", "'", "\u201c", `"`, "\u201d", `"`,
	"\u200e", "", "\u200f", "", "\u202a", "", "\u202b", "", "\u202c", "", "\u202d", "", "\u202e", "",
	"\u2066", "", "\u2067", "", "\u2068", "", "\u2069", "", "\u00ab", `"`, "\u00bb", `"`,
)

// Pasted cleans a value that a person typed or pasted: it removes invisible
// characters, the spaces around it and one pair of enclosing quotes, and replaces
// typographic spaces and quotes.
func Pasted(s string) string {
	s = strings.TrimSpace(undoTypography.Replace(s))
	for _, pair := range []string{`""`, `''`, "<>", "``"} {
		if len(s) >= 2 && s[0] == pair[0] && s[len(s)-1] == pair[1] {
			return strings.TrimSpace(s[1 : len(s)-1])
		}
	}
	return s
}
