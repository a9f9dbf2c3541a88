package realtest

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// TestMailEndToEnd runs setup, verify and refresh with a real provider and real
// mail servers. Each message must be in the Maildir, and curl must find it by
// IMAP with the token of the file.
func TestMailEndToEnd(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	m := startMail(t, p)
	for _, way := range []struct{ name, box, smtp, imap, log string }{
		{"starttls", mailbox, fmt.Sprintf("localhost:%d", m.SMTP), fmt.Sprintf("localhost:%d", m.IMAP), "submission"},
		{"implicit-tls", sender, fmt.Sprintf("smtps://localhost:%d", m.SMTPS), fmt.Sprintf("imaps://localhost:%d", m.IMAPS), "implicit"},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			c := newChain(t, p, m)
			c.cloud["smtp"], c.cloud["imap"] = way.smtp, way.imap
			code, said := c.setup(way.box, "--mailbox", way.box, "--incoming", "yes")
			if code != 0 || !strings.Contains(said, "the test message has arrived") {
				t.Fatalf("setup: exit %d\n%s", code, said)
			}
			c.arrived(1)
			c.verified()
			c.arrived(2)
			c.rotated()
			c.verified()
			c.arrived(3)
			m.logged(t, "postfix", way.log+"/smtpd", "disconnect from", "auth=1") // the log of a refusal must not contain this
		})
	}
}

// verified runs verify with a message to the mailbox itself; every check must
// pass.
func (c *chain) verified() {
	c.t.Helper()
	box := c.file().Mailbox()
	code, lines := c.lines("verify", "mabase", "--send", box)
	for _, id := range []string{"entra.tenant", "entra.app", "entra.secret", "entra.redirect", "token.refresh", "smtp.tls", "smtp.auth", "smtp.send", "imap.auth", "mail.arrival"} {
		if l := find(lines, id); code != 0 || l.Status != "ok" {
			c.t.Errorf("verify: exit %d, %s: %+v", code, id, l)
		}
	}
}

// arrived checks that so many test messages are in the Maildir, and each by
// IMAP.
func (c *chain) arrived(n int) {
	c.t.Helper()
	f := c.file()
	ids := c.m.delivered(c.t, f.Mailbox())
	if len(ids) != n {
		c.t.Errorf("%d messages in the Maildir, not %d", len(ids), n)
	}
	for _, id := range ids {
		curl := exec.Command("curl", "-sS", "-K", "-", "--cacert", c.m.CA.file,
			fmt.Sprintf("imaps://localhost:%d/INBOX?%s", c.m.IMAPS, strings.ReplaceAll(url.QueryEscape(`HEADER Message-ID "`+id+`"`), "+", "%20")))
		curl.Stdin = strings.NewReader(fmt.Sprintf("user = %q\noauth2-bearer = %q\nlogin-options = AUTH=XOAUTH2\n", f.Mailbox()+":", f.Fetch.Access.Reveal()))
		out, err := curl.CombinedOutput()
		if found := strings.Fields(string(out)); err != nil || len(found) != 3 || found[1] != "SEARCH" {
			c.t.Errorf("curl does not find %s: %v\n%s", id, err, out)
		}
	}
}

// rotated checks that a due token is refreshed: the provider must accept the
// new refresh token of the file and refuse the old one.
func (c *chain) rotated() {
	c.t.Helper()
	old := c.file()
	if code, said := c.run("token", "refresh", "mabase", "--margin", "1m"); code != 0 || said != "" || !bytes.Equal(c.bytes(), encode(c, old)) {
		c.t.Errorf("nothing is due: exit %d\n%s", code, said)
	}
	c.edit(func(f *tokenfile.File) { expire(f, 10*time.Second) })
	if code, said := c.run("token", "refresh", "mabase", "--margin", "1m"); code != 0 || said != "" {
		c.t.Errorf("refresh: exit %d\n%s", code, said)
	}
	fresh := c.file()
	for _, b := range fresh.Blocks() {
		was := old.Mail.Tokens
		if b.Incoming {
			was = old.Fetch.Tokens
		}
		if b.Tokens.Refresh.Reveal() == was.Refresh.Reveal() || b.Tokens.Access.Reveal() == was.Access.Reveal() || b.Tokens.Left(time.Now()) < 4*time.Minute {
			c.t.Errorf("not renewed: incoming %v", b.Incoming)
		}
	}
	if status := c.renew(old.Mail.Refresh.Reveal()); status != http.StatusBadRequest {
		c.t.Errorf("the provider answers %d to the old refresh token", status)
	}
}

// renew redeems a refresh token at the provider, without the program.
func (c *chain) renew(refresh string) int {
	c.t.Helper()
	res, err := http.PostForm(c.p.url+"/common/oauth2/v2.0/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {clientID}, "client_secret": {clientSecret}})
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

func encode(c *chain, f tokenfile.File) []byte {
	c.t.Helper()
	data, err := f.Encode()
	if err != nil {
		c.t.Fatal(err)
	}
	return slices.Clone(data)
}
