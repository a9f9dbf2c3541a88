package guide

import (
	_ "embed"
	"html"
	"html/template"
	"regexp"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

//go:embed page.html
var pageHTML string

//go:embed drawing.css
var drawingCSS string

// view is what the template shows: one page, and the way to the others.
type view struct {
	Lang   i18n.Lang
	Nonce  string // of the style and the script, for the Content-Security-Policy
	Pages  []Page
	Number int        // of the page among Pages, from 0
	Paste  *pasteView // nil: no address is awaited
}

// pasteView is the box for the address of a sign-in's last page.
type pasteView struct {
	Message string // about the address that was sent; "": none was
	Refused bool
}

// Page is the page that is shown.
func (v view) Page() Page { return v.Pages[v.Number] }

// Beside returns the page that many pages further, nil where there is none.
func (v view) Beside(pages int) *Page {
	if n := v.Number + pages; n >= 0 && n < len(v.Pages) {
		return &v.Pages[n]
	}
	return nil
}

// pageTemplate returns the page in one language.
func pageTemplate(l i18n.Lang) *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"T": i18n.Func(l), "bold": bold,
		"next": func(i int) int { return i + 1 },
		"css":  func() template.CSS { return template.CSS(drawingCSS) },
	}).Parse(pageHTML))
}

// bold returns a text as HTML, with the parts between two ** in bold.
func bold(s string) template.HTML {
	return template.HTML(boldParts.ReplaceAllString(html.EscapeString(s), "<strong>$1</strong>"))
}

var boldParts = regexp.MustCompile(`\*\*(.*?)\*\*`)
