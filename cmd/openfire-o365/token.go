package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
)

// verifyMargin is what verify wants to be left of an access token.
const verifyMargin = 5 * time.Minute

// refresher refreshes tokens in the folder of --dir; locate comes first.
func (p *program) refresher() *tokens.Refresher {
	return &tokens.Refresher{Store: p.store, HTTP: p.http, Cloud: p.cloud, Now: p.now, Sleep: p.sleep, Log: p.log()}
}

func (p *program) tokenCommand(args []string) *cobra.Command {
	cmd := p.command("token", i18n.T("Renew the tokens, see when they run out, schedule the renewal"), i18n.Text{})
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return grow(cmd, args, branch{"refresh", leaf(p.refreshCommand)}, branch{"status", leaf(p.statusCommand)}, branch{"schedule", leaf(p.scheduleCommand)})
}
