package realtest

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// copy returns a chain with the same token file, whose access tokens are not due.
func (c *chain) copy(t *testing.T) *chain {
	t.Helper()
	other := newChain(t, c.p, c.m)
	if err := os.Mkdir(other.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other.path(), c.bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	other.edit(func(f *tokenfile.File) { expire(f, time.Hour) })
	return other
}

// connected are two connected mailboxes: compta's chain and anna's.
func connected(t *testing.T, p *provider, m *mail) (compta, anna *chain) {
	t.Helper()
	compta, anna = newChain(t, p, m), newChain(t, p, m)
	for box, c := range map[string]*chain{mailbox: compta, sender: anna} {
		if code, said := c.setup(box, "--mailbox", box, "--incoming", "yes"); code != 0 {
			t.Fatalf("setup: exit %d\n%s", code, said)
		}
	}
	return compta, anna
}

// brokenMail is a mail server with one fault.
type brokenMail struct {
	name       string
	smtp, imap string // instead of the good ones
	token      secret.String
	incoming   bool // token is for IMAP
	exit       int
	check      string // the first that fails
	fault, do  string // its catalogue entry; what its remedy says
	detail     string // the server's own words that are passed on
	log, in    string // the server's log: lines of this port or address contain in, and none is about a sign-in
}

func brokenMails(m *mail, compta, anna tokenfile.File) []brokenMail {
	local := func(port int) string { return fmt.Sprintf("localhost:%d", port) }
	imap := func(host string) string { return fmt.Sprintf("imaps://%s:%d", host, m.IMAPS) }
	const nothing, expired, order, tick, later = "No secret was sent", "renewed the certificate", "the user name of the outgoing mail server is the sign-in name", "select IMAP", "Have the firewall"
	garbage := secret.New("not-a-token")
	return []brokenMail{
		{name: "smtp-unknown-authority", smtp: local(m.SMTPStranger), exit: 13, check: "smtp.tls", do: nothing, log: "postfix", in: "stranger/smtpd"},
		{name: "smtp-expired", smtp: local(m.SMTPExpired), exit: 13, check: "smtp.tls", do: expired, log: "postfix", in: "expired/smtpd"},
		{name: "smtp-no-starttls", smtp: local(m.SMTPPlain), exit: 13, check: "smtp.tls", do: nothing, log: "postfix", in: "plain/smtpd"},
		{name: "smtp-no-xoauth2", smtp: local(m.SMTPNoAuth), exit: 12, check: "smtp.auth", do: "Authenticated SMTP is turned on", log: "postfix", in: "noauth/smtpd"},
		{name: "smtp-defers", smtp: local(m.SMTPDefers), exit: 75, check: "smtp.send", fault: "mail-temporary", do: "in a few minutes"},
		{name: "smtp-port-closed", smtp: local(closed), exit: 75, check: "host.network", do: later},
		{name: "smtp-wrong-token", token: garbage, exit: 12, check: "smtp.auth", fault: "535-5.7.3", do: order, detail: "535 5.7.8 Error: authentication failed"},
		{name: "smtp-wrong-scope", token: compta.Fetch.Access, exit: 12, check: "smtp.auth", fault: "535-5.7.3", do: order, detail: "535 5.7.8 Error: authentication failed"},
		{name: "smtp-other-account", token: anna.Mail.Access, exit: 12, check: "smtp.auth", fault: "535-5.7.3", do: order, detail: "535 5.7.8 Error: authentication failed"},
		{name: "imap-unknown-authority", imap: imap("127.0.0.3"), exit: 13, check: "imap.auth", do: nothing, log: "dovecot", in: "lip=127.0.0.3"},
		{name: "imap-expired", imap: imap("127.0.0.2"), exit: 13, check: "imap.auth", do: expired, log: "dovecot", in: "lip=127.0.0.2"},
		{name: "imap-no-starttls", imap: fmt.Sprintf("127.0.0.4:%d", m.IMAP), exit: 13, check: "imap.auth", do: nothing, log: "dovecot", in: "lip=127.0.0.4"},
		{name: "imap-port-closed", imap: local(closed), exit: 75, check: "imap.auth", do: later},
		{name: "imap-wrong-token", token: garbage, incoming: true, exit: 12, check: "imap.auth", fault: "imap-authenticate-failed", do: tick, detail: "Authentication failed"},
		{name: "imap-wrong-token-starttls", imap: local(m.IMAP), token: garbage, incoming: true, exit: 12, check: "imap.auth", fault: "imap-authenticate-failed", do: tick, detail: "Authentication failed"},
		{name: "imap-wrong-scope", token: compta.Mail.Access, incoming: true, exit: 12, check: "imap.auth", fault: "imap-authenticate-failed", do: tick, detail: "Authentication failed"},
		{name: "imap-other-account", token: anna.Fetch.Access, incoming: true, exit: 12, check: "imap.auth", fault: "imap-authenticate-failed", do: tick, detail: "Authentication failed"},
	}
}

// closed is a port without a server: tcpmux, which needs root and is no longer used.
const closed = 1

// TestMailRefusals checks what verify reports of each mail server with a fault.
// It must not change the token file nor send secrets on an insecure connection.
func TestMailRefusals(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	m := startMail(t, p)
	compta, anna := connected(t, p, m)
	for _, b := range brokenMails(m, compta.file(), anna.file()) {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			compta.copy(t).refuses(b)
		})
	}
}

func (c *chain) refuses(b brokenMail) {
	c.t.Helper()
	for key, server := range map[string]string{"smtp": b.smtp, "imap": b.imap} {
		if server != "" {
			c.cloud[key] = server
		}
	}
	c.edit(func(f *tokenfile.File) {
		if !b.token.Empty() && b.incoming {
			f.Fetch.Access = b.token
		} else if !b.token.Empty() {
			f.Mail.Access = b.token
		}
	})
	before := c.bytes()
	code, lines := c.lines("verify", "mabase", "--send", mailbox)
	l := find(lines, b.check)
	if code != b.exit || l.Status != "failed" || l.Exit != b.exit || l.Fault != b.fault || !strings.Contains(l.Detail, b.detail) || !strings.Contains(l.Do, b.do) {
		c.t.Errorf("exit %d, %s: %+v", code, b.check, l)
	}
	for _, l := range lines {
		if l.Status == "failed" && l.ID != b.check {
			c.t.Errorf("a second alarm: %+v", l)
		}
	}
	if !bytes.Equal(c.bytes(), before) {
		c.t.Error("the token file has changed")
	}
	if b.log != "" {
		c.m.unsigned(c.t, b.log, b.in)
	}
}

// unsigned checks in the log that the program connected to this port or address
// and did not try to sign in.
func (m *mail) unsigned(t *testing.T, server, in string) {
	t.Helper()
	left := map[string]string{"postfix": "disconnect from", "dovecot": "user=<>"}[server]
	m.logged(t, server, in, left)
	for _, l := range m.log(t, server, in) {
		if strings.Contains(l, "auth=") || strings.Contains(l, "sasl") || strings.Contains(l, "method=") || server == "dovecot" && !strings.Contains(l, left) {
			t.Errorf("a sign-in: %s", l)
		}
	}
}

// TestMailSendAs checks that the tokens are kept when Postfix refuses another
// mailbox as sender, and that the message reaches no Maildir.
func TestMailSendAs(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	m := startMail(t, p)
	c := newChain(t, p, m)
	code, said := c.setup(mailbox, "--incoming", "yes", "--send-as", sender)
	if code != 12 || !strings.Contains(said, "Send as permissions") || !c.file().Complete() {
		t.Errorf("exit %d\n%s", code, said)
	}
	m.logged(t, "postfix", "553 5.7.1 <"+sender+">: Sender address rejected: not owned by user "+mailbox)
	if got := len(m.delivered(t, mailbox)); got != 1 {
		t.Errorf("%d messages in the Maildir, not the mailbox's own alone", got)
	}
}

// TestMailProvider checks the exit code and the remedy when a provider refuses
// or cannot answer. The token file must not change.
func TestMailProvider(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	m := startMail(t, p)
	compta, revoked := connected(t, p, m)
	p.revoke(t, revoked.file().Mail.Refresh.Reveal())
	stranger, asked := strangerProvider(t)
	for _, tc := range []struct {
		name, login, secret string
		of                  *chain
		exit                int
		cause, message      string
		check               string // of verify, the one that fails
	}{
		{name: "wrong-secret", secret: "Q8x~another-worthless-value-of-a-secret-00", of: compta, exit: 11, cause: "invalid_client", message: "Check the Application (client) ID and the client secret", check: "token.refresh"},
		{name: "revoked", of: revoked, exit: 10, cause: "invalid_grant", message: "to sign in again", check: "token.refresh"},
		{name: "down", of: compta, login: fmt.Sprintf("http://localhost:%d", closed), exit: 75, cause: "network", message: "Have the firewall", check: "host.network"},
		{name: "unknown-authority", of: compta, login: stranger, exit: 13, cause: "roots", message: "No secret was sent", check: "host.roots"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := tc.of.copy(t)
			if tc.login != "" {
				c.cloud["login"] = tc.login
			}
			c.edit(func(f *tokenfile.File) {
				expire(f, 0)
				if tc.secret != "" {
					f.Client.Secret = secret.New(tc.secret)
				}
			})
			before := c.bytes()
			for range 2 {
				code, lines := c.lines("token", "refresh", "mabase")
				if l := lines[0]; code != tc.exit || l.Code != tc.exit || l.Cause != tc.cause || !strings.Contains(l.Message, tc.message) {
					t.Errorf("exit %d: %+v", code, lines)
				}
			}
			code, lines := c.lines("verify", "mabase", "--send", mailbox)
			if l := find(lines, tc.check); code != tc.exit || l.Status != "failed" || l.Exit != tc.exit {
				t.Errorf("verify: exit %d: %+v", code, lines)
			}
			if !bytes.Equal(c.bytes(), before) {
				t.Error("the token file has changed")
			}
		})
	}
	t.Cleanup(func() {
		if n := asked.Load(); n != 0 {
			t.Errorf("a provider of an unknown authority got %d requests", n)
		}
	})
}

// strangerProvider answers with a certificate of an unknown authority, and
// counts the requests it receives all the same.
func strangerProvider(t *testing.T) (address string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(server.Close)
	return server.URL, asked
}

// TestMailSetup checks that a setup that the provider refuses exits with the right code
// and saves no token.
func TestMailSetup(t *testing.T) {
	t.Parallel()
	m := startMail(t, startProvider(t))
	for _, tc := range []struct {
		name, secret, withheld string
		exit                   int
		said                   string
	}{
		{name: "wrong-secret", secret: "Q8x~another-worthless-value-of-a-secret-00", exit: 11, said: "client secret"},
		{name: "scope-withheld", withheld: "https://outlook.office.com/SMTP.Send", exit: 11, said: "SMTP.Send"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := startProvider(t)
			p.storage.withheld = tc.withheld
			c := newChain(t, p, m)
			if tc.secret != "" {
				write(t, c.secret, tc.secret+"\n")
			}
			code, said := c.setup(mailbox, "--incoming", "yes")
			if code != tc.exit || !strings.Contains(said, tc.said) {
				t.Errorf("exit %d\n%s", code, said)
			}
			if f := c.file(); !f.Mail.Access.Empty() || !f.Mail.Refresh.Empty() {
				t.Error("tokens were kept")
			}
		})
	}
}

// TestMailStops stops servers between two runs and starts them again.
func TestMailStops(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	m := startMail(t, p)
	c, _ := connected(t, p, m)
	c = c.copy(t)
	before := c.bytes()
	check := func(exit int, failing string) {
		t.Helper()
		code, lines := c.lines("verify", "mabase", "--send", mailbox)
		if code != exit || failing != "" && find(lines, failing).Exit != exit {
			t.Errorf("exit %d, not %d at %s: %+v", code, exit, failing, lines)
		}
	}
	postfix, dovecot := filepath.Join(m.Dir, "postfix"), filepath.Join(m.Dir, "dovecot.conf")
	run(t, "doveadm", "-c", dovecot, "stop")
	silent(t, m.IMAPS)
	check(75, "imap.auth") // Postfix is still connected to Dovecot's sign-in
	run(t, "postfix", "-c", postfix, "reload")
	check(75, "smtp.tls") // without a connection, Postfix hangs up where it would offer the sign-in
	run(t, "postfix", "-c", postfix, "stop")
	silent(t, m.SMTP)
	check(75, "host.network")
	run(t, "dovecot", "-c", dovecot)
	run(t, "postfix", "-c", postfix, "start")
	answers(t, m.IMAPS)
	answers(t, m.SMTP)
	check(0, "")
	if !bytes.Equal(c.bytes(), before) {
		t.Error("the token file has changed")
	}
}

// silent waits until no server listens on the port.
func silent(t *testing.T, port int) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return
		}
		_ = c.Close()
	}
	t.Fatalf("a server still listens on port %d", port)
}
