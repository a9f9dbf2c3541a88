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
