package realtest

import (
	"io/fs"
	"net"
	netmail "net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template"
	"time"
)

// mail is a Postfix and a Dovecot with their own folders and ports. The simulated fault
// depends on Postfix's port and on Dovecot's address. Their messages differ from
// Exchange's.
type mail struct {
	Dir           string
	CA            *authority
	Introspection string // the provider's, with the application's credentials

	SMTP, SMTPS, SMTPExpired, SMTPStranger, SMTPPlain, SMTPNoAuth, SMTPDefers, IMAP, IMAPS int // ports

	Auth int // Dovecot's port for Postfix
}

// startMail starts both and waits until they answer.
func startMail(t *testing.T, p *provider) *mail {
	t.Helper()
	// Not t.TempDir: the servers run under their own accounts, which must be able to
	// reach their folders.
	dir, err := os.MkdirTemp("", "realmail")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	m := &mail{Dir: dir, CA: newAuthority(t, dir), Introspection: strings.Replace(p.url, "http://", "http://"+clientID+":"+strings.ReplaceAll(clientSecret, "~", "%7E")+"@", 1) + "/" + tenantID + "/v2.0/oauth/introspect"}
	ports(t, &m.SMTP, &m.SMTPS, &m.SMTPExpired, &m.SMTPStranger, &m.SMTPPlain, &m.SMTPNoAuth, &m.SMTPDefers, &m.IMAP, &m.IMAPS, &m.Auth)
	m.CA.issue(t, "good", 24*time.Hour)
	m.CA.issue(t, "expired", -time.Hour)
	newAuthority(t, filepath.Join(dir, "stranger")).issue(t, "stranger", 24*time.Hour)
	if err := os.MkdirAll(filepath.Join(dir, "mail"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(filepath.Join(dir, "mail"), 8, 8); err != nil { // Debian's account "mail"
		t.Fatal(err)
	}
	m.configure(t)
	t.Cleanup(func() { m.stop(t) })
	for _, folder := range []string{"spool", "data"} {
		run(t, "install", "-d", "-o", "postfix", filepath.Join(dir, folder))
	}
	run(t, "dovecot", "-c", filepath.Join(dir, "dovecot.conf"))
	run(t, "postfix", "-c", filepath.Join(dir, "postfix"), "start")
	for _, port := range []int{m.SMTP, m.SMTPS, m.SMTPExpired, m.SMTPStranger, m.SMTPPlain, m.SMTPNoAuth, m.SMTPDefers, m.IMAP, m.IMAPS} {
		answers(t, port)
	}
	return m
}

// configure writes the configuration files of the servers.
func (m *mail) configure(t *testing.T) {
	t.Helper()
	forms := os.DirFS(filepath.Join("testdata", "mail"))
	for _, pattern := range []string{"*", "postfix/*"} {
		names, err := fs.Glob(forms, pattern+".c*f")
		if err != nil || len(names) == 0 {
			t.Fatal(pattern, err)
		}
		for _, name := range names {
			var b strings.Builder
			if err := template.Must(template.ParseFS(forms, name)).Execute(&b, m); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(m.Dir, name), b.String())
		}
	}
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

// log returns the lines of a server's log that contain all the texts.
func (m *mail) log(t *testing.T, server string, texts ...string) (lines []string) {
	t.Helper()
	all, err := os.ReadFile(filepath.Join(m.Dir, server+".log"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(all)) {
		if !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(line, text) }) {
			lines = append(lines, line)
		}
	}
	return lines
}

// logged waits for such a line.
func (m *mail) logged(t *testing.T, server string, texts ...string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if len(m.log(t, server, texts...)) > 0 {
			return
		}
	}
	t.Errorf("no %q in the log of %s", texts, server)
}

// delivered returns the Message-IDs in the mailbox's Maildir.
func (m *mail) delivered(t *testing.T, box string) (ids []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(m.Dir, "mail", box, "[nc]*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		msg, err := netmail.ReadMessage(f)
		if err != nil || !strings.Contains(msg.Header.Get("Subject"), "OpenFire: test message") {
			t.Fatalf("%s: %v", name, err)
		}
		ids = append(ids, msg.Header.Get("Message-Id"))
	}
	return ids
}

// ports returns free ports of the loopback address.
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

// answers waits until a server listens on the port.
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
	t.Fatalf("no server listens on port %d", port)
}

// run runs a command to its end. Its output goes to a file, as a daemon that it
// starts would keep a pipe open.
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
