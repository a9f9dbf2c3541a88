package azure

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"strings"

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
	var c *imapclient.Client
	if stage == StageTLS {
		c = imapclient.New(conn, nil)
	} else if c, err = imapclient.NewStartTLS(conn, &imapclient.Options{TLSConfig: conf}); err != nil {
		return StageTLS, ended(ctx, startTLSError(err))
	}
	defer c.Close()
	if err := c.WaitGreeting(); err != nil {
		return StageConnect, ended(ctx, imapError(StageConnect, err))
	}
	if c.State() != imap.ConnStateNotAuthenticated {
		return StageTLS, ErrInjected // PREAUTH: somebody is signed in already, and it is not us
	}
	auth := &xoauth2{m.Address, m.Token, ""}
	if err := c.Authenticate(imapAuth{auth}); err != nil {
		return StageAuth, ended(ctx, auth.explain(imapError(StageAuth, err)))
	}
	if _, err := c.Select("INBOX", &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
		return StageSend, ended(ctx, imapError(StageSend, err))
	}
	if err := work(c); err != nil {
		return StageSend, ended(ctx, imapError(StageSend, err))
	}
	_ = c.Logout().Wait()
	return StageDone, nil
}

// startTLSError tells a server that refuses STARTTLS from a bad certificate.
func startTLSError(err error) error {
	var refused *imap.Error
	var bad *tls.CertificateVerificationError
	if errors.As(err, &refused) && !errors.As(err, &bad) {
		return ErrNoSTARTTLS
	}
	return err
}

// imapError gives a tagged refusal its type; other errors stay what they are.
func imapError(stage Stage, err error) error {
	var refused *imap.Error
	if !errors.As(err, &refused) {
		return err
	}
	return &MailError{Where: FromIMAP, Stage: stage, Text: guard.Line(refused.Text)}
}

// imapAuth is xoauth2 as go-sasl's Client.
type imapAuth struct{ *xoauth2 }

func (a imapAuth) Start() (string, []byte, error) { return "XOAUTH2", a.text(), nil }

func (a imapAuth) Next(challenge []byte) ([]byte, error) {
	a.note(challenge)
	return []byte{}, nil
}

// messageID is a new Message-ID at the sender's domain (RFC 5322 section 3.6.4).
func messageID(from string) string {
	_, domain, _ := strings.Cut(from, "@")
	return strings.ToLower(rand.Text()) + "@" + domain
}
