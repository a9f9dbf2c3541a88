package faults

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"
)

// normalize undoes what mail clients, browsers, shells and logs do to a
// message: quoting, line breaks, escapes, base64 parts, UTF-16, Latin-1. The
// result is one line of words with single spaces. It is only searched, so that
// decoding too much does no harm.
func normalize(text string) string {
	if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") { // ">" of Windows PowerShell
		text, _ = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().String(text)
	}
	text = unescape(appendParts(text))
	if !isASCII(text) {
		text = characters(text)
	}
	var out strings.Builder
	out.Grow(len(text))
	quoting, space := true, false // nothing but quotation marks so far on this line; a space is due
	for i := 0; i < len(text); {
		end := i
		for end < len(text) && text[end] > ' ' && text[end] != 0x7f {
			end++
		}
		switch c := text[i]; {
		case end == i:
			end++
			quoting = quoting || c == '\n' || c == '\r'
			space = out.Len() > 0
		case quoting && (c == '>' || c == '|'):
			end = i + 1
		default:
			if space {
				out.WriteByte(' ')
			}
			out.WriteString(text[i:end])
			quoting, space = false, false
		}
		i = end
	}
	return out.String()
}

func isASCII(s string) bool {
	var all byte
	for i := range len(s) {
		all |= s[i]
	}
	return all < utf8.RuneSelf
}

// characters replaces typographic spaces and quotes, takes bytes that are not
// UTF-8 as Latin-1, and joins accents to their letters, which macOS copies apart.
func characters(s string) string {
	var out strings.Builder
	out.Grow(len(s))
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd") {
			r = rune(s[i])
		}
		switch {
		case r == '\u00a0', r == '\u202f', r == '\u2007', r == '\u2009', r == '\u2028', r == '\u2029':
			out.WriteByte(' ')
		case r == '\u2018', r == '\u2019', r == '\u02bc', r == 0x91, r == 0x92: // the last two in Windows-1252
			out.WriteByte('\'')
		case r == '\u201c', r == '\u201d':
			out.WriteByte('"')
		case r == '\u00ad', r >= '\u200b' && r <= '\u200f', r == '\u2060', r == '\ufeff': // invisible
		default:
			out.WriteRune(r)
		}
	}
	if s = out.String(); strings.IndexByte(s, 0xcc) >= 0 {
		return norm.NFC.String(s)
	}
	return s
}

// maxParts is how many base64 parts of one mail are decoded.
const maxParts = 20

// appendParts appends the decoded base64 parts (RFC 2045 section 6.8) of a mail
// to it. Of a part that is cut the beginning is decoded.
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

// lower returns s with the letters of ASCII and Latin-1 in lower case, each at
// its place.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c-'A' < 26 || c >= 0x80 && c <= 0x9e && c != 0x97 && i > 0 && b[i-1] == 0xc3 {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}
