package cli

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/help"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
)

// helper prints help as the flags want it.
func (a *App) helper() help.Helper {
	return help.Helper{Out: a.Out, Tell: a.Results(), JSON: a.Flags.JSON, EveryFlag: a.everyFlag}
}

func (a *App) helpCommand() *cobra.Command {
	cmd := a.Command("help [COMMAND|TOPIC]")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 && a.Flags.JSON {
			a.helper().PrintAll(cmd.Root())
			return nil
		}
		topic := a.helper().PrintTopic(strings.Join(args, " "))
		found, rest, err := cmd.Root().Find(args)
		switch isCommand := err == nil && len(rest) == 0; {
		case isCommand:
			a.helper().Print(found)
		case !topic:
			return noArgs(cmd.Root(), args)
		}
		return nil
	}
	return cmd
}

func (a *App) versionCommand() *cobra.Command {
	cmd := a.Command("version")
	cmd.RunE = func(*cobra.Command, []string) error { return a.printVersion() }
	return cmd
}

func (a *App) printVersion() error {
	if a.Flags.JSON {
		a.Out.JSON("version", map[string]any{"version": a.Version})
		return nil
	}
	_, err := fmt.Fprintln(a.Out, "openfire-o365", a.Version)
	return err
}

// noArgs refuses a word that is not a command, and names the nearest command of
// the whole program.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := problem.Misuse("command", i18n.T("Unknown command \"%s %s\".", cmd.CommandPath(), args[0]))
	paths := map[string]string{}
	addPaths(paths, cmd.Root())
	addPaths(paths, cmd) // the commands of this one, where names are the same
	if near := nearest(args[0], slices.Sorted(maps.Keys(paths))); near != "" {
		err.Do = i18n.T("Did you mean \"%s\"?", paths[near])
	}
	return err
}

// addPaths adds the commands below cmd, as they are typed, by their last words.
func addPaths(paths map[string]string, cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		addPaths(paths, sub)
		paths[sub.Name()] = sub.CommandPath()
	}
}

// nearest returns the known word that a mistyped one resembles, or "".
func nearest(typed string, known []string) string {
	list := &cobra.Command{SuggestionsMinimumDistance: 2}
	for _, word := range known {
		list.AddCommand(&cobra.Command{Use: word, Run: func(*cobra.Command, []string) {}})
	}
	if near := list.SuggestionsFor(typed); len(near) > 0 {
		return near[0]
	}
	return ""
}

// isCompletion reports whether a command is cobra's own, which a shell calls for
// the words that may follow on a line.
func isCompletion(command string) bool {
	return command == cobra.ShellCompRequestCmd || command == cobra.ShellCompNoDescRequestCmd
}

// complete answers a shell: the words that may come next.
func (a *App) complete(ctx context.Context, root *cobra.Command) {
	root.InitDefaultHelpCmd() // else cobra adds it later, without its words
	a.helper().Translate(root)
	a.register(root)
	_ = root.ExecuteContext(ctx)
}

// register tells cobra what the words and flags of each command may be. All of it
// is read from the program and the names of files: nothing is asked, sent, opened
// or made.
func (a *App) register(cmd *cobra.Command) {
	cmd.ValidArgsFunction = a.completeWords
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		_ = cmd.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(valuesOf(f.Name)))
	})
	for _, sub := range cmd.Commands() {
		a.register(sub)
	}
}

// valuesOf returns what a flag may be given, and whether files may be.
func valuesOf(flag string) ([]string, cobra.ShellCompDirective) {
	values := help.Values(flag)
	if flag == "lang" {
		values = languages()
	}
	switch first := strings.Join(values[:min(len(values), 1)], ""); {
	case first == "*/":
		return nil, cobra.ShellCompDirectiveFilterDirs
	case first == "*":
		return nil, cobra.ShellCompDirectiveDefault
	case strings.HasPrefix(first, "*."):
		return []string{first[len("*."):]}, cobra.ShellCompDirectiveFilterFileExt
	case first == "":
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return values, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completeWords are the words that may follow a command and those already there.
func (a *App) completeWords(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	words, files := a.wordsAfter(cmd, args)
	return slices.DeleteFunc(words, func(w string) bool { return !strings.HasPrefix(w, begun) }), files
}

func (a *App) wordsAfter(cmd *cobra.Command, args []string) ([]string, cobra.ShellCompDirective) {
	switch name := cmd.Name(); {
	case name == "setup" && len(args) > 0, name == "completion" && len(args) > 0, name == "help" && len(args) > 1:
		return nil, cobra.ShellCompDirectiveNoFileComp
	case name == "completion":
		return []string{"bash", "zsh", "fish", "powershell"}, cobra.ShellCompDirectiveNoFileComp
	case name == "help":
		return a.helpWords(cmd, args), cobra.ShellCompDirectiveNoFileComp
	case name == "explain":
		return a.faultWords(), cobra.ShellCompDirectiveNoFileComp
	case name == "apply" && len(args) > 0 && cmd.Flags().Changed("export"):
		return nil, cobra.ShellCompDirectiveFilterDirs
	case name == "apply" && len(args) > 0, !strings.Contains(cmd.Use, "BASE"):
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.baseWords(args), cobra.ShellCompDirectiveNoFileComp
}

// baseWords are the bases that have a token file and are not named yet.
func (a *App) baseWords(named []string) (names []string) {
	dir, err := a.dir()
	if err != nil {
		return nil
	}
	if a.Flags.Sandbox {
		dir = filepath.Join(dir, "sandbox")
	}
	bases, _ := store.New(dir, a.Now).List()
	for _, b := range bases {
		if !slices.Contains(named, b.Name()) {
			names = append(names, b.Name())
		}
	}
	return names
}

// faultWords are the errors that explain knows at length.
func (a *App) faultWords() (names []string) {
	for _, f := range faults.Catalogue() {
		if name := f.Name(); !strings.Contains(name, " ") && !slices.Contains(names, name) {
			names = append(names, cobra.CompletionWithDesc(name, a.Text(f.What)))
		}
	}
	return names
}

// helpWords are the commands, and after nothing the topics.
func (a *App) helpWords(cmd *cobra.Command, args []string) (names []string) {
	of, _, err := cmd.Root().Find(args)
	if err != nil {
		return nil
	}
	for _, sub := range of.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, cobra.CompletionWithDesc(sub.Name(), sub.Short))
		}
	}
	if len(args) == 0 {
		for _, t := range help.Topics() {
			if t.Name == "sandbox" {
				continue // a command of that name
			}
			names = append(names, cobra.CompletionWithDesc(t.Name, a.Text(t.Title)))
		}
	}
	return names
}

func (a *App) completionCommand() *cobra.Command {
	cmd := a.Command("completion bash|zsh|fish|powershell")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		root := cmd.Root()
		shells := map[string]func() error{
			"bash":       func() error { return root.GenBashCompletionV2(a.Out, true) },
			"zsh":        func() error { return root.GenZshCompletion(a.Out) },
			"fish":       func() error { return root.GenFishCompletion(a.Out, true) },
			"powershell": func() error { return root.GenPowerShellCompletionWithDesc(a.Out) },
		}
		if len(args) == 1 && shells[args[0]] != nil {
			return shells[args[0]]()
		}
		return problem.Misuse("shell", i18n.T("Name a shell: bash, zsh, fish or powershell."))
	}
	return cmd
}

// languages returns the languages that --lang accepts.
func languages() (all []string) {
	for _, l := range i18n.Languages {
		all = append(all, string(l))
	}
	return all
}
