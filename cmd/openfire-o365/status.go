package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/internal/check/expiry"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
)

func (p *program) statusCommand() *cobra.Command {
	cmd := p.command("status [BASE...]", i18n.T("When the token, the consent and the secret run out; no network"),
		i18n.T("With --prometheus, in the text format of Prometheus, for node_exporter's collector \"textfile\":\na file that cannot be read is a figure there, not an exit code."))
	all := cmd.Flags().Bool("all", false, p.text(i18n.T("every base that has a token file")))
	prometheus := cmd.Flags().Bool("prometheus", false, p.text(i18n.T("figures for Prometheus on standard output")))
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *prometheus && p.flags.json {
			return usage("prometheus", i18n.T("--prometheus and --json exclude each other."))
		}
		if err := p.locate(cmd.Context()); err != nil {
			return err
		}
		bases, err := p.bases(args, *all)
		if err != nil {
			return err
		}
		if *prometheus {
			return p.prometheus(bases)
		}
		return p.status(cmd.Context(), bases)
	}
	return cmd
}

func (p *program) status(ctx context.Context, bases []openfire.Base) error {
	report, shared := p.newRefreshReport(len(bases)), newTwins()
	for _, b := range bases {
		file, err := p.store.Load(b)
		if prob := p.explain(ctx, err); prob != nil {
			report.add(tokens.Outcome{Base: b, Result: tokens.Failed, Problem: prob, Err: err, Notify: true})
			continue
		}
		shared.add(file)
		p.statusOne(b, file)
	}
	p.tellTwins(shared)
	if code := report.end(); code != problem.OK {
		return silent{code}
	}
	return nil
}

// statusOne prints one base's dates.
func (p *program) statusOne(b openfire.Base, f tokenfile.File) {
	began := p.store.State(b).RefreshStarted
	if p.flags.json {
		fields := map[string]any{"base": b.Host(), "mailbox": f.Mailbox(), "complete": f.Complete()}
		for _, end := range expiry.Dates(f) {
			if !end.At.IsZero() {
				fields[end.Key+"_expires"] = end.At.UTC().Format(time.RFC3339)
			}
		}
		if !began.IsZero() {
			fields["refresh_began"] = began.UTC().Format(time.RFC3339)
		}
		p.out.JSON("status", fields)
		return
	}
	fmt.Fprintf(p.out, "%s  %s\n", b.URL(), sanitize.Line(f.Mailbox()))
	for _, end := range expiry.Dates(f) {
		fmt.Fprintf(p.out, "  %s\n", p.text(i18n.T("%s: %s", end.Title, end.Short(p.now()))))
	}
	if !began.IsZero() {
		fmt.Fprintf(p.out, "  %s\n", p.text(tokens.NoResult(began)))
	}
}
