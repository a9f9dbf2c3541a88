package faults

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// plain undoes what mail clients, browsers, shells and logs do to a message:
// quoting, line breaks, quoted-printable, base64 parts, percent signs, HTML,
// JSON and Python escapes, UTF-16, Latin-1. What is left is one line of words
// with single spaces. It is generous: nothing is kept of it but what matches.
func plain(text string) string {
	text = withParts(fromUTF16(text))
	p := plainer{start: true,
		printable: strings.Contains(text, "=\n") || strings.Contains(text, "=\r\n") || strings.Contains(text, "=3D") || strings.Contains(text, "=C3=") || strings.Contains(text, "quoted-printable")}
	p.out.Grow(len(text))
	for i := 0; i < len(text); {
		j := i
		for j < len(text) && ordinary[text[j]] {
			j++
		}
		if j > i {
			p.out.WriteString(text[i:j])
			p.start, i = false, j
			continue
		}
		i += p.special(text[i:])
	}
	out := p.out.String()
	if strings.IndexByte(out, 0xcc) >= 0 {
		return norm.NFC.String(out) // accents apart from their letters, as macOS copies them
	}
	return out
}

// ordinary are the bytes that are copied as they are.
var ordinary = [256]bool{
	'!': true, '"': true, '#': true, '$': true, '(': true, ')': true, '*': true, ',': true, '-': true, '.': true, '/': true, '\'': true,
	'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true, '8': true, '9': true, ':': true, ';': true, '?': true, '@': true,
	'A': true, 'B': true, 'C': true, 'D': true, 'E': true, 'F': true, 'G': true, 'H': true, 'I': true, 'J': true, 'K': true, 'L': true, 'M': true,
	'N': true, 'O': true, 'P': true, 'Q': true, 'R': true, 'S': true, 'T': true, 'U': true, 'V': true, 'W': true, 'X': true, 'Y': true, 'Z': true,
	'[': true, ']': true, '^': true, '_': true, '`': true,
	'a': true, 'b': true, 'c': true, 'd': true, 'e': true, 'f': true, 'g': true, 'h': true, 'i': true, 'j': true, 'k': true, 'l': true, 'm': true,
	'n': true, 'o': true, 'p': true, 'q': true, 'r': true, 's': true, 't': true, 'u': true, 'v': true, 'w': true, 'x': true, 'y': true, 'z': true,
	'{': true, '}': true, '~': true,
}

// plainer writes the plain line.
type plainer struct {
	out       strings.Builder
	start     bool // nothing but quoting so far on this line
	printable bool // the text looks like quoted-printable
}

// special deals with what stands at the head of s and returns how much it was.
func (p *plainer) special(s string) int {
	switch c := s[0]; {
	case c == '\n' || c == '\r':
		p.space()
		p.start = true
		return 1
	case c <= ' ' || c == 0x7f:
		p.space()
		return 1
	case (c == '>' || c == '|') && p.start:
		return 1
	case c >= utf8.RuneSelf:
		return p.wide(s)
	}
	p.start = false
	var n int
	switch s[0] {
	case '=':
		n = p.equals(s)
	case '%':
		n = p.percent(s)
	case '&':
		n = p.entity(s)
	case '<':
		n = p.tag(s)
	case '\\':
		n = p.escape(s)
	case '+': // a space in an address, and nothing that matters elsewhere
		p.space()
		n = 1
	}
	if n == 0 {
		p.out.WriteByte(s[0])
		n = 1
	}
	return n
}

// space writes one space, never two in a row.
func (p *plainer) space() {
	if out := p.out.String(); out != "" && out[len(out)-1] != ' ' {
		p.out.WriteByte(' ')
	}
}

// char writes a decoded character.
func (p *plainer) char(r rune) {
	switch {
	case r <= ' ', r == '\u00a0', r == '\u202f', r == '\u2007', r == '\u2009', r == '\u2028', r == '\u2029':
		p.space()
	case r == '\u2018', r == '\u2019', r == '\u02bc':
		p.out.WriteByte('\'')
	case r == '\u201c', r == '\u201d':
		p.out.WriteByte('"')
	case r == '\u00ad', r >= '\u200b' && r <= '\u200f', r == '\u2060', r == '\ufeff':
	default:
		p.out.WriteRune(r)
	}
}

// wide takes a character beyond ASCII; a byte that is no UTF-8 is Windows-1252.
func (p *plainer) wide(s string) int {
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && size == 1 {
		if r = rune(s[0]); r == 0x91 || r == 0x92 {
			r = '\''
		}
	}
	p.start = false
	p.char(r)
	return size
}

// equals takes quoted-printable (RFC 2045 section 6.7): a soft line break, or a
// byte that cannot be part of a number behind an equals sign.
func (p *plainer) equals(s string) int {
	rest := strings.TrimLeft(s[1:min(len(s), 80)], " \t")
	rest = strings.TrimPrefix(rest, "\r")
	if strings.HasPrefix(rest, "\n") {
		p.start = true
		return strings.IndexByte(s, '\n') + 1
	}
	b, ok := hexByte(s, 1)
	if !p.printable || !ok || strings.HasPrefix(s, "=AADSTS") || b < 0x80 && strings.IndexByte("=\n\r\t '\"", b) < 0 {
		return 0
	}
	return p.bytes(s, b, 3, "=")
}

// percent takes a percent-encoded byte, also one that was encoded twice.
func (p *plainer) percent(s string) int {
	at := 1
	for strings.HasPrefix(s[at:], "25") && len(s) >= at+4 {
		at += 2
	}
	b, ok := hexByte(s, at)
	if !ok {
		return 0
	}
	return p.bytes(s, b, at+2, s[:at])
}

// bytes writes an encoded byte, together with those that make one UTF-8
// character with it.
func (p *plainer) bytes(s string, first byte, n int, mark string) int {
	char := []byte{first}
	for first >= 0xc0 && len(char) < 4 && !utf8.FullRune(char) && strings.HasPrefix(s[n:], mark) {
		b, ok := hexByte(s, n+len(mark))
		if !ok {
			break
		}
		char = append(char, b)
		n += len(mark) + 2
	}
	r, _ := utf8.DecodeRune(char)
	switch r {
	case utf8.RuneError:
		r = rune(first)
	case '+':
		r = ' '
	}
	p.char(r)
	return n
}

func hexByte(s string, i int) (byte, bool) {
	if len(s) < i+2 {
		return 0, false
	}
	hi, lo := hexDigit(s[i]), hexDigit(s[i+1])
	return byte(hi<<4 | lo), hi >= 0 && lo >= 0
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
