package help

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// textsFile holds the texts of commands, flags and exit codes. Its format is described
// at its beginning.
//
//go:embed texts.txt
var textsFile string

// field is a line of textsFile: a key, and parts between bars.
type field struct {
	key   string
	parts []string
}

// text returns the last part, in English.
func (f field) text() i18n.Text { return i18n.Keyed(f.parts[len(f.parts)-1]) }

// sections returns the fields of textsFile by section.
var sections = sync.OnceValue(func() map[string][]field {
	all, section := map[string][]field{}, ""
	for line := range strings.Lines(textsFile) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case key == "" || key == "#":
		case strings.HasPrefix(line, " "):
			all[section] = append(all[section], field{key, strings.Split(strings.TrimSpace(value), " | ")})
		default:
			section = strings.TrimSpace(line)
		}
	}
	return all
})

// The annotations of a flag.
const (
	groupNote = "group" // the title, in English, under which help lists it
	rareNote  = "rare"  // only "--help --all" shows it
	valueNote = "value" // what it takes, in the person's language
)

// Translate gives cmd and the commands below it their texts in the person's language.
func (h Helper) Translate(cmd *cobra.Command) {
	for _, f := range sections()["flags"] {
		h.translateFlag(cmd, f, "")
	}
	group := ""
	var long []string
	for _, f := range sections()[cmd.CommandPath()] {
		switch f.key {
		case "short":
			cmd.Short = h.text(f.text())
		case "long":
			long = append(long, h.text(f.text()))
		case "code":
			long = append(long, "  "+strings.Join(f.parts, " | "))
		case "group":
			group = f.parts[0]
		case "flag", "rare":
			h.translateFlag(cmd, f, group)
		}
	}
	cmd.Long = strings.Join(long, "\n\n")
	for _, sub := range cmd.Commands() {
		h.Translate(sub)
	}
}

// translateFlag sets the text and the annotations of a flag, if cmd has it. The word
// in back quotes is what the flag takes, as in package pflag.
func (h Helper) translateFlag(cmd *cobra.Command, f field, group string) {
	set, name := cmd.LocalFlags(), f.parts[0]
	flag := set.Lookup(name)
	if flag == nil {
		return
	}
	if len(f.parts) > 1 {
		flag.Usage = h.text(f.text())
		value, usage := pflag.UnquoteUsage(flag)
		flag.Usage = usage
		_ = set.SetAnnotation(name, valueNote, []string{value})
	}
	_ = set.SetAnnotation(name, groupNote, []string{group})
	if f.key == "rare" {
		_ = set.SetAnnotation(name, rareNote, nil)
	}
}

// Example is a line to type and what it does. The tests type every one.
type Example struct {
	Line string
	What i18n.Text
}

// Examples returns the examples of a command.
func Examples(cmd *cobra.Command) (all []Example) {
	for _, f := range sections()[cmd.CommandPath()] {
		if f.key == "example" {
			all = append(all, Example{cmd.Root().Name() + " " + f.parts[0], f.text()})
		}
	}
	return all
}
