package check

import (
	"slices"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// Link is one of the four stations of a message's way, with its verdict.
type Link struct {
	Title  i18n.Text
	Status Status // Unknown where nobody came, or nothing could be told
	Checks []Result
}

// Links sorts results into the stations from the base to the mailbox. A
// station is as bad as its worst check; it is good only when the checks that
// prove it are, so that what was not looked at never looks well.
func Links(results []Result) []Link {
	links := []Link{
		{Title: i18n.T("OpenFire base")},
		{Title: i18n.T("Microsoft Entra")},
		{Title: i18n.T("Exchange Online")},
		{Title: i18n.T("Mailbox")},
	}
	proofs := [][]ID{{BaseModule}, {EntraTenant, TokenRefresh}, {SMTPTLS}, {SMTPAuth}}
	for _, r := range results {
		i := station(r.ID)
		links[i].Checks = append(links[i].Checks, r)
	}
	for i := range links {
		links[i].Status = links[i].verdict(proofs[i])
	}
	return links
}

// station is the index of a check's link.
func station(id ID) int {
	area, _, _ := strings.Cut(string(id), ".")
	switch {
	case area == "host" || area == "base":
		return 0
	case area == "entra" || area == "token":
		return 1
	case id == SMTPConnect || id == SMTPTLS:
		return 2
	}
	return 3
}

func (l Link) verdict(proofs []ID) Status {
	proved, worst := 0, OK
	for _, r := range l.Checks {
		switch {
		case r.Status == Failed:
			return Failed
		case r.Status == Warning:
			worst = Warning
		}
		if slices.Contains(proofs, r.ID) && (r.Status == OK || r.Status == Warning) {
			proved++
		}
	}
	if proved < len(proofs) {
		return Unknown
	}
	return worst
}

// End is something that runs out.
type End struct {
	Key   string // for machines
	Title i18n.Text
	At    time.Time     // zero when not known
	Life  time.Duration // how long it is good for when it is new
	Soon  time.Duration // how long before its end somebody should look; 0 for what is renewed by itself
}

// Ends are what a token file holds that runs out, the shortest lived first.
func Ends(f tokenfile.File) []End {
	ends := []End{
		{Key: "access_token", Title: i18n.T("Access token"), Life: time.Hour},
		{Key: "refresh_token", Title: i18n.T("Refresh token"), Life: TokenLife, Soon: TokenLife - TokenOld},
		{Key: "client_secret", Title: i18n.T("Client secret"), Life: 2 * 365 * 24 * time.Hour, Soon: RenewWithin},
	}
	if !f.Mail.Access.Empty() && f.Mail.Expiration > 0 {
		ends[0].At = f.Mail.Due()
	}
	if issued := f.Azure.RefreshIssued; !issued.IsZero() {
		ends[1].At = issued.Add(TokenLife)
	}
	if end, err := time.Parse(time.DateOnly, f.Azure.SecretExpires); err == nil {
		ends[2].At = end
	}
	if issued := f.Azure.BaseRefreshIssued; !issued.IsZero() && !f.Features().Has(openfire.StoresRotatedToken) { // it keeps the one it got
		ends = slices.Insert(ends, 2, End{Key: "base_refresh_token", Title: i18n.T("The base's refresh token"),
			At: issued.Add(TokenLife), Life: TokenLife, Soon: TokenLife - TokenOld})
	}
	return ends
}

// Left says how an end stands now, and what part of the life is left, 0 to 1.
func (e End) Left(now time.Time) (Status, i18n.Text, float64) {
	left := e.At.Sub(now)
	part := min(1, max(0, float64(left)/float64(e.Life)))
	switch {
	case e.At.IsZero():
		return Unknown, i18n.T("date not known"), 0
	case left <= 0 && e.Soon == 0:
		return Unknown, i18n.T("due: the base and \"token refresh\" renew it"), 0
	case left <= 0:
		return Failed, i18n.T("ended on %s", Day(e.At)), 0
	case left < 48*time.Hour:
		status := OK
		if e.Soon > 0 {
			status = Warning
		}
		return status, i18n.T("%s left, until %s UTC", span(left), e.At.UTC().Format("15:04")), part
	case left < e.Soon:
		return Warning, i18n.T("%s left, until %s", days(left), Day(e.At)), part
	}
	return OK, i18n.T("%s left, until %s", days(left), Day(e.At)), part
}

// span says less than two days.
func span(d time.Duration) i18n.Text {
	if d < 2*time.Hour {
		return minutes(d)
	}
	return i18n.T("%d h", int(d/time.Hour))
}
