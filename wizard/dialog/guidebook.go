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

// Guidebook is the guide beside the conversation: pages in this machine's browser
// where there is one, else plain lines. Its server runs from the first time that a
// page is wanted until Close. All methods but Help accept a nil Guidebook.
type Guidebook struct {
	Tell  *ui.Printer
	Cloud azure.Cloud
	Serve bool                       // this machine has a browser
	Open  func(address string) error // opens it; nil: addresses are only printed

	values atomic.Pointer[guide.Values] // on the pages; nil: an example's
	start  sync.Once                    // of the server
	server *guide.Server
	opened bool
}

// Help opens a page and returns what to print about it: its address, or its text
// where there is no browser. It is a prompt.Guide.
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

// GuideValues returns what the guide's pages show of a base, none of which is a
// secret. The mailbox is an example's until it is known.
func GuideValues(b openfire.Base, f tokenfile.File, c azure.Cloud) guide.Values {
	return guide.Values{Base: b.URL(), Redirect: b.RedirectURI(), Mailbox: cmp.Or(f.Mailbox(), guide.Example().Mailbox),
		Incoming: f.Fetch != nil, ClientID: f.Client.ID, Cloud: c}
}

// Show sets the base's values that the pages show.
func (g *Guidebook) Show(v guide.Values) {
	if g != nil {
		g.values.Store(&v)
	}
}

// shown returns the values of the pages: an example's until a base is known.
func (g *Guidebook) shown() guide.Values {
	example := guide.Example()
	example.Cloud = g.Cloud
	g.values.CompareAndSwap(nil, &example)
	return *g.values.Load()
}

// address returns where a page is; "" where no browser could show it.
func (g *Guidebook) address(page string) string {
	if g == nil || !g.Serve {
		return ""
	}
	g.start.Do(func() {
		g.shown()
		g.server, _ = guide.Serve(&g.values) // the plain lines say the same
	})
	if g.server == nil {
		return ""
	}
	return g.server.Address(g.Tell.Lang, page)
}

// beside prints where the page of a step is, and opens the first one.
func (g *Guidebook) beside(page string) {
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

// open opens the browser in the background; its errors are ignored, for the
// address was printed.
func (g *Guidebook) open(address string) {
	if g.Open != nil {
		go func() { _ = g.Open(address) }()
	}
}

// Await has the sign-in's page take the address of the browser's last page until
// over is called, and returns that page's address; "" where there is no browser.
func (g *Guidebook) Await(paste guide.Paste) (address string, over func()) {
	if address = g.address(guide.SignIn); address == "" {
		return "", func() {}
	}
	return address, g.server.Await(paste)
}

// Close ends the server.
func (g *Guidebook) Close() {
	if g == nil {
		return
	}
	g.start.Do(func() {}) // none starts any more
	if g.server != nil {
		_ = g.server.Close()
	}
}
