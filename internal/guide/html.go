package guide

import (
	_ "embed"
	"fmt"
	"html"
	"html/template"
	"io"
	"strings"
	"sync"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

//go:embed page.html
var pageHTML string

var pageTemplate = sync.OnceValue(func() *template.Template { return template.Must(template.New("guide").Parse(pageHTML)) })

// view is what the template shows of one page, all of it ready to be read.
type view struct {
	Lang, Other                                         i18n.Lang
	ID, Title, About, Nonce                             string
	Brand, Steps, Skip, Opens, Copied, Selected, Around string
	OtherName                                           string
	DrawingCSS                                          template.CSS
	Pages                                               []wayView
	Before, After                                       *wayView
	Parts                                               []partView
	Paste                                               *pasteView
}

type wayView struct {
	ID, Title, Article string
	Here               bool
}

type partView struct {
	Title, Link string
	Steps       []stepView
	Notes       []template.HTML
	Drawing     template.HTML
}

type stepView struct {
	Do     template.HTML
	Copies []copyView
}

type copyView struct{ ID, Value, Copy string }

// pasteView is the box for the address of the browser's last page.
type pasteView struct{ Title, Label, Send, Said, Class string }

// write writes one page as it is served.
func write(w io.Writer, l i18n.Lang, v Values, n int, nonce string, paste *pasteView) error {
	pages := Pages(v)
	p := pages[n]
	page := view{
		Lang: l, Other: i18n.English, OtherName: "English", ID: p.ID, Title: p.Title.In(l), About: p.About.In(l), Nonce: nonce, DrawingCSS: template.CSS(drawingCSS), Paste: paste,
		Brand:    i18n.T("openfire-o365, step by step").In(l),
		Steps:    i18n.T("The steps").In(l),
		Skip:     i18n.T("Skip to the content").In(l),
		Opens:    opens().In(l),
		Around:   i18n.T("The step before, the next step").In(l),
		Copied:   i18n.T("Copied").In(l),
		Selected: i18n.T("Selected: Ctrl+C copies it").In(l),
	}
	if l == i18n.English {
		page.Other, page.OtherName = i18n.French, "Français"
	}
	for i, other := range pages {
		page.Pages = append(page.Pages, wayView{other.ID, other.Title.In(l), other.Article.In(l), i == n})
	}
	if n > 0 {
		page.Before = &page.Pages[n-1]
	}
	if n+1 < len(pages) {
		page.After = &page.Pages[n+1]
	}
	for i, part := range p.Parts {
		page.Parts = append(page.Parts, part.view(l, fmt.Sprintf("part%d", i+1)))
	}
	return pageTemplate().Execute(w, page)
}

func (p Part) view(l i18n.Lang, id string) partView {
	v := partView{Title: p.Title.In(l), Link: p.Link}
	for i, s := range p.Steps {
		step := stepView{Do: rich(s.Do.In(l))}
		for k, value := range s.Values {
			step.Copies = append(step.Copies, copyView{fmt.Sprintf("%s-%d-%d", id, i+1, k+1), value, i18n.T("Copy").In(l)})
		}
		v.Steps = append(v.Steps, step)
	}
	for _, n := range p.Notes {
		v.Notes = append(v.Notes, rich(n.In(l)))
	}
	if p.Drawing != nil {
		v.Drawing = template.HTML(p.Drawing.SVG(l, id, false)) // our own, and escaped where it says something
	}
	return v
}

// rich is a marked text as HTML: everything in it is escaped before.
func rich(s string) template.HTML {
	var b strings.Builder
	for i, part := range strings.Split(html.EscapeString(s), "**") {
		switch {
		case i == 0:
		case i%2 == 1:
			b.WriteString("<strong>")
		default:
			b.WriteString("</strong>")
		}
		b.WriteString(part)
	}
	return template.HTML(b.String())
}
