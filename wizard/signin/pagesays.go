package signin

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
	"github.com/openfire-fr/openfire-o365/oauthflow"
)

// Microsoft shows some refusals on its own page and never sends them back: RFC 6749
// section 4.1.2.1 requires that for a bad redirect URI. After a while without an
// answer the person is asked what the page says.

// likely are the refusals that people meet on that page, the most frequent first.
var likely = []int{
	faults.RedirectMismatch, faults.AdminConsentRequired, faults.NotAssigned, faults.UnknownApplication,
	faults.AccountOfOtherTenant, faults.BlockedByPolicy, faults.UnknownAccount, faults.UnknownTenant,
}

// listLikely prints, numbered, what the page may say.
func (w *wait) listLikely() {
	w.listed = true
	tell := w.Dialog.Tell
	tell.Print(i18n.T("Still nothing. What does Microsoft's page say?"))
	for i, code := range likely {
		if f, ok := faults.ByCode(code); ok {
			tell.Print(i18n.T("%s %s (%s)", fmt.Sprintf("%3d.", i+1), f.What, f.Name()))
		}
	}
}

// question takes the address of this sign-in, or what Microsoft's page says: its
// message, its code or, once they were listed, the number of a likely refusal.
// Anything else is refused with the reason, and asked for again.
func (w *wait) question() prompt.Question {
	numbered := w.listed
	q := prompt.Question{ID: "pasted-address", Optional: !w.paste, Meanwhile: Waiting,
		Title: i18n.T("Address of the last page (or the error message it shows)")}
	if numbered {
		q.ID = "page-says"
		q.Title = i18n.T("A number, the page's message or code, or the address of the last page")
	}
	q.Check = func(text string) (string, error) {
		_, err := w.auth.Parse(text)
		var refused *oauthflow.Error
		if err != nil && !errors.As(err, &refused) && w.fromPage(answer{text: text, numbered: numbered}) == nil {
			return "", badAddress(err)
		}
		return text, nil
	}
	return q
}

// badAddress says why a pasted text is not the address that was asked for.
func badAddress(err error) *problem.Problem {
	what := i18n.T("This address holds no sign-in code.")
	if errors.Is(err, oauthflow.ErrState) {
		what = i18n.T("This address comes from another sign-in, not from this one.")
	}
	return &problem.Problem{Exit: problem.Usage, ID: "pasted-address", What: what, Err: err,
		Do: i18n.T("Copy the whole address of the last page, from its start to its end, and paste it.")}
}

// fromPage returns the refusal that somebody copied from Microsoft's page or from
// the base's, or chose by its number; nil for anything else. Addresses can carry
// refusals too: those are the listener's to read.
func (w *wait) fromPage(a answer) error {
	text := strings.TrimSpace(a.text)
	if regexp.MustCompile(`^\S*[?&#](code|error)=\S*$`).MatchString(text) { // an address
		return nil
	}
	if n, err := strconv.Atoi(text); err == nil && a.numbered && n >= 1 && n <= len(likely) {
		text = strconv.Itoa(likely[n-1])
	}
	found := faults.Find(text)
	if len(found) == 0 {
		return nil
	}
	f := found[0]
	if w.paste && f.ID == "base-forbidden" {
		return nil // the very page on which a sign-in by paste ends: its address is wanted
	}
	if f.RedirectUnregistered() && !w.paste {
		return errUseBaseURI // that one may be registered
	}
	return &faults.Refusal{Fault: f.Fault, Detail: cmp.Or(f.Detail, f.Name())}
}
