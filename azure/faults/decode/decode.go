// Package decode reads error messages as people copy them.
package decode

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"
)

// Text reverses what mail clients, browsers, shells and logs do to a message:
// quoting, line breaks, escapes, base64 parts, UTF-16, Latin-1. The result is one
// line of words with single spaces. It is only searched, so that decoding too much
// does no harm.
func Text(text string) []byte {
	if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") { // ">" of Windows PowerShell
		text, _ = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().String(text)
	}
	text = unescape(protectPlus(appendParts(text)))
	if slices.ContainsFunc([]byte(text), func(c byte) bool { return c >= utf8.RuneSelf }) {
		text = characters(text)
	}
	out := make([]byte, 0, len(text))
	quoting := true // only spaces and quotation marks so far on this line
	for _, c := range []byte(text) {
		if c > ' ' && c != 0x7f && (!quoting || c != '>' && c != '|') {
			out, quoting = append(out, c), false
			continue
		}
		quoting = quoting || c == '\n' || c == '\r'
		if len(out) > 0 && out[len(out)-1] != ' ' {
			out = append(out, ' ')
		}
	}
	return bytes.TrimSuffix(out, []byte(" "))
}

// protectPlus encodes the plus sign of a mail address in such a way that unescape
// does not take it for the space of a query.
func protectPlus(text string) string {
	if !strings.Contains(text, "+") && !strings.Contains(text, "2B") {
		return text
	}
	plain := regexp.MustCompile(`((?:^|[\s<>"'(\[:;,=])[\w.-]+)\+([\w.-]+@)`)
	encoded := regexp.MustCompile(`((?:^|[\s=]|%(?:25)*20|\+)[\w.-]+)%(?:25)*2B([\w.-]+%(?:25)*40)`)
	return encoded.ReplaceAllString(plain.ReplaceAllString(text, "${1}&plus;$2"), "${1}&plus;$2")
}

// typography replaces the spaces and quotes of word processors, also those of
// Windows-1252 in place of Latin-1's control characters, and what is invisible.
var typography = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2007", " ", "\u2009", " ",
	"\u2028", " ", "\u2029", " ", "\u2018", "'", "\u2019", "'", "\u02bc", "'", "\u0091", "'", "\u0092", "'",
	"\u201c", `"`, "\u201d", `"`, "\u00ad", "", "\u200b", "", "\u200c", "", "\u200d", "", "\u200e", "",
	"\u200f", "", "\u2060", "", "\ufeff", "")

// characters reads bytes that are not UTF-8 as Latin-1, replaces typography, and
// composes letters with accents, which macOS copies decomposed.
func characters(s string) string {
	if utf8.ValidString(s) {
		return norm.NFC.String(typography.Replace(s))
	}
	var out strings.Builder
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd") {
			r = rune(s[i])
		}
		out.WriteRune(r)
	}
	return characters(out.String())
}

// maxParts is how many base64 parts of one mail are decoded.
const maxParts = 20

// appendParts appends the decoded base64 parts (RFC 2045 section 6.8) of a mail to
// it. It decodes the beginning of a truncated part.
func appendParts(text string) string {
	if !strings.Contains(text, "base64") && !strings.Contains(text, "BASE64") {
		return text
	}
	part := regexp.MustCompile(`(?i)content-transfer-encoding: base64(?:.*\r?\n)+?\r?\n([\w+/=\s]*)`)
	for _, found := range part.FindAllStringSubmatch(text, maxParts) {
		body, _, _ := strings.Cut(strings.ReplaceAll(found[1], "\r", ""), "\n\n")
		packed := bytes.TrimRight(bytes.Join(bytes.Fields([]byte(body)), nil), "=")
		n, _ := base64.RawStdEncoding.Decode(packed, packed)
		text += "\n" + string(packed[:n])
	}
	return text
}

// Lower changes the letters of ASCII and Latin-1 in b to lower case, each at its
// place, and returns the text.
func Lower(b []byte) string {
	for i, c := range b {
		if c-'A' < 26 || c >= 0x80 && c <= 0x9e && c != 0x97 && i > 0 && b[i-1] == 0xc3 {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

// escapes matches an escape at the beginning of a text:
//
//   - a soft line break or a byte of quoted-printable (RFC 2045 section 6.7)
//   - a percent-encoded byte (RFC 3986 section 2.1), also one that was encoded several times
//   - an HTML character reference, or a tag; with an @ it is a mail address
//   - an escape of JSON, Python or a shell, also one that was escaped again
//   - a plus sign, which is a space in a query
//
// It is compiled when it is needed, which keeps the start of the program fast.
var escapes = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:=[ \t\r]*\n|=[[:xdigit:]]{2}|%(?:25)*[[:xdigit:]]{2}|&[^;&]{1,10};|` +
		`<[/!a-zA-Z][^>@]*>|\\+(?:x[[:xdigit:]]{2}|u[[:xdigit:]]{4}|[rnt"'/])?|\+)`)
})

// The maximum lengths of a tag and of other escapes in bytes.
const maxTag, maxEscape = 500, 32

// unescape decodes quoted-printable, percent encoding, HTML, and the backslash
// escapes of JSON, Python and shells.
func unescape(text string) string {
	quotedPrintable := slices.ContainsFunc([]string{"=\n", "=\r\n", "=3D", "=C3=", "quoted-printable"},
		func(mark string) bool { return strings.Contains(text, mark) })
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
		escape := escapes().FindString(text[:min(len(text), limit)])
		decoded := unescapeOne(escape)
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

// unescapeOne returns what an escape stands for, or the escape itself if it is none.
func unescapeOne(escape string) string {
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

// IsMisspelled reports whether two words differ by one letter that is missing, added or
// another.
func IsMisspelled(a, b string) bool {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	a, b = a[i:], b[i:]
	return a != b && (len(a) > 0 && a[1:] == b || len(b) > 0 && a == b[1:] || len(a) > 0 && len(b) > 0 && a[1:] == b[1:])
}
