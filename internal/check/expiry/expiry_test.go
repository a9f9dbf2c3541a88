package expiry_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/check/expiry"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
)

func TestDateTellsWhatIsLeft(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for _, c := range []struct {
		left, life, soon time.Duration
		status           string
		text, short      string
		part             string
	}{
		{90 * day, 90 * day, 30 * day, "ok", "90 days left, until 21 February 2027", "until 21 February 2027", "1.00"},
		{29 * day, 90 * day, 30 * day, "warning", "29 days left, until 22 December 2026", "until 22 December 2026",
			"0.32"},
		{8 * day, 90 * day, 0, "ok", "8 days left, until 1 December 2026", "until 1 December 2026", "0.09"},
		{47 * time.Hour, 90 * day, 30 * day, "warning", "47 h left, until 17:00 UTC", "47 h 00 min left", "0.02"},
		{59 * time.Minute, time.Hour, 0, "ok", "59 min left, until 18:59 UTC", "0 h 59 min left", "0.98"},
		{-time.Minute, time.Hour, 0, "unknown", "expired; the base and \"token refresh\" renew it",
			"expired on 23 November 2026", "0.00"},
		{-23 * day, 90 * day, 30 * day, "failed", "expired on 31 October 2026", "expired on 31 October 2026", "0.00"},
	} {
		e := expiry.Date{At: now.Add(c.left), Life: c.life, Soon: c.soon}
		status, text, part := e.Left(now)
		if status != c.status || text.In(i18n.English) != c.text || fmt.Sprintf("%.2f", part) != c.part {
			t.Errorf("%s: %s %q %.2f", c.left, status, text.In(i18n.English), part)
		}
		if short := e.Short(now).In(i18n.English); short != c.short {
			t.Errorf("%s: %q", c.left, short)
		}
	}
	status, text, _ := expiry.Date{}.Left(now)
	if short := (expiry.Date{}).Short(now); status != "unknown" || text.In(i18n.English) != "date not known" ||
		short.In(i18n.English) != "unknown" {
		t.Errorf("without a date: %s %q %q", status, text.In(i18n.English), short.In(i18n.English))
	}
}

func TestDatesNameTheBaseTokenOnlyWhereTheBaseKeepsIt(t *testing.T) {
	t.Parallel()
	b, err := openfire.ParseBase("mabase")
	if err != nil {
		t.Fatal(err)
	}
	issued := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for version, want := range map[string]string{
		"10.0": "access_token 2026-11-01 refresh_token 2027-01-30 base_refresh_token 2027-01-31 client_secret 2028-11-22 ",
		"16.0": "access_token 2026-11-01 refresh_token 2027-01-30 client_secret 2028-11-22 ",
	} {
		f := tokenfile.New(b, version)
		f.SetMailbox("compta@client.fr", false)
		f.Mail.Access, f.Mail.Expiration = secret.New("token"), issued.Add(time.Hour).Unix()
		f.Azure = tokenfile.Azure{RefreshIssued: issued, BaseRefreshIssued: issued.Add(24 * time.Hour),
			SecretExpires: "2028-11-22"}
		got := ""
		for _, e := range expiry.Dates(f, tokens.Learned{}) {
			got += e.Key + " " + e.At.UTC().Format(time.DateOnly) + " "
		}
		if got != want {
			t.Errorf("Odoo %s: %s", version, got)
		}
	}
}
