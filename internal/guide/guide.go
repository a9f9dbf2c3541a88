// Package guide is the way by hand: OpenFire's article, one page a step and in
// its order, click by click, with both languages of every portal label and
// drawings of the portals' pages. It renders them as a page in the browser, as
// Markdown and as plain steps. It knows no secret, asks nothing and opens nothing.
package guide

import (
	"slices"
	"strconv"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/lang"
)

// Values are what the pages show of one base: all of it may be read over a
// shoulder.
type Values struct {
	Base     string // its address, https://mabase.openfire.fr
	Redirect string // its redirect URI
	Mailbox  string
	ClientID string // "" is not known yet: links lead to the list of applications
	Cloud    azure.Cloud
}

// Example are the values of the pages that are read without a base.
func Example() Values {
	const base = "https://mabase.openfire.fr"
	return Values{Base: base, Redirect: base + "/microsoft_outlook/confirm", Mailbox: "compta@client.fr", Cloud: azure.Public()}
}

// Page is one step of the article.
type Page struct {
	ID      string // in addresses and file names
	Title   lang.Text
	Article lang.Text // which step of the article it is, where that is not its title
	About   lang.Text
	Parts   []Part
}

// Part is what is done on one page of a portal. Its steps are numbered; the
// same numbers stand in its drawing.
type Part struct {
	Title   lang.Text
	Link    string // where it is done; "" where no address leads there
	Steps   []Step
	Notes   []lang.Text
	Drawing *Drawing
}

// Step is one click, or a few in a row. Labels in it are marked with **.
type Step struct {
	Do     lang.Text
	Values []lang.Text // to copy, each on its own
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
	case "register", "loopback", "client-id", "tenant", "yes":
		return Registration
	case "client-secret", "secret-expires":
		return Secret
	case "mailbox", "incoming", "accept-account", "other-account", "pasted-address":
		return SignIn
	case "page-says":
		return Users
	case "test-to":
		return Permissions
	case "retry":
		return Test
	case "apply", "login", "api-key", "others":
		return HandOver
	}
	return Prerequisites
}

// Text is the part as plain lines: for a terminal, and for whoever has no
// browser at hand.
func (p Part) Text() lang.Text {
	text := p.Title
	add := func(lines string, t lang.Text) {
		text = lang.Text{FR: text.FR + lines + strings.ReplaceAll(t.FR, "**", ""), EN: text.EN + lines + strings.ReplaceAll(t.EN, "**", "")}
	}
	if p.Link != "" {
		add("\n  ", lang.Same(p.Link))
	}
	for n, s := range p.Steps {
		add("\n  "+strconv.Itoa(n+1)+". ", s.Do)
		for _, v := range s.Values {
			add("\n     ", v)
		}
	}
	return text
}

// Text is the whole page as plain lines.
func (p Page) Text() lang.Text {
	text := p.Title
	for _, part := range p.Parts {
		text = lang.Same("%s\n%s").With(text, part.Text())
	}
	return text
}

// copied are values to copy that are the same in both languages; what is not
// known yet is none.
func copied(values ...string) (texts []lang.Text) {
	for _, v := range values {
		if v != "" {
			texts = append(texts, lang.Same(v))
		}
	}
	return texts
}
