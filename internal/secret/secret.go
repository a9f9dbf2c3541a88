// Package secret holds a value that prints in no format: a client secret, a
// token, an authorization code.
package secret

import (
	"fmt"
	"log/slog"
	"unique"
)

// redacted stands wherever a secret would have been printed.
const redacted = "[secret]"

// String is a value that prints in no verb, no JSON and no log: a client
// secret, a token, an authorization code. Only Reveal gives it out. Two secrets
// of the same value are equal.
//
// The value stands behind a pointer because fmt asks no method in two cases,
// and prints what it finds: in an unexported field of a struct, and for %p.
type String struct{ value unique.Handle[string] }

// New wraps value.
func New(value string) String {
	if value == "" {
		return String{}
	}
	return String{unique.Make(value)}
}

// Reveal returns the value, for the one place that must send or store it.
func (s String) Reveal() string {
	if s.Empty() {
		return ""
	}
	return s.value.Value()
}

// Empty reports whether there is no value.
func (s String) Empty() bool { return s == String{} }

// Len returns the length in bytes: what may be shown of a pasted secret.
func (s String) Len() int { return len(s.Reveal()) }

// String hides the value.
func (s String) String() string { return redacted }

// Format hides the value from every fmt verb, %#v and %x included.
func (s String) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText hides the value from JSON, XML and flags. Whoever writes the
// token file asks for it with Reveal.
func (s String) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue hides the value from slog.
func (s String) LogValue() slog.Value { return slog.StringValue(redacted) }
