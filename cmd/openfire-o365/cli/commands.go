package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/help"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// Example is the program with these arguments, and what that does.
func Example(args string, what i18n.Text) help.Example {
	return help.Example{Line: "openfire-o365 " + args, What: what}
}

// helper prints help as the flags want it.
func (a *App) helper() help.Helper {
	return help.Helper{Out: a.Out, Tell: a.Results(), JSON: a.Flags.JSON, EveryFlag: a.everyFlag, Examples: a.examples}
}

func (a *App) helpCommand() *cobra.Command {
	cmd := a.Command("help [COMMAND|TOPIC]", i18n.T("Help about a command or a topic"),
		i18n.T("Shows the help of a command, or a topic: the token file, the exit codes, the guide, the sandbox. "+
			"With --json and no name, it describes every command and topic, one per line."),
		Example("help exit-codes", i18n.T("the exit codes, and who must act")),
		Example("help setup --all", i18n.T("every flag of setup")),
		Example("help --json", i18n.T("the whole help, as JSON")))
	cmd.Args = cobra.ArbitraryArgs
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
	cmd := a.Command("version", i18n.T("Show the version of the program"), i18n.Text{},
		Example("version --json", i18n.T("the version, as JSON")))
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
