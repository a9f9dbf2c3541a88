// Package conversation is what commands share about the person who runs them: the
// answers, the account and the secrets given in advance, the dialog, and the browser.
package conversation

import (
	"context"

	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/cli"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
	"github.com/openfire-fr/openfire-o365/wizard/transfer"
)

// Conversation is how a command talks with the person, if there is one.
type Conversation struct {
	*cli.Site
	NoBrowser bool // addresses are printed, and not opened

	book *dialog.Guidebook
}

// New returns a conversation, which the caller closes.
func New(s *cli.Site, noBrowser bool) *Conversation {
	c := &Conversation{Site: s, NoBrowser: noBrowser}
	c.book = &dialog.Guidebook{Tell: s.Tell, Cloud: s.Cloud, Serve: !c.Unattended() && ui.HasBrowser(s.Getenv)}
	if s.Attended() && !noBrowser {
		c.book.Open = ui.OpenBrowser
	}
	return c
}

// Close ends the server of the guide.
func (c *Conversation) Close() { c.book.Close() }

// Unattended reports that nobody can be asked. Away from a terminal the sandbox
// answers for the person.
func (c *Conversation) Unattended() bool {
	return c.Flags.NoInput || c.Box != nil && !c.Attended() && !c.Flags.Plain
}

// Dialog returns a dialog with these answers given in advance.
func (c *Conversation) Dialog(given map[string]string) *dialog.Dialog {
	machine := dialog.Machine{Out: c.Out, JSON: c.Flags.JSON, SignIn: c.Unattended() && c.NoBrowser}
	return &dialog.Dialog{Tell: c.Tell, Answers: given, Prompter: c.prompter(), Book: c.book,
		Machine: machine, Now: c.Now}
}

// prompter asks the questions that were not answered ahead: a form on a terminal,
// or plain lines; nil is nobody.
func (c *Conversation) prompter() prompt.Prompter {
	switch {
	case c.Unattended():
		return nil
	case c.Attended() && c.Tell.Cursor && c.Tell.Roomy():
		return &prompt.Form{Tell: c.Tell, In: c.In, Now: c.Now, Guide: c.book.Help}
	}
	return &prompt.Plain{Tell: c.Tell, In: c.In, Guide: c.book.Help}
}

// Opener returns what opens the address of a sign-in: the browser, or in front of
// the sandbox, if nobody is at the terminal, an HTTP client that plays one. It
// returns nil where the person would not see a browser. visit is what that client does.
func (c *Conversation) Opener(ctx context.Context, visit func(context.Context, string) error) func(string) error {
	switch {
	case c.NoBrowser:
		return nil
	case c.Box != nil && !c.Attended():
		return func(address string) error { return visit(ctx, address) }
	case !ui.HasBrowser(c.Getenv):
		return nil
	}
	return ui.OpenBrowser
}

// Transfer returns the dialog of apply with these answers given in advance. db is the
// database of the base; empty: the one with its name.
func (c *Conversation) Transfer(ctx context.Context, given map[string]string, db string) *transfer.Transfer {
	t := &transfer.Transfer{
		Dialog: c.Dialog(given), List: c.Tell, Refresher: c.Refresher(),
		Timeout: c.Flags.Timeout, DB: db, Open: c.Opener(ctx, sandbox.VisitAsAdmin),
		Yes: c.Flags.Yes || c.Box != nil && !c.Attended(),
	}
	if c.Box != nil {
		v := c.Box.Values()
		t.Dialog.Hints = map[string]string{"login": v.Login, "api-key": v.Password.Reveal()}
	}
	return t
}
