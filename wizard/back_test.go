package wizard

import (
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/tokens"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// TestDiffers: an answer given ahead in another form than the file's is no other
// answer; a question that the person went back to is open again.
func TestDiffers(t *testing.T) {
	t.Parallel()
	s := &session{Setup: &Setup{Refresher: &tokens.Refresher{Now: time.Now}, Given: map[string]string{"incoming": "oui", "secret-expires": "22/11/2028", "client-secret": "abc8Q~"}}, reopened: map[string]string{}}
	for id, current := range map[string]string{"incoming": ui.Yes, "secret-expires": "2028-11-22", "client-secret": "abc8Q~", "mailbox": "compta@client.fr"} {
		if s.differs(id, current) {
			t.Errorf("%s: %q differs from %q", id, s.Given[id], current)
		}
		if id != "mailbox" && !s.differs(id, "other") {
			t.Errorf("%s: %q does not differ from another", id, s.Given[id])
		}
		s.reopened[id] = ""
		if !s.differs(id, current) {
			t.Errorf("%s is not open again", id)
		}
	}
}
