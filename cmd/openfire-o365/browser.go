package main

import (
	"context"
	"runtime"

	"github.com/pkg/browser"

	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/wizard"
)

// opener opens the browser, or plays one in front of the sandbox when nobody
// is at a terminal; nil where a browser would open on nobody's screen.
func (p *program) opener(ctx context.Context, person, noBrowser bool) func(string) error {
	switch {
	case noBrowser:
		return nil
	case p.box != nil && !person:
		return func(address string) error { return sandbox.Visit(ctx, address) }
	case !p.browserHere():
		return nil
	}
	return browser.OpenURL
}

// browserHere: a browser would open on the screen of whoever types.
func (p *program) browserHere() bool {
	return p.env("SSH_CONNECTION") == "" && (runtime.GOOS != "linux" || p.env("DISPLAY") != "" || p.env("WAYLAND_DISPLAY") != "")
}

// guidebook is the guide beside the questions, one for the whole run. opens is
// for somebody at a terminal who wants a browser opened.
func (p *program) guidebook(opens, alone bool) *wizard.Guidebook {
	if p.book == nil {
		p.book = &wizard.Guidebook{Tell: p.tell, Cloud: p.cloud, Serve: !alone && p.browserHere()}
		if opens {
			p.book.Open = browser.OpenURL
		}
	}
	return p.book
}
