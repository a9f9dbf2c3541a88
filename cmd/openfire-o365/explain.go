package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/report"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// maxExplain is how much text is read, in bytes.
const maxExplain = 8 << 20

func (p *program) explainCommand() *cobra.Command {
	cmd := p.command("explain [TEXT|-]", i18n.T("What an error of Microsoft's means; no network"),
		i18n.T("Explains a code (50105, AADSTS50105, 535 5.7.139), a copied message, a bounced mail or a log:\nwhat it means here, who must act, where to click, and whether waiting helps. The decisive fault comes first.\nWithout text, or with -, reads standard input (8 MiB at most). Connects to nothing."))
	list := cmd.Flags().Bool("list", false, p.text(i18n.T("show all known faults, by who must act")))
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if *list {
			p.listFaults()
			return nil
		}
		text, err := p.textToExplain(args)
		if err != nil {
			return err
		}
		return p.explainText(text)
	}
	return cmd
}

// textToExplain is what was typed, or standard input.
func (p *program) textToExplain(args []string) (string, error) {
	text := strings.Join(args, " ")
	if len(args) == 0 && ui.IsTerminal(p.in) {
		return "", nothingKnown(i18n.T("The text to explain is missing."))
	}
	if len(args) == 0 || text == "-" {
		var read strings.Builder
		if f, is := p.in.(*os.File); is {
			if info, err := f.Stat(); err == nil && info.Mode().IsRegular() { // a log is read into one piece
				read.Grow(int(min(info.Size(), maxExplain)) + 1)
			}
		}
		if _, err := io.Copy(&read, io.LimitReader(p.in, maxExplain+1)); err != nil {
			return "", usage("text", i18n.T("Standard input cannot be read: %s.", err))
		}
		text = read.String()
	}
	if len(text) > maxExplain {
		return "", &problem.Problem{Exit: problem.Usage, ID: "text", What: i18n.T("The text is larger than 8 MiB."),
			Do: i18n.T("Give its end: \"tail -c 8000000 log | openfire-o365 explain\".")}
	}
	return text, nil
}

// explainText tells every fault that the text speaks of.
func (p *program) explainText(text string) error {
	found := faults.Find(text)
	if len(found) == 0 {
		return nothingKnown(i18n.T("No known error in this text."))
	}
	tell := p.tell.On(p.out)
	if len(found) > 1 && !p.flags.json {
		tell.Print(i18n.T("Faults found: %d. The first decides; the others often follow from it.", len(found)))
		tell.Blank()
	}
	for i, f := range found {
		link := f.URL(azure.Public(), "")
		switch {
		case p.flags.json:
			fields := faultFields(f.Fault, link)
			fields["text"] = f.Detail
			p.out.JSON("fault", fields)
		default:
			if i > 0 {
				tell.Blank()
			}
			report.Fault(tell, f.Name(), f.Fault, f.Detail, link)
		}
	}
	return nil
}

// listFaults shows the catalogue by who must act.
func (p *program) listFaults() {
	tell := p.tell.On(p.out)
	for _, who := range faults.Actors() {
		if !p.flags.json {
			tell.Title(who.Text())
		}
		for _, f := range faults.Catalogue() {
			switch {
			case f.Who != who:
			case p.flags.json:
				p.out.JSON("fault", faultFields(f, f.URL(azure.Public(), "")))
			default:
				fmt.Fprintln(p.out, "  "+f.ID)
				tell.Note(f.What)
			}
		}
	}
	if !p.flags.json {
		tell.Blank()
		tell.Print(i18n.T("The other AADSTS codes have a shorter answer."))
	}
}

// faultFields is a fault for machines: English, stable keys.
func faultFields(f faults.Fault, link string) map[string]any {
	fields := map[string]any{"id": f.ID, "name": f.Name(), "where": f.Where, "who": f.Who, "what": f.What.In(i18n.English), "do": f.Do.In(i18n.English), "exit": f.Exit, "passes": f.Passes, "dead": f.Dead}
	if f.Code != 0 {
		fields["code"] = f.Code
	}
	if link != "" {
		fields["link"] = link
	}
	return fields
}

// nothingKnown says what explain can read.
func nothingKnown(what i18n.Text) *problem.Problem {
	return &problem.Problem{Exit: problem.Usage, ID: "text", What: what,
		Do: i18n.T("explain reads a code (50105, AADSTS50105, 535 5.7.139), a copied message, a bounced mail or a log (\"openfire-o365 explain - < log\"). \"openfire-o365 explain --list\" shows what it knows.")}
}
