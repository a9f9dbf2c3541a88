package dialog

import (
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
)

// TestGivenAnswerInAnotherFormDoesNotDiffer: and a question that the person went
// back to is open again.
func TestGivenAnswerInAnotherFormDoesNotDiffer(t *testing.T) {
	t.Parallel()
	given := map[string]string{"incoming": "oui", "secret-expires": "22/11/2028", "client-secret": "abc8Q~"}
	d := &Dialog{Now: time.Now, Answers: prompt.NewPrepared(given, nil)}
	d.Restart()
	for id, current := range map[string]string{"incoming": prompt.Yes, "secret-expires": "2028-11-22", "client-secret": "abc8Q~", "mailbox": "compta@client.fr"} {
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
