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

// helper prints help as the flags want it.
func (a *App) helper() help.Helper {
	return help.Helper{Out: a.Out, Tell: a.Results(), JSON: a.Flags.JSON, EveryFlag: a.everyFlag}
}

func (a *App) helpCommand() *cobra.Command {
	cmd := a.Command("help [COMMAND|TOPIC]")
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
