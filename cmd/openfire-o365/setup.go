package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/wizard"
)

// setupFlags are the answers given ahead and how the browser is reached.
type setupFlags struct {
	secretFile, answers, flow, owner string
	noBrowser                        bool
	sendAs                           []string
	account                          account
	answer                           map[string]*string
	register                         registerFlags
}

func (p *program) setupCommand() *cobra.Command {
	cmd := p.command("setup [BASE]", i18n.T("Guided set-up; run again, it asks only for what is missing"),
		i18n.T("Leads an administrator from the app registration at Microsoft to the test message, then\nwrites the token file that OpenFire reads. BASE is the base's name (mabase), its address,\nor http://localhost:PORT. It can be stopped and taken up again at any time."))
	s := setupFlags{answer: map[string]*string{}}
	f := cmd.Flags()
	for _, a := range []struct {
		id   string
		what i18n.Text
	}{
		{"tenant", i18n.T("Directory (tenant) ID")},
		{"client-id", i18n.T("Application (client) ID")},
		{"secret-expires", i18n.T("expiry date of the secret, 2028-11-22")},
		{"mailbox", i18n.T("mailbox that sends")},
		{"incoming", i18n.T("fetch mail too: yes or no")},
		{"loopback", i18n.T("http://localhost/openfire-o365 is registered: yes or no")},
		{"test-to", i18n.T("recipient of the test message")},
		{"odoo-version", i18n.T("the base's version of Odoo, 16.0")},
		{"accept-account", i18n.T("other account that may sign in")},
	} {
		s.answer[a.id] = f.String(a.id, "", p.text(a.what))
	}
	f.StringVar(&s.secretFile, "client-secret-file", "", p.text(i18n.T("file with the client secret's value, - for standard input")))
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
	if err := wizard.Vet(given, p.now()); err != nil { // before any folder, packet or question
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
	base, err := p.askBase(ctx, w, w.Hints["base"])
	if err != nil {
		return err
	}
	if s.register.undo {
		return w.Undo(ctx, base)
	}
	if w.Alone && !w.DryRun {
		if err := w.Lacks(base); err != nil {
			return err
		}
	}
	w.Apply = func(ctx context.Context, b openfire.Base, fresh bool) (bool, error) {
		return p.offerApply(ctx, w, b, s.account, fresh)
	}
	w.Rename = !named && !w.Alone
	return p.throughBases(ctx, w, base)
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

// wizard is set-up as the flags and the terminal want it.
func (p *program) wizard(ctx context.Context, given map[string]string, s setupFlags) *wizard.Setup {
	person := ui.IsTerminal(p.in) && ui.IsTerminal(p.err)
	w := &wizard.Setup{
		Tell: p.tell, Refresher: p.refresher(), Timeout: p.flags.timeout,
		Given: given, SendAs: s.sendAs, Paste: s.flow == "paste", Patience: 2 * time.Minute,
		Alone:       p.flags.noInput || p.box != nil && !person && !p.flags.plain,
		GraphClient: s.register.graphClient, Article: s.register.permissions == "article", DryRun: s.register.dryRun,
	}
	if p.box != nil {
		w.Patience = 0
		w.Hints = p.sandboxAnswers()
		if w.Alone {
			answerAlone(given, w.Hints)
		}
	}
	w.Book = p.guidebook(person && !s.noBrowser, w.Alone)
	w.Ask = &ui.Prepared{Given: given, Next: p.asker(person, w.Alone, w.Book.Help)}
	w.Open = p.opener(ctx, person, s.noBrowser)
	if w.Alone && s.noBrowser {
		w.URL = p.signInAddress
	}
	return w
}

// asker is who answers the questions that were not answered ahead: nobody, a
// form on a terminal, or plain lines.
func (p *program) asker(person, alone bool, guide ui.Guide) ui.Prompter {
	switch {
	case alone:
		return nil
	case person && p.tell.Cursor && p.tell.Roomy():
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
// that question.
func (p *program) throughBases(ctx context.Context, w *wizard.Setup, base openfire.Base) error {
	for {
		err := w.Run(ctx, base)
		if !errors.Is(err, ui.ErrBack) {
			return err
		}
		if base, err = p.askBase(ctx, w, base.Name()); err != nil {
			return err
		}
	}
}

// askBase asks for the base when the command line does not name it.
func (p *program) askBase(ctx context.Context, w *wizard.Setup, suggestion string) (openfire.Base, error) {
	q := ui.Question{ID: "base", Default: suggestion, Check: func(s string) (string, error) {
		b, err := openfire.ParseBase(s)
		return b.Name(), err
	},
		Title: i18n.T("What is your OpenFire base called?"),
		Help:  i18n.T("mabase if you open it at https://mabase.openfire.fr")}
	name, err := w.Ask.Ask(ctx, q)
	if err != nil {
		return openfire.Base{}, err
	}
	return openfire.ParseBase(name)
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
