package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

const prefix = "OPENFIRE_O365_"

// secretEnv and apiKeyEnv may hold a secret; a file is better.
const (
	secretEnv = prefix + "CLIENT_SECRET"
	apiKeyEnv = prefix + "API_KEY"
)

// twin is the environment variable that stands for a flag.
func twin(flag string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// twins sets the flags that are not given from the environment.
func (p *program) twins(cmd *cobra.Command) (bad error) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if v := p.env(twin(f.Name)); v != "" && !f.Changed && bad == nil {
			if err := cmd.Flags().Set(f.Name, v); err != nil {
				bad = usage(f.Name, i18n.T("%s=%s is no value for --%s.", twin(f.Name), v, f.Name))
			}
		}
	})
	return bad
}
