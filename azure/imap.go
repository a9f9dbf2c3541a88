package azure

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/openfire-fr/openfire-o365/internal/guard"
)

// IMAP signs in with XOAUTH2 and opens the inbox. It returns the stage that
// failed, or StageDone. A refusal is a *MailError.
func (m Mailbox) IMAP(ctx context.Context) (Stage, error) {
	return m.imap(ctx, func(*imapclient.Client) error { return nil })
}

// Arrived looks for a message in the inbox by its Message-ID.
func (m Mailbox) Arrived(ctx context.Context, messageID string) (found bool, err error) {
	_, err = m.imap(ctx, func(c *imapclient.Client) error {
		data, err := c.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{
			{Key: "Message-ID", Value: strings.Trim(messageID, "<>")}}}, nil).Wait()
		found = err == nil && len(data.AllUIDs()) > 0
		return err
	})
	return found, err
}

// imap runs work on the open inbox.
func (m Mailbox) imap(ctx context.Context, work func(*imapclient.Client) error) (Stage, error) {
	if err := m.usable(); err != nil {
		return StageConnect, err
	}
	conn, conf, stage, stop, err := dial(ctx, m.Cloud.IMAP, m.Cloud.CA, m.timeout())
	if err != nil {
		return stage, ended(ctx, err)
	}
	defer stop()
	if stage == StageConnect {
		if conn, err = imapStartTLS(ctx, conn, conf); err != nil {
			return StageTLS, ended(ctx, err)
		}
	}
	c := imapclient.New(conn, nil)
	defer c.Close()
	if err := c.WaitGreeting(); err != nil {
		return StageConnect, ended(ctx, imapError(StageConnect, conn.cause(err)))
	}
	if c.State() != imap.ConnStateNotAuthenticated {
		return StageTLS, ErrInjected // PREAUTH: somebody is signed in already, and it is not us
	}
	auth := &xoauth2{address: m.Address, token: m.Token}
	if err := signInIMAP(c, auth); err != nil {
		return StageAuth, ended(ctx, auth.explain(imapError(StageAuth, conn.cause(err))))
	}
	if _, err := c.Select("INBOX", &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
		return StageSend, ended(ctx, imapError(StageSend, conn.cause(err)))
	}
	if err := work(c); err != nil {
		return StageSend, ended(ctx, imapError(StageSend, conn.cause(err)))
	}
	_ = c.Logout().Wait()
	return StageDone, nil
}

// signInIMAP authenticates. go-imap waits for ever for an answer that its reader,
// having ended just before, will not hand on: the wait ends with the connection.
func signInIMAP(c *imapclient.Client, auth *xoauth2) error {
	done := make(chan error, 1)
	go func() { done <- c.Authenticate(imapAuth{auth}) }()
	select {
	case err := <-done:
		return err
	case <-c.Closed():
	}
	select {
	case err := <-done: // the refusal may have come with the end
		return err
	case <-time.After(100 * time.Millisecond):
		return io.ErrUnexpectedEOF
	}
}

// imapStartTLS encrypts a connection that has said nothing yet (RFC 9051 section
// 6.2.1). go-imap would do it too, but puts TLS above wire, which then sees
// nothing any more. What was said in the clear is forgotten: go-imap gets a
// greeting of our own, and asks for the capabilities under TLS.
func imapStartTLS(ctx context.Context, conn *wire, conf *tls.Config) (*wire, error) {
	greeting, err := textLine(conn)
	switch {
	case err != nil:
		return nil, err
	case strings.HasPrefix(greeting, "* BYE"):
		return nil, &MailError{Where: FromIMAP, Stage: StageConnect, Text: guard.Line(greeting[len("* BYE"):])}
	case !strings.HasPrefix(greeting, "* OK"):
		return nil, ErrInjected // PREAUTH, or no IMAP server at all
	}
	if _, err := conn.Write([]byte("a STARTTLS\r\n")); err != nil {
		return nil, err
	}
	for {
		answer, err := textLine(conn)
		if err != nil {
			return nil, err
		}
		tag, verdict, _ := strings.Cut(answer, " ")
		if tag == "*" {
			continue
		}
		if tag != "a" || !strings.HasPrefix(verdict, "OK") {
			return nil, ErrNoSTARTTLS
		}
		break
	}
	secure := tls.Client(conn, conf)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return &wire{Conn: secure, greeting: []byte("* OK encrypted\r\n")}, nil
}

// textLine reads one line byte by byte, so that nothing behind it is taken.
func textLine(conn net.Conn) (string, error) {
	var line []byte
	for b := make([]byte, 1); len(line) == 0 || line[len(line)-1] != '\n'; {
		if _, err := io.ReadFull(conn, b); err != nil {
			return "", err
		}
		line = append(line, b[0])
	}
	return strings.TrimSpace(string(line)), nil
}

// imapError gives a tagged refusal its type. go-imap's own words for what it
// cannot read have no type; what is known of the network stays what it is.
func imapError(stage Stage, err error) error {
	var refused *imap.Error
	if errors.As(err, &refused) {
		return &MailError{Where: FromIMAP, Stage: stage, Text: guard.Line(refused.Text)}
	}
	if _, known := Network(err, ""); err == nil || known || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%w: %s", ErrGarbled, guard.Line(err.Error()))
}

// messageID is a new Message-ID at the sender's domain (RFC 5322 section 3.6.4).
func messageID(from string) string {
	_, domain, _ := strings.Cut(from, "@")
	return strings.ToLower(rand.Text()) + "@" + domain
}
