package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// root is the command line, grown for these arguments. Its help is written in
// the person's language as the tree is built, which is why the language is
// known before.
func (p *program) root(args []string) *cobra.Command {
	root := p.command("openfire-o365 [COMMAND]", i18n.T("Connects an OpenFire base to a Microsoft 365 mailbox."), i18n.Text{})
	root.Args = p.noArgs
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		if p.clicked() && ui.IsTerminal(p.in) && ui.IsTerminal(p.err) {
			defer p.tell.Pause(p.in)
			return p.setupAfterDoubleClick(cmd)
		}
		return cmd.Help()
	}
	f := root.PersistentFlags()
	g := &p.flags
	f.StringVar(&g.dir, "dir", "", p.text(i18n.T("folder of the token files")))
	f.StringVar(&g.lang, "lang", "", p.text(i18n.T("language: fr or en")))
	f.StringVar(&g.cloud, "cloud", "", p.text(i18n.T("file that describes another Microsoft")))
	f.BoolVar(&g.sandbox, "sandbox", false, p.text(i18n.T("practise with a simulated Microsoft, on this machine")))
	f.BoolVar(&g.json, "json", false, p.text(i18n.T("results as JSON lines on standard output")))
	f.BoolVarP(&g.quiet, "quiet", "q", false, p.text(i18n.T("tell failures only")))
	f.BoolVar(&g.debug, "debug", false, p.text(i18n.T("detailed log on standard error, without secrets")))
	f.BoolVar(&g.noInput, "no-input", false, p.text(i18n.T("ask nothing")))
	f.BoolVar(&g.plain, "plain", false, p.text(i18n.T("questions as plain lines (screen readers)")))
	f.BoolVar(&g.noColor, "no-color", false, p.text(i18n.T("without colours")))
	f.BoolVar(&g.yes, "yes", false, p.text(i18n.T("answer yes to confirmations")))
	f.DurationVar(&g.timeout, "timeout", 30*time.Second, p.text(i18n.T("time for one network attempt")))
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return flagProblem(err) })
	root.CompletionOptions.DisableDefaultCmd = true
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetOut(p.out)
	root.SetErr(p.err)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { p.help(cmd) })
	root.SetHelpCommand(p.helpCommand())
	return grow(root, args, branch{"setup", leaf(p.setupCommand)}, branch{"verify", leaf(p.verifyCommand)}, branch{"token", p.tokenCommand}, branch{"apply", leaf(p.applyCommand)},
		branch{"explain", leaf(p.explainCommand)}, branch{"sandbox", leaf(p.sandboxCommand)}, branch{"completion", leaf(p.completionCommand)}, branch{"version", leaf(p.versionCommand)})
}

// branch is a command that is not built yet; build gets what follows its name.
type branch struct {
	name  string
	build func(rest []string) *cobra.Command
}

// leaf is how a command without commands of its own is built.
func leaf(build func() *cobra.Command) func([]string) *cobra.Command {
	return func([]string) *cobra.Command { return build() }
}

// grow gives cmd the command that args begin with. Only where they begin with
// none, be it with a flag, "help" or a misspelt word, are all built, which takes
// as long as reading a token file.
func grow(cmd *cobra.Command, args []string, branches ...branch) *cobra.Command {
	for _, b := range branches {
		if len(args) > 0 && args[0] == b.name {
			cmd.AddCommand(b.build(args[1:]))
			return cmd
		}
	}
	for _, b := range branches {
		cmd.AddCommand(b.build(nil))
	}
	return cmd
}

// command is a cobra command with its words in the person's language.
func (p *program) command(use string, short, long i18n.Text) *cobra.Command {
	return &cobra.Command{Use: use, Short: p.text(short), Long: p.text(long), Args: p.noArgs, PersistentPreRunE: p.prepare, DisableFlagsInUseLine: true}
}

func (p *program) text(t i18n.Text) string { return t.In(p.lang) }

// noArgs names the word that is no command, and the nearest that is one.
func (p *program) noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := usage("command", i18n.T("\"%s\" is no command of \"%s\".", args[0], cmd.CommandPath()))
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		err.Do = i18n.C("command", "Did you mean %s?", near[0])
	}
	return err
}

func (p *program) versionCommand() *cobra.Command {
	cmd := p.command("version", i18n.T("The program's version"), i18n.Text{})
	cmd.RunE = func(*cobra.Command, []string) error {
		if p.flags.json {
			p.out.JSON("version", map[string]any{"version": version})
			return nil
		}
		_, err := fmt.Fprintln(p.out, "openfire-o365", version)
		return err
	}
	return cmd
}

// readInput reads a file, or standard input for "-".
func (p *program) readInput(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(io.LimitReader(p.in, 1<<20))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 1<<20))
}
