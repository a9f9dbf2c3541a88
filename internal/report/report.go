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
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

//go:embed report.html
var reportHTML string

var reportPage = sync.OnceValue(func() *template.Template { return template.Must(template.New("report").Parse(reportHTML)) })

// Report is the diagnosis of one base as a page that can be mailed to support:
// it needs nothing from elsewhere, runs no script and holds no secret.
type Report struct {
	Base    openfire.Base
	File    tokenfile.File // for what expires when; zero without one
	Results []check.Result
	Verdict i18n.Text
	Lang    i18n.Lang
	Now     time.Time
	Program string // name, version and system
	Home    string // becomes ~
	Whole   bool   // nothing is shortened

	redactor sanitize.Redactor // made once by Write
}

// reportView is what the template shows, all of it ready to be read.
type reportView struct {
	First                                       *checkView // what broke first, and what to do; nil when nothing did
	Lang                                        i18n.Lang
	Title, Verdict, Class, Meta                 string
	ChainTitle, Drawing, EndsTitle, ChecksTitle string
	Note                                        string
	Links                                       []linkView
	Ends                                        []endView
}

type endView struct {
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
		domain = "" // the base's name stands in the page's title
	}
	r.redactor = sanitize.NewRedactor(r.Home, domain)
	links := check.Links(r.Results)
	view := reportView{
		Lang:        r.Lang,
		Title:       i18n.T("Diagnosis of %s", r.Base.Host()).In(r.Lang),
		Verdict:     r.text(r.Verdict),
		Class:       string(overall(links)),
		Meta:        i18n.T("Made on %s at %s UTC by %s.", check.Day(r.Now.UTC()), r.Now.UTC().Format("15:04"), r.Program).In(r.Lang),
		ChainTitle:  i18n.T("A message's way").In(r.Lang),
		EndsTitle:   i18n.T("What expires, and when").In(r.Lang),
		ChecksTitle: i18n.T("The checks, one by one").In(r.Lang),
		Note:        r.note().In(r.Lang),
	}
	if i := slices.IndexFunc(r.Results, func(c check.Result) bool { return c.Status == check.Failed }); i >= 0 {
		first := r.check(r.Results[i])
		view.First = &first
	}
	for i, l := range links {
		drawn := r.draw(i, l)
		view.Links = append(view.Links, drawn)
		if i > 0 {
			view.Drawing += i18n.T("; ").In(r.Lang)
		}
		view.Drawing += drawn.Title + i18n.T(": ").In(r.Lang) + drawn.Word
	}
	for _, e := range check.Ends(r.File) {
		status, text, part := e.Left(r.Now)
		view.Ends = append(view.Ends, endView{e.Title.In(r.Lang), text.In(r.Lang), string(status), int(100 * part)})
	}
	return reportPage().Execute(w, view)
}

func (r Report) note() i18n.Text {
	if r.Whole {
		return i18n.T("This page holds no secret. Addresses and identifiers are whole in it (--unredacted).")
	}
	return i18n.T("This page holds no secret; addresses, identifiers and folders in it are shortened. You can send it to OpenFire support (support@openfire.fr).")
}

// text is a text in the report's language, shortened unless it is to be whole.
func (r Report) text(t i18n.Text) string { return r.short(t.In(r.Lang)) }

func (r Report) short(s string) string {
	if r.Whole {
		return s
	}
	return r.redactor.Text(s)
}

// overall is the worst of the chain, or what is not known of it.
func overall(links []check.Link) check.Status {
	found := map[check.Status]bool{}
	for _, l := range links {
		found[l.Status] = true
	}
	for _, s := range []check.Status{check.Failed, check.Unknown, check.Warning} {
		if found[s] {
			return s
		}
	}
	return check.OK
}

// check is one check as the page shows it.
func (r Report) check(c check.Result) checkView {
	colon := i18n.T(":").In(r.Lang)
	v := checkView{ID: c.ID, Class: string(c.Status), Word: ui.Verdict(c.Status).Text().In(r.Lang), Title: c.Title.In(r.Lang), What: r.text(c.What)}
	if c.Detail != "" {
		v.Said = "Microsoft" + colon + " " + r.short(c.Detail)
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
	// A shortened address leads nowhere: it is shown whole or not at all.
	if r.short(c.Link) == c.Link {
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

// linkWords and linkMarks say the state besides its colour and its shape.
var linkWords = map[check.Status]i18n.Text{
	check.OK:      i18n.T("in order"),
	check.Warning: i18n.T("to watch"),
	check.Failed:  i18n.T("broken"),
	check.Unknown: i18n.T("not reached"),
}

var linkMarks = map[check.Status]string{check.OK: "√", check.Warning: "!", check.Failed: "×", check.Unknown: "?"}

// draw places one station: boxes of 186 with 72 between them, and the way that
// leads to it from the one before, cut where it is broken.
func (r Report) draw(i int, l check.Link) linkView {
	const box, gap = 186, 72
	v := linkView{Class: string(l.Status), Mark: linkMarks[l.Status], Word: linkWords[l.Status].In(r.Lang), Title: l.Title.In(r.Lang),
		X: i*(box+gap) + 1, MarkY: 50}
	v.Middle = v.X + box/2
	m := v.Middle
	switch l.Status {
	case check.Warning:
		v.MarkY = 54
		v.Shape = fmt.Sprintf("%d,22 %d,61 %d,61", m, m+23, m-23)
	case check.Failed:
		v.Shape = fmt.Sprintf("%d,25 %d,25 %d,36 %d,52 %d,63 %d,63 %d,52 %d,36", m-8, m+8, m+19, m+19, m+8, m-8, m-19, m-19)
	}
	if i > 0 {
		from, to := v.X-gap+9, v.X-9
		v.Way = fmt.Sprintf("M%d 75H%dm-9 -8l9 8l-9 8", from, to)
		if l.Status == check.Failed {
			v.Way = fmt.Sprintf("M%d 75h14M%d 67l16 16m0 -16l-16 16M%d 75H%d", from, v.X-gap/2-8, to-14, to)
		}
	}
	for _, c := range l.Checks {
		v.Checks = append(v.Checks, r.check(c))
	}
	return v
}
