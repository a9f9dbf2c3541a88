// Package setupcmd is the command setup.
package setupcmd

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/cli"
	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/conversation"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/openfire/input"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
	"github.com/openfire-fr/openfire-o365/wizard"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
	"github.com/openfire-fr/openfire-o365/wizard/register"
	"github.com/openfire-fr/openfire-o365/wizard/signin"
)

// options are the answers given in advance and how the browser is reached.
type options struct {
	answersFile, flow, owner string
	noBrowser                bool
	sendAs                   []string
	account                  conversation.Account
	answers                  conversation.Answers
	permissions, graphClient string
	dryRun, undo             bool
}

// Command returns the command.
func Command(a *cli.App) *cobra.Command {
	cmd := a.Command("setup [BASE]")
	o := options{answers: conversation.Answers{}}
	f := cmd.Flags()
	o.answers.AddFlags(f, dialog.SetupFlags())
	f.StringVar(&o.answersFile, "answers", "", "")
	f.StringVar(&o.flow, "flow", "browser", "")
	f.StringVar(&o.owner, "owner", "", "")
	f.BoolVar(&o.noBrowser, "no-browser", false, "")
	o.account.AddFlags(f)
	f.StringSliceVar(&o.sendAs, "send-as", nil, "")
	f.StringVar(&o.permissions, "permissions", "least", "")
	f.StringVar(&o.graphClient, "graph-client-id", "", "")
	f.BoolVar(&o.dryRun, "dry-run", false, "")
	f.BoolVar(&o.undo, "undo", false, "")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return run(cmd.Context(), a, args, o) }
	return cmd
}

// run leads through the setup of one base, or of another one each time the person
// goes back to that question.
func run(ctx context.Context, a *cli.App, args []string, o options) error {
	if err := o.validate(args); err != nil {
		return err
	}
	given, err := o.given(a, args)
	if err != nil {
		return err
	}
	site, err := a.Open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	cli.CatchSignals(ctx)
	if o.owner != "" {
		if err := site.Store.SetOwner(o.owner); err != nil {
			return err
		}
	}
	c := conversation.New(site, o.noBrowser)
	defer c.Close()
	w := newWizard(ctx, c, given, o)
	_, named := given["base"]
	base, err := w.AskBase(ctx, w.Dialog.Hints["base"])
	if err != nil {
		return err
	}
	if o.undo {
		return w.Undo(ctx, base)
	}
	if c.Unattended() && !o.dryRun {
		if err := w.Missing(ctx, base); err != nil {
			return err
		}
	}
	w.Dialog.Reentry = !named && !c.Unattended()
	for {
		end, err := w.Run(ctx, base)
		switch {
		case errors.Is(err, prompt.ErrBack):
			if base, err = w.AskBase(ctx, base.Name()); err != nil {
				return err
			}
			continue
		case err != nil || end == nil:
			return err
		}
		return end.Close(ctx, offerApply(ctx, c, end, base, o.account))
	}
}

// validate returns the problem of arguments and flags, before anything is done.
func (o options) validate(args []string) error {
	switch {
	case len(args) > 1:
		return problem.Misuse("base", i18n.T("setup takes one base."))
	case o.flow != "browser" && o.flow != "paste":
		return problem.Misuse("flow", i18n.T("Invalid value for --flow: use browser or paste."))
	case o.permissions != "least" && o.permissions != "article" && o.permissions != "":
		return problem.Misuse("permissions", i18n.T("Invalid value for --permissions: use least or article."))
	case o.dryRun && o.undo:
		return problem.Misuse("undo", i18n.T("--dry-run and --undo cannot be used together."))
	}
	if o.graphClient != "" {
		if _, err := input.ParseGUID(o.graphClient); err != nil {
			return problem.Misuse("graph-client-id", i18n.T("Invalid value for --graph-client-id: use an Application (client) ID."))
		}
	}
	return nil
}

// given returns the answers given in advance: those of the --answers file, then those
// of flags and their environment variables, then the secret.
func (o options) given(a *cli.App, args []string) (given map[string]string, err error) {
	given = map[string]string{}
	if o.answersFile != "" {
		if given, err = conversation.ReadAnswers(a, o.answersFile); err != nil {
			return nil, err
		}
	}
	secretFile := o.answers.AddTo(given)
	if a.Flags.Yes {
		given["yes"] = prompt.Yes
	}
	if err := conversation.AnswerSecret(a, secretFile, given); err != nil {
		return nil, err
	}
	if len(args) == 1 {
		if _, err := openfire.ParseBase(args[0]); err != nil {
			return nil, err
		}
		given["base"] = args[0]
	}
	return given, dialog.Validate(given, a.Now())
}

// newWizard returns the setup that the flags and the terminal want.
func newWizard(ctx context.Context, c *conversation.Conversation, given map[string]string, o options) *wizard.Setup {
	hints, patience := map[string]string(nil), 2*time.Minute
	if c.Box != nil {
		hints, patience = sandboxAnswers(c), 0
		if c.Unattended() {
			addSandboxAnswers(given, hints)
		}
	}
	d := c.Dialog(given)
	d.Hints = hints
	return &wizard.Setup{
		Dialog: d,
		Browser: &signin.Browser{Dialog: d, Open: c.Opener(ctx, sandbox.Visit), Attend: c.Attended(),
			Paste: o.flow == "paste"},
		Refresher: c.Refresher(), Timeout: c.Flags.Timeout, SendAs: o.sendAs, Patience: patience,
		Register: register.Options{GraphClient: o.graphClient, Article: o.permissions == "article", DryRun: o.dryRun},
		Flags:    repeatedFlags(c.App), Practice: c.Flags.Sandbox,
	}
}

// repeatedFlags returns the flags that lead the next command to the same files and
// the same Microsoft.
func repeatedFlags(a *cli.App) string {
	flags := ""
	for _, f := range []struct{ name, value string }{{"dir", a.Flags.Dir}, {"cloud", a.Flags.Cloud}} {
		if strings.ContainsAny(f.value, " \t'") {
			f.value = `"` + f.value + `"`
		}
		if f.value != "" {
			flags += " --" + f.name + " " + f.value
		}
	}
	if a.Flags.Sandbox {
		flags += " --sandbox"
	}
	return flags
}

// sandboxAnswers are the sandbox's own values, by question.
func sandboxAnswers(c *conversation.Conversation) map[string]string {
	v := c.Box.Values()
	return map[string]string{"base": cli.SandboxBase, "tenant": v.TenantID, "client-id": v.ClientID,
		"client-secret":  v.Secret.Reveal(),
		"secret-expires": v.SecretExpires, "mailbox": v.Mailbox}
}

// addSandboxAnswers adds the sandbox's own values to the answers, if nobody can be
// asked. Automatic registration makes the application's values.
func addSandboxAnswers(given, hints map[string]string) {
	auto := given["register"] == dialog.Automatic
	for id, v := range hints {
		ofApplication := id == "client-id" || id == "client-secret" || id == "secret-expires" || id == "tenant"
		if _, ok := given[id]; !ok && !(auto && ofApplication) {
			given[id] = v
		}
	}
	if _, ok := given["yes"]; auto && !ok {
		given["yes"] = prompt.Yes
	}
}

// offerApply puts what was set up into the base, if its account was given in advance or
// the person agrees.
func offerApply(ctx context.Context, c *conversation.Conversation, end *wizard.Finish, b openfire.Base,
	account conversation.Account) error {
	if account.Login == "" {
		if c.Unattended() || !c.Attended() {
			return nil
		}
		if yes, err := end.Offer(ctx); err != nil || !yes {
			return err
		}
	}
	given := map[string]string{}
	if err := account.Answer(c.App, given); err != nil {
		return err
	}
	if err := dialog.Validate(given, c.Now()); err != nil {
		return err
	}
	offer := *c
	offer.NoBrowser = false // the flag is about the sign-in of setup
	t := offer.Transfer(ctx, given, account.DB)
	t.Yes = t.Yes || c.Flags.NoInput
	t.Brief = true // the offer, or the account given in advance, is the agreement
	err := t.Run(ctx, b)
	end.Applied = err == nil
	return err
}
