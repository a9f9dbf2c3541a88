package prompt

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire/input"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

func plain(in string) (*Plain, *bytes.Buffer) {
	var out bytes.Buffer
	return &Plain{Tell: &ui.Printer{W: &out, Lang: i18n.French}, In: strings.NewReader(in)}, &out
}

var (
	who   = Question{ID: "mailbox", Title: bilingual("Qui\u00a0?", "Who?"), Check: input.ParseMailbox}
	sure  = Question{ID: "incoming", Kind: YesNo, Default: No, Title: bilingual("Sûr\u00a0?", "Sure?")}
	maybe = Question{ID: "secret-expires", Optional: true, Title: bilingual("Quand\u00a0?", "When?")}
)

// A pipe answers several questions, with any line endings, and the last line counts
// even without one.
func TestPlainReadsAPipe(t *testing.T) {
	t.Parallel()
	p, _ := plain("\ufeffcompta@client.fr\r\n\noui\n\u00a0anna@example.com")
	for i, want := range []string{"compta@client.fr", "no", "yes", "anna@example.com"} {
		q := who
		if i == 1 || i == 2 {
			q = sure
		}
		if got, err := p.Ask(t.Context(), q); err != nil || got.Reveal() != want {
			t.Errorf("answer %d is %q, %v, want %q", i, got.Reveal(), err, want)
		}
	}
	var missing *Missing
	if _, err := p.Ask(t.Context(), who); !errors.As(err, &missing) || strings.Join(missing.Flags, " ") != "--mailbox" {
		t.Errorf("at the end: %v", err)
	}
	if _, err := p.Ask(t.Context(), maybe); !errors.As(err, &missing) {
		t.Errorf("an optional question at the end: %v", err)
	}
}

func TestPlainAsksAgain(t *testing.T) {
	t.Parallel()
	p, out := plain("x\n\ncompta@client.fr\n")
	if got, err := p.Ask(t.Context(), who); err != nil || got.Reveal() != "compta@client.fr" {
		t.Fatalf("%q %v", got.Reveal(), err)
	}
	if n := strings.Count(out.String(), "ÉCHEC"); n != 2 || strings.Count(out.String(), "Qui\u00a0?") != 1 || strings.Count(out.String(), "> ") != 3 {
		t.Errorf("%d refusals in:\n%s", n, out.String())
	}
}

// A line that arrives after the end of its question answers the next one.
func TestPlainKeepsALateLine(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	reading := make(chan bool, 9)
	p := &Plain{Tell: &ui.Printer{W: io.Discard, Lang: i18n.English}, In: readerFunc(func(b []byte) (int, error) {
		reading <- true
		return r.Read(b)
	})}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-reading; cancel() }()
	if _, err := p.Ask(ctx, who); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	go func() { _, _ = io.WriteString(w, "compta@client.fr\n") }()
	if got, err := p.Ask(t.Context(), who); err != nil || got.Reveal() != "compta@client.fr" || len(reading) > 0 {
		t.Errorf("%q %v, %d readers more", got.Reveal(), err, len(reading))
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func TestYesNoAnswers(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{"o": Yes, "O": Yes, "oui": Yes, "OUI": Yes, "y": Yes, "yes": Yes, "n": No, "non": No, "no": No, "": No, " oui ": Yes, "peut-être": "", "ouii": "", "?": ""} {
		got, err := sure.Accept(typed)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q is %q, %v, want %q", typed, got, err, want)
		}
	}
}

// Values to copy are not wrapped; all other text is.
func TestValuesAreNotWrapped(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	tell := &ui.Printer{W: &out, Lang: i18n.English, Width: 40}
	value := strings.Repeat("x", 100)
	tell.Value(bilingual("Valeur", "Value"), value)
	tell.Address("https://" + value)
	if !strings.Contains(out.String(), "\n    "+value+"\n") ||
		!strings.Contains(out.String(), "\n  https://"+value+"\n") {
		t.Errorf("not whole:\n%s", out.String())
	}
	out.Reset()
	tell.Print(i18n.Literal(strings.Repeat("word ", 50)))
	tell.Problem(&problem.Problem{What: i18n.Literal(strings.Repeat("what ", 20)), Do: i18n.Literal(strings.Repeat("do ", 30))})
	for l := range strings.Lines(out.String()) {
		if len(l) > 39 {
			t.Errorf("%d columns: %q", len(l), l)
		}
	}
	out.Reset()
	tell.Print(i18n.Literal("run openfire-o365 with the identifier 5a4db0c5-0000-4000-8000-0f1fe0365002 twice"))
	if want := "run openfire-o365 with the identifier\n5a4db0c5-0000-4000-8000-0f1fe0365002\ntwice\n"; out.String() != want {
		t.Errorf("broken at a hyphen, or not at a blank:\n%s", out.String())
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Errorf("unexpected colours: %q", out.String())
	}
}

// spoken is a text in both languages.
type spoken struct{ fr, en string }

func (s spoken) In(l i18n.Lang) string {
	if l == i18n.French {
		return s.fr
	}
	return s.en
}

func bilingual(fr, en string) i18n.Text { return i18n.Literal("%s", spoken{fr, en}) }
