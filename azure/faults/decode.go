package faults

import (
	"encoding/base64"
	"encoding/binary"
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
)

// entity takes an HTML character reference.
func (p *plainer) entity(s string) int {
	end := strings.IndexByte(s[:min(len(s), 12)], ';')
	if end < 2 {
		return 0
	}
	decoded := html.UnescapeString(s[:end+1])
	if decoded == s[:end+1] {
		return 0
	}
	for _, r := range decoded {
		p.char(r)
	}
	return end + 1
}

// tag leaves HTML tags out: those inside a sentence without a trace, others as
// a space. What has an @ is an address.
func (p *plainer) tag(s string) int {
	end := strings.IndexByte(s[:min(len(s), 500)], '>')
	if end < 2 || strings.IndexByte("/!abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", s[1]) < 0 || strings.Contains(s[:end], "@") {
		return 0
	}
	name := strings.ToLower(strings.TrimPrefix(s[1:end], "/"))
	name, _, _ = strings.Cut(name, " ")
	switch name {
	case "b", "i", "em", "strong", "span", "font", "wbr", "mark", "a", "code", "u":
	default:
		p.space()
	}
	return end + 1
}

// escape takes what JSON, Python and shells write with backslashes, also
// escaped twice.
func (p *plainer) escape(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '\\':
		return 1
	case 'r', 'n', 't':
		p.space()
		p.start = true
		return 2
	case '"', '\'', '/':
		p.out.WriteByte(s[1])
		return 2
	case 'u':
		if len(s) >= 6 {
			if n, err := strconv.ParseUint(s[2:6], 16, 16); err == nil {
				p.char(rune(n))
				return 6
			}
		}
	case 'x':
		if b, ok := hexByte(s, 2); ok {
			return p.bytes(s, b, 4, `\x`)
		}
	}
	return 0
}

// fromUTF16 reads what Windows PowerShell's ">" writes.
func fromUTF16(s string) string {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case strings.HasPrefix(s, "\xff\xfe"):
	case strings.HasPrefix(s, "\xfe\xff"):
		order = binary.BigEndian
	default:
		return s
	}
	units := make([]uint16, 0, len(s)/2)
	for b := []byte(s[2:]); len(b) >= 2; b = b[2:] {
		units = append(units, order.Uint16(b))
	}
	return string(utf16.Decode(units))
}

// maxParts is how many base64 parts of one mail are looked into.
const maxParts = 20

// withParts puts the text of base64 parts (RFC 2045 section 6.8) behind the
// mail they are part of.
func withParts(text string) string {
	const header = "content-transfer-encoding: base64"
	if !strings.Contains(text, "base64") && !strings.Contains(text, "BASE64") {
		return text
	}
	rest := strings.ReplaceAll(text, "\r\n", "\n")
	low := lower(rest)
	var decoded strings.Builder
	for range maxParts {
		at := strings.Index(low, header)
		if at < 0 {
			break
		}
		low, rest = low[at+len(header):], rest[at+len(header):]
		_, body, found := strings.Cut(rest, "\n\n")
		if !found {
			break
		}
		body, _, _ = strings.Cut(body, "\n\n")
		body, _, _ = strings.Cut(body, "\n--")
		packed := strings.TrimRight(strings.Join(strings.Fields(body), ""), "=")
		raw := make([]byte, base64.RawStdEncoding.DecodedLen(len(packed)))
		n, _ := base64.RawStdEncoding.Decode(raw, []byte(packed)) // a cut part is read as far as it goes
		decoded.WriteByte('\n')
		decoded.Write(raw[:n])
	}
	if decoded.Len() == 0 {
		return text
	}
	return text + decoded.String()
}

// lower writes the letters of ASCII and of Latin-1 small, byte for byte.
func lower(s string) string {
	var out strings.Builder
	out.Grow(len(s))
	kept := 0
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case i > 0 && s[i-1] == 0xc3 && c >= 0x80 && c <= 0x9e && c != 0x97:
			c += 0x20
		default:
			continue
		}
		out.WriteString(s[kept:i])
		out.WriteByte(c)
		kept = i + 1
	}
	out.WriteString(s[kept:])
	return out.String()
}
