package azure

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/wneessen/go-mail/smtp"

	"github.com/openfire-fr/openfire-o365/internal/guard"
)

// recording is a server that has said all it will say, whatever it is asked.
type recording struct{ *bytes.Reader }

func (recording) Write(b []byte) (int, error)      { return len(b), nil }
func (recording) Close() error                     { return nil }
func (recording) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (recording) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (recording) SetDeadline(time.Time) error      { return nil }
func (recording) SetReadDeadline(time.Time) error  { return nil }
func (recording) SetWriteDeadline(time.Time) error { return nil }

func speaks(text string) *wire { return &wire{Conn: recording{bytes.NewReader([]byte(text))}} }

// told wants a refusal to be fit to be shown, short, and in the catalogue.
func told(t *testing.T, err error) {
	t.Helper()
	var refused *MailError
	if !errors.As(err, &refused) {
		return
	}
	reply := refused.Reply()
	if reply != guard.Visible(reply) || strings.Contains(reply, "\n") || len(reply) > 16*guard.MaxText {
		t.Errorf("%+q reaches the screen", reply)
	}
	if fault := refused.Fault(); fault.ID == "" || fault.What.Empty() || fault.Exit == 0 {
		t.Errorf("%+q is no fault: %+v", reply, fault)
	}
}

// FuzzSMTPReply (G12): a whole conversation of a mail server.
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
			auth := &xoauth2{address: "compta@client.fr", token: guard.NewSecret("CANARY")}
			if err = c.Mail("compta@client.fr"); err != nil {
				err = auth.explain(smtpError(StageSend, err))
			}
		}
		told(t, smtpError(StageAuth, err))
	})
}

// FuzzIMAPReply (G12): a whole conversation, the line in the clear first.
func FuzzIMAPReply(f *testing.F) {
	for _, s := range []string{"* OK ready\r\n* CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR\r\nT1 OK done\r\n+ e30=\r\nT2 NO AUTHENTICATE failed.\r\n", "* BYE \x1b[2J too many\r\n", "* PREAUTH x\r\n", "* OK\r\nT1 BAD {5}\r\nhello\r\n", "* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR] x\r\nT1 NO [X] \xff\r\n", "{99999999999}\r\n", "* OK x\r\n* 1 FETCH ((((((((\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if line, err := textLine(speaks(text)); err == nil && strings.Contains(line, "\n") {
			t.Errorf("%q is one line", line)
		} else if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, ErrTooMuch) {
			t.Errorf("%T %v", err, err)
		}
		c := imapclient.New(speaks(text), nil)
		defer c.Close()
		err := c.WaitGreeting()
		if err == nil {
			auth := &xoauth2{address: "compta@client.fr", token: guard.NewSecret("CANARY")}
			err = signInIMAP(c, auth)
			err = imapError(StageAuth, err)
		}
		told(t, imapError(StageConnect, err))
	})
}
