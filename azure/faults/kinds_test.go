package faults

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// Every message of testdata/kinds.txt is explained by the right fault in both
// languages, and every kind has several messages.
func TestEveryKindOfMessageIsExplained(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/kinds.txt")
	if err != nil {
		t.Fatal(err)
	}
	cases, kinds := strings.Split(string(data), "\n=== ")[1:], map[string]int{}
	for _, c := range cases {
		head, text, _ := strings.Cut(c, "\n")
		field := strings.SplitN(head, " | ", 7)
		if len(field) != 7 || field[5] == "" {
			t.Fatalf("not a case: %s", head)
		}
		kinds[field[1]]++
		found := Find(text)
		if got := ids(found); got != field[2] {
			t.Errorf("%s: found %q, want %q", field[0], got, field[2])
			continue
		}
		f := found[0].Fault
		if !slices.Contains(strings.Split(field[3], "|"), string(f.Who)) {
			t.Errorf("%s: who %s, want %s", field[0], f.Who, field[3])
		}
		if field[4] != "-" && strconv.FormatBool(f.Passes) != field[4] {
			t.Errorf("%s: waiting helps %v", field[0], f.Passes)
		}
		if said := f.What.In(i18n.English) + " " + f.Do.In(i18n.English) + " " + f.Link; !regexp.MustCompile(field[6]).MatchString(said) {
			t.Errorf("%s: no %q in %s", field[0], field[6], said)
		}
		wellFormed(t, f)
		for _, l := range []i18n.Lang{i18n.English, i18n.French} {
			if title := f.Title().In(l); title == "" || strings.Contains(title, f.ID) || f.Works().In(l) == "" {
				t.Errorf("%s: title %q", field[0], title)
			}
		}
	}
	for kind, n := range kinds {
		if n < 4 {
			t.Errorf("%s: %d messages", kind, n)
		}
	}
	if len(kinds) != 23 || len(cases) < 200 {
		t.Errorf("%d messages in %d kinds", len(cases), len(kinds))
	}
}
