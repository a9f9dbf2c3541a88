package dialog

import (
	"cmp"
	"sync"
	"sync/atomic"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// Guidebook shows the guide next to the questions: as pages in the local browser
// if there is one, else as plain lines. Its server starts when a page is first
// needed and runs until Close. All methods except Help accept a nil Guidebook.
type Guidebook struct {
	Tell  *ui.Printer
	Cloud azure.Cloud
	Serve bool                       // this machine has a browser
	Open  func(address string) error // opens the browser; nil: addresses are only printed

	values atomic.Pointer[guide.Values] // shown on the pages; nil: example values
	start  sync.Once                    // of the server
	server *guide.Server
	opened bool
}

// Help opens a page and returns what to print: its address, or its text if there
// is no browser. It is a prompt.Guide.
func (g *Guidebook) Help(id string) i18n.Text {
	address := g.address(id)
	switch {
	case address == "":
		page, _ := guide.Find(g.Tell.Lang, g.shown(), id)
		return i18n.Literal(page.Text())
	case g.Open == nil:
		return i18n.T("The guide is here: %s", address)
	}
	g.open(address)
	return i18n.T("The guide is opening in your browser: %s", address)
}

// GuideValues returns the values of a base that the guide shows. None of them is a
// secret. Until the mailbox is known, the example's is used.
func GuideValues(b openfire.Base, f tokenfile.File, c azure.Cloud) guide.Values {
	return guide.Values{Base: b.URL(), Redirect: b.RedirectURI(), Mailbox: cmp.Or(f.Mailbox(), guide.Example().Mailbox),
		Incoming: f.Fetch != nil, ClientID: f.Client.ID, Cloud: c}
}

// Show sets the values that the pages show.
func (g *Guidebook) Show(v guide.Values) {
	if g != nil {
		g.values.Store(&v)
	}
}

// shown returns the values of the pages: those of the example until a base is known.
func (g *Guidebook) shown() guide.Values {
	example := guide.Example()
	example.Cloud = g.Cloud
	g.values.CompareAndSwap(nil, &example)
	return *g.values.Load()
}

// address returns the address of a page, or "" if no browser can show it.
func (g *Guidebook) address(page string) string {
	if g == nil || !g.Serve {
		return ""
	}
	g.start.Do(func() {
		g.shown()
		g.server, _ = guide.Serve(&g.values) // on an error the plain lines remain
	})
	if g.server == nil {
		return ""
	}
	return g.server.Address(g.Tell.Lang, page)
}

// showAddress prints the address of a page, and opens it if it is the first one.
func (g *Guidebook) showAddress(page string) {
	address := g.address(page)
	if address == "" {
		return
	}
	g.Tell.Print(i18n.T("The same page in your browser, with drawings and Copy buttons:"))
	g.Tell.Page(address)
	if !g.opened {
		g.opened = true
		g.open(address)
	}
}

// open opens the browser in the background. It ignores errors because the address
// is printed too.
func (g *Guidebook) open(address string) {
	if g.Open != nil {
		go func() { _ = g.Open(address) }()
	}
}

// Await lets the user paste the address of the browser's last page into the guide's
// sign-in page until over is called. It returns the address of the guide's page, or
// "" if there is no browser.
func (g *Guidebook) Await(paste guide.Paste) (address string, over func()) {
	if address = g.address(guide.SignIn); address == "" {
		return "", func() {}
	}
	return address, g.server.Await(paste)
}

// Close stops the server.
func (g *Guidebook) Close() {
	if g == nil {
		return
	}
	g.start.Do(func() {}) // prevents a later start
	if g.server != nil {
		_ = g.server.Close()
	}
}
