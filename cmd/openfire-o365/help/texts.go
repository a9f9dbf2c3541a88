package help

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// Topic is a page of help that belongs to no command: paragraphs divided by a
// blank line; one with an indented line is shown as it stands, also in a manual.
type Topic struct {
	Name  string
	Title i18n.Text
	text  func() i18n.Text // written when it is read: the guide alone takes longer than a start
}

// Topics returns all topics.
func Topics() []Topic {
	return []Topic{
		{"token-file", i18n.T("The token file: format and example"), tokenfile.FormatHelp},
		{"exit-codes", i18n.T("The exit codes, and who must act"), exitCodesHelp},
		{"guide", i18n.T("How to set up by hand, click by click"), guideHelp},
		{"sandbox", i18n.T("How to practise with a simulated Microsoft"), sandboxHelp},
	}
}

// PrintTopic prints the topic of that name, and reports whether there is one. A
// command of the same name has its own help below.
func (h Helper) PrintTopic(name string) bool {
	for _, t := range Topics() {
		switch {
		case t.Name != name:
			continue
		case h.JSON:
			h.describeTopic(t)
		default:
			fmt.Fprintln(h.Out, h.text(t.text()))
			if t.Name == "sandbox" {
				fmt.Fprintln(h.Out)
			}
		}
		return true
	}
	return false
}

func (h Helper) describeTopic(t Topic) {
	h.Out.JSON("topic", map[string]any{"topic": t.Name, "title": h.text(t.Title), "about": h.text(t.text())})
}

func exitCodesHelp() i18n.Text {
	text := i18n.T("The exit code says who must act. Treat an unknown code as a failure.\n")
	for _, f := range sections()["exit codes"] { // docs/reference.md has the same table
		codes, meaning, whoActs := f.parts[0], i18n.Keyed(f.parts[1]), f.text()
		text = i18n.T("%s\n  %-9s %s\n            → %s", text, codes, meaning, whoActs)
	}
	return i18n.T("%s\n\n\"verify --nagios\" follows the convention of Nagios plugins: one line, and\n"+
		"0 for ok, 1 for warning, 2 for critical, 3 for unknown.", text)
}

// guideHelp is the guide as lines, for where no browser is at hand.
func guideHelp() i18n.Text { return i18n.Literal("%s", guideLines{}) }

type guideLines struct{}

func (guideLines) In(l i18n.Lang) string {
	var b strings.Builder
	(&ui.Printer{W: &b, Lang: l}).Print(i18n.Literal(guide.Text(l)))
	return strings.TrimSpace(b.String())
}

func sandboxHelp() i18n.Text {
	return i18n.T("With --sandbox, any command uses a simulated Microsoft (Entra, Graph, Exchange) and a simulated\n" +
		"base. They run in memory, on this computer only: nothing is real and nothing is sent anywhere.\n" +
		"Its token files are kept apart, in the folder \"sandbox\".\n\n" +
		"  openfire-o365 setup --sandbox\n  openfire-o365 verify --sandbox\n\n" +
		"The mailbox that you sign in as chooses the error: aadsts50105@client.fr, aadsts7000215@client.fr,\n" +
		"535-5.7.139-tenant@client.fr and base-forbidden@client.fr get that refusal, with the exact message\n" +
		"of Microsoft or Odoo. The sign-in page lists all errors, and so does this command:\n\n" +
		"  openfire-o365 explain --list\n\n" +
		"\"openfire-o365 sandbox\" keeps one running until Ctrl+C, so that several commands can use it, and\n" +
		"prints the command to type in another window.")
}

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
	group := ""
	var long []string
	for _, f := range slices.Concat(sections()["flags"], sections()[cmd.CommandPath()]) {
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
		_ = set.SetAnnotation(name, rareNote, []string{"rare"})
	}
}

// Values returns what completion suggests for a flag: values, "*.json" for files of that
// kind, "*" for all files, or "*/" for folders.
func Values(flag string) []string {
	for _, f := range sections()["flags"] {
		if f.key == "values" && f.parts[0] == flag {
			return f.parts[1:]
		}
	}
	return nil
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
