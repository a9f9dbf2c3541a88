package cli

import (
	"fmt"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// topic is a page of help that belongs to no command: paragraphs divided by a
// blank line; one with an indented line is shown as it stands, also in a manual.
type topic struct {
	name  string
	title i18n.Text
	text  func() i18n.Text // written when it is read: the guide alone takes longer than a start
}

func topics() []topic {
	return []topic{
		{"token-file", i18n.T("The token file: its form, an example"), tokenfile.FormatHelp},
		{"exit-codes", i18n.T("The exit codes, and who acts"), exitCodesHelp},
		{"guide", i18n.T("Setting up by hand, click by click"), guideHelp},
		{"sandbox", i18n.T("Practising without touching anything real"), sandboxHelp},
	}
}

// printTopic prints the topic of that name, and reports whether there is one. A
// command of the same name has its own help below.
func (h helper) printTopic(name string) bool {
	for _, t := range topics() {
		switch {
		case t.name != name:
			continue
		case h.Flags.JSON:
			h.describeTopic(t)
		default:
			fmt.Fprintln(h.Out, h.Text(t.text()))
			if t.name == "sandbox" {
				fmt.Fprintln(h.Out)
			}
		}
		return true
	}
	return false
}

func (h helper) describeTopic(t topic) {
	h.Out.JSON("topic", map[string]any{"topic": t.name, "title": h.Text(t.title), "about": h.Text(t.text())})
}

// exitMeaning is one row of the table of exit codes; README has the same.
type exitMeaning struct {
	codes    []problem.Exit
	what, do i18n.Text
}

func exitMeanings() []exitMeaning {
	type codes = []problem.Exit
	nobody := i18n.T("nobody")
	return []exitMeaning{
		{codes{problem.OK}, i18n.T("done, or nothing was due"), nobody},
		{codes{problem.SomeBases}, i18n.T("several bases: at least one needs a person"), i18n.T("read the list")},
		{codes{problem.Usage}, i18n.T("usage or configuration; nothing was changed"), i18n.T("whoever typed it")},
		{codes{problem.SignIn}, i18n.T("sign in again"), i18n.T("administrator: setup")},
		{codes{problem.Application}, i18n.T("Entra refuses the application"), i18n.T("application owner")},
		{codes{problem.Mail}, i18n.T("Exchange or the base refuses"), i18n.T("Exchange or OpenFire administrator")},
		{codes{problem.Safety}, i18n.T("refused for safety"), i18n.T("look closely")},
		{codes{problem.Bug}, i18n.T("a bug"), i18n.T("report it")},
		{codes{problem.Disk}, i18n.T("file or output could not be written; the old token is still there"),
			i18n.T("disk")},
		{codes{problem.Temporary}, i18n.T("temporary"), i18n.T("nobody: the next run")},
		{codes{problem.Permission}, i18n.T("local permission"), i18n.T("whoever runs cron")},
		{codes{problem.Interrupted, problem.Terminated}, i18n.T("interrupted, after saving what was in flight"),
			nobody},
	}
}

// names are a row's codes as they are written: 130, 143.
func (m exitMeaning) names() string {
	var names []string
	for _, c := range m.codes {
		names = append(names, fmt.Sprint(int(c)))
	}
	return strings.Join(names, ", ")
}

func exitCodesHelp() i18n.Text {
	text := i18n.T("The exit code says who must act. An unknown code is a failure.\n")
	for _, m := range exitMeanings() {
		text = i18n.T("%s\n  %-9s %s\n            → %s", text, m.names(), m.what, m.do)
	}
	return i18n.T("%s\n\n\"verify --nagios\" keeps the convention of plugins: 0 well, 1 warning, 2 critical,\n"+
		"3 unknown, and one line.", text)
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
	return i18n.T("\"--sandbox\", on any command, puts small imitations in the place of Microsoft and of the base,\n" +
		"in memory and on this machine only: Entra, Graph, Exchange, OpenFire. Nothing is real and\n" +
		"nothing leaves it; its files are kept apart, in the folder \"sandbox\".\n\n" +
		"  openfire-o365 setup --sandbox\n  openfire-o365 verify --sandbox\n\n" +
		"The mailbox chooses the fault: sign in as aadsts50105@client.fr, aadsts7000215@client.fr,\n" +
		"535-5.7.139-tenant@client.fr or base-forbidden@client.fr to meet that refusal, in Microsoft's\n" +
		"or Odoo's own words. The sign-in page and this command show them all:\n\n" +
		"  openfire-o365 explain --list\n\n" +
		"\"openfire-o365 sandbox\" keeps one running for several commands, until Ctrl+C, and prints the\n" +
		"command to type in another window.")
}
