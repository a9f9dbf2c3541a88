package main

import (
	"context"

	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
)

// opener opens the browser, or plays one in front of the sandbox when nobody
// is at a terminal; nil where a browser would open on nobody's screen.
func (p *program) opener(ctx context.Context, person, noBrowser bool) func(string) error {
	switch {
	case noBrowser:
		return nil
	case p.box != nil && !person:
		return func(address string) error { return sandbox.Visit(ctx, address) }
	case !ui.HasBrowser(p.env):
		return nil
	}
	return ui.OpenBrowser
}

// guidebook is the guide beside the questions, one for the whole run. opens is
// for somebody at a terminal who wants a browser opened.
func (p *program) guidebook(opens bool) *dialog.Guidebook {
	if p.book == nil {
		p.book = &dialog.Guidebook{Tell: p.tell, Cloud: p.cloud, Serve: !p.unattended() && ui.HasBrowser(p.env)}
		if opens {
			p.book.Open = ui.OpenBrowser
		}
	}
	return p.book
}
