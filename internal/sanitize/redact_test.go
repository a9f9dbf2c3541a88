package sanitize_test

import (
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

func TestRedactor(t *testing.T) {
	t.Parallel()
	r := sanitize.NewRedactor("/home/anna/", "client.fr")
	for in, want := range map[string]string{
		"compta@client.fr s'est connecté.":                      "c…a@c…t.fr s'est connecté.",
		"de <a@b.fr> à éva.müller@mail.exämple.co.uk":           "de <a…@b….fr> à é…r@m…o.uk",
		"#/x?u=compta%40client.fr&y":                            "#/x?u=c…a%40c…t.fr&y",
		"le domaine client.fr, Client.FR et https://client.fr/": "le domaine c…t.fr, C…t.FR et https://c…t.fr/",
		"autreclient.fr et x.client.fr restent":                 "autreclient.fr et x.client.fr restent",
		"annuaire 0b1a2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d.":        "annuaire 0b1a2c3d-….",
		"chmod 600 /home/anna/.config/x.json":                   "chmod 600 ~/.config/x.json",
		"https://mabase.openfire.fr, 5.7.3, a @ b":              "https://mabase.openfire.fr, 5.7.3, a @ b",
	} {
		if got := r.Redact(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	if s := "/ compta client.fr"; sanitize.NewRedactor("/", "").Redact(s) != s {
		t.Error("nothing is known, and something was shortened")
	}
}

func TestSecretsAreShortened(t *testing.T) {
	t.Parallel()
	const entra = "abc8Q~abcdefghijklmnopqrstuvwxyz01234567"
	for in, want := range map[string]string{
		"AADSTS7000215 client_secret=" + entra + " end":              "AADSTS7000215 client_secret=… end",
		"client_secret=x1 grant_type=refresh_token":                  "client_secret=… grant_type=refresh_token",
		`{"client_secret":"` + entra + `","refresh_token": "0.AX"}`:  `{"client_secret":"…","refresh_token": "…"}`,
		`{\"client_secret\": \"` + entra + `\"}`:                     `{\"client_secret\": \"…\"}`,
		"{'refresh_token': 'abc', 'scope': 'openid'}":                "{'refresh_token': '…', 'scope': 'openid'}",
		"Authorization: Bearer eyJ0eXAi.eyJhdWQi.c2ln, 401":          "Authorization: Bearer …, 401",
		"auth=Bearer short\x01\x01":                                  "auth=Bearer …",
		"AUTH XOAUTH2 dXNlcj1hbm5h":                                  "AUTH XOAUTH2 …",
		"the secret " + entra + " is wrong":                          "the secret … is wrong",
		"/confirm?code=0.AXoA&state=x":                               "/confirm?code=…&state=x",
		"password: hunter2 and smtp_pass=foo":                        "password: … and smtp_pass=…",
		"base64 " + strings.Repeat("QUFB", 10) + "==":                "base64 …",
		strings.Repeat("é.", 80):                                     "…",
		"error code: 50105, error_code=700082":                       "error code: 50105, error_code=700082",
		"The provided client secret keys are expired":                "The provided client secret keys are expired",
		"refresh token has expired due to inactivity":                "refresh token has expired due to inactivity",
		"anna+test@client.fr 0b1a2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d":   "anna+test@client.fr 0b1a2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d",
		"[AM0PR01CA0001.eurprd01.prod.exchangelabs.com 2026-01-01T]": "[AM0PR01CA0001.eurprd01.prod.exchangelabs.com 2026-01-01T]",
	} {
		if got := sanitize.WithoutSecrets(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
