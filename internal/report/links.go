package report

import (
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// part is one of the four parts of the connection in the drawing, with its checks.
type part struct {
	Title  i18n.Text
	Checks []check.Result
	X      int // where it is drawn: in a box 186 units wide, 72 from the next

	required []check.ID // must be ok or a warning, else the part's status is unknown
}

// group sorts results into the four parts, from the base to the mailbox.
func group(results []check.Result) []part {
	parts := []part{
		{Title: i18n.T("OpenFire base"), required: []check.ID{check.BaseModule}},
		{Title: i18n.T("Microsoft Entra"), X: 258, required: []check.ID{check.EntraTenant, check.TokenRefresh}},
		{Title: i18n.T("Exchange Online"), X: 2 * 258, required: []check.ID{check.SMTPTLS}},
		{Title: i18n.T("Mailbox"), X: 3 * 258, required: []check.ID{check.SMTPAuth}},
	}
	for _, r := range results {
		i := partOf(r.ID)
		parts[i].Checks = append(parts[i].Checks, r)
	}
	return parts
}

// partOf returns the index of the part that a check belongs to.
func partOf(id check.ID) int {
	area, _, _ := strings.Cut(string(id), ".")
	switch {
	case area == "host" || area == "base":
		return 0
	case area == "entra" || area == "token":
		return 1
	case id == check.SMTPConnect || id == check.SMTPTLS:
		return 2
	}
	return 3
}

// Status returns the worst status of the part's checks. It is unknown if a required
// check did not run, so that a part that was not checked is never shown as ok.
func (l part) Status() check.Status {
	has := func(status check.Status) bool {
		return slices.ContainsFunc(l.Checks, func(r check.Result) bool { return r.Status == status })
	}
	proved := func(id check.ID) bool {
		return slices.ContainsFunc(l.Checks, func(r check.Result) bool {
			return r.ID == id && (r.Status == check.OK || r.Status == check.Warning)
		})
	}
	switch {
	case has(check.Failed):
		return check.Failed
	case slices.ContainsFunc(l.required, func(id check.ID) bool { return !proved(id) }):
		return check.Unknown
	case has(check.Warning):
		return check.Warning
	}
	return check.OK
}

// Word returns the part's status as a word, for people who cannot see its colour.
func (l part) Word() i18n.Text {
	return map[check.Status]i18n.Text{
		check.OK:      i18n.T("OK"),
		check.Warning: i18n.T("warning"),
		check.Failed:  i18n.T("failed"),
		check.Unknown: i18n.T("not checked"),
	}[l.Status()]
}
