package cli

import (
	"fmt"
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

// helper prints the help of commands and topics.
type helper struct{ *App }

// translate puts the texts of cmd and of the commands below it into the person's
// language.
func (h helper) translate(cmd *cobra.Command) {
	text := func(english string) string { return h.Text(i18n.Keyed(english)) }
	cmd.Short, cmd.Long = text(cmd.Short), text(cmd.Long)
	usage := func(f *pflag.Flag) { f.Usage = text(f.Usage) }
	cmd.LocalFlags().VisitAll(usage)
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
	fmt.Fprintf(w, "%s\n\n%s\n  %s\n", about(cmd), h.Text(i18n.T("Usage:")), usageLine(cmd))
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\n%s\n", h.Text(i18n.T("Commands:")))
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				w.Entry(c.Name(), c.Short, 12)
			}
		}
	}
	if !cmd.HasParent() {
		fmt.Fprintf(w, "\n%s\n", h.Text(i18n.T("Topics, by \"openfire-o365 help TOPIC\":")))
		for _, t := range topics() {
			w.Entry(t.name, h.Text(t.title), 12)
		}
	}
	global := cmd.PersistentFlags()
	if cmd.HasParent() {
		flags(w, h.Text(i18n.T("Flags:")), cmd.NonInheritedFlags())
		global = cmd.InheritedFlags()
	}
	flags(w, h.Text(i18n.T("Flags of every command:")), global)
	fmt.Fprintf(w, "\n%s\n", h.Text(i18n.T("Every flag has an environment variable: --dir is OPENFIRE_O365_DIR.\n"+
		"The flag beats the variable, the variable beats the token file.")))
	if examples := h.examples[cmd]; len(examples) > 0 {
		fmt.Fprintf(w, "\n%s\n", h.Text(i18n.T("Examples:")))
		for _, e := range examples {
			fmt.Fprintf(w, "  %s\n      %s\n", e.line, h.Text(e.what))
		}
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

// flags lists one set of flags under its title.
func flags(list *ui.Printer, title string, set *pflag.FlagSet) {
	if !set.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(list, "\n%s\n", title)
	set.VisitAll(func(f *pflag.Flag) {
		if !shownFlag(f) {
			return
		}
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if kind := valueKind(f); kind != "" {
			name += " " + kind
		}
		what := f.Usage
		if def := defaultValue(f); def != "" {
			what += " (" + def + ")"
		}
		list.Entry(name, what, 30)
	})
}

func shownFlag(f *pflag.Flag) bool { return !f.Hidden && f.Name != "help" }

// valueKind is the kind of value a flag takes, empty when it takes none.
func valueKind(f *pflag.Flag) string {
	if kind := f.Value.Type(); kind != "bool" {
		return strings.ToUpper(strings.TrimSuffix(strings.TrimSuffix(kind, "Slice"), "Array"))
	}
	return ""
}

// defaultValue is the value a flag has when it is not given, if it means something.
func defaultValue(f *pflag.Flag) string {
	if f.DefValue == "false" || f.DefValue == "[]" {
		return ""
	}
	return f.DefValue
}

// describe is help for programs: one line a command, in the person's language.
func (h helper) describe(cmd *cobra.Command) {
	flags := []map[string]any{}
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if shownFlag(f) {
			flags = append(flags, map[string]any{"name": f.Name, "short": f.Shorthand, "value": valueKind(f),
				"default": defaultValue(f), "what": f.Usage})
		}
	})
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
	cmd := a.Command("help [COMMAND|TOPIC]", i18n.T("Help on a command or a topic"),
		i18n.T("Help on a command, or on a topic: the token file, the exit codes, the guide, the sandbox.\n"+
			"With --json and no name, every command and every topic, a line each."),
		Example("help exit-codes", i18n.T("the exit codes, and who acts")),
		Example("help --json", i18n.T("all of the help, for a program")))
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
