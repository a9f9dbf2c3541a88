package main

import (
	"github.com/spf13/cobra"

	"github.com/openfire-fr/openfire-o365/internal/lang"
)

func (p *program) completionCommand() *cobra.Command {
	cmd := p.command("completion bash|zsh|fish|powershell", lang.Text{FR: "Complétion pour votre interpréteur de commandes", EN: "Completion for your shell"}, lang.Text{})
	cmd.ValidArgs = []string{"bash", "zsh", "fish", "powershell"}
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		root := cmd.Root()
		shells := map[string]func() error{
			"bash":       func() error { return root.GenBashCompletionV2(p.out, true) },
			"zsh":        func() error { return root.GenZshCompletion(p.out) },
			"fish":       func() error { return root.GenFishCompletion(p.out, true) },
			"powershell": func() error { return root.GenPowerShellCompletionWithDesc(p.out) },
		}
		if len(args) == 1 && shells[args[0]] != nil {
			return shells[args[0]]()
		}
		return usage("shell", lang.Text{FR: "Donnez un interpréteur : bash, zsh, fish ou powershell.", EN: "Give a shell: bash, zsh, fish or powershell."})
	}
	return cmd
}
