// Package report shows the results of checks: as lines on a terminal and as a
// page to send to support.
package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/check/expiry"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

//go:embed report.html
var reportHTML string

var reportPage = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("report").Parse(reportHTML))
})

// Report is the diagnosis of one base as a page that can be mailed to support:
// it loads nothing, runs no script and holds no secret.
type Report struct {
	check.Diagnosis
	Lang       i18n.Lang
	Now        time.Time
	Program    string // name, version and system
	Home       string // shown as ~
	Unredacted bool   // show addresses, identifiers and folders in full

	redactor sanitize.Redactor // set by Write
}

// reportView holds what the template shows.
type reportView struct {
	First                       *checkView // the first failed check; nil when none did
	Lang                        i18n.Lang
	Title, Verdict, Class, Meta string
	ChainTitle, Drawing         string
	EndsTitle, ChecksTitle      string
	Note                        string
	Links                       []linkView
	Ends                        []expiryView
}

type expiryView struct {
	Title, Text, Class string
	Percent            int
}

type checkView struct {
	ID                             check.ID
	Class, Word, Title, What, Said string
	Remedy                         []remedyView
	Href                           string
}

type remedyView struct{ Label, Text string }

// Write writes the page.
func (r Report) Write(w io.Writer) error {
	_, domain, _ := strings.Cut(r.File.Mailbox(), "@")
	if domain == r.Base.Host() {
		domain = "" // the base's name is in the page's title
	}
	r.redactor = sanitize.NewRedactor(r.Home, domain)
	now := r.Now.UTC()
	view := reportView{
		Lang:        r.Lang,
		Title:       i18n.T("Diagnosis of %s", r.Base.Host()).In(r.Lang),
		Verdict:     r.text(Verdict(r.Diagnosis)),
		Meta:        i18n.T("Made on %s at %s UTC by %s.", expiry.Day(now), now.Format("15:04"), r.Program).In(r.Lang),
		ChainTitle:  i18n.T("A message's way").In(r.Lang),
		EndsTitle:   i18n.T("What expires, and when").In(r.Lang),
		ChecksTitle: i18n.T("The checks, one by one").In(r.Lang),
		Note:        r.note().In(r.Lang),
	}
	if failed, found := r.FirstFailed(); found {
		first := r.check(failed)
		view.First = &first
	}
	links := chainLinks(r.Results)
	view.Class = string(worst(links))
	var drawing []string
	for i, l := range links {
		v := r.draw(i, l)
		view.Links = append(view.Links, v)
		drawing = append(drawing, v.Title+i18n.T(": ").In(r.Lang)+v.Word)
	}
	view.Drawing = strings.Join(drawing, i18n.T("; ").In(r.Lang))
	for _, e := range expiry.Dates(r.File) {
		state, text, part := e.Left(r.Now)
		view.Ends = append(view.Ends, expiryView{e.Title.In(r.Lang), text.In(r.Lang), state, int(100 * part)})
	}
	return reportPage().Execute(w, view)
}

func (r Report) note() i18n.Text {
	if r.Unredacted {
		return i18n.T("This page holds no secret. Addresses and identifiers are whole in it (--unredacted).")
	}
	return i18n.T("This page holds no secret; addresses, identifiers and folders in it are shortened. You can send it to OpenFire support (support@openfire.fr).")
}

// text renders a text in the report's language, redacted unless Unredacted.
func (r Report) text(t i18n.Text) string { return r.redact(t.In(r.Lang)) }

func (r Report) redact(s string) string {
	if r.Unredacted {
		return s
	}
	return r.redactor.Redact(s)
}

// worst returns the worst state of the links, as the page's own.
func worst(links []link) check.Status {
	for _, s := range []check.Status{check.Failed, check.Unknown, check.Warning} {
		if slices.ContainsFunc(links, func(l link) bool { return l.status() == s }) {
			return s
		}
	}
	return check.OK
}

// check returns what the page shows of one check.
func (r Report) check(c check.Result) checkView {
	colon := i18n.T(":").In(r.Lang)
	v := checkView{ID: c.ID, Class: string(c.Status), Word: ui.Verdict(c.Status).Text().In(r.Lang),
		Title: c.Title.In(r.Lang), What: r.text(c.What)}
	if c.Detail != "" {
		v.Said = "Microsoft" + colon + " " + r.redact(c.Detail)
	}
	if c.Good() || c.Status == check.Unknown {
		return v
	}
	if !c.Do.IsZero() {
		v.Remedy = append(v.Remedy, remedyView{i18n.T("To do").In(r.Lang) + colon, r.text(c.Do)})
	}
	if who := c.Who.Text(); !who.IsZero() {
		v.Remedy = append(v.Remedy, remedyView{i18n.T("Who").In(r.Lang) + colon, who.In(r.Lang) + "."})
	}
	// A redacted link does not work, so it is left out.
	if r.redact(c.Link) == c.Link {
		v.Href = c.Link
	}
	return v
}

// linkView is one station of the drawing and its checks.
type linkView struct {
	Class, Mark, Word, Title string
	X, Middle, MarkY         int
	Way, Shape               string
	Checks                   []checkView
}

// linkStates say a link's state in a word and a character, for those who do not
// see its colour.
var linkStates = map[check.Status]struct {
	word i18n.Text
	mark string
}{
	check.OK:      {i18n.T("in order"), "√"},
	check.Warning: {i18n.T("to watch"), "!"},
	check.Failed:  {i18n.T("broken"), "×"},
	check.Unknown: {i18n.T("not reached"), "?"},
}

// draw places link i: boxes of 186 units with 72 between them, and the line that
// leads to it from the one before, cut where it is broken.
func (r Report) draw(i int, l link) linkView {
	const box, gap = 186, 72
	status := l.status()
	state := linkStates[status]
	v := linkView{Class: string(status), Mark: state.mark, Word: state.word.In(r.Lang), Title: l.title.In(r.Lang),
		X: i*(box+gap) + 1, MarkY: 50}
	v.Middle = v.X + box/2
	from, to, m := v.X-gap+9, v.X-9, v.Middle
	if i > 0 {
		v.Way = fmt.Sprintf("M%d 75H%dm-9 -8l9 8l-9 8", from, to)
	}
	switch status {
	case check.Warning:
		v.MarkY = 54
		v.Shape = fmt.Sprintf("%d,22 %d,61 %d,61", m, m+23, m-23)
	case check.Failed:
		v.Shape = fmt.Sprintf("%d,25 %d,25 %d,36 %d,52 %d,63 %d,63 %d,52 %d,36",
			m-8, m+8, m+19, m+19, m+8, m-8, m-19, m-19)
		if i > 0 {
			v.Way = fmt.Sprintf("M%d 75h14M%d 67l16 16m0 -16l-16 16M%d 75H%d", from, v.X-gap/2-8, to-14, to)
		}
	}
	for _, c := range l.checks {
		v.Checks = append(v.Checks, r.check(c))
	}
	return v
}
