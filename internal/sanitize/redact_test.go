package sanitize_test

import (
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
