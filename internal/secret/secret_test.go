package secret_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/secret"
)

const canary = "s3cr3t~Canary.Value"

// leaks reports whether s contains the canary in any form that a fmt verb prints.
func leaks(s string) bool {
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprintf("% x", canary), fmt.Sprint([]byte(canary))} {
		if strings.Contains(s, form) {
			return true
		}
	}
	return false
}

func TestSecretPrintsInNoVerb(t *testing.T) {
	t.Parallel()
	s := secret.New(canary)
	type holder struct {
		Name   string
		String secret.String
		Point  *secret.String
	}
	values := map[string]any{
		"value": s, "pointer": &s, "field": holder{"x", s, &s}, "pointer to struct": &holder{"x", s, &s},
		"slice": []secret.String{s}, "array": [1]secret.String{s}, "map value": map[string]secret.String{"k": s},
		"map key": map[secret.String]int{s: 1}, "any": []any{s, holder{String: s}}, "nested": map[string]holder{"k": {String: s}},
		"unexported field": struct{ s secret.String }{s}, "unexported pointer": struct{ s *secret.String }{&s},
		"unexported map": struct{ m map[string]secret.String }{map[string]secret.String{"k": s}}, "unexported slice": struct{ l []secret.String }{[]secret.String{s}},
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
	if got := fmt.Sprintf("%T", s); got != "secret.String" {
		t.Errorf("%%T = %s", got)
	}
}

func TestSecretIsInNoEncoding(t *testing.T) {
	t.Parallel()
	s := secret.New(canary)
	type holder struct {
		String secret.String            `json:"secret"`
		Point  *secret.String           `json:"point"`
		Keys   map[secret.String]string `json:"keys" xml:"-"`
	}
	v := holder{s, &s, map[secret.String]string{s: "x"}}
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
	s := secret.New(canary)
	if s.Reveal() != canary || s.Len() != len(canary) || s.Empty() || s.String() != "[secret]" {
		t.Errorf("Reveal %q Len %d Empty %v String %q", s.Reveal(), s.Len(), s.Empty(), s.String())
	}
	var none secret.String
	if !none.Empty() || none.Len() != 0 || none.Reveal() != "" || none.String() != s.String() {
		t.Error("an empty secret must print as a full one does, and be empty")
	}
	if s != secret.New(canary) || s == none || none != secret.New("") {
		t.Error("secrets compare by value")
	}
}
