package azure

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net/textproto"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"github.com/openfire-fr/openfire-o365/internal/guard"
)

// Mailbox is a mailbox that signs in with an access token.
type Mailbox struct {
	Cloud   Cloud
	Address string
	Token   guard.Secret
	Timeout time.Duration // of a whole conversation; 30 s when zero
}

// Message is a message to send. SMTP fills in ID, its Message-ID.
type Message struct {
	From, To, Subject, Body string
	ID                      string
}

// helloName is what the servers are greeted with; people's host names are
// nobody's business.
const helloName = "openfire-o365"

func (m Mailbox) timeout() time.Duration {
	if m.Timeout == 0 {
		return 30 * time.Second
	}
	return m.Timeout
}

// SMTPHello goes as far as one can without a token: connect, STARTTLS, and
// whether XOAUTH2 is offered then. It returns the stage that failed.
func (m Mailbox) SMTPHello(ctx context.Context) (Stage, error) {
	c, stage, err := m.smtp(ctx)
	if err != nil {
		return stage, ended(ctx, err)
	}
	defer c.stop()
	_ = c.Quit()
	return StageDone, nil
}

// SMTP signs in with XOAUTH2 and, when there is one, sends the message. It
// returns the stage that failed, or StageDone. A refusal is a *MailError.
func (m Mailbox) SMTP(ctx context.Context, msg *Message) (Stage, error) {
	var body *mail.Msg
	if msg != nil {
		var err error
		if body, err = msg.compose(); err != nil {
			return StageConnect, err
		}
	}
	if err := m.usable(); err != nil {
		return StageConnect, err
	}
	c, stage, err := m.smtp(ctx)
	if err != nil {
		return stage, ended(ctx, err)
	}
	defer c.stop()
	auth := &xoauth2{address: m.Address, token: m.Token}
	if err := c.Auth(auth); err != nil {
		return StageAuth, ended(ctx, auth.explain(c.refusal(StageAuth, err)))
	}
	if msg != nil {
		if err := msg.send(c, body); err != nil {
			return StageSend, ended(ctx, err)
		}
	}
	_ = c.Quit() // the message is accepted; a server that hangs up now changes nothing
	return StageDone, nil
}

// submission is a connection to a mail server that is ready for the sign-in.
type submission struct {
	*smtp.Client
	wire *wire
	stop func()
}

// refusal is what an error of the conversation comes from.
func (c submission) refusal(stage Stage, err error) error { return smtpError(stage, c.wire.cause(err)) }

// smtp connects, encrypts and looks for XOAUTH2. Nothing of the sign-in is
// sent before TLS is verified. stop must be called when there is no error.
func (m Mailbox) smtp(ctx context.Context) (submission, Stage, error) {
	conn, conf, stage, stop, err := dial(ctx, m.Cloud.SMTP, m.Cloud.CA, m.timeout())
	if err != nil {
		return submission{}, stage, err
	}
	c, err := smtp.NewClient(conn, conf.ServerName)
	if err == nil {
		err = c.Hello(helloName)
	}
	if err == nil && stage == StageConnect {
		stage = StageTLS
		err = startTLS(c, conf)
	}
	if err == nil {
		stage = StageAuth
		if _, mechanisms := c.Extension("AUTH"); !strings.Contains(" "+strings.ToUpper(mechanisms)+" ", " XOAUTH2 ") {
			err = ErrNoXOAUTH2
		}
	}
	s := submission{c, conn, stop}
	if err != nil {
		stop()
		return submission{}, stage, s.refusal(stage, err)
	}
	return s, stage, nil
}

// startTLS encrypts. A server that refuses, be it for a while, is treated as
// one that does not offer it: whoever stands between could say that as well.
func startTLS(c *smtp.Client, conf *tls.Config) error {
	if offered, _ := c.Extension("STARTTLS"); !offered {
		return ErrNoSTARTTLS
	}
	err := c.StartTLS(conf)
	var reply *textproto.Error
	if _, encrypted := c.TLSConnectionState(); !encrypted && errors.As(err, &reply) {
		return fmt.Errorf("%w: %s", ErrNoSTARTTLS, guard.Line(reply.Error()))
	}
	return err
}

// usable refuses what would break out of the sign-in's fields.
func (m Mailbox) usable() error {
	bad := func(s string) bool { return strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) }
	switch {
	case m.Address == "" || bad(m.Address) || strings.ContainsAny(m.Address, "<>"):
		return errors.New("mailbox address with a forbidden character")
	case m.Token.Empty() || bad(m.Token.Reveal()):
		return errors.New("access token with a forbidden character")
	}
	return nil
}

// compose builds the message; a bad address is an error before any connection.
func (msg *Message) compose() (*mail.Msg, error) {
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	for _, s := range []string{msg.From, msg.To, msg.Subject} {
		if strings.ContainsAny(s, "\r\n\x00") {
			return nil, errors.New("line break in an address or subject")
		}
	}
	if err := m.From(msg.From); err != nil {
		return nil, fmt.Errorf("sender %q: %w", guard.Line(msg.From), err)
	}
	if err := m.To(msg.To); err != nil {
		return nil, fmt.Errorf("recipient %q: %w", guard.Line(msg.To), err)
	}
	m.Subject(msg.Subject)
	m.SetDate()
	m.SetMessageIDWithValue(messageID(msg.From))
	m.SetBodyString(mail.TypeTextPlain, msg.Body)
	msg.ID = m.GetMessageID()
	return m, nil
}

// send hands the message over. Once the final dot is out, only the server's
// reply says whether it was taken.
func (msg *Message) send(c submission, m *mail.Msg) error {
	var raw bytes.Buffer
	if _, err := m.WriteTo(&raw); err != nil {
		return err
	}
	from, err := m.GetSender(true)
	if err != nil {
		return err
	}
	to, err := m.GetRecipients()
	if err != nil {
		return err
	}
	if err := c.Mail(from); err != nil {
		return c.refusal(StageSend, err)
	}
	if err := c.Rcpt("<" + strings.Trim(to[0], "<>") + ">"); err != nil {
		return c.refusal(StageSend, err)
	}
	w, err := c.Data()
	if err == nil {
		_, err = w.Write(raw.Bytes())
	}
	if err != nil {
		return c.refusal(StageSend, err)
	}
	err = c.refusal(StageSend, w.Close())
	var refused *MailError
	if err != nil && !errors.As(err, &refused) {
		return &UnsureError{msg.ID, err}
	}
	return err
}

// xoauth2 signs in (learn.microsoft.com, OAuth for IMAP, POP and SMTP). Some
// servers answer a refusal with a challenge that holds the reason; it wants an
// empty line, and the refusal follows.
type xoauth2 struct {
	address string
	token   guard.Secret
	given   bool // the text was sent
	reason  string
}

// maxCommand is the longest command line a server must take, in bytes, with its
// CRLF (RFC 5321 section 4.5.3.1.4).
const maxCommand = 512

func (x *xoauth2) text() []byte {
	x.given = true
	return []byte("user=" + x.address + "\x01auth=Bearer " + x.token.Reveal() + "\x01\x01")
}

// Start sends the text along where the line stays within bounds; what is longer
// has to wait for the server's empty challenge (RFC 4954 section 4), as do all
// of Exchange's tokens.
func (x *xoauth2) Start(*smtp.ServerInfo) (string, []byte, error) {
	text := x.text()
	if len("AUTH XOAUTH2 \r\n")+base64.StdEncoding.EncodedLen(len(text)) > maxCommand {
		x.given, text = false, nil
	}
	return "XOAUTH2", text, nil
}

func (x *xoauth2) Next(challenge []byte, more bool) ([]byte, error) {
	switch {
	case !more:
		return nil, nil
	case !x.given:
		return x.text(), nil
	}
	x.note(challenge)
	return []byte{}, nil
}

// note keeps a challenge's JSON, which may come encoded once more.
func (x *xoauth2) note(challenge []byte) {
	if decoded, err := base64.StdEncoding.DecodeString(string(challenge)); err == nil {
		challenge = decoded
	}
	x.reason = guard.Line(string(challenge))
}

// explain adds the challenge to the refusal that followed it.
func (x *xoauth2) explain(err error) error {
	var refused *MailError
	if errors.As(err, &refused) && x.reason != "" {
		refused.Text += " " + x.reason
	}
	return err
}
