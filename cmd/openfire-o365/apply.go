package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/internal/apply"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/wizard"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
	"github.com/openfire-fr/openfire-o365/wizard/transfer"
)

// account is an administrator of the base, as the flags give him.
type account struct{ login, keyFile, db string }

// accountFlags are those of every command that may sign in to the base.
func (p *program) accountFlags(f *pflag.FlagSet, a *account) {
	for _, flag := range dialog.AccountFlags() {
		value := &a.login
		if flag.Secret {
			value = &a.keyFile
		}
		f.StringVar(value, flag.Name, "", p.text(flag.Help))
	}
	f.StringVar(&a.db, "db", "", p.text(i18n.T("database, if it is not the beginning of the base's name")))
}

type applyFlags struct {
	account
	export                           string
	yes, dryRun, force, native, pull bool
	noBrowser                        bool
	answer                           map[string]*string // by question: its flag
}

func (p *program) applyCommand() *cobra.Command {
	cmd := p.command("apply [BASE]", i18n.T("Puts the token file's values into the base, and proves it by a message"),
		i18n.T("Signs in to the base through its API (/jsonrpc) with an administrator's account, shows what differs,\nwrites it once agreed, then lets the base itself send a message. Nothing of the account is kept.\n--native: the base signs in at Microsoft by itself, no token passes through this program.\n--pull: reads a base that is connected already into a token file.\n--export csv|shell FOLDER: files for the web client's import, or for \"odoo shell\"."))
	a := applyFlags{answer: map[string]*string{}}
	f := cmd.Flags()
	p.accountFlags(f, &a.account)
	f.BoolVar(&a.dryRun, "dry-run", false, p.text(i18n.T("show what differs and write nothing")))
	f.BoolVar(&a.force, "force", false, p.text(i18n.T("replace the base's own tokens too, or stand beside another account")))
	f.BoolVar(&a.native, "native", false, p.text(i18n.T("the base signs in by itself")))
	f.BoolVar(&a.pull, "pull", false, p.text(i18n.T("read a base that is connected already")))
	f.StringVar(&a.export, "export", "", p.text(i18n.T("write files instead: csv or shell")))
	p.answerFlags(f, dialog.ApplyFlags(), a.answer)
	f.BoolVar(&a.noBrowser, "no-browser", false, p.text(i18n.T("show the address without opening the browser")))
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return p.apply(cmd.Context(), args, a) }
	return cmd
}

func (p *program) apply(ctx context.Context, args []string, a applyFlags) error {
	args, folder, err := a.check(args)
	if err != nil {
		return err
	}
	given, err := p.applyGiven(a)
	if err != nil {
		return err
	}
	if err := p.connect(ctx); err != nil {
		return err
	}
	bases, err := p.bases(args, false)
	if err != nil {
		return err
	}
	if a.export != "" {
		return p.export(bases[0], a.export, folder)
	}
	w := p.transfer(ctx, given, a)
	switch {
	case a.native:
		return w.Native(ctx, bases[0])
	case a.pull:
		return w.Pull(ctx, bases[0], given["mailbox"])
	}
	return w.Run(ctx, bases[0])
}

// check looks for flags that contradict each other, and takes the folder of
// --export off the end of the line.
func (a applyFlags) check(args []string) (rest []string, folder string, err error) {
	ways := 0
	for _, way := range []bool{a.native, a.pull, a.export != ""} {
		if way {
			ways++
		}
	}
	if ways > 1 {
		return nil, "", usage("native", i18n.T("--native, --pull and --export exclude each other."))
	}
	if a.export != "" {
		if len(args) == 0 || a.export != "csv" && a.export != "shell" {
			return nil, "", usage("export", i18n.T("--export wants csv or shell, and a folder at the end of the line."))
		}
		args, folder = args[:len(args)-1], args[len(args)-1]
	}
	if len(args) > 1 {
		return nil, "", usage("base", i18n.T("apply works on one base."))
	}
	return args, folder, nil
}

// offerApply ends set-up: where somebody is there to be asked, or gave the
// base's account ahead, the base gets what it needs at once.
func (p *program) offerApply(ctx context.Context, end *wizard.HandOver, b openfire.Base, as account) error {
	if as.login == "" {
		if !end.Spoke || p.unattended() || !ui.IsTerminal(p.in) || !ui.IsTerminal(p.err) {
			return nil
		}
		if yes, err := end.Offer(ctx); err != nil || !yes {
			return err
		}
	}
	a := applyFlags{account: as, yes: p.flags.noInput} // who gave the account ahead has agreed
	given, err := p.applyGiven(a)
	if err == nil {
		err = p.transfer(ctx, given, a).Run(ctx, b)
		end.Applied = err == nil
	}
	return err
}

// applyGiven collects and vets the answers given ahead.
func (p *program) applyGiven(a applyFlags) (map[string]string, error) {
	given, secretFile := flagAnswers(dialog.ApplyFlags(), a.answer)
	if a.login != "" {
		given["login"] = a.login
	}
	key, err := p.apiKey(a.keyFile)
	if err != nil {
		return nil, err
	}
	if !key.Empty() {
		given["api-key"] = key.Reveal()
	}
	if a.native {
		secret, err := p.givenSecret("client-secret", secretEnv, secretFile)
		if err != nil {
			return nil, err
		}
		if !secret.Empty() {
			given["client-secret"] = secret.Reveal()
		}
	}
	return given, dialog.Vet(given, p.now())
}

// apiKey is the base's password or API key, as it was given ahead; only the
// line's end is no part of it.
func (p *program) apiKey(path string) (secret.String, error) {
	key, err := p.givenSecret("api-key", apiKeyEnv, path)
	return secret.New(strings.TrimRight(key.Reveal(), "\r\n")), err
}

// transfer is the conversation of apply as the flags and the terminal want it.
func (p *program) transfer(ctx context.Context, given map[string]string, a applyFlags) *transfer.Transfer {
	person := ui.IsTerminal(p.in) && ui.IsTerminal(p.err)
	list := p.tell
	if a.dryRun && !p.flags.json {
		list = p.tell.On(p.out)
	}
	t := &transfer.Transfer{
		Dialog: p.dialog(given, person && !a.noBrowser), List: list, Refresher: p.refresher(),
		Timeout: p.flags.timeout, DB: a.db, Open: p.adminOpener(ctx, person, a.noBrowser),
		DryRun: a.dryRun, Force: a.force, Yes: p.flags.yes || a.yes || p.box != nil && !person,
	}
	if p.box != nil {
		v := p.box.Values()
		t.Dialog.Hints = map[string]string{"login": v.Login, "api-key": v.Password.Reveal()}
	}
	if p.unattended() && a.noBrowser {
		t.URL = p.signInAddress
	}
	if p.flags.json {
		t.Report = func(kind string, fields map[string]any) { p.out.JSON(kind, fields) }
	}
	return t
}

// unattended reports that nobody can be asked.
func (p *program) unattended() bool {
	person := ui.IsTerminal(p.in) && ui.IsTerminal(p.err)
	return p.flags.noInput || p.box != nil && !person && !p.flags.plain
}

// adminOpener is opener for a sign-in that ends in the base, where somebody
// must be logged in.
func (p *program) adminOpener(ctx context.Context, person, noBrowser bool) func(string) error {
	if p.box != nil && !person && !noBrowser {
		return func(address string) error { return sandbox.VisitAsAdmin(ctx, address) }
	}
	return p.opener(ctx, person, noBrowser)
}

// export writes the files for a base without an API.
func (p *program) export(b openfire.Base, kind, folder string) error {
	file, err := p.store.Load(b)
	if err != nil {
		return err
	}
	files, err := apply.Export(file, kind, p.store.Path(b))
	if err != nil {
		return err
	}
	if err := disk.WritePrivate(folder, files); err != nil {
		return err
	}
	p.tell.Done(i18n.T("%d files written to %s; README.txt says how to use them.", len(files), folder))
	if kind == "csv" {
		p.tell.Warn(i18n.T("They hold secrets: delete them as soon as the import is done."))
	}
	return nil
}
