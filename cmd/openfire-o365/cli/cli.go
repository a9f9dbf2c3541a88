// Package cli is the command line that all commands share: the environment,
// the root command and its flags, help, completion, and exit codes. It imports
// no command: main joins them.
package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
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

// Env is what a run of the program gets from the process. All fields are needed.
type Env struct {
	In            io.Reader
	Out           *ui.Output
	Err           io.Writer
	Getenv        func(string) string
	Now           func() time.Time
	Sleep         func(ctx context.Context, d time.Duration) error // returns an error if ctx ends first
	Languages     func() []string                                  // the system's, the preferred one first
	DoubleClicked func() bool                                      // started from Windows' Explorer
	Executable    func() (string, error)                           // the program's own path
	Version       string
}

// CatchSignals makes signals end the program's context instead of the process, for
// work that must not be cut off. Whatever waits for the end of ctx does the same.
func CatchSignals(ctx context.Context) { ctx.Done() }

// Sleep waits, unless ctx ends first: then it returns an error.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// App is one run of the program.
type App struct {
	Env
	Lang    i18n.Lang
	Flags   Flags
	Tell    *ui.Printer    // on standard error
	Figures map[string]any // added by a command to the JSON summary

	login    string // the address of Entra, for error messages
	examples map[*cobra.Command][]example
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
		examples: map[*cobra.Command][]example{}}
	a.Tell = &ui.Printer{W: env.Err, Lang: a.Lang}
	a.Flags.JSON, a.Flags.Nagios = early.json, early.nagios
	defer func() {
		if crash := recover(); crash != nil {
			a.Log().Debug("panic", "stack", string(debug.Stack()))
			code = a.finish(ctx, fmt.Errorf("panic: %v", crash))
		}
	}()
	root := a.root(commands)
	root.SetArgs(args)
	if early.completing {
		completer{a}.complete(ctx, root)
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
}

// scan reads args, and the environment variables that stand for them.
func scan(args []string, getenv func(string) string) (e early) {
	e.lang = getenv(envName("lang"))
	e.completing = len(args) > 0 && isCompletion(args[0])
	nagios, _ := strconv.ParseBool(getenv(envName("nagios")))
	verify, named := false, false
	for i, arg := range args {
		value, assigned := strings.CutPrefix(arg, "--lang=")
		switch {
		case arg == "verify":
			verify = true
		case arg == "--json":
			e.json = true
		case arg == "--nagios", arg == "--nagios=true":
			nagios = true
		case arg == "--nagios=false":
			nagios = false
		case assigned && !named:
			e.lang, named = value, true
		case arg == "--lang" && i+1 < len(args) && !named:
			e.lang, named = args[i+1], true
		}
	}
	e.nagios = verify && nagios
	return e
}

// configureCobra sets the variables of package cobra: a double-click starts setup
// instead of showing a text, and help lists commands in the order of their use.
var configureCobra = sync.OnceFunc(func() { cobra.MousetrapHelpText, cobra.EnableCommandSorting = "", false })

// root returns the whole command line. Cobra keeps the English texts, which help
// translates.
func (a *App) root(commands []func(*App) *cobra.Command) *cobra.Command {
	root := a.Command("openfire-o365 [COMMAND]", i18n.T("Connects an OpenFire base to a Microsoft 365 mailbox."),
		i18n.Text{},
		Example("setup mabase", i18n.T("connect a base")),
		Example("verify mabase", i18n.T("which link is broken, and who must act")))
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		if a.DoubleClicked() && a.Attended() {
			defer ui.Pause(a.Tell, a.In)
			return a.setup(cmd)
		}
		return cmd.Help()
	}
	f, g := root.PersistentFlags(), &a.Flags
	f.StringVar(&g.Dir, "dir", "", i18n.T("folder of the token files").Key())
	f.StringVar(&g.Lang, "lang", "", i18n.T("language: fr or en").Key())
	f.StringVar(&g.Cloud, "cloud", "", i18n.T("file that describes another Microsoft").Key())
	f.BoolVar(&g.Sandbox, "sandbox", false, i18n.T("practise with a simulated Microsoft, on this machine").Key())
	f.BoolVar(&g.JSON, "json", false, i18n.T("results as JSON lines on standard output").Key())
	f.BoolVarP(&g.Quiet, "quiet", "q", false, i18n.T("tell failures only").Key())
	f.BoolVar(&g.Debug, "debug", false, i18n.T("detailed log on standard error, without secrets").Key())
	f.BoolVar(&g.NoInput, "no-input", false, i18n.T("ask nothing").Key())
	f.BoolVar(&g.Plain, "plain", false, i18n.T("questions as plain lines (screen readers)").Key())
	f.BoolVar(&g.NoColor, "no-color", false, i18n.T("without colours").Key())
	f.BoolVar(&g.Yes, "yes", false, i18n.T("answer yes to confirmations").Key())
	f.DurationVar(&g.Timeout, "timeout", 30*time.Second, i18n.T("time for one network attempt").Key())
	configureCobra()
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return flagProblem(err) })
	root.CompletionOptions.DisableDefaultCmd = true
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { helper{a}.print(cmd) })
	root.SetHelpCommand(a.helpCommand())
	for _, command := range commands {
		root.AddCommand(command(a))
	}
	root.AddCommand(a.completionCommand(), a.versionCommand())
	return root
}

// Command returns a command with these texts, that takes no arguments.
func (a *App) Command(use string, short, long i18n.Text, examples ...example) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short.Key(), Long: long.Key(), Args: noArgs,
		PersistentPreRunE: a.prepare, DisableFlagsInUseLine: true}
	a.examples[cmd] = examples
	return cmd
}

// Group returns a command that holds others; alone it prints its help.
func (a *App) Group(use string, short i18n.Text, commands ...*cobra.Command) *cobra.Command {
	cmd := a.Command(use, short, i18n.Text{})
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
		return problem.Misuse("lang", i18n.T("--lang %s: the languages are fr and en.", a.Flags.Lang))
	}
	if a.Flags.Timeout <= 0 {
		return problem.Misuse("timeout", i18n.T("--timeout must be positive, for example 30s."))
	}
	a.Tell.DetectTerminal(a.Getenv, ui.Options{Plain: a.Flags.Plain, NoColor: a.Flags.NoColor})
	return nil
}

// noArgs names the word that is no command, and the nearest that is one.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := problem.Misuse("command", i18n.T("\"%s\" is no command of \"%s\".", args[0], cmd.CommandPath()))
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		err.Do = i18n.C("command", "Did you mean %s?", near[0])
	}
	return err
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

func (a *App) versionCommand() *cobra.Command {
	cmd := a.Command("version", i18n.T("The program's version"), i18n.Text{},
		Example("version --json", i18n.T("the version, for a program")))
	cmd.RunE = func(*cobra.Command, []string) error {
		if a.Flags.JSON {
			a.Out.JSON("version", map[string]any{"version": a.Version})
			return nil
		}
		_, err := fmt.Fprintln(a.Out, "openfire-o365", a.Version)
		return err
	}
	return cmd
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
