// Package expiry computes when the tokens and the client secret of a token file
// expire, and formats dates and durations for people.
package expiry

import (
	"slices"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
)

// A refresh token lives TokenLife, 90 days from its issue
// (learn.microsoft.com/entra/identity-platform/refresh-tokens). After TokenOld,
// two thirds of that, the checks warn. RenewWithin is how long before its
// expiry they warn of a client secret.
const (
	TokenLife   = 90 * 24 * time.Hour
	TokenOld    = 60 * 24 * time.Hour
	RenewWithin = 60 * 24 * time.Hour
)

// Date is when a token or secret of a token file expires.
type Date struct {
	Key   string // for machines
	Title i18n.Text
	At    time.Time     // zero when not known
	Life  time.Duration // from its issue to At
	Soon  time.Duration // how long before At to warn; 0 for what is renewed by itself
	Dead  bool          // no longer valid, whatever At says
}

// Dates returns the expiry dates of a token file of which that was learned, the
// shortest lived first.
func Dates(f tokenfile.File, learned tokens.Learned) []Date {
	all := []Date{
		{Key: "access_token", Title: i18n.T("Access token"), Life: time.Hour},
		{Key: "refresh_token", Title: i18n.T("Refresh token"), Life: TokenLife, Soon: TokenLife - TokenOld,
			Dead: learned.Dead},
		{Key: "client_secret", Title: i18n.T("Client secret"), Life: 2 * 365 * 24 * time.Hour, Soon: RenewWithin},
	}
	if !f.Mail.Access.Empty() && f.Mail.Expiration > 0 {
		all[0].At = f.Mail.Due()
	}
	if issued := f.Azure.RefreshIssued; !issued.IsZero() {
		all[1].At = issued.Add(TokenLife)
	}
	if end, err := time.Parse(time.DateOnly, f.Azure.SecretExpires); err == nil {
		all[2].At = end
	}
	// A base before Odoo 14 keeps the refresh token that it was given.
	if issued := f.Azure.BaseRefreshIssued; !issued.IsZero() && !f.Features().Has(openfire.StoresRotatedToken) {
		all = slices.Insert(all, 2, Date{Key: "base_refresh_token", Title: i18n.T("Refresh token in the base"),
			At: issued.Add(TokenLife), Life: TokenLife, Soon: TokenLife - TokenOld})
	}
	return all
}

// Short returns the expiry date or the remaining time in a few words.
func (d Date) Short(now time.Time) i18n.Text {
	left := d.At.Sub(now)
	switch {
	case d.Dead:
		return i18n.T("no longer valid")
	case d.At.IsZero():
		return i18n.T("unknown")
	case left <= 0:
		return i18n.T("expired on %s", Day(d.At))
	case left < 48*time.Hour:
		return i18n.T("%d h %02d min left", int(left.Hours()), int(left.Minutes())%60)
	}
	return i18n.T("until %s", Day(d.At))
}

// Left returns the remaining time, the fraction of the lifetime that is left, 0 to
// 1, and a state in the words of check.Status: ok, warning, failed for what has
// expired, and unknown.
func (d Date) Left(now time.Time) (state string, text i18n.Text, part float64) {
	left := d.At.Sub(now)
	state = "ok"
	if d.Soon > 0 && left < max(d.Soon, 48*time.Hour) {
		state = "warning"
	}
	switch {
	case d.Dead:
		return "failed", d.Short(now), 0
	case d.At.IsZero():
		return "unknown", i18n.T("date not known"), 0
	case left <= 0 && d.Soon == 0:
		return "unknown", i18n.T("expired; the base and \"token refresh\" renew it"), 0
	case left <= 0:
		return "failed", d.Short(now), 0
	case left < 2*time.Hour:
		text = i18n.T("%s left, until %s UTC", Minutes(left), d.At.UTC().Format("15:04"))
	case left < 48*time.Hour:
		hours := i18n.T("%d h", int(left/time.Hour))
		text = i18n.T("%s left, until %s UTC", hours, d.At.UTC().Format("15:04"))
	default:
		text = i18n.T("%s left, until %s", Days(left), Day(d.At))
	}
	return state, text, min(1, float64(left)/float64(d.Life))
}

// Minutes formats a duration in minutes.
func Minutes(d time.Duration) i18n.Text {
	return i18n.T("%d min", int(d/time.Minute))
}

// Days formats a duration in days.
func Days(d time.Duration) i18n.Text {
	n := int(d / (24 * time.Hour))
	return i18n.N("%d day", "%d days", n, n)
}

var months = [...]i18n.Text{i18n.T("January"), i18n.T("February"), i18n.T("March"), i18n.T("April"), i18n.T("May"),
	i18n.T("June"), i18n.T("July"), i18n.T("August"), i18n.T("September"), i18n.T("October"), i18n.T("November"),
	i18n.T("December")}

// Day formats a date for people: 23 novembre 2026, 23 November 2026.
func Day(t time.Time) i18n.Text {
	month := months[t.Month()-1]
	if t.Day() == 1 {
		return i18n.T("1 %s %d", month, t.Year())
	}
	return i18n.T("%d %s %d", t.Day(), month, t.Year())
}
