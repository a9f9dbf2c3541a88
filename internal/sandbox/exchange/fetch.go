package exchange

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// fetch answers for the messages of a set, with their UIDs when the set is one of
// UIDs. It returns false when it does not support an item.
func (v *inbox) fetch(rest string, byUID bool) bool {
	set, wanted, _ := strings.Cut(rest, " ")
	item := regexp.MustCompile(`BODY(\.PEEK)?\[[^\]]*\]|[A-Z0-9.]+`) // RFC 3501 section 6.4.5
	items := item.FindAllString(strings.ToUpper(wanted), -1)
	if byUID && !slices.Contains(items, "UID") {
		items = slices.Insert(items, 0, "UID")
	}
	messages := v.received()
	for i, raw := range messages {
		if !within(set, i+1, len(messages)) {
			continue
		}
		var answers []string
		for _, item := range items {
			answer := part(item, i+1, raw)
			if answer == "" {
				return false
			}
			answers = append(answers, answer)
		}
		v.say("* %d FETCH (%s)", i+1, strings.Join(answers, " "))
	}
	return len(items) > 0
}

// within reports whether n is in a sequence set such as 1, 2:4 or 3:*; * is last.
func within(set string, n, last int) bool {
	for one := range strings.SplitSeq(strings.ReplaceAll(set, "*", strconv.Itoa(last)), ",") {
		from, to, ranged := strings.Cut(one, ":")
		if !ranged {
			to = from
		}
		a, _ := strconv.Atoi(from)
		b, _ := strconv.Atoi(to)
		if a > 0 && b > 0 && min(a, b) <= n && n <= max(a, b) {
			return true
		}
	}
	return false
}

// part returns a message's answer to one item, "" if it is not supported.
func part(item string, n int, raw []byte) string {
	header, text := raw, []byte(nil)
	if end := bytes.Index(raw, []byte("\r\n\r\n")); end >= 0 {
		header, text = raw[:end+4], raw[end+4:]
	}
	literal := func(name string, data []byte) string { return fmt.Sprintf("%s {%d}\r\n%s", name, len(data), data) }
	switch name := strings.Replace(item, ".PEEK", "", 1); name {
	case "UID":
		return fmt.Sprintf("UID %d", n)
	case "FLAGS":
		return "FLAGS ()"
	case "RFC822.SIZE":
		return fmt.Sprintf("RFC822.SIZE %d", len(raw))
	case "RFC822", "BODY[]":
		return literal(name, raw)
	case "RFC822.HEADER", "BODY[HEADER]":
		return literal(name, header)
	case "RFC822.TEXT", "BODY[TEXT]":
		return literal(name, text)
	}
	return ""
}
