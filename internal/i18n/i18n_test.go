package i18n_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]i18n.Lang{
		"fr": i18n.French, "FR": i18n.French, "fr_FR": i18n.French, "fr_FR.UTF-8": i18n.French, "fr-CA": i18n.French, "fr.UTF-8": i18n.French,
		"en": i18n.English, "en_GB.UTF-8": i18n.English, "en-US": i18n.English, "EN_us": i18n.English,
		"": "", "f": "", "de": "", "fra": "", "english": "", "frisian": "", "C": "", "C.UTF-8": "", "POSIX": "", "\x1b": "",
	} {
		if got, ok := i18n.Parse(in); got != want || ok != (want != "") {
			t.Errorf("Parse(%q) = %q, %v", in, got, ok)
		}
	}
}

func TestDetect(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, named, env string
		system           []string
		want             i18n.Lang
	}{
		{"nothing says anything", "", "", nil, i18n.English},
		{"named", "en", "LANG=fr_FR.UTF-8", []string{"fr-FR"}, i18n.English},
		{"named as a locale", "en_US.UTF-8", "LANG=fr_FR.UTF-8", nil, i18n.English},
		{"named nonsense is passed over", "xx", "LANG=en_GB.UTF-8", nil, i18n.English},
		{"LANG", "", "LANG=en_GB.UTF-8", nil, i18n.English},
		{"LC_MESSAGES beats LANG", "", "LANG=fr_FR.UTF-8 LC_MESSAGES=en_US.UTF-8", nil, i18n.English},
		{"LC_ALL beats all", "", "LANG=en_US LC_MESSAGES=en_US LC_ALL=fr_FR", nil, i18n.French},
		{"the environment beats the system", "", "LANG=fr_FR.UTF-8", []string{"en-US"}, i18n.French},
		{"cron's C is no choice", "", "LANG=C", []string{"en-US"}, i18n.English},
		{"nor are C.UTF-8 and POSIX", "", "LC_ALL=C.UTF-8 LANG=POSIX", nil, i18n.English},
		{"behind C another variable may speak", "", "LC_ALL=C LANG=en_US.UTF-8", nil, i18n.English},
		{"behind C.UTF-8 too", "", "LC_ALL=C.UTF-8 LANG=en_US.UTF-8", nil, i18n.English},
		{"another language is French", "", "LANG=de_DE.UTF-8", []string{"en-US"}, i18n.French},
		{"the system's language", "", "", []string{"en-GB"}, i18n.English},
		{"the system's first choice", "", "", []string{"fr-BE", "en-GB"}, i18n.French},
		{"another system's language is French", "", "", []string{"de-DE", "en-US"}, i18n.French},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := func(name string) string {
				for pair := range strings.FieldsSeq(c.env) {
					if v, ok := strings.CutPrefix(pair, name+"="); ok {
						return v
					}
				}
				return ""
			}
			if got := i18n.Detect(c.named, env, func() []string { return c.system }); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestInFormatsInTheLanguageAskedFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text   i18n.Text
		en, fr string
	}{
		{i18n.T("nobody"), "nobody", "personne"},
		{i18n.T("%s: %s", "a", "b"), "a: b", "a\u00a0: b"},
		{i18n.T("100 %"), "100 %", "100 %"},
		{i18n.T("In no catalog: %d"), "In no catalog: %d", "In no catalog: %d"},
		{i18n.T("In no catalog: %s").With("b"), "In no catalog: b", "In no catalog: b"},
		{i18n.T("Did you mean \"%s\"?", "setup"), "Did you mean \"setup\"?", "Vouliez-vous dire «\u00a0setup\u00a0»\u00a0?"},
		{i18n.C("no context", "In no catalog"), "In no catalog", "In no catalog"},
		{i18n.T("%s: %s", i18n.T("nobody"), "a : b"), "nobody: a : b", "personne\u00a0: a : b"},
		{i18n.Literal("mabase : nobody"), "mabase : nobody", "mabase : nobody"},
		{i18n.Literal("%s, %s", i18n.T("nobody"), 1.5), "nobody, %!s(float64=1.5)", "personne, %!s(float64=1.5)"},
		{i18n.Text{}, "", ""},
	} {
		if got := c.text.In(i18n.English); got != c.en {
			t.Errorf("English %q, want %q", got, c.en)
		}
		if got := c.text.In(i18n.French); got != c.fr {
			t.Errorf("French %+q, want %+q", got, c.fr)
		}
		if got := c.text.In("xx"); got != c.en {
			t.Errorf("an unknown language is English: %q", got)
		}
	}
}

type stringer struct{}

func (stringer) String() string { return "a\nb\x1b" }

type named string

func TestArgumentsAreShownOnOneLine(t *testing.T) {
	t.Parallel()
	for _, arg := range []any{"a\nb\x1b", errors.New("a\nb\x1b"), stringer{}, named("a\nb\x1b"), i18n.Literal("%s", "a\nb\x1b")} {
		if got := i18n.T("%s: %s", arg, arg).In(i18n.English); got != "a b<1B>: a b<1B>" {
			t.Errorf("%T: %q", arg, got)
		}
	}
	if got := i18n.T("%s: %s", i18n.Block("a\nb\x1b"), nil).In(i18n.English); got != "a\nb<1B>: %!s(<nil>)" {
		t.Errorf("a block keeps its line breaks: %q", got)
	}
	if got := i18n.Literal("a\nb\x1b").In(i18n.French); got != "a\nb<1B>" {
		t.Errorf("a literal keeps its line breaks: %q", got)
	}
	if got := i18n.T("%d in no catalog", 3*time.Nanosecond).In(i18n.English); got != "%!d(string=3ns) in no catalog" {
		t.Errorf("a Stringer is formatted by its String: %q", got)
	}
}

func TestNumbersChooseTheForm(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][2]string{0: {"0 days", "0 jour"}, 1: {"1 day", "1 jour"}, 2: {"2 days", "2 jours"}} {
		text := i18n.N("%d day", "%d days", n, n)
		if en, fr := text.In(i18n.English), text.In(i18n.French); en != want[0] || fr != want[1] {
			t.Errorf("%d: %q, %q", n, en, fr)
		}
		if got := i18n.N("%d thing in no catalog", "%d things in no catalog", n, n).In(i18n.French); (n == 1) == strings.Contains(got, "things") {
			t.Errorf("not translated, %d: %q", n, got)
		}
	}
}

func TestZeroText(t *testing.T) {
	t.Parallel()
	if !(i18n.Text{}).IsZero() || i18n.T("x").IsZero() || i18n.Literal("x").IsZero() {
		t.Error("IsZero")
	}
	if _, err := json.Marshal(i18n.T("x")); err == nil {
		t.Error("a text was written as JSON, in no language")
	}
}
