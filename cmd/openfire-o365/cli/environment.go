package cli

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// The variables that may hold a secret; a file is better.
const (
	ClientSecretEnv = "OPENFIRE_O365_CLIENT_SECRET"
	APIKeyEnv       = "OPENFIRE_O365_API_KEY"
)

// envName is the environment variable that stands for a flag.
func envName(flag string) string {
	return "OPENFIRE_O365_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// applyEnv sets the flags that are not given from the environment.
func (a *App) applyEnv(cmd *cobra.Command) (bad error) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if v := a.Getenv(envName(f.Name)); v != "" && !f.Changed && bad == nil {
			if err := cmd.Flags().Set(f.Name, v); err != nil {
				bad = problem.Misuse(f.Name, i18n.T("%s=%s is no value for --%s.", envName(f.Name), v, f.Name))
			}
		}
	})
	return bad
}

// dir returns the folder of the token files: that of --dir, else the account's.
func (a *App) dir() (string, error) {
	if a.Flags.Dir != "" {
		return a.Flags.Dir, nil
	}
	if runtime.GOOS == "linux" && os.Geteuid() == 0 {
		return "/var/lib/openfire-o365", nil
	}
	if local := a.Getenv("LocalAppData"); runtime.GOOS == "windows" && local != "" {
		return filepath.Join(local, "openfire-o365"), nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", problem.Misuse("dir", i18n.T("Cannot find the configuration folder (HOME is not set): give --dir."))
	}
	return filepath.Join(dir, "openfire-o365"), nil
}

// SandboxDir returns the folder of --sandbox, made if need be.
func (a *App) SandboxDir() (string, error) {
	dir, err := a.dir()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, "sandbox")
	return dir, os.MkdirAll(dir, 0o700)
}
