package main

import (
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// renewals returns the number of token requests.
func (b *bench) renewals() (n int) {
	for _, r := range b.box.Requests() {
		if r.Method == "POST" && strings.HasSuffix(r.Path, "/oauth2/v2.0/token") && r.Form.Get("grant_type") == "refresh_token" {
			n++
		}
	}
	return n
}

// TestRefusedTokenIsRefreshedOnce checks that an access token that Exchange refuses
// before it expires is renewed, saved and tried once more, unless it was renewed just
// before.
func TestRefusedTokenIsRefreshedOnce(t *testing.T) {
	t.Parallel()
	for mailbox, want := range map[string]problem.Exit{"compta@client.fr": problem.OK, "535-5.7.3@client.fr": problem.Mail} {
		b := newBench(t)
		b.connected(mailbox, func(f *tokenfile.File) {
			lasting(f)
			f.Mail.Access = secret.New("ended-by-the-clock-of-exchange")
			f.Azure.RefreshIssued = time.Now().Add(-time.Hour)
		})
		lines, code := b.checked("--send", mailbox)
		if blocks := 2; code != want || b.renewals() != blocks {
			t.Errorf("%s: exit %d, %d renewals, %v", mailbox, code, b.renewals(), lines["smtp.auth"])
		}
		if n := len(b.box.Messages()); n != map[bool]int{true: 1}[want == problem.OK] {
			t.Errorf("%s: %d messages", mailbox, n)
		}
		if _, again := b.checked(); again != want || b.renewals() != 2 {
			t.Errorf("%s, once more: exit %d, %d renewals", mailbox, again, b.renewals())
		}
	}
}
