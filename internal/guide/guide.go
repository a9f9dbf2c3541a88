// Package guide is the way by hand: OpenFire's article, one page a step and in
// its order, click by click, with both languages of every portal label and
// drawings of the portals' pages. It renders them as a page in the browser, as
// Markdown and as plain steps. It knows no secret, asks nothing and opens nothing.
package guide

import (
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// Values are what the pages show of one base: all of it may be read over a
// shoulder.
type Values struct {
	Base     string // its address, https://mabase.openfire.fr
	Redirect string // its redirect URI
	Mailbox  string
	Incoming bool   // mail is fetched too
	ClientID string // "" is not known yet: links lead to the list of applications
	Cloud    azure.Cloud
}

// Example are the values of the pages that are read without a base.
func Example() Values {
	const base = "https://mabase.openfire.fr"
	return Values{Base: base, Redirect: base + "/microsoft_outlook/confirm", Mailbox: "compta@client.fr", Incoming: true, Cloud: azure.Public()}
}

// Page is one step of the article.
type Page struct {
	ID      string // in addresses and file names
	Title   i18n.Text
	Article i18n.Text // which step of the article it is, where that is not its title
	About   i18n.Text
	Parts   []Part
}

// Part is what is done on one page of a portal. Its steps are numbered; the
// same numbers stand in its drawing.
type Part struct {
	Title   i18n.Text
	Link    string // where it is done; "" where no address leads there
	Steps   []Step
	Notes   []i18n.Text
	Drawing *Drawing
}

// Step is one click, or a few in a row. Labels in it are marked with **.
type Step struct {
	Do     i18n.Text
	Values []string // to copy, each on its own
}

// The pages, by id.
const (
	Prerequisites = "prerequisites"
	Registration  = "registration"
	Secret        = "secret"
	Users         = "users"
	Permissions   = "permissions"
	SignIn        = "sign-in"
	Test          = "test"
	HandOver      = "hand-over"
)

// Pages are all pages, in the order in which they are done.
func Pages(v Values) []Page {
	return []Page{prerequisites(v), registration(v), secret(v), users(v), permissions(v), signIn(v), test(v), handOver(v)}
}

// Find is the page of that id.
func Find(v Values, id string) (Page, bool) {
	pages := Pages(v)
	i := slices.IndexFunc(pages, func(p Page) bool { return p.ID == id })
	if i < 0 {
		return Page{}, false
	}
	return pages[i], true
}

// ForQuestion is the id of the page that helps with a question of set-up; the
// first page for those that no click in a portal answers.
func ForQuestion(id string) string {
	switch id {
	case "register", "loopback", "client-id", "tenant", "existing-application", "yes":
		return Registration
	case "client-secret", "secret-expires", "old-secret":
		return Secret
	case "mailbox", "incoming", "accept-account", "other-account", "pasted-address":
		return SignIn
	case "page-says":
		return Users
	case "test-to":
		return Permissions
	case "retry":
		return Test
	case "apply", "login", "api-key", "others", "confirm":
		return HandOver
	}
	return Prerequisites
}

// Text is what the part says under its title, as plain lines: for a terminal.
func (p Part) Text() i18n.Text {
	var lines []any
	for n, s := range p.Steps {
		lines = append(lines, i18n.Literal("  %d. %s", n+1, unmarked(s.Do)))
		for _, v := range s.Values {
			lines = append(lines, i18n.Literal("     %s", i18n.Block(v)))
		}
	}
	return i18n.Literal(strings.TrimSuffix(strings.Repeat("%s\n", len(lines)), "\n"), lines...)
}

// unmarked is a text without the marks of its labels.
type unmarked i18n.Text

func (u unmarked) In(l i18n.Lang) string { return strings.ReplaceAll(i18n.Text(u).In(l), "**", "") }

// Text is the whole page as plain lines.
func (p Page) Text() i18n.Text {
	text := p.Title
	for _, part := range p.Parts {
		text = i18n.Literal("%s\n\n%s\n").With(text, part.Title)
		if part.Link != "" {
			text = i18n.Literal("%s  %s\n").With(text, part.Link)
		}
		text = i18n.Literal("%s%s").With(text, part.Text())
	}
	return text
}

// Text is the whole guide as plain lines, with an example's values.
func Text() i18n.Text {
	text := i18n.Literal("%s\n\n%s").With(title(), exemplary())
	pages := Pages(Example())
	for n, p := range pages {
		text = i18n.Literal("%s\n\n%d/%d %s").With(text, n+1, len(pages), p.Text())
	}
	return text
}

// once leaves out the link of a part that is done where the one before it is.
func once(parts ...Part) []Part {
	last := ""
	for i, p := range parts {
		if p.Link == last {
			parts[i].Link = ""
		} else if p.Link != "" {
			last = p.Link
		}
	}
	return parts
}

// known is a value to copy; what is not known yet is none.
func known(v string) []string {
	if v == "" {
		return nil
	}
	return []string{v}
}
