package wizard

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/oauthflow"
)

// Microsoft shows some refusals on its own page and never sends them back
// (RFC 6749 section 4.1.2.1 wants it so for a bad redirect URI). After a while
// of silence set-up asks what the page says.

// silence is how long nothing may come back.
func (s *session) silence() time.Duration { return cmp.Or(s.Silence, time.Minute) }

// likely are the refusals that people meet on that page, the most frequent first.
var likely = []int{faults.RedirectMismatch, faults.AdminConsentRequired, faults.NotAssigned, faults.UnknownApplication,
	faults.AccountOfOtherTenant, faults.BlockedByPolicy, faults.UnknownAccount, faults.UnknownTenant}

// The ids of the question about the browser's last page, before and after the
// likely refusals were shown.
const (
	pastedAddress = "pasted-address"
	pageSays      = "page-says"
)

// sayLikely shows what a silent page may say, by number.
func (s *session) sayLikely() {
	s.Tell.Print(i18n.T("Still nothing. What does Microsoft's page say?"))
	for i, code := range likely {
		if f, ok := faults.ByCode(code); ok {
			s.Tell.Print(i18n.T("%s %s (%s)", fmt.Sprintf("%3d.", i+1), f.What, f.Name()))
		}
	}
}

// pasteQuestion takes the address of this sign-in, or what Microsoft's page
// says: its message, its code, or once they were shown the number of a likely
// one. Anything else is refused with the reason, and asked for again.
func pasteQuestion(signIn *oauthflow.AuthRequest, wanted, shown bool) ui.Question {
	q := ui.Question{ID: pastedAddress, Kind: ui.Long, Optional: !wanted,
		Meanwhile: browser,
		Title:     i18n.T("Address of the last page (or the error message it shows)")}
	if shown {
		q.ID = pageSays
		q.Title = i18n.T("A number, the page's message or code, or the address of the last page")
	}
	q.Check = func(text string) (string, error) {
		_, err := signIn.Parse(text)
		var refused *oauthflow.Error
		if err != nil && !errors.As(err, &refused) && fromPage(text, shown, wanted) == nil {
			return "", badPaste(err)
		}
		return text, nil
	}
	return q
}

var answerAddress = sanitize.Pattern(`^\S*[?&#](code|error)=\S*$`)

// fromPage recognises an error that somebody copied from Microsoft's page or
// from the base's, or chose by its number. Addresses carry such errors too;
// those are the listener's to judge.
func fromPage(text string, numbered, byPaste bool) error {
	text = strings.TrimSpace(text)
	if answerAddress().MatchString(text) {
		return nil
	}
	if n, err := strconv.Atoi(text); err == nil && numbered && n >= 1 && n <= len(likely) {
		text = strconv.Itoa(likely[n-1])
	}
	found := faults.Find(text)
	if len(found) == 0 {
		return nil
	}
	f := found[0]
	if byPaste && f.ID == "base-forbidden" {
		return nil // the very page on which a sign-in by paste ends: its address is wanted
	}
	if f.RedirectUnregistered() && !byPaste {
		return errPaste // the base's own redirect URI may be registered
	}
	return &faults.Refusal{Fault: f.Fault, Detail: cmp.Or(f.Detail, f.Name())}
}
