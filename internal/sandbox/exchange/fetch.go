package exchange

import (
	"bytes"
	"fmt"
	"mime"
	"net/mail"
	"net/textproto"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// search answers SEARCH with the messages that match all keys (RFC 3501 section
// 6.4.4). It returns false for a key that it does not support.
func (v *inbox) search(args []string) bool {
	found := "SEARCH"
	for i, m := range v.view {
		matches, rest := true, args
		for len(rest) > 0 {
			one, n := v.key(rest, i+1, m)
			if n == 0 {
				return false
			}
			matches, rest = matches && one, rest[n:]
		}
		if number := map[bool]int{true: m.uid, false: i + 1}[v.byUID]; matches {
			found += " " + strconv.Itoa(number)
		}
	}
	v.answer("%s", found)
	return true
}

// key reports whether the message with the sequence number i matches the first
// search key, and of how many words the key consists, 0 if it is not supported.
func (v *inbox) key(words []string, i int, m *stored) (matches bool, n int) {
	name := strings.ToUpper(words[0])
	switch {
	case name == "ALL" || name == "(" || name == ")":
		return true, 1
	case name == "CHARSET" && len(words) > 1:
		return true, 2
	case name == "NOT" && len(words) > 1:
		matches, n = v.key(words[1:], i, m)
		return !matches, n + min(n, 1)
	case name == "UID" && len(words) > 1:
		return within(words[1], m.uid, v.lastUID()), 2
	case name == "HEADER" && len(words) > 2:
		return m.headerContains(words[1], words[2]), 3
	case slices.Contains([]string{"FROM", "TO", "CC", "SUBJECT"}, name) && len(words) > 1:
		return m.headerContains(name, words[1]), 2
	case slices.Contains([]string{"SEEN", "ANSWERED", "FLAGGED", "DELETED", "DRAFT"}, strings.TrimPrefix(name, "UN")):
		flag, without := strings.CutPrefix(name, "UN")
		return m.has(`\`+flag) != without, 1
	case name == "NEW" || name == "RECENT":
		return false, 1
	}
	if strings.Trim(name, "0123456789:,*") != "" {
		return false, 0
	}
	return within(name, i, len(v.view)), 1
}

func (m *stored) header() mail.Header {
	parsed, err := mail.ReadMessage(bytes.NewReader(m.data))
	if err != nil {
		return mail.Header{}
	}
	return parsed.Header
}

func (m *stored) headerContains(name, text string) bool {
	values := m.header()[textproto.CanonicalMIMEHeaderKey(name)]
	return slices.ContainsFunc(values, func(value string) bool {
		return strings.Contains(strings.ToLower(value), strings.ToLower(text))
	})
}

// macros are the abbreviations of item lists (RFC 3501 section 6.4.5).
var macros = map[string]string{"FAST": "FLAGS INTERNALDATE RFC822.SIZE", "ALL": "FLAGS INTERNALDATE RFC822.SIZE ENVELOPE"}

// fetch answers FETCH for the messages of a set. It returns false for an item that
// it does not support.
func (v *inbox) fetch(args []string) bool {
	if len(args) < 2 {
		return false
	}
	var items []string
	for _, item := range args[1:] {
		item = strings.ToUpper(item)
		if list, is := macros[item]; is {
			items = append(items, strings.Fields(list)...)
		} else if item != "(" && item != ")" {
			items = append(items, item)
		}
	}
	if len(items) == 0 || v.items(&stored{}, items) == "" {
		return false
	}
	reads := slices.ContainsFunc(items, func(item string) bool {
		return strings.HasPrefix(item, "BODY[") || item == "RFC822" || item == "RFC822.TEXT"
	})
	v.each(args[0], func(n int, m *stored) {
		items := items
		if reads && !v.readOnly && !m.has(`\Seen`) {
			m.change("+FLAGS", []string{`\Seen`})
			items = append(slices.Clone(items), "FLAGS")
		}
		v.answer("%d FETCH (%s)", n, v.items(m, items))
	})
	return true
}

// items returns a message's answer to items, with the UID if the command has that
// prefix, or "" if one is not supported.
func (v *inbox) items(m *stored, names []string) string {
	if v.byUID && !slices.Contains(names, "UID") {
		names = slices.Insert(slices.Clone(names), 0, "UID")
	}
	var answers []string
	for _, name := range names {
		answer := m.item(name)
		if answer == "" {
			return ""
		}
		answers = append(answers, answer)
	}
	return strings.Join(answers, " ")
}

// item returns the answer to one item, or "" if it is not supported.
func (m *stored) item(item string) string {
	switch item {
	case "UID":
		return fmt.Sprintf("UID %d", m.uid)
	case "FLAGS":
		return "FLAGS (" + strings.Join(m.flags, " ") + ")"
	case "INTERNALDATE":
		return "INTERNALDATE " + quote(m.received.Format("02-Jan-2006 15:04:05 -0700"))
	case "RFC822.SIZE":
		return fmt.Sprintf("RFC822.SIZE %d", len(m.data))
	case "ENVELOPE":
		return "ENVELOPE " + envelope(m.header())
	}
	name := strings.Replace(item, ".PEEK", "", 1)
	section, known := strings.CutPrefix(name, "RFC822")
	section = strings.TrimPrefix(section, ".")
	if inside, isBody := strings.CutPrefix(name, "BODY["); isBody {
		section, known = strings.CutSuffix(inside, "]")
	}
	data, supported := m.section(section)
	if !known || !supported {
		return ""
	}
	return fmt.Sprintf("%s {%d}\r\n%s", name, len(data), data)
}

// section returns a part of the message.
func (m *stored) section(name string) (data []byte, supported bool) {
	header, text := m.data, []byte(nil)
	if end := bytes.Index(m.data, []byte("\r\n\r\n")); end >= 0 {
		header, text = m.data[:end+4], m.data[end+4:]
	}
	fields, selects := strings.CutPrefix(name, "HEADER.FIELDS")
	switch {
	case name == "":
		return m.data, true
	case name == "HEADER":
		return header, true
	case name == "TEXT":
		return text, true
	case selects:
		names, not := strings.CutPrefix(fields, ".NOT")
		return headerFields(header, strings.Fields(strings.Trim(names, " ()")), not), true
	}
	return nil, false
}

// headerFields returns the lines of the named fields, or those of all others.
func headerFields(header []byte, names []string, others bool) (lines []byte) {
	field := regexp.MustCompile(`(?m)^([^\s:]+):.*\r\n(?:[ \t].*\r\n)*`)
	for _, m := range field.FindAllSubmatch(header, -1) {
		if slices.Contains(names, strings.ToUpper(string(m[1]))) != others {
			lines = append(lines, m[0]...)
		}
	}
	return append(lines, "\r\n"...)
}

// envelope returns the envelope structure of a header (RFC 3501 section 7.4.2).
func envelope(h mail.Header) string {
	from := addresses(h.Get("From"))
	or := func(name string) string {
		if h.Get(name) == "" {
			return from
		}
		return addresses(h.Get(name))
	}
	return "(" + strings.Join([]string{nstring(h.Get("Date")), nstring(h.Get("Subject")), from, or("Sender"), or("Reply-To"),
		addresses(h.Get("To")), addresses(h.Get("Cc")), addresses(h.Get("Bcc")), nstring(h.Get("In-Reply-To")),
		nstring(h.Get("Message-ID"))}, " ") + ")"
}

func addresses(field string) string {
	list, err := mail.ParseAddressList(field)
	if err != nil {
		return "NIL"
	}
	var all strings.Builder
	for _, a := range list {
		at := strings.LastIndexByte(a.Address, '@')
		fmt.Fprintf(&all, "(%s NIL %s %s)", nstring(mime.QEncoding.Encode("utf-8", a.Name)), nstring(a.Address[:at]),
			nstring(a.Address[at+1:]))
	}
	return "(" + all.String() + ")"
}

// nstring returns a string as a literal, which may contain anything, or NIL.
func nstring(s string) string {
	switch {
	case s == "":
		return "NIL"
	case strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c > '~' }):
		return fmt.Sprintf("{%d}\r\n%s", len(s), s)
	}
	return quote(s)
}
