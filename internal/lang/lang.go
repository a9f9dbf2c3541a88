// Package lang holds what a person reads: sentences in French and English, the
// choice between them, and errors that speak both. It has no sentences itself.
package lang

import (
	"fmt"
	"strings"
)

// Lang is a language the program speaks.
type Lang string

// The two languages, by their ISO 639-1 codes.
const (
	FR Lang = "fr"
	EN Lang = "en"
)

// Text is one sentence in both languages, with the same fmt verbs in each.
// French is written with ordinary spaces; In puts the unbreakable ones.
type Text struct{ FR, EN string }

// In returns the text in language l, formatted with args if there are any.
func (t Text) In(l Lang, args ...any) string {
	s := t.EN
	if l == FR {
		s = french(t.FR)
	}
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(s, args...)
}

// Empty reports whether there is nothing to say.
func (t Text) Empty() bool { return t.FR == "" && t.EN == "" }

// With formats both halves with args now, for a text that is said later.
// Arguments that are Texts themselves speak the language of their half.
func (t Text) With(args ...any) Text {
	fr, en := make([]any, len(args)), make([]any, len(args))
	for i, a := range args {
		fr[i], en[i] = a, a
		if inner, ok := a.(Text); ok {
			fr[i], en[i] = inner.FR, inner.EN
		}
	}
	return Text{fmt.Sprintf(t.FR, fr...), fmt.Sprintf(t.EN, en...)}
}

// Same is a text that is the same in both languages: a name, a value.
func Same(s string) Text { return Text{s, s} }

// french puts U+00A0 before double punctuation and inside quotation marks;
// U+202F would be a box in many terminals' fonts. Every start writes the whole
// help in the person's language, which a strings.Replacer made felt.
func french(s string) string {
	var b strings.Builder
	done := 0
	for i := range len(s) {
		if s[i] != ' ' {
			continue
		}
		if after := s[i+1:]; after != "" && strings.Contains(":;!?", after[:1]) || strings.HasPrefix(after, "»") || strings.HasSuffix(s[:i], "«") {
			b.WriteString(s[done:i])
			b.WriteString("\u00a0")
			done = i + 1
		}
	}
	b.WriteString(s[done:])
	return b.String()
}
