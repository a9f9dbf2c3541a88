package wizard

import (
	"cmp"
	"context"
	"sync"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// Guidebook is the guide beside the conversation: pages in the browser of this
// machine where there is one, else plain lines. It is served from the first
// time that somebody needs it until Close. A nil one is closed.
type Guidebook struct {
	Tell  *ui.Printer
	Cloud azure.Cloud
	Serve bool                       // a browser is at hand on this machine
	Open  func(address string) error // opens it; nil: addresses are only shown

	mu     sync.Mutex // a question is answered while a sign-in is waited for
	values guide.Values
	server *guide.Server
	opened bool
}

// Help opens the page about a question and returns what there is to say about
// it: where the page is, or what it says.
func (g *Guidebook) Help(_ context.Context, questionID string) i18n.Text {
	id := guide.ForQuestion(questionID)
	address := g.address(id)
	switch {
	case address == "":
		page, _ := guide.Find(g.Tell.Lang, g.shown(), id)
		return i18n.Literal(page.Text())
	case g.Open == nil:
		return i18n.T("The guide is here: %s", address)
	}
	g.open(address)
	return i18n.T("The guide opens in the browser: %s", address)
}

// show gives the pages a base's values, none of which is a secret.
func (g *Guidebook) show(b openfire.Base, f tokenfile.File, incoming bool) {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.values = valuesOf(b, f, incoming, g.Cloud)
	if g.server != nil {
		g.server.Show(g.values)
	}
}

// valuesOf are what the guide may show of a base; the mailbox is an example's
// until it is known.
func valuesOf(b openfire.Base, f tokenfile.File, incoming bool, c azure.Cloud) guide.Values {
	return guide.Values{Base: b.URL(), Redirect: b.RedirectURI(), Mailbox: cmp.Or(f.Mailbox(), guide.Example().Mailbox), Incoming: incoming, ClientID: f.Client.ID, Cloud: c}
}

// shown are the values of the pages: those of an example until a base is known.
func (g *Guidebook) shown() guide.Values {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.values.Base != "" {
		return g.values
	}
	v := guide.Example()
	v.Cloud = g.Cloud
	return v
}

// address is where a page is; "" where no browser could show it.
func (g *Guidebook) address(page string) string {
	if g == nil || !g.Serve {
		return ""
	}
	v := g.shown()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.server == nil {
		server, err := guide.Serve(v)
		if err != nil {
			return "" // the lines say the same
		}
		g.server = server
	}
	return g.server.Address(g.Tell.Lang, page)
}

// beside tells where the page of a step is; the first one is opened as well.
func (g *Guidebook) beside(page string) {
	address := g.address(page)
	if address == "" {
		return
	}
	g.Tell.Print(i18n.T("With drawings and Copy buttons, in your browser:"))
	g.Tell.Page(address)
	if !g.opened {
		g.opened = true
		g.open(address)
	}
}

// open opens the browser; one that fails or hangs changes nothing.
func (g *Guidebook) open(address string) {
	if g.Open != nil {
		go func() { _ = g.Open(address) }()
	}
}

// await has the sign-in's page take the address of the browser's last page
// until over is called, and returns where that page is.
func (g *Guidebook) await(paste guide.Paste) (address string, over func()) {
	if address = g.address(guide.SignIn); address == "" {
		return "", func() {}
	}
	return address, g.server.Await(paste)
}

// Close ends the pages.
func (g *Guidebook) Close() {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.server != nil {
		_ = g.server.Close()
	}
}
