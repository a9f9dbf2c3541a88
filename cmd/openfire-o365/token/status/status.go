// Package statuscmd is the command token status.
package statuscmd

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/cli"
	tokencmd "github.com/openfire-fr/openfire-o365/cmd/openfire-o365/token"
	"github.com/openfire-fr/openfire-o365/internal/check/duplicates"
	"github.com/openfire-fr/openfire-o365/internal/check/expiry"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
)

// Command returns the command.
func Command(a *cli.App) *cobra.Command {
	cmd := a.Command("status [BASE...]")
	all := cmd.Flags().Bool("all", false, "")
	prometheus := cmd.Flags().Bool("prometheus", false, "")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *prometheus && a.Flags.JSON {
			return problem.Misuse("prometheus", i18n.T("--prometheus and --json cannot be used together."))
		}
		site, err := a.Open(cmd.Context())
		if err != nil {
			return err
		}
		defer site.Close()
		find := site.Bases
		if *all {
			find = site.AllBases
		}
		bases, err := find(args)
		if err != nil {
			return err
		}
		if *prometheus {
			return writeMetrics(site.Out, site.Refresher(), bases)
		}
		return status(cmd.Context(), site, bases)
	}
	return cmd
}

// status prints the dates of each base.
func status(ctx context.Context, site *cli.Site, bases []openfire.Base) error {
	report, shared := tokencmd.NewReport(site.App, len(bases)), duplicates.Finder{}
	for _, b := range bases {
		file, err := site.Store.Load(b)
		if prob := site.Explain(ctx, err); prob != nil {
			report.Add(tokens.Outcome{Base: b, Result: tokens.Failed, Problem: prob, Err: err, Notify: true})
			continue
		}
		shared.Add(file)
		learned := site.Refresher().Learned(file)
		printBase(site, file, learned, site.Refresher().Unfinished(ctx, file))
		if path := site.Store.Rescued(b); path != "" && !site.Flags.JSON {
			fmt.Fprintf(site.Out, "  %s\n", site.Text(i18n.T("New tokens that could not be saved are in %s.", path)))
		}
		if learned.Problem != nil {
			report.Add(tokens.Outcome{Base: b, Result: tokens.Failed, File: file, State: site.Refresher().State(file),
				Problem: learned.Problem, Notify: true})
		}
	}
	site.PrintShared(&shared)
	return report.End()
}

// printBase prints the dates of one base, what was learned of its tokens, and when
// a refresh began whose answer was lost, zero for none.
func printBase(site *cli.Site, f tokenfile.File, learned tokens.Learned, unfinished time.Time) {
	if site.Flags.JSON {
		fields := map[string]any{"base": f.Base.Host(), "mailbox": f.Mailbox(), "complete": f.Complete()}
		for _, end := range expiry.Dates(f, learned) {
			if !end.At.IsZero() && !end.Dead {
				fields[end.Key+"_expires"] = end.At.UTC().Format(time.RFC3339)
			}
		}
		for key, at := range map[string]time.Time{"refresh_began": unfinished, "paused_until": learned.PausedUntil} {
			if !at.IsZero() {
				fields[key] = at.UTC().Format(time.RFC3339)
			}
		}
		site.Out.JSON("status", fields)
		return
	}
	fmt.Fprintf(site.Out, "%s  %s\n", f.Base.URL(), sanitize.Line(f.Mailbox()))
	for _, end := range expiry.Dates(f, learned) {
		fmt.Fprintf(site.Out, "  %s\n", site.Text(i18n.T("%s: %s", end.Title, end.Short(site.Now()))))
	}
	if !unfinished.IsZero() {
		fmt.Fprintf(site.Out, "  %s\n", site.Text(tokens.NoResult(unfinished)))
	}
	if !learned.PausedUntil.IsZero() {
		fmt.Fprintf(site.Out, "  %s\n", site.Text(i18n.T("Renewals are paused until %s UTC.",
			learned.PausedUntil.UTC().Format(time.TimeOnly))))
	}
}
