package ui

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode"
)

// The line is safe for a terminal, and a program reads the exact value.
func TestJSONEscapesWhatATerminalObeys(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"a\u202eb", "a\u00adb", "a\x7fb", "\x1b[2J", "\u009b31m", "\u2028", "\U000e0041", "\ufeff", "é 日本 🙂 \u00a0", "<&>\"\\"} {
		var out bytes.Buffer
		NewOutput(&out).JSON("x", map[string]any{"value": value})
		for _, r := range out.String() {
			if r != '\n' && !unicode.IsGraphic(r) {
				t.Errorf("%q: %U is in %q", value, r, out.String())
			}
		}
		var got struct{ Value string }
		if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.Value != value {
			t.Errorf("%q became %q, %v", value, got.Value, err)
		}
	}
}
