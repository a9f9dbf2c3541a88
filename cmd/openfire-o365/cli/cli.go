// Package cli is the command line that all commands share: the environment,
// the root command and its flags, help, completion, and exit codes. It imports
// no command: main joins them.
package cli

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// CatchSignals makes signals end the program's context instead of the process, for
// work that must not be cut off. Whatever waits for the end of ctx does the same.
func CatchSignals(ctx context.Context) { ctx.Done() }

// App is one run of the program.
type App struct {
	Env
	Lang    i18n.Lang
	Flags   Flags
	Tell    *ui.Printer    // on standard error
	Figures map[string]any // added by a command to the JSON summary

	login     string // the address of Entra, for error messages
	everyFlag bool   // help shows the rare flags too
}

// Flags are the flags of every command.
type Flags struct {
	Dir, Lang, Cloud             string
	Sandbox, JSON, Quiet, Debug  bool
	NoInput, Plain, NoColor, Yes bool
	Timeout                      time.Duration
	Nagios                       bool // of verify only; here because it changes how errors are printed
}

// Run runs one command of those that are given, and returns the exit code.
func Run(ctx context.Context, env Env, args []string, commands ...func(*App) *cobra.Command) (code problem.Exit) {
	early := scan(args, env.Getenv)
	a := &App{Env: env, Lang: i18n.Detect(early.lang, env.Getenv, env.Languages), login: azure.Public().Login,
		everyFlag: early.everyFlag}
	a.Tell = &ui.Printer{W: env.Err, Lang: a.Lang}
	a.Flags.JSON, a.Flags.Nagios = early.json, early.nagios
	defer func() {
		if crash := recover(); crash != nil {
			a.Log().Debug("panic", "stack", string(debug.Stack()))
			code = a.finish(ctx, fmt.Errorf("panic: %v", crash))
		}
	}()
	root := a.root(commands)
	if early.everyFlag { // "--all" of the help
		args = slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return arg == "--all" })
	}
	root.SetArgs(args)
	if early.completing {
		a.complete(ctx, root)
		return problem.OK
	}
	return a.finish(ctx, root.ExecuteContext(ctx))
}

// early is what the arguments say before cobra parses them, so that its errors
// are printed in the right language and form.
type early struct {
	lang         string
	json, nagios bool
	completing   bool // a shell asks for the words that may follow
	everyFlag    bool // help, with --all
}

// scan reads args, and the environment variables that stand for them.
func scan(args []string, getenv func(string) string) early {
	has := func(words ...string) bool {
		return slices.ContainsFunc(args, func(arg string) bool { return slices.Contains(words, arg) })
	}
	first := strings.Join(args[:min(len(args), 1)], "")
	nagios, _ := strconv.ParseBool(getenv(envName("nagios")))
	nagios = (nagios || has("--nagios", "--nagios=true")) && !has("--nagios=false")
	e := early{lang: getenv(envName("lang")), json: has("--json"), nagios: nagios && has("verify"),
		completing: isCompletion(first), everyFlag: (first == "help" || has("--help", "-h")) && has("--all")}
	for i, arg := range args {
		if value, assigned := strings.CutPrefix(arg, "--lang="); assigned {
			e.lang = value
			break
		}
		if arg == "--lang" && i+1 < len(args) {
			e.lang = args[i+1]
			break
		}
	}
	return e
}

// configureCobra sets the variables of package cobra: a double-click starts setup
// instead of showing a text, and help lists commands in the order of their use.
var configureCobra = sync.OnceFunc(func() { cobra.MousetrapHelpText, cobra.EnableCommandSorting = "", false })

// root returns the whole command line. Help gives it its texts.
func (a *App) root(commands []func(*App) *cobra.Command) *cobra.Command {
	root := a.Command("openfire-o365 [COMMAND]")
	root.Args = noArgs
	showVersion := root.Flags().Bool("version", false, "")
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		if *showVersion {
			return a.printVersion()
		}
		if a.DoubleClicked() && a.Attended() {
			defer ui.Pause(a.Tell, a.In)
			return a.setup(cmd)
		}
		return cmd.Help()
	}
	f, g := root.PersistentFlags(), &a.Flags
	f.SortFlags = false
	f.StringVar(&g.Dir, "dir", "", "")
	f.StringVar(&g.Lang, "lang", "", "")
	f.BoolVar(&g.Sandbox, "sandbox", false, "")
	f.StringVar(&g.Cloud, "cloud", "", "")
	f.DurationVar(&g.Timeout, "timeout", 30*time.Second, "")
	f.BoolVar(&g.Yes, "yes", false, "")
	f.BoolVar(&g.NoInput, "no-input", false, "")
	f.BoolVar(&g.Plain, "plain", false, "")
	f.BoolVar(&g.NoColor, "no-color", false, "")
	f.BoolVar(&g.JSON, "json", false, "")
	f.BoolVarP(&g.Quiet, "quiet", "q", false, "")
	f.BoolVar(&g.Debug, "debug", false, "")
	configureCobra()
	root.SetFlagErrorFunc(flagProblem)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { a.helper().Print(cmd) })
	root.SetHelpCommand(a.helpCommand())
	for _, command := range commands {
		root.AddCommand(command(a))
	}
	root.AddCommand(a.completionCommand(), a.versionCommand())
	return root
}

// Command returns a command that takes arguments if use names some. Its texts and those
// of its flags are in help/texts.txt.
func (a *App) Command(use string) *cobra.Command {
	cmd := &cobra.Command{Use: use, Args: noArgs, PersistentPreRunE: a.prepare, DisableFlagsInUseLine: true}
	if strings.Contains(use, " ") {
		cmd.Args = cobra.ArbitraryArgs
	}
	cmd.Flags().SortFlags = false
	return cmd
}

// Group returns a command that holds others; alone it prints its help.
func (a *App) Group(use string, commands ...*cobra.Command) *cobra.Command {
	cmd := a.Command(use)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(commands...)
	return cmd
}

// prepare completes the flags from the environment and checks them.
func (a *App) prepare(cmd *cobra.Command, _ []string) error {
	bad := a.applyEnv(cmd)
	if isCompletion(cmd.Name()) { // a shell gets words, no errors
		return nil
	}
	if bad != nil {
		return bad
	}
	if _, ok := i18n.Parse(a.Flags.Lang); a.Flags.Lang != "" && !ok {
		return problem.Misuse("lang", i18n.T("Invalid language --lang %s (available: %s).", a.Flags.Lang, strings.Join(languages(), ", ")))
	}
	if a.Flags.Timeout <= 0 {
		return problem.Misuse("timeout", i18n.T("--timeout must be greater than zero, for example 30s."))
	}
	a.Tell.DetectTerminal(a.Getenv, ui.Options{Plain: a.Flags.Plain, NoColor: a.Flags.NoColor})
	return nil
}

// setup runs the command setup as if it had been typed, after a double-click:
// its error is printed before the window may close.
func (a *App) setup(root *cobra.Command) error {
	cmd, _, err := root.Find([]string{"setup"})
	if err != nil {
		return err
	}
	cmd.SetContext(root.Context())
	if prob := a.Explain(root.Context(), cmd.RunE(cmd, nil)); prob != nil {
		a.Tell.Problem(prob)
		return Reported(prob.Exit)
	}
	return nil
}

// Text returns t in the person's language.
func (a *App) Text(t i18n.Text) string { return t.In(a.Lang) }

// Results returns a printer on standard output, for what a command has found.
func (a *App) Results() *ui.Printer { return a.Tell.On(a.Out) }

// Attended reports whether a person sits at the terminal and can be asked.
func (a *App) Attended() bool { return ui.IsTerminal(a.In) && ui.IsTerminal(a.Err) }

// Log returns the log of --debug, on standard error.
func (a *App) Log() *slog.Logger {
	if !a.Flags.Debug {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(a.Tell, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
