package guide

import (
	"embed"
	"strconv"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

//go:embed pages
var sources embed.FS

func source(name string) string {
	text, err := sources.ReadFile("pages/" + name)
	if err != nil {
		panic(err) // the name is a constant
	}
	return string(text)
}

// written returns l if the guide is written in l, and English otherwise.
func written(l i18n.Lang) i18n.Lang {
	if _, err := sources.Open("pages/" + string(l) + ".md"); err != nil {
		return i18n.English
	}
	return l
}

// book is the guide in one language with the values of one base.
type book struct {
	lang   i18n.Lang
	values Values
	words  map[string]string // values of the placeholders without an argument

	cover Page // title and introduction of the guide
	pages []Page
}

// read parses the Markdown file of a language. Each line is one of these elements:
//
//	# title of the guide            ## title of a page {#id}     ### title of a part
//	*step of the article for this page, or for the guide: note about its values*
//	<link of the part>              ![text alternative](name of the drawing)
//	1. a step                       `a value of the step, to copy`
//	- a note                        any other line: introduction of the page or guide
//
// {if:incoming} at its start keeps a line for bases that fetch mail.
func read(l i18n.Lang, v Values) *book {
	l = written(l)
	b := &book{lang: l, values: v, words: words(l, v)}
	for line := range strings.Lines(source(string(l) + ".md")) {
		line, conditional := strings.CutPrefix(strings.TrimSpace(line), "{if:incoming}")
		if line == "" || conditional && !v.Incoming {
			continue
		}
		if l == i18n.French {
			line = unbreakable.Replace(line)
		}
		b.line(line)
	}
	return b
}

func (b *book) line(line string) {
	page := &b.cover
	if len(b.pages) > 0 {
		page = &b.pages[len(b.pages)-1]
	}
	if rest := strings.TrimLeft(line, "#"); rest != line {
		title, id, _ := strings.Cut(strings.TrimSpace(rest), " {#")
		switch len(line) - len(rest) {
		case 1:
			page.Title = title
		case 2:
			b.pages = append(b.pages, Page{ID: strings.TrimSuffix(id, "}"), Title: title})
		default:
			page.Parts = append(page.Parts, Part{Title: title})
		}
		return
	}
	if len(page.Parts) > 0 {
		b.partLine(page, line)
	} else if article, marked := strings.CutPrefix(line, "*"); marked {
		page.Article = strings.TrimSuffix(article, "*")
	} else {
		page.About = b.expand(line)
	}
}

// partLine parses a line of the last part of a page.
func (b *book) partLine(page *Page, line string) {
	part := &page.Parts[len(page.Parts)-1]
	number, text, _ := strings.Cut(line, ". ")
	switch _, err := strconv.Atoi(number); {
	case err == nil:
		part.Steps = append(part.Steps, Step{Do: b.expand(text)})
	case line[0] == '`':
		step := &part.Steps[len(part.Steps)-1]
		step.Values = append(step.Values, b.all(strings.Trim(line, "`"))...)
	case line[0] == '-':
		part.Notes = append(part.Notes, b.all(strings.TrimPrefix(line, "- "))...)
	case line[0] == '<':
		part.Link = b.link(page, b.expand(strings.Trim(line, "<>")))
	case line[0] == '!':
		caption, file, _ := strings.Cut(strings.Trim(line, "![)"), "](")
		part.Drawing = b.drawing(file, caption)
	}
}

// link omits a repeated link to the list of applications: while the ID of the
// application is unknown, all links to its pages lead there.
func (b *book) link(page *Page, link string) string {
	for _, p := range page.Parts {
		if p.Link == link && link == b.values.Cloud.Portal+azure.PageApps {
			return ""
		}
	}
	return link
}

// expand replaces the placeholders {label:English label}, {app_page:name}, and those
// of words.
func (b *book) expand(text string) string {
	before, rest, found := strings.Cut(text, "{")
	inside, rest, _ := strings.Cut(rest, "}")
	if !found {
		return text
	}
	name, argument, _ := strings.Cut(inside, ":")
	value := b.words[name]
	switch name {
	case "label":
		value = b.label(argument)
	case "app_page":
		value = b.values.Cloud.AppLink(argument, b.values.ClientID)
	}
	return before + value + b.expand(rest)
}

// all is expand for a placeholder with any number of values.
func (b *book) all(text string) []string {
	return strings.FieldsFunc(b.expand(text), func(r rune) bool { return r == '\n' })
}

func words(l i18n.Lang, v Values) map[string]string {
	var unneeded []string
	for _, u := range azure.UnneededPermissions() {
		unneeded = append(unneeded, i18n.T("%s: %s", u.Name, u.Why).In(l))
	}
	return map[string]string{
		"base":         sanitize.Line(v.Base),
		"redirect_uri": sanitize.Line(v.Redirect),
		"mailbox":      sanitize.Line(v.Mailbox),
		"client_id":    sanitize.Line(v.ClientID),

		"portal":               v.Cloud.Portal,
		"create_link":          v.Cloud.CreateLink(),
		"mail_link":            azure.MailLink,
		"application":          azure.ApplicationName,
		"loopback_uri":         azure.LoopbackRedirect,
		"permissions":          strings.Join(azure.Use{Incoming: v.Incoming}.PortalPermissions(), "\n"),
		"unneeded_permissions": strings.Join(unneeded, "\n"),
		"support":              problem.SupportContact.In(l),

		"another_sender": i18n.T("another sender").In(l),
		"sign_in_page":   i18n.T("Microsoft's sign-in page").In(l),
		"secret_date":    i18n.T("11/22/2028").In(l),
	}
}
