package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// help prints a command's help: cobra's own would be in English.
func (p *program) help(cmd *cobra.Command) {
	if p.flags.json {
		p.describe(cmd)
		return
	}
	w := p.tell.On(p.out)
	fmt.Fprintf(w, "%s\n\n%s\n  %s\n", about(cmd), p.text(i18n.T("Usage:")), usageLine(cmd))
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\n%s\n", p.text(i18n.T("Commands:")))
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				w.Entry(c.Name(), c.Short, 12)
			}
		}
	}
	if !cmd.HasParent() {
		fmt.Fprintf(w, "\n%s\n", p.text(i18n.T("Topics, by \"openfire-o365 help TOPIC\":")))
		for _, t := range topics() {
			w.Entry(t.name, p.text(t.title), 12)
		}
	}
	flags(w, p.text(i18n.T("Flags:")), cmd.NonInheritedFlags(), cmd.HasParent())
	flags(w, p.text(i18n.T("Flags of every command:")), cmd.InheritedFlags(), true)
	flags(w, p.text(i18n.T("Flags of every command:")), cmd.PersistentFlags(), !cmd.HasParent())
	fmt.Fprintf(w, "\n%s\n", p.text(i18n.T("Every flag has an environment variable: --dir is OPENFIRE_O365_DIR.\nThe flag beats the variable, the variable beats the token file.")))
	if examples := examplesOf(cmd.CommandPath()); len(examples) > 0 {
		fmt.Fprintf(w, "\n%s\n", p.text(i18n.T("Examples:")))
		for _, e := range examples {
			fmt.Fprintf(w, "  %s\n      %s\n", e.line, p.text(e.what))
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
func flags(list *ui.Printer, title string, set *pflag.FlagSet, wanted bool) {
	if !wanted || !set.HasAvailableFlags() {
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
		if kind := wants(f); kind != "" {
			name += " " + kind
		}
		what := f.Usage
		if def := preset(f); def != "" {
			what += " (" + def + ")"
		}
		list.Entry(name, what, 30)
	})
}

func shownFlag(f *pflag.Flag) bool { return !f.Hidden && f.Name != "help" }

// wants is the kind of value a flag takes, empty when it takes none.
func wants(f *pflag.Flag) string {
	if kind := f.Value.Type(); kind != "bool" {
		return strings.ToUpper(strings.TrimSuffix(strings.TrimSuffix(kind, "Slice"), "Array"))
	}
	return ""
}

// preset is the value a flag has when it is not given, if it means something.
func preset(f *pflag.Flag) string {
	if f.DefValue == "false" || f.DefValue == "[]" {
		return ""
	}
	return f.DefValue
}

// describe is help for programs: one line a command, in the person's language.
func (p *program) describe(cmd *cobra.Command) {
	flags := []map[string]any{}
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if shownFlag(f) {
			flags = append(flags, map[string]any{"name": f.Name, "short": f.Shorthand, "value": wants(f), "default": preset(f), "what": f.Usage})
		}
	})
	examples := []map[string]any{}
	for _, e := range examplesOf(cmd.CommandPath()) {
		examples = append(examples, map[string]any{"line": e.line, "what": p.text(e.what)})
	}
	p.out.JSON("command", map[string]any{"command": cmd.CommandPath(), "usage": usageLine(cmd), "short": cmd.Short, "about": about(cmd), "flags": flags, "examples": examples})
}

// describeAll describes every command and every topic.
func (p *program) describeAll(cmd *cobra.Command) {
	p.describe(cmd)
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || c.Name() == "help" {
			p.describeAll(c)
		}
	}
	if cmd.HasParent() {
		return
	}
	for _, t := range topics() {
		p.describeTopic(t)
	}
}

func (p *program) helpCommand() *cobra.Command {
	cmd := p.command("help [COMMAND|TOPIC]", i18n.T("Help on a command or a topic"),
		i18n.T("Help on a command, or on a topic: the token file, the exit codes, the guide, the sandbox.\nWith --json and no name, every command and every topic, a line each."))
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 && p.flags.json {
			p.describeAll(cmd.Root())
			return nil
		}
		topic := p.helpTopic(strings.Join(args, " "))
		found, rest, err := cmd.Root().Find(args)
		switch isCommand := err == nil && len(rest) == 0; {
		case isCommand:
			p.help(found)
		case !topic:
			return p.noArgs(cmd.Root(), args)
		}
		return nil
	}
	return cmd
}
