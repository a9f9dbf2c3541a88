// Package explaincmd is the command explain.
package explaincmd

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/cli"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/report"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// maxText is how much text is read, in bytes.
const maxText = 8 << 20

// explainer is one run of the command.
type explainer struct{ *cli.App }

// Command returns the command.
func Command(a *cli.App) *cobra.Command {
	cmd := a.Command("explain [TEXT|-]")
	list := cmd.Flags().Bool("list", false, "")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		e := explainer{a}
		if *list {
			e.list()
			return nil
		}
		text, err := e.read(args)
		if err != nil {
			return err
		}
		return e.explain(text)
	}
	return cmd
}

// read returns what was typed, or standard input.
func (e explainer) read(args []string) (string, error) {
	text := strings.Join(args, " ")
	if len(args) == 0 && ui.IsTerminal(e.In) {
		return "", notUnderstood(i18n.T("There is no text to explain."))
	}
	if len(args) == 0 || text == "-" {
		read, err := io.ReadAll(io.LimitReader(e.In, maxText+1))
		if err != nil {
			return "", problem.Misuse("text", i18n.T("Standard input cannot be read: %s.", err))
		}
		text = string(read)
	}
	if len(text) > maxText {
		return "", &problem.Problem{Exit: problem.Usage, ID: "text", What: i18n.T("The text is larger than 8 MiB."),
			Do: i18n.T("Give only its end: \"tail -c 8000000 log | openfire-o365 explain\".")}
	}
	return text, nil
}

// explain prints the decisive fault of a text, and one line about each other.
func (e explainer) explain(text string) error {
	found := faults.Find(text)
	if len(found) == 0 {
		return notUnderstood(i18n.T("No known error in this text."))
	}
	tell := e.Results()
	for i, f := range found {
		link := f.URL(azure.Public(), "")
		switch {
		case e.Flags.JSON:
			fields := faultFields(f.Fault, link)
			fields["text"] = f.Detail
			e.Out.JSON("fault", fields)
		case i == 0:
			report.Fault(tell, f.Fault, f.Detail, link)
		default:
			if i == 1 {
				tell.Blank()
				tell.Print(i18n.T("Also in this text:"))
			}
			l := tell.Lang
			tell.Indented("  ", f.Title().In(l)+i18n.T(":").In(l)+" "+f.What.In(l))
		}
	}
	return nil
}

// list prints the catalogue and the families by who must act.
func (e explainer) list() {
	tell, title := e.Results(), ""
	all := slices.Concat(faults.Catalogue(), faults.Families())
	for _, who := range faults.Actors() {
		for _, onBase := range []bool{false, true} {
			for _, f := range all {
				switch {
				case f.Who != who || (f.Where == faults.OnBase) != onBase:
				case e.Flags.JSON:
					e.Out.JSON("fault", faultFields(f, f.URL(azure.Public(), "")))
				default:
					if key := f.Responsible().Key(); key != title {
						tell.Title(f.Responsible())
						title = key
					}
					fmt.Fprintln(e.Out, "  "+f.ID)
					tell.Note(f.What)
				}
			}
		}
	}
	if !e.Flags.JSON {
		tell.Blank()
		tell.Print(i18n.T("explain knows other codes too, and explains them by these kinds."))
	}
}

// faultFields is a fault for machines: English, stable keys.
func faultFields(f faults.Fault, link string) map[string]any {
	fields := map[string]any{"id": f.ID, "name": f.Name(), "where": f.Where, "who": f.Who,
		"title": f.Title().In(i18n.English), "works": f.Works().In(i18n.English),
		"what": f.What.In(i18n.English), "do": f.Do.In(i18n.English), "exit": f.Exit(), "passes": f.Passes,
		"dead": f.Dead}
	if f.Code != 0 {
		fields["code"] = f.Code
	}
	if link != "" {
		fields["link"] = link
	}
	return fields
}

// notUnderstood is the problem of a text without a known error.
func notUnderstood(what i18n.Text) *problem.Problem {
	return &problem.Problem{Exit: problem.Usage, ID: "text", What: what,
		Do: i18n.T("Give a code (50105, AADSTS50105, 535 5.7.139), a copied message, a bounce message or a log " +
			"(\"openfire-o365 explain - < log\"). \"openfire-o365 explain --list\" shows every known error.")}
}
