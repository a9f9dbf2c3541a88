package report

import (
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// link is one of the four stations of a message's way, with its checks.
type link struct {
	Title  i18n.Text
	Checks []check.Result
	X      int // where it is drawn: in a box 186 units wide, 72 from the next

	proofs []check.ID // must be ok or a warning, else the station's state is unknown
}

// chainLinks sorts results into the stations from the base to the mailbox.
func chainLinks(results []check.Result) []link {
	links := []link{
		{Title: i18n.T("OpenFire base"), proofs: []check.ID{check.BaseModule}},
		{Title: i18n.T("Microsoft Entra"), X: 258, proofs: []check.ID{check.EntraTenant, check.TokenRefresh}},
		{Title: i18n.T("Exchange Online"), X: 2 * 258, proofs: []check.ID{check.SMTPTLS}},
		{Title: i18n.T("Mailbox"), X: 3 * 258, proofs: []check.ID{check.SMTPAuth}},
	}
	for _, r := range results {
		i := station(r.ID)
		links[i].Checks = append(links[i].Checks, r)
	}
	return links
}

// station returns the index of a check's link.
func station(id check.ID) int {
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

// Status is the worst of the link's checks; unknown when a proof is missing, so
// that what was not checked is never shown as ok.
func (l link) Status() check.Status {
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
	case slices.ContainsFunc(l.proofs, func(id check.ID) bool { return !proved(id) }):
		return check.Unknown
	case has(check.Warning):
		return check.Warning
	}
	return check.OK
}

// Word says the link's state, for those who do not see its colour.
func (l link) Word() i18n.Text {
	return map[check.Status]i18n.Text{
		check.OK:      i18n.T("OK"),
		check.Warning: i18n.T("warning"),
		check.Failed:  i18n.T("failed"),
		check.Unknown: i18n.T("not checked"),
	}[l.Status()]
}
