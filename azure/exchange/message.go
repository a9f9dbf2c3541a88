package exchange

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"
	"unicode"

	"golang.org/x/net/idna"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// Message is a plain text message to send. Mailbox.SMTP sets ID to its Message-ID.
type Message struct {
	From, To, Subject, Body string
	ID                      string
}

// maxSubject, in bytes, keeps an unencoded subject within a line of 998 bytes (RFC
// 5322 section 2.1.1).
const maxSubject = 900

// compose encodes the message (RFC 5322, RFC 2045) and puts its addresses into ASCII
// form. An invalid address or subject is an error.
func (msg *Message) compose(now time.Time) (encoded []byte, err error) {
	if strings.ContainsFunc(msg.Subject, unicode.IsControl) || len(msg.Subject) > maxSubject {
		return nil, errors.New("the subject contains a control character or is longer than 900 bytes")
	}
	if msg.From, err = asciiAddress(msg.From); err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	if msg.To, err = asciiAddress(msg.To); err != nil {
		return nil, fmt.Errorf("recipient: %w", err)
	}
	_, domain, _ := strings.Cut(msg.From, "@")
	msg.ID = "<" + strings.ToLower(rand.Text()) + "@" + domain + ">"
	subject := mime.QEncoding.Encode("utf-8", msg.Subject)
	if subject != msg.Subject { // encoded words; lines have at most 76 characters (RFC 2047 section 2)
		subject = "\r\n " + strings.ReplaceAll(subject, "?= =?", "?=\r\n =?")
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "Date: %s\r\nMessage-ID: %s\r\nFrom: <%s>\r\nTo: <%s>\r\nSubject: %s\r\n",
		now.Format(time.RFC1123Z), msg.ID, msg.From, msg.To, subject)
	text.WriteString("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n" +
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n")
	body := quotedprintable.NewWriter(&text)
	_, _ = body.Write([]byte(msg.Body)) // a bytes.Buffer does not fail
	_ = body.Close()
	return text.Bytes(), nil
}

// asciiAddress returns an address with its domain in ASCII form (RFC 5890). A local
// part that is not ASCII, which needs SMTPUTF8, is an error.
func asciiAddress(address string) (string, error) {
	name, domain, _ := strings.Cut(address, "@")
	domain, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", fmt.Errorf("address %q: %w", sanitize.Line(address), err)
	}
	whole := name + "@" + domain
	if !sanitize.IsVisible(whole) {
		return "", fmt.Errorf("address %q contains an invalid character", sanitize.Line(address))
	}
	if parsed, err := mail.ParseAddress(whole); err != nil || parsed.Address != whole {
		return "", fmt.Errorf("%q is not a mail address", sanitize.Line(address))
	}
	return whole, nil
}

// TestMessage returns a test message from the mailbox, without a recipient; base is
// the URL of the base.
func TestMessage(lang i18n.Lang, base, mailbox string) *Message {
	subject := i18n.T("OpenFire: test message")
	body := i18n.T("Hello,\n\nThis test message shows that the base %s can send mail through Microsoft 365 from the mailbox %s.\nYou do not need to do anything.\n\nopenfire-o365\n",
		base, mailbox)
	return &Message{From: mailbox, Subject: subject.In(lang), Body: body.In(lang)}
}
