package help

import (
	"fmt"
	"strings"

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
