package guard_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/guard"
)

const canary = "s3cr3t~Canary.Value"

// leaks reports the canary in any spelling a verb could give it.
func leaks(s string) bool {
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprintf("% x", canary), fmt.Sprint([]byte(canary))} {
		if strings.Contains(s, form) {
			return true
		}
	}
	return false
}

func TestH8SecretPrintsInNoVerb(t *testing.T) {
	t.Parallel()
	s := guard.NewSecret(canary)
	type holder struct {
		Name   string
		Secret guard.Secret
		Point  *guard.Secret
	}
	values := map[string]any{
		"value": s, "pointer": &s, "field": holder{"x", s, &s}, "pointer to struct": &holder{"x", s, &s},
		"slice": []guard.Secret{s}, "array": [1]guard.Secret{s}, "map value": map[string]guard.Secret{"k": s},
		"map key": map[guard.Secret]int{s: 1}, "any": []any{s, holder{Secret: s}}, "nested": map[string]holder{"k": {Secret: s}},
		"unexported field": struct{ s guard.Secret }{s}, "unexported pointer": struct{ s *guard.Secret }{&s},
		"unexported map": struct{ m map[string]guard.Secret }{map[string]guard.Secret{"k": s}}, "unexported slice": struct{ l []guard.Secret }{[]guard.Secret{s}},
		"error": fmt.Errorf("refused: %w: %v", errors.New("inner"), s),
	}
	for name, v := range values {
		for _, verb := range strings.Fields("%v %+v %#v %s %+s %q %+q %#q %x %X %#x %d %b %o %O %c %U %e %f %g %t %p %20v %-20s %.3s %08x %!") {
			if got := fmt.Sprintf(verb, v); leaks(got) {
				t.Errorf("%s shown by %s: %s", name, verb, got)
			}
		}
		if got := fmt.Sprint(v) + fmt.Sprintln(v); leaks(got) {
			t.Errorf("%s shown by Sprint: %s", name, got)
		}
	}
	if got := fmt.Sprintf("%T", s); got != "guard.Secret" {
		t.Errorf("%%T = %s", got)
	}
}

func TestH8SecretInNoEncoding(t *testing.T) {
	t.Parallel()
	s := guard.NewSecret(canary)
	type holder struct {
		Secret guard.Secret            `json:"secret"`
		Point  *guard.Secret           `json:"point"`
		Keys   map[guard.Secret]string `json:"keys" xml:"-"`
	}
	v := holder{s, &s, map[guard.Secret]string{s: "x"}}
	j, err := json.Marshal(v)
	if err != nil || leaks(string(j)) || !strings.Contains(string(j), "[secret]") {
		t.Errorf("json: %s %v", j, err)
	}
	v.Keys = nil
	x, err := xml.Marshal(v)
	if err != nil || leaks(string(x)) {
		t.Errorf("xml: %s %v", x, err)
	}
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).With("with", s).Info("told", "value", s, "pointer", &s, "holder", v, "error", fmt.Errorf("x %v", s), slog.Group("g", "s", s))
	}
	if leaks(log.String()) || strings.Count(log.String(), "[secret]") < 8 {
		t.Errorf("slog: %s", log.String())
	}
}

func TestSecretGivesItsValueOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	s := guard.NewSecret(canary)
	if s.Reveal() != canary || s.Len() != len(canary) || s.Empty() || s.String() != "[secret]" {
		t.Errorf("Reveal %q Len %d Empty %v String %q", s.Reveal(), s.Len(), s.Empty(), s.String())
	}
	var none guard.Secret
	if !none.Empty() || none.Len() != 0 || none.Reveal() != "" || none.String() != s.String() {
		t.Error("an empty secret must print as a full one does, and be empty")
	}
	if s != guard.NewSecret(canary) || s == none || none != guard.NewSecret("") {
		t.Error("secrets compare by value")
	}
}
