package conversation

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/cli"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
)

// Answers are the values of the flags that answer questions.
type Answers map[dialog.Flag]*string

// AddFlags adds the flags.
func (a Answers) AddFlags(f *pflag.FlagSet, flags []dialog.Flag) {
	for _, flag := range flags {
		a[flag] = f.String(flag.Name, "", "")
	}
}

// AddTo adds the answers of the flags to those given in advance. It returns the file of
// the client secret.
func (a Answers) AddTo(given map[string]string) (secretFile string) {
	for flag, v := range a {
		switch {
		case *v == "":
		case flag.Secret:
			secretFile = *v
		default:
			given[flag.ID] = *v
		}
	}
	return secretFile
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
		f.StringVar(value, flag.Name, "", "")
	}
	f.StringVar(&acc.DB, "db", "", "")
}

// Credentials returns the account with its key; without --login it is empty.
func (acc Account) Credentials(a *cli.App) (openfire.Credentials, error) {
	if acc.Login == "" {
		return openfire.Credentials{}, nil
	}
	key, err := acc.apiKey(a)
	if err == nil && key.Empty() {
		err = dialog.Missing("api-key")
	}
	return openfire.Credentials{DB: acc.DB, Login: acc.Login, Key: key}, err
}

// Answer adds what is known of the account to the answers given in advance.
func (acc Account) Answer(a *cli.App, given map[string]string) error {
	key, err := acc.apiKey(a)
	if acc.Login != "" {
		given["login"] = acc.Login
	}
	if !key.Empty() {
		given["api-key"] = key.Reveal()
	}
	return err
}

// apiKey returns the base's password or API key, without the end of its line;
// empty if it is not given in advance.
func (acc Account) apiKey(a *cli.App) (secret.String, error) {
	key, err := readSecret(a, "api-key", cli.APIKeyEnv, acc.KeyFile)
	return secret.New(strings.TrimRight(key.Reveal(), "\r\n")), err
}

// AnswerSecret adds the client secret to the answers if it is given in advance.
func AnswerSecret(a *cli.App, file string, given map[string]string) error {
	value, err := readSecret(a, "client-secret", cli.ClientSecretEnv, file)
	if !value.Empty() {
		given["client-secret"] = value.Reveal()
	}
	return err
}

// readSecret reads a secret from the named file, else from the folder of systemd's
// credentials, else from an environment variable; empty if there is none.
func readSecret(a *cli.App, name, variable, file string) (secret.String, error) {
	if file != "" {
		data, err := readInput(a.In, file)
		if err == nil && len(bytes.TrimSpace(data)) == 0 {
			err = errors.New("empty file")
		}
		if err != nil {
			return secret.String{}, problem.Misuse(name+"-file", i18n.T("--%s-file %s cannot be read: %v.", name,
				file, err))
		}
		return secret.New(string(data)), nil
	}
	if dir := a.Getenv("CREDENTIALS_DIRECTORY"); dir != "" {
		if data, err := readInput(a.In, dir+"/"+name); err == nil {
			return secret.New(string(data)), nil
		}
	}
	if v := a.Getenv(variable); v != "" {
		a.Tell.Print(i18n.T("Note: the secret was read from %s. --%s-file is safer.", variable, name))
		return secret.New(v), nil
	}
	return secret.String{}, nil
}

// ReadAnswers reads a JSON object of answers from a file, "-" for standard input.
func ReadAnswers(a *cli.App, file string) (map[string]string, error) {
	var answers map[string]string
	data, err := readInput(a.In, file)
	if err == nil {
		err = json.Unmarshal(data, &answers)
	}
	if err == nil && answers == nil {
		err = errors.New("null")
	}
	if err != nil {
		return nil, problem.Misuse("answers", i18n.T("--answers %s: %v. The file must contain a JSON object of "+
			"strings.", file,
			err))
	}
	return answers, nil
}

// readInput reads at most 1 MiB of a file, or of in for "-".
func readInput(in io.Reader, path string) ([]byte, error) {
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
