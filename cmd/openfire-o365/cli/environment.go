package cli

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// Env is what a run of the program gets from the process. Every field is required.
type Env struct {
	In            io.Reader
	Out           *ui.Output
	Err           io.Writer
	Getenv        func(string) string
	Now           func() time.Time
	Sleep         func(ctx context.Context, d time.Duration) error // returns an error if ctx ends first
	Languages     func() []string                                  // the system's, the preferred one first
	DoubleClicked func() bool                                      // started from Windows' Explorer
	Executable    func() (string, error)                           // the program's own path
	Version       string
}

// Sleep waits, unless ctx ends first: then it returns an error.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

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
				bad = invalidValue(f.Name, envName(f.Name), v)
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
		return "", problem.Misuse("dir", i18n.T("The configuration folder cannot be found because HOME is not set. Use --dir."))
	}
	return filepath.Join(dir, "openfire-o365"), nil
}

// SandboxDir returns the folder of --sandbox, made if need be.
func (a *App) SandboxDir() (string, error) {
	dir, err := a.dir()
	if err != nil {
		return "", err
	}
	if dir, err = filepath.Abs(filepath.Join(dir, "sandbox")); err != nil { // the cloud file contains it
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o700)
}
