// Package applycmd is the command apply.
package applycmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/cli"
	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/conversation"
	"github.com/openfire-fr/openfire-o365/internal/apply"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
)

type options struct {
	account                     conversation.Account
	export                      string
	dryRun, force, native, pull bool
	noBrowser                   bool
	answers                     conversation.Answers
}

// Command returns the command.
func Command(a *cli.App) *cobra.Command {
	cmd := a.Command("apply [BASE]")
	o := options{answers: conversation.Answers{}}
	f := cmd.Flags()
	o.account.AddFlags(f)
	f.BoolVar(&o.dryRun, "dry-run", false, "")
	f.BoolVar(&o.force, "force", false, "")
	f.BoolVar(&o.native, "native", false, "")
	f.BoolVar(&o.pull, "pull", false, "")
	f.StringVar(&o.export, "export", "", "")
	o.answers.AddFlags(f, dialog.ApplyFlags())
	f.BoolVar(&o.noBrowser, "no-browser", false, "")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return run(cmd.Context(), a, args, o) }
	return cmd
}

func run(ctx context.Context, a *cli.App, args []string, o options) error {
	args, folder, err := o.validate(args)
	if err != nil {
		return err
	}
	given, err := o.given(a)
	if err != nil {
		return err
	}
	site, err := a.Open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	cli.CatchSignals(ctx)
	bases, err := site.Bases(args)
	if err != nil {
		return err
	}
	if o.export != "" {
		return export(site, bases[0], o.export, folder)
	}
	c := conversation.New(site, o.noBrowser)
	defer c.Close()
	t := c.Transfer(ctx, given, o.account.DB)
	if t.DryRun, t.Force = o.dryRun, o.force; t.DryRun && !a.Flags.JSON {
		t.List = a.Results()
	}
	switch {
	case o.native:
		return t.Native(ctx, bases[0])
	case o.pull:
		return t.Pull(ctx, bases[0], given["mailbox"])
	}
	return t.Run(ctx, bases[0])
}

// validate looks for flags that contradict each other, and takes the folder of
// --export off the end of the arguments.
func (o options) validate(args []string) (rest []string, folder string, err error) {
	if o.native && o.pull || o.export != "" && (o.native || o.pull) {
		return nil, "", problem.Misuse("native", i18n.T("--native, --pull and --export cannot be used together."))
	}
	if o.export != "" {
		if len(args) == 0 || o.export != "csv" && o.export != "shell" {
			return nil, "", problem.Misuse("export",
				i18n.T("--export takes csv or shell, and a folder at the end of the line."))
		}
		args, folder = args[:len(args)-1], args[len(args)-1]
	}
	if len(args) > 1 {
		return nil, "", problem.Misuse("base", i18n.T("apply takes one base."))
	}
	return args, folder, nil
}

// given returns the answers given in advance.
func (o options) given(a *cli.App) (map[string]string, error) {
	given := map[string]string{}
	secretFile := o.answers.AddTo(given)
	if err := o.account.Answer(a, given); err != nil {
		return nil, err
	}
	if o.native {
		if err := conversation.AnswerSecret(a, secretFile, given); err != nil {
			return nil, err
		}
	}
	return given, dialog.Validate(given, a.Now())
}

// export writes the files for a base without an API.
func export(site *cli.Site, b openfire.Base, kind, folder string) error {
	file, err := site.Store.Load(b)
	if err != nil {
		return err
	}
	files, err := apply.Export(file, kind, site.Store.Path(b))
	if err != nil {
		return err
	}
	if err := disk.WritePrivate(folder, files); err != nil {
		return err
	}
	site.Tell.Done(i18n.N("%d file written to %s. README.txt explains how to use it.",
		"%d files written to %s. README.txt explains how to use them.", len(files), len(files), folder))
	if kind == "csv" {
		site.Tell.Warn(i18n.T("They contain secrets: delete them after the import."))
	}
	return nil
}
