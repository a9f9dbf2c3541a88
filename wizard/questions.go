package wizard

import (
	"maps"
	"slices"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// Vet looks at all answers given ahead before anything is done with any of
// them. Errors are *problem.Problem naming the flag, exit code 2.
func Vet(given map[string]string, now time.Time) error {
	for _, id := range slices.Sorted(maps.Keys(given)) {
		q, known := questions(now)[id]
		if !known {
			return &problem.Problem{Exit: problem.Usage, ID: "answers", What: i18n.T("No question is called \"%s\".", id)}
		}
		if _, err := q.AcceptGiven(given[id]); err != nil {
			return err
		}
	}
	return nil
}

// questions are what every answer must be, by id; the steps add the words.
func questions(now time.Time) map[string]ui.Question {
	list := []ui.Question{
		{ID: "base", Check: func(s string) (string, error) {
			b, err := openfire.ParseBase(s)
			return b.Name(), err
		}},
		{ID: "odoo-version", Check: odooVersion},
		{ID: "register", Kind: ui.YesNo, Words: map[string]string{Automatic: ui.Yes, ByHand: ui.No}},
		{ID: "loopback", Kind: ui.YesNo},
		{ID: "client-id", Check: openfire.ParseGUID},
		{ID: "tenant", Check: openfire.ParseTenant},
		{ID: "client-secret", Kind: ui.Hidden, Check: func(s string) (string, error) {
			_, _, err := openfire.ParseSecret(s)
			return "", err
		}},
		{ID: "secret-expires", Check: func(s string) (string, error) { return openfire.ParseExpiry(s, now) }},
		{ID: "mailbox", Check: openfire.ParseMailbox},
		{ID: "incoming", Kind: ui.YesNo},
		{ID: "accept-account", Check: openfire.ParseMailbox},
		{ID: "test-to", Check: openfire.ParseMailbox},
		{ID: "login"},
		{ID: "api-key", Kind: ui.Hidden, Exact: true},
		{ID: "apply", Kind: ui.YesNo},
		{ID: "others", Check: others},
		{ID: "yes", Kind: ui.YesNo},
	}
	byID := map[string]ui.Question{}
	for _, q := range list {
		byID[q.ID] = q
	}
	return byID
}
