// Package secret provides a string type that is never printed, for client secrets,
// tokens and authorization codes.
package secret

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"unique"
)

// redacted is printed in place of a secret.
const redacted = "[secret]"

// String is a secret value. No fmt verb, JSON encoder or slog handler prints it;
// only Reveal returns it. Strings with the same value are equal.
//
// The value is behind a pointer because fmt does not call methods for unexported
// fields and for %p, but prints the memory it finds.
type String struct{ value unique.Handle[string] }

// New wraps value.
func New(value string) String {
	if value == "" {
		return String{}
	}
	return String{unique.Make(value)}
}

// Reveal returns the value, to be sent or stored.
func (s String) Reveal() string {
	if s.Empty() {
		return ""
	}
	return s.value.Value()
}

// Digest identifies the value without revealing it: 128 bits of its SHA-256, in
// hex. It is meant for long random values, which cannot be guessed.
func (s String) Digest() string {
	sum := sha256.Sum256([]byte(s.Reveal()))
	return hex.EncodeToString(sum[:16])
}

// Empty reports whether the value is the empty string.
func (s String) Empty() bool { return s == String{} }

// Len returns the length in bytes, which is not confidential.
func (s String) Len() int { return len(s.Reveal()) }

// String returns a placeholder.
func (s String) String() string { return redacted }

// Format prints a placeholder for every fmt verb, including %#v and %x.
func (s String) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText returns a placeholder for JSON, XML and flags.
func (s String) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue returns a placeholder for slog.
func (s String) LogValue() slog.Value { return slog.StringValue(redacted) }
