// Package guide explains how to do the whole setup by hand: OpenFire's article, one
// page per step, with portal labels in both languages and drawings of the portal
// pages. The texts are Markdown files in the folder pages. The guide is served to a
// browser, printed as plain lines, and written to docs/guide by the tests.
package guide

import (
	"fmt"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// Values are the values of a base that the pages show. None of them is secret.
type Values struct {
	Base     string // its address, https://mabase.openfire.fr
	Redirect string // its redirect URI
	Mailbox  string
	Incoming bool   // incoming mail is fetched too
	ClientID string // "" if unknown: links then lead to the list of applications
	Cloud    azure.Cloud
}

// Example returns the values shown if no base is known.
func Example() Values {
	const base = "https://mabase.openfire.fr"
	return Values{
		Base: base, Redirect: base + "/microsoft_outlook/confirm",
		Mailbox: "compta@client.fr", Incoming: true, Cloud: azure.Public(),
	}
}

// Page is one step of the article in one language.
type Page struct {
	ID      string // in addresses and file names
	Title   string
	Article string // step of the article, "Step 1"; may be empty
	About   string
	Parts   []Part
}

// Part describes what to do on one page of a portal. Its steps are numbered, with
// the same numbers in the drawing.
type Part struct {
	Title   string
	Link    string // the page of the portal; "" if it has no link
	Steps   []Step
	Notes   []string
	Drawing *Drawing // nil: no drawing
}

// Step is one action. Labels are between ** (bold).
type Step struct {
	Do     string
	Values []string // to copy
}

// The IDs of the pages.
const (
	Prerequisites = "prerequisites"
	Administrator = "administrator"
	Registration  = "registration"
	Secret        = "secret"
	Users         = "users"
	Permissions   = "permissions"
	SignIn        = "sign-in"
	Test          = "test"
	Finish        = "hand-over"
)

// Pages returns all pages in order.
func Pages(l i18n.Lang, v Values) []Page { return read(l, v).pages }

// Find returns the page with that ID.
func Find(l i18n.Lang, v Values, id string) (Page, bool) {
	pages := Pages(l, v)
	i := slices.IndexFunc(pages, func(p Page) bool { return p.ID == id })
	if i < 0 {
		return Page{}, false
	}
	return pages[i], true
}

// Text returns the part's steps as plain lines, without its title.
func (p Part) Text() string {
	var lines []string
	for n, s := range p.Steps {
		lines = append(lines, fmt.Sprintf("  %d. %s", n+1, strings.ReplaceAll(s.Do, "**", "")))
		for _, v := range s.Values {
			lines = append(lines, "     "+v)
		}
	}
	return strings.Join(lines, "\n")
}

// Text returns the whole page as plain lines.
func (p Page) Text() string {
	text := p.Title
	for _, part := range p.Parts {
		text += "\n\n" + part.Title + "\n"
		if part.Link != "" {
			text += "  " + part.Link + "\n"
		}
		text += part.Text()
	}
	return text
}

// Text returns the whole guide as plain lines, with the values of Example.
func Text(l i18n.Lang) string {
	b := read(l, Example())
	text := b.cover.Title + "\n\n" + b.cover.Article
	for n, p := range b.pages {
		text += fmt.Sprintf("\n\n%d/%d %s", n+1, len(b.pages), p.Text())
	}
	return text
}
