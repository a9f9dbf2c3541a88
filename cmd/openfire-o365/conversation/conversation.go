// Package conversation is what the commands setup and apply share: the answers
// given in advance, the dialog with a person, and the browser.
package conversation

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/cli"
	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/credentials"
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
// returns nil where the person would not see a browser.
func (c *Conversation) Opener(ctx context.Context) func(address string) error {
	return c.opener(ctx, sandbox.Visit)
}

func (c *Conversation) opener(ctx context.Context, visit func(context.Context, string) error) func(string) error {
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

// TransferOptions are the flags of apply that a transfer takes.
type TransferOptions struct {
	Account       credentials.Account
	DryRun, Force bool
	Agreed        bool // the differences need no confirmation
}

// Transfer returns the conversation of apply with these answers given in advance.
func (c *Conversation) Transfer(ctx context.Context, given map[string]string, o TransferOptions) *transfer.Transfer {
	t := &transfer.Transfer{
		Dialog: c.Dialog(given), List: c.Tell, Refresher: c.Refresher(),
		Timeout: c.Flags.Timeout, DB: o.Account.DB, Open: c.opener(ctx, sandbox.VisitAsAdmin),
		DryRun: o.DryRun, Force: o.Force, Yes: c.Flags.Yes || o.Agreed || c.Box != nil && !c.Attended(),
	}
	if o.DryRun && !c.Flags.JSON {
		t.List = c.Results()
	}
	if c.Box != nil {
		v := c.Box.Values()
		t.Dialog.Hints = map[string]string{"login": v.Login, "api-key": v.Password.Reveal()}
	}
	return t
}

// Answers are the values of the flags that answer questions, by question.
type Answers map[string]*string

// AddFlags adds the flags.
func (a Answers) AddFlags(f *pflag.FlagSet, flags []dialog.Flag) {
	for _, flag := range flags {
		a[flag.ID] = f.String(flag.Name, "", "")
	}
}

// Given returns the answers that the flags gave, and the file of the client secret.
func (a Answers) Given(flags []dialog.Flag) (given map[string]string, secretFile string) {
	given = map[string]string{}
	for _, flag := range flags {
		switch v := *a[flag.ID]; {
		case v == "":
		case flag.Secret:
			secretFile = v
		default:
			given[flag.ID] = v
		}
	}
	return given, secretFile
}
