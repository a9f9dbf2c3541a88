package input_test

import (
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire/input"
)

// TestParsers checks the accepted forms of values and their normalized form.
func TestParsers(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{" Compta@Client.FR\u00a0": "Compta@client.fr", "<a.b+c@d.fr>": "a.b+c@d.fr", "anna@société.fr": "anna@xn--socit-esab.fr", "o'neil@b.fr": "o'neil@b.fr"} {
		if got, err := input.ParseMailbox(given); got != want || err != nil {
			t.Errorf("%q: %q %v", given, got, err)
		}
	}
	const id = "0b1a2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d"
	for _, given := range []string{id, strings.ToUpper(id), "{" + id + "}", " " + id + "\u200b\n", "“" + id + "”"} {
		if got, err := input.ParseGUID(given); got != id || err != nil {
			t.Errorf("%q: %q %v", given, got, err)
		}
	}
	if got, err := input.ParseTenant("Client.onmicrosoft.com"); got != "client.onmicrosoft.com" || err != nil {
		t.Error(got, err)
	}
	const secret = "abc8Q~defghijklmnopqrstuvwxyz.0123456789_"
	for given, noted := range map[string]bool{secret: false, secret + "\r\n": false, " " + secret + "\u00a0": true, `"` + secret + `"`: true, "\u200b" + secret: true} {
		got, note, err := input.ParseSecret(given)
		if got.Reveal() != secret || note.IsZero() == noted || err != nil {
			t.Errorf("%q: %v %q", given, err, note.In(i18n.English))
		}
	}
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for given, want := range map[string]string{"2028-11-22": "2028-11-22", "22/11/2028": "2028-11-22", "22-11-2028": "2028-11-22", "22.11.2028": "2028-11-22", "2/1/2027": "2027-01-02", "11/22/2028": "2028-11-22"} {
		if got, err := input.ParseExpiry(given, now); got != want || err != nil {
			t.Errorf("%q: %q %v", given, got, err)
		}
	}
	for _, bad := range []string{"", "soon", "2026-11-24", "2020-01-01", "31/02/2028", "2050-01-01", "22/22/2028", "24 mois"} {
		if _, err := input.ParseExpiry(bad, now); err == nil {
			t.Errorf("%q is a date", bad)
		}
	}
}

// FuzzParseMailbox checks that an accepted address is parsed to itself again, and
// that it cannot break out of an SMTP command or an XOAUTH2 field.
func FuzzParseMailbox(f *testing.F) {
	for _, s := range []string{"compta@client.fr", " <Compta@Client.FR> ", "a@é.fr", "a@b.fr\r\nRCPT TO:<x@y.fr>", "a\x01@b.fr", "a@b@c.fr", "\"a\"@b.fr", "a@xn--a.fr"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		address, err := input.ParseMailbox(s)
		if err != nil {
			return
		}
		if again, err := input.ParseMailbox(address); err != nil || again != address {
			t.Errorf("%q became %q, which is read as %q: %v", s, address, again, err)
		}
		if len(address) > 254 || strings.Count(address, "@") != 1 || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("<>,;", r) }) {
			t.Errorf("%q became %q", s, address)
		}
	})
}
