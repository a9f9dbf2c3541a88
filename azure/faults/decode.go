package faults

import (
	"encoding/hex"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// escapes matches an escape at the beginning of a text:
//
//   - a soft line break or a byte of quoted-printable (RFC 2045 section 6.7)
//   - a percent-encoded byte (RFC 3986 section 2.1), also one that was encoded several times
//   - an HTML character reference, or a tag; with an @ it is a mail address
//   - an escape of JSON, Python or a shell, also one that was escaped again
//   - a plus sign, which is a space in a query
var escapes = regexp.MustCompile(`^(?:=[ \t\r]*\n|=[[:xdigit:]]{2}|%(?:25)*[[:xdigit:]]{2}|&[^;&]{1,10};|` +
	`<[/!a-zA-Z][^>@]*>|\\+(?:x[[:xdigit:]]{2}|u[[:xdigit:]]{4}|[rnt"'/])?|\+)`)

// The maximum lengths of a tag and of other escapes in bytes.
const maxTag, maxEscape = 500, 32

// unescape decodes quoted-printable, percent encoding, HTML, and the backslash
// escapes of JSON, Python and shells.
func unescape(text string) string {
	quotedPrintable := containsAny(text, []string{"=\n", "=\r\n", "=3D", "=C3=", "quoted-printable"})
	var out strings.Builder
	for {
		i := strings.IndexAny(text, `=%&<\+`)
		if i < 0 {
			return out.String() + text // copies nothing when there is no escape
		}
		out.Grow(len(text))
		out.WriteString(text[:i])
		text = text[i:]
		limit := maxEscape
		if text[0] == '<' {
			limit = maxTag
		}
		escape := escapes.FindString(text[:min(len(text), limit)])
		decoded := decode(escape)
		isByte := text[0] == '=' && decoded != ""
		if decoded == escape || isByte && (!quotedPrintable || strings.HasPrefix(text, "=AADSTS")) {
			escape, decoded = text[:1], text[:1]
		}
		out.WriteString(decoded)
		text = text[len(escape):]
	}
}

// inlineTags are the tags that do not separate words.
var inlineTags = []string{"b", "i", "em", "strong", "span", "font", "wbr", "mark", "a", "code", "u"}

// decode returns what an escape stands for, or the escape itself if it is none.
func decode(escape string) string {
	digits := escape[max(0, len(escape)-2):]
	switch backslash := strings.TrimLeft(escape, `\`); {
	case escape == "":
	case escape == "+":
		return " "
	case strings.HasSuffix(escape, "\n"):
		return ""
	case escape[0] == '=':
		// Not a number after an equals sign.
		if c := hexByte(digits); c[0] >= 0x80 || strings.Contains("=\n\r\t '\"", c) {
			return c
		}
	case escape[0] == '&':
		return html.UnescapeString(escape)
	case escape[0] == '<':
		name, _, _ := strings.Cut(strings.Trim(escape, "</>"), " ")
		if slices.Contains(inlineTags, strings.ToLower(name)) {
			return ""
		}
		return " "
	case escape[0] == '%', strings.HasPrefix(backslash, "x"):
		return hexByte(digits)
	case strings.HasPrefix(backslash, "u"):
		n, _ := strconv.ParseUint(backslash[1:], 16, 16)
		return string(rune(n))
	case backslash == "":
		return `\`
	case strings.Contains("rnt", backslash):
		return "\n"
	default:
		return backslash // a quotation mark or a slash
	}
	return escape
}

// hexByte decodes two hexadecimal digits. A plus sign is a space that was encoded
// twice.
func hexByte(digits string) string {
	decoded, _ := hex.DecodeString(digits)
	return strings.Replace(string(decoded), "+", " ", 1)
}
