package realtest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"text/template"
	"time"
)

// mail is one Postfix and one Dovecot with folders and ports of their own. The
// submission ports differ in what is wrong with them.
type mail struct {
	Dir           string
	CA            *authority
	Introspection string // the provider's, with the application's credentials

	SMTP, SMTPExpired, SMTPStranger, SMTPPlain, IMAP, IMAPS int // ports
	Auth                                                    int // Dovecot's for Postfix
}

// startMail starts both and waits until they answer.
func startMail(t *testing.T, p *provider) *mail {
	t.Helper()
	// Not t.TempDir: the servers run under accounts of their own, which must
	// reach their folders.
	dir, err := os.MkdirTemp("", "realmail")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	m := &mail{Dir: dir, CA: newAuthority(t, dir), Introspection: strings.Replace(p.url, "http://", "http://"+clientID+":"+strings.ReplaceAll(secret, "~", "%7E")+"@", 1) + "/" + tenantID + "/v2.0/oauth/introspect"}
	ports(t, &m.SMTP, &m.SMTPExpired, &m.SMTPStranger, &m.SMTPPlain, &m.IMAP, &m.IMAPS, &m.Auth)
	m.CA.issue(t, "good", 24*time.Hour)
	m.CA.issue(t, "expired", -time.Hour)
	newAuthority(t, filepath.Join(dir, "stranger")).issue(t, "stranger", 24*time.Hour)
	if err := os.MkdirAll(filepath.Join(dir, "mail"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(filepath.Join(dir, "mail"), 8, 8); err != nil { // Debian's account "mail"
		t.Fatal(err)
	}
	for name, text := range configuration {
		var b strings.Builder
		if err := template.Must(template.New(name).Parse(text)).Execute(&b, m); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), b.String())
	}
	t.Cleanup(func() { m.stop(t) })
	for _, folder := range []string{"spool", "data"} {
		run(t, "install", "-d", "-o", "postfix", filepath.Join(dir, folder))
	}
	run(t, "dovecot", "-c", filepath.Join(dir, "dovecot.conf"))
	run(t, "postfix", "-c", filepath.Join(dir, "postfix"), "start")
	for _, port := range []int{m.SMTP, m.SMTPExpired, m.SMTPStranger, m.SMTPPlain, m.IMAP, m.IMAPS} {
		answers(t, port)
	}
	return m
}

func (m *mail) stop(t *testing.T) {
	if t.Failed() {
		for _, name := range []string{"postfix.log", "dovecot.log"} {
			text, _ := os.ReadFile(filepath.Join(m.Dir, name))
			t.Logf("%s:\n%s", name, text)
		}
	}
	_ = exec.Command("postfix", "-c", filepath.Join(m.Dir, "postfix"), "stop").Run()
	_ = exec.Command("doveadm", "-c", filepath.Join(m.Dir, "dovecot.conf"), "stop").Run()
	_ = os.RemoveAll(m.Dir)
}

// delivered are the messages in the mailbox's Maildir that hold text.
func (m *mail) delivered(t *testing.T, box, text string) int {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(m.Dir, "mail", box, "[nc]*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range files {
		if body, err := os.ReadFile(f); err == nil && strings.Contains(string(body), text) {
			n++
		}
	}
	return n
}

// ports finds free ports of the loopback address.
func ports(t *testing.T, to ...*int) {
	t.Helper()
	for _, p := range to {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		*p = l.Addr().(*net.TCPAddr).Port
	}
}

// answers waits until somebody listens on the port.
func answers(t *testing.T, port int) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		c, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), time.Second)
		if err == nil {
			_ = c.Close()
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("nobody answers on port %d", port)
}

// run runs a command to its end. Its output goes to a file: what it leaves
// running would hold a pipe open.
func run(t *testing.T, name string, args ...string) {
	t.Helper()
	out, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		t.Fatalf("%s %v: %v\n%s", name, args, err, said)
	}
}

// configuration is each file of the two servers. Microsoft's own words cannot be
// had from them; what they share with Exchange is the protocol.
var configuration = map[string]string{
	"postfix/main.cf": `compatibility_level = 3.6
queue_directory = {{.Dir}}/spool
data_directory = {{.Dir}}/data
maillog_file = {{.Dir}}/postfix.log
maillog_file_prefixes = {{.Dir}}
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = localhost.localdomain
mydestination =
alias_maps =
virtual_mailbox_domains = client.fr
virtual_transport = lmtp:unix:{{.Dir}}/lmtp
smtpd_tls_security_level = may
smtpd_tls_chain_files = {{.Dir}}/good.pem
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{{.Auth}}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_sender_login_maps = inline:{ {compta@client.fr = compta@client.fr}, {anna@client.fr = anna@client.fr} }
smtpd_sender_restrictions = reject_sender_login_mismatch
`,
	"postfix/master.cf": `127.0.0.1:{{.SMTP}} inet n - n - - smtpd
127.0.0.1:{{.SMTPExpired}} inet n - n - - smtpd -o smtpd_tls_chain_files={{.Dir}}/expired.pem
127.0.0.1:{{.SMTPStranger}} inet n - n - - smtpd -o smtpd_tls_chain_files={{.Dir}}/stranger/stranger.pem
127.0.0.1:{{.SMTPPlain}} inet n - n - - smtpd -o smtpd_tls_security_level=none
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`,
	"dovecot.conf": `base_dir = {{.Dir}}/run
state_dir = {{.Dir}}/state
log_path = {{.Dir}}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = required
ssl_cert = <{{.Dir}}/good.pem
ssl_key = <{{.Dir}}/good.pem
first_valid_uid = 8
mail_location = maildir:{{.Dir}}/mail/%u
auth_mechanisms = xoauth2 oauthbearer
auth_failure_delay = 0
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {{.Dir}}/oauth2.conf
}
userdb {
  driver = static
  args = allow_all_users=yes uid=8 gid=8 home={{.Dir}}/mail/%u
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth {
  inet_listener {
    address = 127.0.0.1
    port = {{.Auth}}
  }
}
service imap-login {
  inet_listener imap {
    port = {{.IMAP}}
  }
  inet_listener imaps {
    port = {{.IMAPS}}
    ssl = yes
  }
}
service lmtp {
  unix_listener {{.Dir}}/lmtp {
    mode = 0666
  }
}
protocol lmtp {
  auth_username_format = %Lu
}
`,
	"oauth2.conf": `introspection_mode = post
introspection_url = {{.Introspection}}
username_attribute = username
active_attribute = active
active_value = true
force_introspection = yes
`,
}
