package exchange

import (
	"encoding/base64"
	"errors"

	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// xoauth2 signs in (learn.microsoft.com, OAuth for IMAP, POP and SMTP). Some
// servers answer a refusal with a challenge that holds the reason; it wants an
// empty line, and the refusal follows.
type xoauth2 struct {
	address string
	token   secret.String
	sent    bool // the text was sent
	reason  string
}

// maxCommand is the longest command line a server must take, in bytes, with its
// CRLF (RFC 5321 section 4.5.3.1.4).
const maxCommand = 512

func (x *xoauth2) text() []byte {
	x.sent = true
	return []byte("user=" + x.address + "\x01auth=Bearer " + x.token.Reveal() + "\x01\x01")
}

// initialResponse is what is sent along with SMTP's command: the text where the line stays
// within bounds, else nothing. What is longer has to wait for the server's empty
// challenge (RFC 4954 section 4), as do all of Exchange's tokens.
func (x *xoauth2) initialResponse() []byte {
	text := x.text()
	if len("AUTH XOAUTH2 \r\n")+base64.StdEncoding.EncodedLen(len(text)) > maxCommand {
		x.sent, text = false, nil
	}
	return text
}

// respond is the text for the first challenge; any later one tells why it is
// refused, and wants an empty line.
func (x *xoauth2) respond(challenge []byte) []byte {
	if !x.sent {
		return x.text()
	}
	x.keepReason(challenge)
	return nil
}

// keepReason keeps a challenge's JSON, which may come encoded once more.
func (x *xoauth2) keepReason(challenge []byte) {
	if decoded, err := base64.StdEncoding.DecodeString(string(challenge)); err == nil {
		challenge = decoded
	}
	x.reason = sanitize.Line(string(challenge))
}

// explain adds the challenge to the refusal that followed it.
func (x *xoauth2) explain(err error) error {
	var refused *Error
	if errors.As(err, &refused) && x.reason != "" {
		refused.Text += " " + x.reason
	}
	return err
}
