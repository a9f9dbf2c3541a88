// Package guard is what everything foreign passes through: the HTTP client,
// the sanitiser of text that others wrote, and the type of secrets.
// It knows neither Microsoft nor OpenFire, and prints nothing.
package guard

import (
	"fmt"
	"log/slog"
	"unique"
)

// redacted stands wherever a secret would have been printed.
const redacted = "[secret]"

// Secret is a value that prints in no verb, no JSON and no log: a client
// secret, a token, an authorization code. Only Reveal gives it out. Two secrets
// of the same value are equal.
//
// The value stands behind a pointer because fmt asks no method in two cases,
// and prints what it finds: in an unexported field of a struct, and for %p.
type Secret struct{ value unique.Handle[string] }

// NewSecret wraps value.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{unique.Make(value)}
}

// Reveal returns the value, for the one place that must send or store it.
func (s Secret) Reveal() string {
	if s.Empty() {
		return ""
	}
	return s.value.Value()
}

// Empty reports whether there is no value.
func (s Secret) Empty() bool { return s == Secret{} }

// Len returns the length in bytes: what may be shown of a pasted secret.
func (s Secret) Len() int { return len(s.Reveal()) }

// String hides the value.
func (s Secret) String() string { return redacted }

// Format hides the value from every fmt verb, %#v and %x included.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText hides the value from JSON, XML and flags. Whoever writes the
// token file asks for it with Reveal.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue hides the value from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
