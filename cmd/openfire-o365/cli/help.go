package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// example is a line to type and what it does. The tests type every one.
type example struct {
	line string
	what i18n.Text
}

// Example is the program with these arguments, and what that does.
func Example(args string, what i18n.Text) example { return example{"openfire-o365 " + args, what} }

// The annotations of a flag.
const (
	groupNote = "group" // the title, in English, under which help lists it
	rareNote  = "rare"  // only "--help --all" shows it
	valueNote = "value" // what it takes, in the person's language: set by translate
)

// Group lists these flags under a title of their own.
func Group(f *pflag.FlagSet, title i18n.Text, names ...string) {
	for _, name := range names {
		_ = f.SetAnnotation(name, groupNote, []string{title.Key()})
	}
}

// Rare leaves these flags to "--help --all": most people never need them.
func Rare(f *pflag.FlagSet, names ...string) {
	for _, name := range names {
		_ = f.SetAnnotation(name, rareNote, nil)
	}
}

// helper prints the help of commands and topics.
type helper struct{ *App }

// translate puts the texts of cmd and of the commands below it into the person's
// language. The word in back quotes of a flag's text is what the flag takes, as
// in package pflag.
func (h helper) translate(cmd *cobra.Command) {
	text := func(english string) string { return h.Text(i18n.Keyed(english)) }
	cmd.Short, cmd.Long = text(cmd.Short), text(cmd.Long)
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if _, done := f.Annotations[valueNote]; done {
			return
		}
		f.Usage = text(f.Usage)
		value, usage := pflag.UnquoteUsage(f)
		f.Usage = usage
		_ = cmd.LocalFlags().SetAnnotation(f.Name, valueNote, []string{value})
	})
	for _, sub := range cmd.Commands() {
		h.translate(sub)
	}
}

// print prints a command's help; cobra's own is in English.
func (h helper) print(cmd *cobra.Command) {
	h.translate(cmd.Root())
	if h.Flags.JSON {
		h.describe(cmd)
		return
	}
	w := h.Results()
	w.Indented("", about(cmd))
	h.title(i18n.T("Usage:"))
	fmt.Fprintf(w, "  %s\n", usageLine(cmd))
	h.printExamples(w, h.examples[cmd])
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
		for _, t := range topics() {
			w.Entry(t.name, h.Text(t.title), 12)
		}
		h.printFlags(w, i18n.T("Flags of every command:"), shownFlags(cmd.PersistentFlags(), true))
		w.Blank()
		w.Print(i18n.T("An environment variable can stand for any flag: OPENFIRE_O365_DIR for --dir. " +
			"A flag overrides the variable, and the variable overrides the token file."))
		return
	}
	h.printOwnFlags(w, cmd)
	var names []string
	for _, f := range shownFlags(cmd.InheritedFlags(), true) {
		names = append(names, "--"+f.Name)
	}
	w.Blank()
	w.Print(i18n.T("Flags of every command (described by \"openfire-o365 help\"): %s", strings.Join(names, " ")))
}

// title prints a title behind a blank line.
func (h helper) title(t i18n.Text) { fmt.Fprintf(h.Out, "\n%s\n", h.Text(t)) }

// printExamples prints lines to type, with what they do beside them if there is
// room.
func (h helper) printExamples(w *ui.Printer, examples []example) {
	if len(examples) == 0 {
		return
	}
	h.title(i18n.T("Examples:"))
	column := 0
	for _, e := range examples {
		column = max(column, len(e.line))
	}
	for _, e := range examples {
		if column > 46 {
			fmt.Fprintf(w, "  %s\n      %s\n", e.line, h.Text(e.what))
			continue
		}
		w.Entry(e.line, h.Text(e.what), column)
	}
}

// printOwnFlags prints the flags that only this command has, group by group.
func (h helper) printOwnFlags(w *ui.Printer, cmd *cobra.Command) {
	set := cmd.NonInheritedFlags()
	all := shownFlags(set, true)
	shown := shownFlags(set, h.everyFlag)
	groups := []string{""}
	byGroup := map[string][]*pflag.Flag{}
	for _, f := range shown {
		group := ""
		if h.everyFlag {
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
func (h helper) printFlags(w *ui.Printer, title i18n.Text, flags []*pflag.Flag) {
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
			what = h.Text(i18n.T("%s (default: %s)", what, def))
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

// shownFlags returns the flags of a set that help shows, with or without the rare
// ones.
func shownFlags(set *pflag.FlagSet, rare bool) (shown []*pflag.Flag) {
	set.VisitAll(func(f *pflag.Flag) {
		_, isRare := f.Annotations[rareNote]
		if !f.Hidden && f.Name != "help" && (rare || !isRare) {
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
func (h helper) describe(cmd *cobra.Command) {
	flags := []map[string]any{}
	for _, f := range shownFlags(cmd.LocalFlags(), true) {
		flags = append(flags, map[string]any{"name": f.Name, "short": f.Shorthand, "value": valueOf(f),
			"default": defaultValue(f), "what": f.Usage})
	}
	examples := []map[string]any{}
	for _, e := range h.examples[cmd] {
		examples = append(examples, map[string]any{"line": e.line, "what": h.Text(e.what)})
	}
	h.Out.JSON("command", map[string]any{"command": cmd.CommandPath(), "usage": usageLine(cmd), "short": cmd.Short,
		"about": about(cmd), "flags": flags, "examples": examples})
}

// describeAll describes every command and every topic.
func (h helper) describeAll(cmd *cobra.Command) {
	h.describe(cmd)
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || c.Name() == "help" {
			h.describeAll(c)
		}
	}
	if cmd.HasParent() {
		return
	}
	for _, t := range topics() {
		h.describeTopic(t)
	}
}

func (a *App) helpCommand() *cobra.Command {
	cmd := a.Command("help [COMMAND|TOPIC]", i18n.T("Help about a command or a topic"),
		i18n.T("Shows the help of a command, or a topic: the token file, the exit codes, the guide, the sandbox. "+
			"With --json and no name, it describes every command and topic, one per line."),
		Example("help exit-codes", i18n.T("the exit codes, and who must act")),
		Example("help setup --all", i18n.T("every flag of setup")),
		Example("help --json", i18n.T("the whole help, for a program")))
	cmd.Args = cobra.ArbitraryArgs
	h := helper{a}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 && a.Flags.JSON {
			h.translate(cmd.Root())
			h.describeAll(cmd.Root())
			return nil
		}
		topic := h.printTopic(strings.Join(args, " "))
		found, rest, err := cmd.Root().Find(args)
		switch isCommand := err == nil && len(rest) == 0; {
		case isCommand:
			h.print(found)
		case !topic:
			return noArgs(cmd.Root(), args)
		}
		return nil
	}
	return cmd
}
