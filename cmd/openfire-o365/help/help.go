// Package help prints the help of commands and of topics, for people and for
// programs, in the person's language.
package help

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// Helper prints help.
type Helper struct {
	Out       *ui.Output
	Tell      *ui.Printer // on Out
	JSON      bool        // one JSON line for each command or topic
	EveryFlag bool        // the rare flags too
}

func (h Helper) text(t i18n.Text) string { return t.In(h.Tell.Lang) }

// Print prints a command's help; cobra's own is in English.
func (h Helper) Print(cmd *cobra.Command) {
	h.Translate(cmd.Root())
	if h.JSON {
		h.describe(cmd)
		return
	}
	w := h.Tell
	w.Indented("", about(cmd))
	h.title(i18n.T("Usage:"))
	fmt.Fprintf(w, "  %s\n", usageLine(cmd))
	h.printExamples(w, Examples(cmd))
	if cmd.HasAvailableSubCommands() {
		h.title(i18n.T("Commands:"))
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				w.Entry(c.Name(), c.Short, 12)
			}
		}
	}
	if !cmd.HasParent() {
		h.title(i18n.T("Topics (\"openfire-o365 help TOPIC\"):"))
		for _, t := range Topics() {
			w.Entry(t.Name, h.text(t.Title), 12)
		}
		h.printFlags(w, i18n.T("Flags of every command:"), ShownFlags(cmd.PersistentFlags()))
		w.Blank()
		w.Print(i18n.T("Every flag can also be set with an environment variable: OPENFIRE_O365_DIR for --dir. A flag " +
			"overrides the variable, and the variable overrides the token file."))
		return
	}
	h.printOwnFlags(w, cmd)
	var names []string
	for _, f := range ShownFlags(cmd.InheritedFlags()) {
		names = append(names, "--"+f.Name)
	}
	w.Blank()
	w.Print(i18n.T("Flags of every command (described by \"openfire-o365 help\"): %s", strings.Join(names, " ")))
}

// title prints a title behind a blank line.
func (h Helper) title(t i18n.Text) { fmt.Fprintf(h.Out, "\n%s\n", h.text(t)) }

// printExamples prints lines to type, with what they do beside them if there is
// room.
func (h Helper) printExamples(w *ui.Printer, examples []Example) {
	if len(examples) == 0 {
		return
	}
	h.title(i18n.T("Examples:"))
	column := 0
	for _, e := range examples {
		column = max(column, len(e.Line))
	}
	for _, e := range examples {
		if column > 45 {
			fmt.Fprintf(w, "  %s\n      %s\n", e.Line, h.text(e.What))
			continue
		}
		w.Entry(e.Line, h.text(e.What), column+1)
	}
}

// printOwnFlags prints the flags that only this command has, group by group.
func (h Helper) printOwnFlags(w *ui.Printer, cmd *cobra.Command) {
	all := ShownFlags(cmd.NonInheritedFlags())
	shown := all
	if !h.EveryFlag {
		shown = slices.DeleteFunc(slices.Clone(all), func(f *pflag.Flag) bool { return f.Annotations[rareNote] != nil })
	}
	groups := []string{""}
	byGroup := map[string][]*pflag.Flag{}
	for _, f := range shown {
		group := ""
		if h.EveryFlag {
			group = strings.Join(f.Annotations[groupNote], "")
		}
		if !slices.Contains(groups, group) {
			groups = append(groups, group)
		}
		byGroup[group] = append(byGroup[group], f)
	}
	for _, group := range groups {
		title := i18n.T("Flags:")
		if group != "" {
			title = i18n.Keyed(group)
		}
		h.printFlags(w, title, byGroup[group])
	}
	if len(shown) < len(all) {
		w.Blank()
		w.Print(i18n.T("\"%s --help --all\" shows all %d flags of this command.", cmd.CommandPath(), len(all)))
	}
}

// printFlags lists flags under a title.
func (h Helper) printFlags(w *ui.Printer, title i18n.Text, flags []*pflag.Flag) {
	if len(flags) == 0 {
		return
	}
	h.title(title)
	for _, f := range flags {
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if value := valueOf(f); value != "" {
			name += " " + value
		}
		what := f.Usage
		if def := defaultValue(f); def != "" {
			what = h.text(i18n.T("%s (default: %s)", what, def))
		}
		w.Entry(name, what, 28)
	}
}

// about is what a command does, at length if there is more to say.
func about(cmd *cobra.Command) string {
	if cmd.Long != "" {
		return cmd.Long
	}
	return cmd.Short
}

func usageLine(cmd *cobra.Command) string {
	return strings.TrimSpace(strings.TrimSuffix(cmd.UseLine(), "[flags]"))
}

// ShownFlags returns the flags of a set that help shows, the rare ones too.
func ShownFlags(set *pflag.FlagSet) (shown []*pflag.Flag) {
	set.VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && f.Name != "help" {
			shown = append(shown, f)
		}
	})
	return shown
}

// valueOf is what a flag takes, empty when it takes nothing.
func valueOf(f *pflag.Flag) string { return strings.Join(f.Annotations[valueNote], "") }

// defaultValue is the value a flag has when it is not given, if it means something.
func defaultValue(f *pflag.Flag) string {
	if f.DefValue == "false" || f.DefValue == "[]" {
		return ""
	}
	if strings.HasSuffix(f.DefValue, "m0s") { // as package time writes minutes
		return strings.TrimSuffix(f.DefValue, "0s")
	}
	return f.DefValue
}

// describe is help for programs: one line a command, in the person's language.
func (h Helper) describe(cmd *cobra.Command) {
	flags := []map[string]any{}
	for _, f := range ShownFlags(cmd.LocalFlags()) {
		flags = append(flags, map[string]any{"name": f.Name, "short": f.Shorthand, "value": valueOf(f),
			"default": defaultValue(f), "what": f.Usage})
	}
	examples := []map[string]any{}
	for _, e := range Examples(cmd) {
		examples = append(examples, map[string]any{"line": e.Line, "what": h.text(e.What)})
	}
	h.Out.JSON("command", map[string]any{"command": cmd.CommandPath(), "usage": usageLine(cmd), "short": cmd.Short,
		"about": about(cmd), "flags": flags, "examples": examples})
}

// PrintAll prints a JSON line for cmd, every command below it and, for the root,
// every topic.
func (h Helper) PrintAll(cmd *cobra.Command) {
	h.Translate(cmd)
	h.describe(cmd)
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || c.Name() == "help" {
			h.PrintAll(c)
		}
	}
	if cmd.HasParent() {
		return
	}
	for _, t := range Topics() {
		h.describeTopic(t)
	}
}
