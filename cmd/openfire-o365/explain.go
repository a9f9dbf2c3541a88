package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/guard"
	"github.com/openfire-fr/openfire-o365/internal/lang"
)

// maxExplain is how much text is read, in bytes.
const maxExplain = 8 << 20

func (p *program) explainCommand() *cobra.Command {
	cmd := p.command("explain [TEXT|-]", lang.Text{FR: "Ce que veut dire une erreur de Microsoft ; sans réseau", EN: "What an error of Microsoft's means; no network"},
		lang.Text{
			FR: "Explique un code (50105, AADSTS50105, 535 5.7.139), un message copié, un courriel retourné ou un journal :\nce que cela veut dire ici, qui doit agir, où cliquer, et si attendre suffit. La panne décisive vient en tête.\nSans texte, ou avec -, lit l'entrée standard (8 Mio au plus). Ne se connecte à rien.",
			EN: "Explains a code (50105, AADSTS50105, 535 5.7.139), a copied message, a bounced mail or a log:\nwhat it means here, who must act, where to click, and whether waiting helps. The decisive fault comes first.\nWithout text, or with -, reads standard input (8 MiB at most). Connects to nothing."})
	list := cmd.Flags().Bool("list", false, p.text(lang.Text{FR: "montrer toutes les pannes connues, par personne qui doit agir", EN: "show all known faults, by who must act"}))
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
	if len(args) == 0 && terminal(p.in) {
		return "", nothingKnown(lang.Text{FR: "Il manque le texte à expliquer.", EN: "The text to explain is missing."})
	}
	if len(args) == 0 || text == "-" {
		var read strings.Builder
		if f, is := p.in.(*os.File); is {
			if info, err := f.Stat(); err == nil && info.Mode().IsRegular() { // a log is read into one piece
				read.Grow(int(min(info.Size(), maxExplain)) + 1)
			}
		}
		if _, err := io.Copy(&read, io.LimitReader(p.in, maxExplain+1)); err != nil {
			return "", usage("text", lang.Text{FR: "L'entrée standard ne se lit pas : %s.", EN: "Standard input cannot be read: %s."}.With(guard.Line(err.Error())))
		}
		text = read.String()
	}
	if len(text) > maxExplain {
		return "", &lang.Problem{Exit: lang.Usage, ID: "text", What: lang.Text{FR: "Le texte dépasse 8 Mio.", EN: "The text is larger than 8 MiB."},
			Do: lang.Text{FR: "Donnez-en la fin : « tail -c 8000000 journal | openfire-o365 explain ».", EN: "Give its end: \"tail -c 8000000 log | openfire-o365 explain\"."}}
	}
	return text, nil
}

// explainText tells every fault that the text speaks of.
func (p *program) explainText(text string) error {
	found := azure.Find(text)
	if len(found) == 0 {
		return nothingKnown(lang.Text{FR: "Aucune erreur connue dans ce texte.", EN: "No known error in this text."})
	}
	tell := p.onOutput()
	if len(found) > 1 && !p.flags.json {
		tell.Say(lang.Text{FR: "Pannes trouvées : %d. La première décide ; les autres en sont souvent la suite.", EN: "Faults found: %d. The first decides; the others often follow from it."}.With(len(found)))
		tell.Blank()
	}
	for i, f := range found {
		link := azure.Public().Link(f.Fault, "")
		switch {
		case p.flags.json:
			fields := faultFields(f.Fault, link)
			fields["text"] = f.Detail
			_ = p.out.line("fault", fields)
		default:
			if i > 0 {
				tell.Blank()
			}
			tell.Fault(f.Name(), f.Fault, f.Detail, link)
		}
	}
	return nil
}

// listFaults shows the catalogue by who must act.
func (p *program) listFaults() {
	tell := p.onOutput()
	for _, who := range azure.Actors() {
		if !p.flags.json {
			tell.Title(who.Text())
		}
		for _, f := range azure.Catalogue() {
			switch {
			case f.Who != who:
			case p.flags.json:
				_ = p.out.line("fault", faultFields(f, azure.Public().Link(f, "")))
			default:
				fmt.Fprintln(p.out, "  "+f.ID)
				tell.Note(f.What)
			}
		}
	}
	if !p.flags.json {
		tell.Blank()
		tell.Say(lang.Text{FR: "Les autres codes AADSTS ont une réponse plus courte.", EN: "The other AADSTS codes have a shorter answer."})
	}
}

// faultFields is a fault for machines: English, stable keys.
func faultFields(f azure.Fault, link string) map[string]any {
	fields := map[string]any{"id": f.ID, "name": f.Name(), "where": f.Where, "who": f.Who, "what": f.What.EN, "do": f.Do.EN, "exit": f.Exit, "passes": f.Passes, "dead": f.Dead}
	if f.Code != 0 {
		fields["code"] = f.Code
	}
	if link != "" {
		fields["link"] = link
	}
	return fields
}

// nothingKnown says what explain can read.
func nothingKnown(what lang.Text) *lang.Problem {
	return &lang.Problem{Exit: lang.Usage, ID: "text", What: what,
		Do: lang.Text{FR: "explain lit un code (50105, AADSTS50105, 535 5.7.139), un message copié, un courriel retourné ou un journal (« openfire-o365 explain - < journal »). « openfire-o365 explain --list » montre ce qu'il connaît.",
			EN: "explain reads a code (50105, AADSTS50105, 535 5.7.139), a copied message, a bounced mail or a log (\"openfire-o365 explain - < log\"). \"openfire-o365 explain --list\" shows what it knows."}}
}
