package dialog

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
)

// A given answer in another form does not differ from the current value. A question
// that the user went back to does.
func TestGivenAnswerInAnotherFormDoesNotDiffer(t *testing.T) {
	t.Parallel()
	given := map[string]string{"incoming": "oui", "secret-expires": "22/11/2028", "client-secret": "abc8Q~"}
	d := &Dialog{Now: time.Now, Answers: given}
	d.Restart()
	for id, current := range map[string]string{
		"incoming": prompt.Yes, "secret-expires": "2028-11-22", "client-secret": "abc8Q~", "mailbox": "compta@client.fr",
	} {
		if d.Differs(id, current) {
			t.Errorf("%s: %q differs from %q", id, given[id], current)
		}
		if id != "mailbox" && !d.Differs(id, "other") {
			t.Errorf("%s: %q does not differ from another", id, given[id])
		}
		d.reopened[id] = ""
		if !d.Differs(id, current) {
			t.Errorf("%s is not open again", id)
		}
	}
}

// An answer given in advance is used once. If it is invalid, the error names its flag.
func TestAnswersGivenAheadAreUsedOnce(t *testing.T) {
	t.Parallel()
	var who, sure, maybe = prompt.Question{ID: "mailbox"}, prompt.Question{ID: "incoming", Default: prompt.No},
		prompt.Question{ID: "secret-expires", Optional: true}
	next := &prompt.Plain{
		Tell: &ui.Printer{W: io.Discard, Lang: i18n.English},
		In:   strings.NewReader("second@client.fr\n"),
	}
	given := map[string]string{"mailbox": "first@client.fr", "incoming": "perhaps"}
	p := &Dialog{Answers: given, Prompter: next, Now: time.Now}
	for _, want := range []string{"first@client.fr", "second@client.fr"} {
		if got, err := p.Ask(t.Context(), who); err != nil || got != want {
			t.Errorf("%q %v, want %q", got, err, want)
		}
	}
	var prob *problem.Problem
	if _, err := p.Ask(t.Context(), sure); !errors.As(err, &prob) || prob.Exit != problem.Usage || !strings.HasPrefix(prob.What.In(i18n.English), "--incoming: ") {
		t.Errorf("%v", err)
	}
	alone := &Dialog{Now: time.Now}
	if got, err := alone.Ask(t.Context(), sure); got != prompt.No || err != nil {
		t.Errorf("a default: %q %v", got, err)
	}
	if got, err := alone.Ask(t.Context(), maybe); got != "" || err != nil {
		t.Errorf("an optional question: %q %v", got, err)
	}
	var missing *prompt.Missing
	if _, err := alone.Ask(t.Context(), who); !errors.As(err, &missing) {
		t.Errorf("%v", err)
	}
}
