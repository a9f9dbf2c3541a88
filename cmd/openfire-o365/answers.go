package main

import (
	"encoding/json"
	"maps"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
)

// sandboxAnswers are the sandbox's own values, by question.
func (p *program) sandboxAnswers() map[string]string {
	v := p.box.Values()
	return map[string]string{"base": sandboxBase, "tenant": v.TenantID, "client-id": v.ClientID, "client-secret": v.Secret.Reveal(),
		"secret-expires": v.SecretExpires, "mailbox": v.Mailbox}
}

// given collects the answers given ahead: the --answers file, then flags and
// their environment twins, then the places where a secret may wait.
func (p *program) given(s setupFlags) (map[string]string, error) {
	given := map[string]string{}
	if s.answers != "" {
		data, err := p.readInput(s.answers)
		if err == nil {
			err = json.Unmarshal(data, &given)
		}
		if err != nil {
			return nil, usage("answers", i18n.T("--answers %s: %v (a JSON object of strings is wanted).", s.answers, err))
		}
	}
	byFlag, secretFile := flagAnswers(dialog.SetupFlags(), s.answer)
	maps.Copy(given, byFlag)
	if p.flags.yes {
		given["yes"] = ui.Yes
	}
	secret, err := p.givenSecret("client-secret", secretEnv, secretFile)
	if err == nil && !secret.Empty() {
		given["client-secret"] = secret.Reveal()
	}
	return given, err
}

// flagAnswers returns the answers that the flags gave, and the file of the client
// secret.
func flagAnswers(flags []dialog.Flag, values map[string]*string) (given map[string]string, secretFile string) {
	given = map[string]string{}
	for _, flag := range flags {
		switch v := values[flag.ID]; {
		case v == nil || *v == "":
		case flag.Secret:
			secretFile = *v
		default:
			given[flag.ID] = *v
		}
	}
	return given, secretFile
}

// givenSecret looks where a secret may wait: the named file, systemd's
// credentials folder, a variable of the environment.
func (p *program) givenSecret(name, variable, path string) (secret.String, error) {
	if path != "" {
		return p.readSecret(name, path)
	}
	if dir := p.env("CREDENTIALS_DIRECTORY"); dir != "" {
		if data, err := p.readInput(dir + "/" + name); err == nil {
			return secret.New(string(data)), nil
		}
	}
	if v := p.env(variable); v != "" {
		p.tell.Print(i18n.T("Note: the secret comes from %s; --%s-file is safer.", variable, name))
		return secret.New(v), nil
	}
	return secret.String{}, nil
}

// readSecret takes a secret from a file, or from standard input for "-".
func (p *program) readSecret(name, path string) (secret.String, error) {
	data, err := p.readInput(path)
	if err != nil {
		return secret.String{}, usage(name+"-file", i18n.T("--%s-file %s cannot be read: %v.", name, path, err))
	}
	return secret.New(string(data)), nil
}
