package cli

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
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

// Account is an administrator of the base, as the flags name them.
type Account struct{ Login, KeyFile, DB string }

// AddFlags adds the flags of commands that may sign in to the base.
func (acc *Account) AddFlags(f *pflag.FlagSet) {
	for _, flag := range dialog.AccountFlags() {
		value := &acc.Login
		if flag.Secret {
			value = &acc.KeyFile
		}
		f.StringVar(value, flag.Name, "", flag.Help.Key())
	}
	f.StringVar(&acc.DB, "db", "", i18n.T("database, if it is not the beginning of the base's name").Key())
}

// Credentials returns the account with its key; without --login it is empty.
func (a *App) Credentials(acc Account) (openfire.Credentials, error) {
	if acc.Login == "" {
		return openfire.Credentials{}, nil
	}
	key, err := a.apiKey(acc)
	if err == nil && key.Empty() {
		err = dialog.Missing("api-key")
	}
	return openfire.Credentials{DB: acc.DB, Login: acc.Login, Key: key}, err
}

// Answer adds what is known of the account to the answers given ahead.
func (acc Account) Answer(a *App, given map[string]string) error {
	key, err := a.apiKey(acc)
	if acc.Login != "" {
		given["login"] = acc.Login
	}
	if !key.Empty() {
		given["api-key"] = key.Reveal()
	}
	return err
}

// apiKey returns the base's password or API key, without the end of its line;
// empty if it is not given ahead.
func (a *App) apiKey(acc Account) (secret.String, error) {
	key, err := a.secret("api-key", APIKeyEnv, acc.KeyFile)
	return secret.New(strings.TrimRight(key.Reveal(), "\r\n")), err
}

// ClientSecret returns the client secret if it is given ahead.
func (a *App) ClientSecret(file string) (secret.String, error) {
	return a.secret("client-secret", ClientSecretEnv, file)
}

// secret reads a secret from the named file, else from the folder of systemd's
// credentials, else from an environment variable; empty if there is none.
func (a *App) secret(name, variable, file string) (secret.String, error) {
	if file != "" {
		data, err := a.readInput(file)
		if err != nil {
			return secret.String{}, problem.Misuse(name+"-file", i18n.T("--%s-file %s cannot be read: %v.", name,
				file, err))
		}
		return secret.New(string(data)), nil
	}
	if dir := a.Getenv("CREDENTIALS_DIRECTORY"); dir != "" {
		if data, err := a.readInput(dir + "/" + name); err == nil {
			return secret.New(string(data)), nil
		}
	}
	if v := a.Getenv(variable); v != "" {
		a.Tell.Print(i18n.T("Note: the secret comes from %s; --%s-file is safer.", variable, name))
		return secret.New(v), nil
	}
	return secret.String{}, nil
}

// Answers reads a JSON object of answers from a file, "-" for standard input.
func (a *App) Answers(file string) (map[string]string, error) {
	answers := map[string]string{}
	data, err := a.readInput(file)
	if err == nil {
		err = json.Unmarshal(data, &answers)
	}
	if err != nil {
		return nil, problem.Misuse("answers", i18n.T("--answers %s: %v (a JSON object of strings is wanted).", file,
			err))
	}
	return answers, nil
}

// readInput reads at most 1 MiB of a file, or of standard input for "-".
func (a *App) readInput(path string) ([]byte, error) {
	in := a.In
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	return io.ReadAll(io.LimitReader(in, 1<<20))
}
