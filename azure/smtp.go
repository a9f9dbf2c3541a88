package azure

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/textproto"
	"strings"
	"time"
	"unicode"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
	"golang.org/x/net/idna"

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

// unsafe reports what would break out of a field: anything that is not
// printable ASCII, blanks included.
func unsafe(s string) bool {
	return s == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// usable refuses what would break out of the sign-in's fields.
func (m Mailbox) usable() error {
	switch {
	case unsafe(m.Address) || strings.ContainsAny(m.Address, "<>"):
		return errors.New("mailbox address with a forbidden character")
	case unsafe(m.Token.Reveal()):
		return ErrBadToken
	}
	return nil
}

// ascii is an address as every server takes it, with the domain's ASCII form
// (RFC 5890); a name that is not ASCII would need a server with SMTPUTF8.
func ascii(address string) (string, error) {
	name, domain, _ := strings.Cut(address, "@")
	domain, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", fmt.Errorf("address %q: %w", guard.Line(address), err)
	}
	if address = name + "@" + domain; unsafe(address) {
		return "", fmt.Errorf("address %q with a forbidden character", guard.Line(address))
	}
	return address, nil
}

// compose builds the message; a bad address is an error before any connection.
func (msg *Message) compose() (*mail.Msg, error) {
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if strings.ContainsFunc(msg.Subject, unicode.IsControl) {
		return nil, errors.New("control character in the subject")
	}
	from, err := ascii(msg.From)
	if err == nil {
		err = m.From(from)
	}
	if err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	to, err := ascii(msg.To)
	if err == nil {
		err = m.To(to)
	}
	if err != nil {
		return nil, fmt.Errorf("recipient: %w", err)
	}
	m.Subject(msg.Subject)
	m.SetDate()
	m.SetMessageIDWithValue(messageID(from))
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
