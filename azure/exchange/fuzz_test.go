package exchange

import (
	"bytes"
	"errors"
	"net"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// recording is a connection that returns fixed replies, whatever is sent.
type recording struct{ *bytes.Reader }

func (recording) Write(b []byte) (int, error)      { return len(b), nil }
func (recording) Close() error                     { return nil }
func (recording) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (recording) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (recording) SetDeadline(time.Time) error      { return nil }
func (recording) SetReadDeadline(time.Time) error  { return nil }
func (recording) SetWriteDeadline(time.Time) error { return nil }

func speaks(text string) *limitedConn {
	return &limitedConn{Conn: recording{bytes.NewReader([]byte(text))}}
}

// told checks that a refusal is printable, short, and in the catalogue.
func told(t *testing.T, err error) {
	t.Helper()
	var refused *Error
	if !errors.As(err, &refused) {
		return
	}
	reply := refused.Reply()
	if reply != sanitize.Text(reply) || strings.Contains(reply, "\n") || len(reply) > 16*sanitize.MaxText {
		t.Errorf("%+q is not printable", reply)
	}
	if fault := refused.Fault(); fault.ID == "" || fault.What.IsZero() || fault.Exit() == 0 {
		t.Errorf("%+q has no fault: %+v", reply, fault)
	}
}

// FuzzSMTPReply reads all replies of a connection.
func FuzzSMTPReply(f *testing.F) {
	for _, s := range []string{"220 x\r\n250-x\r\n250 AUTH XOAUTH2\r\n334 \r\n535 5.7.139 Authentication unsuccessful\r\n", "554 5.2.252 SendAsDenied; \x1b[2J not allowed\r\n", "220 x\r\n250 AUTH XOAUTH2\r\n235 ok\r\n454-4.7.0 a\r\n454 4.7.0 b\r\n", "220", "999 x\r\n", "-1 x\r\n", "421 4.3.2 \xff\r\n", "220-\n220 x\n500 \n250 x\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := smtp.NewClient(speaks(text), "mail.example.org")
		if err == nil {
			err = c.Hello(helloName)
		}
		if err == nil {
			auth := &xoauth2{address: "compta@client.fr", token: secret.New("CANARY")}
			err = c.Auth(auth)
			if err == nil && !auth.sent {
				t.Error("signed in without a token")
			}
			if err = auth.explain(smtpError(StageAuth, err)); err == nil {
				err = smtpError(StageSend, c.Mail("compta@client.fr"))
			}
		}
		told(t, smtpError(StageAuth, err))
	})
}

// FuzzIMAPReply reads all replies of a connection, those before TLS first.
func FuzzIMAPReply(f *testing.F) {
	for _, s := range []string{"* OK ready\r\n+ \r\n+ e30=\r\na1 NO AUTHENTICATE failed.\r\n", "* OK x\r\n+ \r\na1 OK x\r\n* 0 EXISTS\r\na2 OK [READ-ONLY] x\r\n* SEARCH 4\r\na3 OK x\r\n", "* BYE \x1b[2J too many\r\n", "* BYE [UNAVAILABLE] later\r\n", "* PREAUTH x\r\n", "* OK\r\na1 BAD {5}\r\nhello\r\n", "* OK x\na1 NO [X] \xff\r\n", "* CAPABILITY IMAP4rev1 (\r\n", "{99999999999}\r\n", "* OK x\r\n* 1 FETCH ((((((((\r\n", "* ok x\r\n+ %\r\n", "\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d := &imapConn{conn: speaks(text)}
		err := d.readGreeting()
		if err == nil {
			err = d.command("STARTTLS", nil)
		}
		told(t, err)
		auth := &xoauth2{address: "compta@client.fr", token: secret.New("CANARY")}
		d = &imapConn{conn: speaks(text), stage: StageAuth}
		if err = d.readGreeting(); err == nil {
			err = d.authenticate(auth)
		}
		if err == nil && !auth.sent {
			t.Error("signed in without a token")
		}
		if err == nil {
			err = d.command("EXAMINE INBOX", nil)
		}
		if err == nil {
			_, err = d.search("x@client.fr")
		}
		if known, _ := Problem(err, "x"); err != nil && known == nil && !errors.As(err, new(*Error)) {
			t.Errorf("%T %v is not explained", err, err)
		}
		told(t, err)
	})
}
