// Package i18n holds translatable texts. A text is written in English where it
// is used; its translations are the entries of the .po files beside this file,
// compiled into Go by internal/dev/messages.
package i18n

import (
	"errors"
	"fmt"
	"reflect"
	"sort"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// Lang is a language by its ISO 639-1 code.
type Lang string

// The source language, and the one that a system in an unknown language gets.
const (
	English Lang = "en"
	French  Lang = "fr"
)

// localized is a value that is written differently in each language. A Text is
// one; so are portal labels and dates.
type localized interface{ In(l Lang) string }

// Text is a sentence that is translated when it is shown. The zero value is no
// text. Texts are not comparable: use IsZero and Key.
type Text struct {
	key     string // the English format, behind its context if it has one
	many    string // the English format for other numbers than one, if the text counts
	n       int    // what it counts
	args    []any
	literal bool // the key is the same in every language
}

// T is the text with that English format. The format is a constant, so that it
// can be extracted and translated. Without args it is not formatted.
func T(format string, args ...any) Text { return Text{key: format, args: args} }

// C is T for a format that has another translation in another context.
func C(context, format string, args ...any) Text {
	return Text{key: context + separator + format, args: args}
}

// N is a text that counts: the format one is for n = 1, many for other numbers.
// A language has as many forms as it needs. n chooses the form; a sentence that
// shows it has it among args too.
func N(one, many string, n int, args ...any) Text {
	return Text{key: one, many: many, n: n, args: args}
}

// Func returns T for the templates of html/template, in one language. Their
// constant formats are extracted too.
func Func(l Lang) func(format string, args ...any) string {
	return func(format string, args ...any) string { return Text{key: format, args: args}.In(l) }
}

// Keyed returns the text with that key. It serves libraries that keep texts as
// strings, such as cobra.
func Keyed(key string) Text { return Text{key: key} }

// What stands between context and format, and between the plural forms of a
// translation, as in gettext's compiled files.
const (
	separator     = "\x04"
	formSeparator = "\x00"
)

// Literal is a text that is the same in every language: a name, or a layout
// such as "%s: %s" whose arguments are texts.
func Literal(format string, args ...any) Text {
	return Text{key: format, args: args, literal: true}
}

// With is the text with those arguments in place of its own.
func (t Text) With(args ...any) Text {
	t.args = args
	return t
}

// IsZero reports whether there is nothing to say.
func (t Text) IsZero() bool { return t.key == "" && len(t.args) == 0 }

// Key identifies the text's format, without its arguments.
func (t Text) Key() string { return t.key }

// In returns the text in that language; in English where it is not translated.
// Strings, errors and Stringers among the arguments are cleaned with
// sanitize.Line, so foreign text can be an argument as it is.
func (t Text) In(l Lang) string {
	format := t.format(l)
	if len(t.args) == 0 {
		if t.literal {
			return sanitize.Text(format)
		}
		return format
	}
	args := make([]any, len(t.args))
	for i, a := range t.args {
		args[i] = argument(l, a)
	}
	return fmt.Sprintf(format, args...)
}

// format returns the text's format in that language.
func (t Text) format(l Lang) string {
	if t.literal {
		return t.key
	}
	translated, found := translate(l, t.key)
	switch {
	case t.many == "":
		return translated
	case found:
		return strings.Split(translated, formSeparator)[pluralForm(l, t.n)]
	case t.n == 1:
		return t.key
	}
	return t.many
}

// MarshalText refuses: JSON carries rendered strings, in a language chosen by
// whoever writes it.
func (Text) MarshalText() ([]byte, error) { return nil, errors.New("a text has no form but In") }

// Block is an argument that keeps its line breaks and its length, for instance
// a command to copy.
type Block string

// argument is a as it is formatted in a text in language l.
func argument(l Lang, a any) any {
	switch a := a.(type) {
	case nil:
		return nil
	case string:
		return sanitize.Line(a)
	case localized:
		return a.In(l)
	case Block:
		return sanitize.Text(string(a))
	case error:
		return sanitize.Line(a.Error())
	case fmt.Stringer:
		return sanitize.Line(a.String())
	}
	if v := reflect.ValueOf(a); v.Kind() == reflect.String {
		return sanitize.Line(v.String())
	}
	return a
}

// entry is one translation.
type entry struct{ key, text string }

// translate looks key up among the translations of l, which are sorted by key.
// Without a translation it returns the English format.
func translate(l Lang, key string) (format string, found bool) {
	entries := catalog(l)
	i := sort.Search(len(entries), func(i int) bool { return entries[i].key >= key })
	if i < len(entries) && entries[i].key == key {
		return entries[i].text, true
	}
	if _, format, has := strings.Cut(key, separator); has {
		return format, false
	}
	return key, false
}
