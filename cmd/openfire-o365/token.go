package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// verifyMargin is what verify wants to be left of an access token.
const verifyMargin = 5 * time.Minute

func asRefusal(err error) (*faults.Refusal, bool) { return faults.AsRefusal(err) }

func (p *program) tokenCommand(args []string) *cobra.Command {
	cmd := p.command("token", i18n.T("Renew the tokens, see when they run out, schedule the renewal"), i18n.Text{})
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return grow(cmd, args, branch{"refresh", leaf(p.refreshCommand)}, branch{"status", leaf(p.statusCommand)}, branch{"schedule", leaf(p.scheduleCommand)})
}
