package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/guard"
	"github.com/openfire-fr/openfire-o365/internal/lang"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

func (p *program) statusCommand() *cobra.Command {
	cmd := p.command("status [BASE...]", lang.Text{FR: "Quand expirent le jeton, l'accord et le secret ; sans réseau", EN: "When the token, the consent and the secret run out; no network"}, lang.Text{})
	all := cmd.Flags().Bool("all", false, p.text(lang.Text{FR: "toutes les bases qui ont un fichier de jetons", EN: "every base that has a token file"}))
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return p.status(cmd.Context(), args, *all) }
	return cmd
}

func (p *program) status(ctx context.Context, args []string, all bool) error {
	if err := p.connect(ctx); err != nil {
		return err
	}
	bases, err := p.bases(args, all)
	if err != nil {
		return err
	}
	worst := lang.OK
	for _, b := range bases {
		file, err := p.store.Load(b)
		if problem := p.explain(ctx, err); problem != nil {
			p.report(b, file, problem, false, true)
			worst = merge(worst, problem.Exit, len(bases))
			continue
		}
		p.statusOne(b, file)
	}
	if worst != lang.OK {
		return silent{worst}
	}
	return nil
}

// statusOne prints one base's dates.
func (p *program) statusOne(b openfire.Base, f openfire.File) {
	ends := map[string]time.Time{"access_token": f.Mail.Due()}
	if !f.Azure.RefreshIssued.IsZero() {
		ends["refresh_token"] = f.Azure.RefreshIssued.Add(check.TokenLife)
	}
	if end, err := time.Parse(time.DateOnly, f.Azure.SecretExpires); err == nil {
		ends["client_secret"] = end
	}
	if p.flags.json {
		fields := map[string]any{"base": b.Host(), "mailbox": f.Mailbox(), "complete": f.Complete()}
		for name, end := range ends {
			fields[name+"_expires"] = end.UTC().Format(time.RFC3339)
		}
		_ = p.out.line("status", fields)
		return
	}
	fmt.Fprintf(p.out, "%s  %s\n", b.URL(), guard.Line(f.Mailbox()))
	for _, row := range []struct {
		name  string
		title lang.Text
	}{
		{"access_token", lang.Text{FR: "jeton d'accès", EN: "access token"}},
		{"refresh_token", lang.Text{FR: "jeton d'actualisation", EN: "refresh token"}},
		{"client_secret", lang.Text{FR: "secret client", EN: "client secret"}},
	} {
		fmt.Fprintf(p.out, "  %s\n", p.text(lang.Text{FR: "%s : %s", EN: "%s: %s"}.With(row.title, p.until(ends[row.name]))))
	}
}

// until says when something ends, seen from now.
func (p *program) until(end time.Time) lang.Text {
	left := end.Sub(p.now())
	switch {
	case end.IsZero() || end.Unix() <= 0:
		return lang.Text{FR: "inconnu", EN: "unknown"}
	case left <= 0:
		return lang.Text{FR: "échu le %s", EN: "ended on %s"}.With(check.Day(end))
	case left < 48*time.Hour:
		return lang.Text{FR: "encore %d h %02d", EN: "another %d h %02d"}.With(int(left.Hours()), int(left.Minutes())%60)
	}
	return lang.Text{FR: "jusqu'au %s", EN: "until %s"}.With(check.Day(end))
}
