package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/wizard"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
	"github.com/openfire-fr/openfire-o365/wizard/signin"
)

// setupFlags are the answers given ahead and how the browser is reached.
type setupFlags struct {
	answers, flow, owner string
	noBrowser            bool
	sendAs               []string
	account              account
	answer               map[string]*string // by question: its flag
	register             registerFlags
}

func (p *program) setupCommand() *cobra.Command {
	cmd := p.command("setup [BASE]", i18n.T("Guided set-up; run again, it asks only for what is missing"),
		i18n.T("Leads an administrator from the app registration at Microsoft to the test message, then\nwrites the token file that OpenFire reads. BASE is the base's name (mabase), its address,\nor http://localhost:PORT. It can be stopped and taken up again at any time."))
	s := setupFlags{answer: map[string]*string{}}
	f := cmd.Flags()
	p.answerFlags(f, dialog.SetupFlags(), s.answer)
	f.StringVar(&s.answers, "answers", "", p.text(i18n.T("JSON file of answers, by flag name")))
	f.StringVar(&s.flow, "flow", "browser", p.text(i18n.T("way back of the sign-in: browser or paste")))
	f.StringVar(&s.owner, "owner", "", p.text(i18n.T("USER:GROUP of the token file")))
	f.BoolVar(&s.noBrowser, "no-browser", false, p.text(i18n.T("show the address without opening the browser")))
	p.accountFlags(f, &s.account)
	f.StringSliceVar(&s.sendAs, "send-as", nil, p.text(i18n.T("other senders to test")))
	p.registerFlags(f, &s)
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return p.setup(cmd.Context(), args, s) }
	return cmd
}

// setup builds the wizard and runs it over one base.
func (p *program) setup(ctx context.Context, args []string, s setupFlags) error {
	if len(args) > 1 {
		return usage("base", i18n.T("setup works on one base."))
	}
	if s.flow != "browser" && s.flow != "paste" {
		return usage("flow", i18n.T("--flow is browser or paste."))
	}
	if err := s.register.check(); err != nil {
		return err
	}
	given, err := p.given(s)
	if err != nil {
		return err
	}
	if len(args) == 1 {
		if _, err := openfire.ParseBase(args[0]); err != nil {
			return err
		}
		given["base"] = args[0]
	}
	if err := dialog.Vet(given, p.now()); err != nil { // before any folder, packet or question
		return err
	}
	same := p.sameFlags()
	if err := p.connect(ctx); err != nil {
		return err
	}
	if s.owner != "" {
		if err := p.store.SetOwner(s.owner); err != nil {
			return err
		}
	}
	w := p.wizard(ctx, given, s)
	w.Flags, w.Practice = same, p.flags.sandbox
	_, named := given["base"]
	base, err := w.AskBase(ctx, w.Dialog.Hints["base"])
	if err != nil {
		return err
	}
	if s.register.undo {
		return w.Undo(ctx, base)
	}
	if w.Dialog.Unattended() && !w.Register.DryRun {
		if err := w.Lacks(base); err != nil {
			return err
		}
	}
	w.Dialog.Reentry = !named && !w.Dialog.Unattended()
	return p.throughBases(ctx, w, base, s)
}

// sameFlags are the flags that lead the next command to the same files and the
// same Microsoft.
func (p *program) sameFlags() string {
	flags := ""
	for _, f := range []struct{ name, value string }{{"dir", p.flags.dir}, {"cloud", p.flags.cloud}} {
		if strings.ContainsAny(f.value, " \t'") {
			f.value = `"` + f.value + `"`
		}
		if f.value != "" {
			flags += " --" + f.name + " " + f.value
		}
	}
	if p.flags.sandbox {
		flags += " --sandbox"
	}
	return flags
}

// answerFlags defines the flags that answer questions, and keeps where their values
// will be.
func (p *program) answerFlags(f *pflag.FlagSet, flags []dialog.Flag, answer map[string]*string) {
	for _, a := range flags {
		answer[a.ID] = f.String(a.Name, "", p.text(a.Help))
	}
}

// wizard is set-up as the flags and the terminal want it.
func (p *program) wizard(ctx context.Context, given map[string]string, s setupFlags) *wizard.Setup {
	person := ui.IsTerminal(p.in) && ui.IsTerminal(p.err)
	hints, patience := map[string]string(nil), 2*time.Minute
	if p.box != nil {
		patience = 0
		hints = p.sandboxAnswers()
		if p.unattended() {
			answerAlone(given, hints)
		}
	}
	d := p.dialog(given, person && !s.noBrowser)
	d.Hints = hints
	return &wizard.Setup{
		Dialog: d, Browser: p.signInBrowser(d, p.opener(ctx, person, s.noBrowser), s),
		Refresher: p.refresher(), Timeout: p.flags.timeout,
		SendAs: s.sendAs, Patience: patience, Register: s.register.options(),
	}
}

// dialog is a conversation with whoever is there. opens is for somebody at a
// terminal who wants a browser opened.
func (p *program) dialog(given map[string]string, opens bool) *dialog.Dialog {
	book := p.guidebook(opens)
	return &dialog.Dialog{Tell: p.tell, Answers: ui.NewPrepared(given, p.prompter(book.Help)), Book: book, Now: p.now}
}

func (p *program) signInBrowser(d *dialog.Dialog, open func(string) error, s setupFlags) *signin.Browser {
	b := &signin.Browser{Dialog: d, Open: open, Paste: s.flow == "paste"}
	if d.Unattended() && s.noBrowser {
		b.URL = p.signInAddress
	}
	return b
}

// prompter asks the questions that were not answered ahead: a form on a terminal,
// or plain lines; nil is nobody.
func (p *program) prompter(guide ui.Guide) ui.Prompter {
	switch {
	case p.unattended():
		return nil
	case ui.IsTerminal(p.in) && ui.IsTerminal(p.err) && p.tell.Cursor && p.tell.Roomy():
		return &ui.Form{Tell: p.tell, In: p.in, Now: p.now, Guide: guide}
	}
	return &ui.Plain{Tell: p.tell, In: p.in, Guide: guide}
}

// signInAddress hands the address to whatever runs this program.
func (p *program) signInAddress(address string) {
	if p.flags.json {
		p.out.JSON("sign-in", map[string]any{"url": address})
		return
	}
	_, _ = p.out.Write([]byte(address + "\n"))
}

// throughBases runs set-up, with another base each time the person goes back to
// that question, and offers to put what was set up into the base.
func (p *program) throughBases(ctx context.Context, w *wizard.Setup, base openfire.Base, s setupFlags) error {
	for {
		end, err := w.Run(ctx, base)
		switch {
		case errors.Is(err, ui.ErrBack):
			if base, err = w.AskBase(ctx, base.Name()); err != nil {
				return err
			}
			continue
		case err != nil || end == nil:
			return err
		}
		return end.Close(ctx, p.offerApply(ctx, end, base, s.account))
	}
}

// setupAfterDoubleClick runs setup as if it had been typed.
func (p *program) setupAfterDoubleClick(cmd *cobra.Command) error {
	err := p.setup(cmd.Context(), nil, setupFlags{flow: "browser", answer: map[string]*string{}})
	if prob := p.explain(cmd.Context(), err); prob != nil {
		p.tell.Problem(prob)
		return silent{prob.Exit}
	}
	return nil
}

func join(words []string) string { return strings.Join(words, ", ") }
