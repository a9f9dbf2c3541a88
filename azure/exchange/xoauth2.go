package exchange

import (
	"encoding/base64"
	"errors"

	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// xoauth2 is the SASL mechanism XOAUTH2 (learn.microsoft.com/exchange/
// client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth).
// Before a refusal some servers send its reason as a challenge, which is answered
// with an empty line.
type xoauth2 struct {
	address string
	token   secret.String
	sent    bool // the token was sent
	reason  string
}

// maxCommand is the length in bytes, with CRLF, of the longest command line that
// every server accepts (RFC 5321 section 4.5.3.1.4).
const maxCommand = 512

func (x *xoauth2) text() []byte {
	x.sent = true
	return []byte("user=" + x.address + "\x01auth=Bearer " + x.token.Reveal() + "\x01\x01")
}

// initialResponse returns what is sent with SMTP's AUTH command: nothing when the line
// would become too long, as it does with all of Exchange's tokens. The text then
// follows the server's empty challenge (RFC 4954 section 4).
func (x *xoauth2) initialResponse() []byte {
	text := x.text()
	if len("AUTH XOAUTH2 \r\n")+base64.StdEncoding.EncodedLen(len(text)) > maxCommand {
		x.sent, text = false, nil
	}
	return text
}

// respond returns the response to a challenge: the text, and after that nothing,
// because a further challenge is the reason of a refusal, which it keeps.
func (x *xoauth2) respond(challenge []byte) []byte {
	if !x.sent {
		return x.text()
	}
	if decoded, err := base64.StdEncoding.DecodeString(string(challenge)); err == nil { // encoded twice
		challenge = decoded
	}
	x.reason = sanitize.Line(string(challenge))
	return nil
}

// explain adds the reason to a refusal.
func (x *xoauth2) explain(err error) error {
	if refused, is := errors.AsType[*Error](err); is && x.reason != "" {
		refused.Text += " " + x.reason
	}
	return err
}
