package exchange

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// Mailbox is a mailbox and the access token that it signs in with.
type Mailbox struct {
	Cloud   azure.Cloud
	Address string
	User    string // of XOAUTH2; "" means Address
	Token   secret.String
	Timeout time.Duration    // of a whole conversation; 0 means 30 s
	Now     func() time.Time // for the message's date and the validity of certificates; required
}

// helloName is the name in EHLO. The name of the host is not disclosed.
const helloName = "openfire-o365"

// CheckSMTP connects, encrypts, and checks that the server offers XOAUTH2, without
// signing in. It returns the stage that failed, or StageDone.
func (m Mailbox) CheckSMTP(ctx context.Context) (Stage, error) {
	c, stage, err := m.connectSMTP(ctx)
	if err != nil {
		return stage, contextError(ctx, err)
	}
	defer c.stop()
	_ = c.Quit()
	return StageDone, nil
}

// SMTP signs in with XOAUTH2 and sends the message, unless it is nil. It returns
// the stage that failed, or StageDone. A refusal is an *Error.
func (m Mailbox) SMTP(ctx context.Context, msg *Message) (Stage, error) {
	var encoded []byte
	if msg != nil {
		var err error
		if encoded, err = msg.compose(m.Now()); err != nil {
			return StageConnect, err
		}
	}
	if err := m.validate(); err != nil {
		return StageConnect, err
	}
	c, stage, err := m.connectSMTP(ctx)
	if err != nil {
		return stage, contextError(ctx, err)
	}
	defer c.stop()
	auth := &xoauth2{address: m.user(), token: m.Token}
	if err := c.Auth(auth); err != nil {
		return StageAuth, contextError(ctx, auth.explain(c.refusal(StageAuth, err)))
	}
	if msg != nil {
		if err := c.send(msg, encoded); err != nil {
			return StageSend, contextError(ctx, err)
		}
	}
	_ = c.Quit() // the message is already accepted
	return StageDone, nil
}

// smtpConn is an encrypted connection that offers XOAUTH2.
type smtpConn struct {
	*smtp.Client
	wire *limitedConn
	stop func()
}

// refusal returns the cause of an error of the conversation.
func (c smtpConn) refusal(stage Stage, err error) error {
	return smtpError(stage, c.wire.readError(err))
}

// connectSMTP connects, encrypts and checks for XOAUTH2. The caller must call stop,
// unless there is an error.
func (m Mailbox) connectSMTP(ctx context.Context) (smtpConn, Stage, error) {
	conn, conf, stage, stop, err := m.dial(ctx, m.Cloud.SMTP)
	if err != nil {
		return smtpConn{}, stage, err
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
			err = errNoXOAUTH2
		}
	}
	s := smtpConn{c, conn, stop}
	if err != nil {
		stop()
		return smtpConn{}, stage, s.refusal(stage, err)
	}
	return s, stage, nil
}

// startTLS encrypts the connection. A refusal, even a temporary one, counts as
// errNoSTARTTLS, because an attacker can send it as well.
func startTLS(c *smtp.Client, conf *tls.Config) error {
	if offered, _ := c.Extension("STARTTLS"); !offered {
		return errNoSTARTTLS
	}
	err := c.StartTLS(conf)
	reply, refused := errors.AsType[*textproto.Error](err)
	if _, encrypted := c.TLSConnectionState(); refused && !encrypted {
		return fmt.Errorf("%w: %s", errNoSTARTTLS, sanitize.Line(reply.Error()))
	}
	return err
}

// user returns the user of XOAUTH2. It is not the address where the sign-in name
// differs (learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth).
func (m Mailbox) user() string { return cmp.Or(m.User, m.Address) }

// validate rejects an address or a token that could end its field in the XOAUTH2 text.
func (m Mailbox) validate() error {
	switch {
	case !sanitize.IsVisible(m.Address) || !sanitize.IsVisible(m.user()) || strings.ContainsAny(m.Address, "<>"):
		return errors.New("the mailbox address contains an invalid character")
	case !sanitize.IsVisible(m.Token.Reveal()):
		return errBadToken
	}
	return nil
}

// send sends a message. After the final dot only the server's reply tells whether
// it was accepted; without one the error is an *unconfirmedError.
func (c smtpConn) send(msg *Message, encoded []byte) error {
	if err := c.Mail(msg.From); err != nil {
		return c.refusal(StageSend, err)
	}
	if err := c.Rcpt(msg.To); err != nil {
		return c.refusal(StageSend, err)
	}
	w, err := c.Data()
	if err == nil {
		_, err = w.Write(encoded)
	}
	if err != nil {
		return c.refusal(StageSend, err)
	}
	err = c.refusal(StageSend, w.Close())
	if _, refused := errors.AsType[*Error](err); err != nil && !refused {
		return &unconfirmedError{msg.ID, err}
	}
	return err
}
