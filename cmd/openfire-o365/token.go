package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/lang"
)

// verifyMargin is what verify wants to be left of an access token.
const verifyMargin = 5 * time.Minute

func asRefusal(err error) (*azure.Refusal, bool) { return azure.AsRefusal(err) }

func (p *program) tokenCommand() *cobra.Command {
	return p.group(p.command("token", lang.Text{FR: "Renouveler les jetons, ou voir quand ils expirent", EN: "Renew the tokens, or see when they run out"}, lang.Text{}),
		p.refreshCommand(), p.statusCommand())
}
