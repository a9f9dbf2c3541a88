package lang_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/lang"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]lang.Lang{
		"fr": lang.FR, "FR": lang.FR, "fr_FR": lang.FR, "fr_FR.UTF-8": lang.FR, "fr-CA": lang.FR, "fr.UTF-8": lang.FR,
		"en": lang.EN, "en_GB.UTF-8": lang.EN, "en-US": lang.EN, "EN_us": lang.EN,
		"": "", "f": "", "de": "", "fra": "", "english": "", "frisian": "", "C": "", "C.UTF-8": "", "POSIX": "", "\x1b": "",
	} {
		if got, ok := lang.Parse(in); got != want || ok != (want != "") {
			t.Errorf("Parse(%q) = %q, %v", in, got, ok)
		}
	}
}

func TestDetect(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, named, env string
		system           []string
		want             lang.Lang
	}{
		{"nothing says anything", "", "", nil, lang.FR},
		{"named", "en", "LANG=fr_FR.UTF-8", []string{"fr-FR"}, lang.EN},
		{"named as a locale", "en_US.UTF-8", "LANG=fr_FR.UTF-8", nil, lang.EN},
		{"named nonsense is passed over", "xx", "LANG=en_GB.UTF-8", nil, lang.EN},
		{"LANG", "", "LANG=en_GB.UTF-8", nil, lang.EN},
		{"LC_MESSAGES beats LANG", "", "LANG=fr_FR.UTF-8 LC_MESSAGES=en_US.UTF-8", nil, lang.EN},
		{"LC_ALL beats all", "", "LANG=en_US LC_MESSAGES=en_US LC_ALL=fr_FR", nil, lang.FR},
		{"the environment beats the system", "", "LANG=fr_FR.UTF-8", []string{"en-US"}, lang.FR},
		{"cron's C is no choice", "", "LANG=C", []string{"en-US"}, lang.EN},
		{"nor are C.UTF-8 and POSIX", "", "LC_ALL=C.UTF-8 LANG=POSIX", nil, lang.FR},
		{"behind C another variable may speak", "", "LC_ALL=C LANG=en_US.UTF-8", nil, lang.EN},
		{"behind C.UTF-8 too", "", "LC_ALL=C.UTF-8 LANG=en_US.UTF-8", nil, lang.EN},
		{"another language is French", "", "LANG=de_DE.UTF-8", []string{"en-US"}, lang.FR},
		{"the system's language", "", "", []string{"en-GB"}, lang.EN},
		{"the system's first choice", "", "", []string{"fr-BE", "en-GB"}, lang.FR},
		{"another system's language is French", "", "", []string{"de-DE", "en-US"}, lang.FR},
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
			if got := lang.Detect(c.named, env, func() []string { return c.system }); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestIn(t *testing.T) {
	t.Parallel()
	text := lang.Text{FR: "Bonjour %s : %d « essais » ! Où ; là ?", EN: "Hello %s: %d \"tries\" ! ;"}
	if got, want := text.In(lang.FR, "Anna", 3), "Bonjour Anna\u00a0: 3 «\u00a0essais\u00a0»\u00a0! Où\u00a0; là\u00a0?"; got != want {
		t.Errorf("French %+q, want %+q", got, want)
	}
	if got, want := text.In(lang.EN, "Anna", 3), `Hello Anna: 3 "tries" ! ;`; got != want {
		t.Errorf("English %q, want %q", got, want)
	}
	if got := (lang.Text{FR: "100 %", EN: "100 %"}).In(lang.EN); got != "100 %" {
		t.Errorf("without arguments nothing is formatted: %q", got)
	}
	if got := (lang.Text{FR: "fr", EN: "en"}).In("xx"); got != "en" {
		t.Errorf("an unknown language is English: %q", got)
	}
}

func TestWith(t *testing.T) {
	t.Parallel()
	inner := lang.Text{FR: "%d jours", EN: "%d days"}.With(3)
	got := lang.Text{FR: "Dans %s, %q (%v)", EN: "In %s, %q (%v)"}.With(inner, "a%sb", errors.New("x"))
	want := lang.Text{FR: `Dans 3 jours, "a%sb" (x)`, EN: `In 3 days, "a%sb" (x)`}
	if got != want {
		t.Errorf("got %+v", got)
	}
	if s := got.In(lang.EN); s != want.EN {
		t.Errorf("a value with a verb in it is not formatted again: %q", s)
	}
	if same := lang.Same("mabase"); same.In(lang.FR) != "mabase" || same.In(lang.EN) != "mabase" {
		t.Errorf("Same = %+v", same)
	}
	if !(lang.Text{}).Empty() || same().Empty() {
		t.Error("Empty")
	}
}

func same() lang.Text { return lang.Same("x") }

func TestProblemIsAnEnglishErrorWithACause(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	p := &lang.Problem{Exit: lang.SignIn, ID: "id", What: lang.Text{FR: "Quoi.", EN: "What."}, Do: lang.Text{FR: "Faire.", EN: "Do."}, Err: cause}
	err := fmt.Errorf("base: %w", p)
	var found *lang.Problem
	if !errors.As(err, &found) || found.Exit != lang.SignIn || !errors.Is(err, cause) || err.Error() != "base: What. Do." {
		t.Errorf("%v", err)
	}
	p.Do, p.Err = lang.Text{}, nil
	if p.Error() != "What." || p.Unwrap() != nil {
		t.Errorf("%q %v", p.Error(), p.Unwrap())
	}
}

// The codes are for ever: scripts and monitoring rely on them.
func TestExitCodesNeverChange(t *testing.T) {
	t.Parallel()
	for code, want := range map[lang.Exit]int{
		lang.OK: 0, lang.SomeBases: 1, lang.Usage: 2, lang.SignIn: 10, lang.Application: 11, lang.Mail: 12, lang.Safety: 13,
		lang.Bug: 70, lang.Disk: 74, lang.Temporary: 75, lang.Permission: 77, lang.Interrupted: 130, lang.Terminated: 143,
	} {
		if int(code) != want {
			t.Errorf("exit code %d became %d", want, code)
		}
	}
}
