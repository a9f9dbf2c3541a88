package faults

import (
	"encoding/hex"
	"html"
	"strconv"
	"strings"
)

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
		decoded, n := escape(text)
		if n == 0 && quotedPrintable && text[0] == '=' {
			decoded, n = quotedByte(text)
		}
		if n == 0 {
			decoded, n = text[:1], 1
		}
		out.WriteString(decoded)
		text = text[n:]
	}
}

// Each of the following functions decodes the escape at the head of s and
// returns its length, 0 when there is none.

func escape(s string) (string, int) {
	switch s[0] {
	case '=':
		return "", softLineBreak(s)
	case '%':
		return percent(s)
	case '&':
		return entity(s)
	case '<':
		return tag(s)
	case '\\':
		return backslash(s)
	}
	return " ", 1 // a plus sign, a space in a query
}

// softLineBreak returns the length of a soft line break of quoted-printable (RFC
// 2045 section 6.7), which is removed.
func softLineBreak(s string) int {
	rest := strings.TrimLeft(s[1:min(len(s), 80)], " \t\r")
	if !strings.HasPrefix(rest, "\n") {
		return 0
	}
	return strings.IndexByte(s, '\n') + 1
}

// quotedByte decodes a byte of quoted-printable, unless it could be a number after
// an equals sign.
func quotedByte(s string) (string, int) {
	decoded, ok := hexByte(s[1:])
	if !ok || strings.HasPrefix(s, "=AADSTS") || decoded[0] < 0x80 && !strings.Contains("=\n\r\t '\"", decoded) {
		return "", 0
	}
	return decoded, 3
}

// percent decodes a percent-encoded byte (RFC 3986 section 2.1), also one that
// was encoded several times.
func percent(s string) (string, int) {
	at := 1
	for strings.HasPrefix(s[at:], "25") && len(s) >= at+4 {
		at += 2
	}
	decoded, ok := hexByte(s[at:])
	if !ok {
		return "", 0
	}
	return decoded, at + 2
}

// entity decodes an HTML character reference.
func entity(s string) (string, int) {
	end := strings.IndexByte(s[:min(len(s), 12)], ';') + 1
	decoded := html.UnescapeString(s[:end])
	if decoded == s[:end] {
		return "", 0
	}
	return decoded, end
}

// tag replaces an HTML tag with a space, and an inline tag with nothing. Text with
// an @ between angle brackets is a mail address.
func tag(s string) (string, int) {
	end := strings.IndexByte(s[:min(len(s), 500)], '>')
	const first = "/!abcdefghijklmnopqrstuvwxyz"
	if end < 2 || !strings.Contains(first, strings.ToLower(s[1:2])) || strings.Contains(s[:end], "@") {
		return "", 0
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(s[1:end], "/"), " ")
	switch strings.ToLower(name) {
	case "b", "i", "em", "strong", "span", "font", "wbr", "mark", "a", "code", "u":
		return "", end + 1
	}
	return " ", end + 1
}

// backslash decodes an escape of JSON, Python or a shell. It removes the first of
// two backslashes, because an escape may have been escaped again.
func backslash(s string) (string, int) {
	switch s[1:min(len(s), 2)] {
	case `\`:
		return "", 1
	case "r", "n", "t":
		return "\n", 2
	case `"`, `'`, "/":
		return s[1:2], 2
	case "x":
		if decoded, ok := hexByte(s[2:]); ok {
			return decoded, 4
		}
	case "u":
		if n, err := strconv.ParseUint(s[2:min(len(s), 6)], 16, 16); err == nil && len(s) >= 6 {
			return string(rune(n)), 6
		}
	}
	return "", 0
}

// hexByte decodes two hexadecimal digits. A plus sign is a space that was
// encoded twice.
func hexByte(s string) (string, bool) {
	decoded, err := hex.DecodeString(s[:min(len(s), 2)])
	if err != nil || len(decoded) == 0 {
		return "", false
	}
	if decoded[0] == '+' {
		return " ", true
	}
	return string(decoded), true
}
