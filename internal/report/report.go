// Package report shows the results of checks: as lines on a terminal and as a
// page to send to support.
package report

import (
	_ "embed"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/check/expiry"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

//go:embed report.html
var reportHTML string

// Report is the diagnosis of one base as a page that can be mailed to support:
// it loads nothing, runs no script and holds no secret.
type Report struct {
	check.Diagnosis
	Lang       i18n.Lang
	Now        time.Time
	Program    string // name, version and system
	Home       string // shown as ~
	Unredacted bool   // show addresses, identifiers and folders in full
}

// page is what the template shows.
type page struct {
	Report
	Verdict i18n.Text
	First   *check.Result // the first failed check; nil when none did
	Class   check.Status  // the worst status of the parts
	Parts   []part
	Ends    []end
}

// end is the expiry of a token or secret.
type end struct {
	Title, Text i18n.Text
	Class       string
	Percent     int // of its life that is left
}

// Write writes the page.
func (r Report) Write(w io.Writer) error {
	r.Now = r.Now.UTC()
	parts := group(r.Results)
	p := page{Report: r, Verdict: Verdict(r.Diagnosis), Parts: parts, Class: worst(parts)}
	if failed, found := r.FirstFailed(); found {
		p.First = &failed
	}
	for _, e := range expiry.Dates(r.File, r.Learned) {
		state, text, part := e.Left(r.Now)
		p.Ends = append(p.Ends, end{e.Title, text, state, int(100 * part)})
	}
	t, err := template.New("report").Funcs(r.functions()).Parse(reportHTML)
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

// functions returns those of the template: say renders a text in the report's
// language, text redacts it too.
func (r Report) functions() template.FuncMap {
	redact := func(s string) string { return s }
	if !r.Unredacted {
		_, domain, _ := strings.Cut(r.File.Mailbox(), "@")
		if domain == r.Base.Host() {
			domain = "" // the base's name is in the page's title
		}
		redact = sanitize.NewRedactor(r.Home, domain).Redact
	}
	return template.FuncMap{
		"T": i18n.Func(r.Lang), "redact": redact, "day": expiry.Day,
		"say":     func(t i18n.Text) string { return t.In(r.Lang) },
		"text":    func(t i18n.Text) string { return redact(t.In(r.Lang)) },
		"verdict": func(s check.Status) i18n.Text { return ui.Verdict(s).Text() },
	}
}

// worst returns the worst status of the parts.
func worst(parts []part) check.Status {
	for _, s := range []check.Status{check.Failed, check.Unknown, check.Warning} {
		if slices.ContainsFunc(parts, func(l part) bool { return l.Status() == s }) {
			return s
		}
	}
	return check.OK
}

// part is one of the parts of the connection in the drawing, with its checks.
type part struct {
	Title  i18n.Text
	Checks []check.Result
	X      int // where it is drawn: in a box 186 units wide, 60 from the next

	required []check.ID // must be ok or a warning, else the part's status is unknown
}

// group sorts results into the parts, from this machine to the mailbox.
func group(results []check.Result) []part {
	parts := []part{
		{Title: i18n.T("This machine"), required: []check.ID{check.HostNetwork}},
		{Title: i18n.T("OpenFire base"), X: 246, required: []check.ID{check.BaseModule}},
		{Title: i18n.T("Microsoft Entra"), X: 2 * 246, required: []check.ID{check.EntraTenant, check.TokenRefresh}},
		{Title: i18n.T("Exchange Online"), X: 3 * 246, required: []check.ID{check.SMTPTLS}},
		{Title: i18n.T("Mailbox"), X: 4 * 246, required: []check.ID{check.SMTPAuth}},
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
	case area == "host":
		return 0
	case area == "base":
		return 1
	case area == "entra" || area == "token":
		return 2
	case id == check.SMTPConnect || id == check.SMTPTLS:
		return 3
	}
	return 4
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
