// Package exchange signs in to Exchange Online with XOAUTH2 over SMTP and IMAP,
// sends the test message and looks for it. A refusal of the server is an *Error.
package exchange

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/textproto"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// Stage is how far a conversation with a mail server got; with an error it is
// the stage that failed.
type Stage int

// The stages, in their order.
const (
	StageConnect Stage = iota
	StageTLS
	StageAuth
	StageSend // SMTP: MAIL to the end of DATA; IMAP: SELECT
	StageDone
)

// Error is a mail server's refusal.
type Error struct {
	Where    faults.Origin // FromSMTP or FromIMAP
	Stage    Stage
	Code     int    // SMTP reply code (RFC 5321 section 4.2); 0 for IMAP
	Enhanced string // enhanced status code (RFC 3463), "5.7.139"; may be empty
	Verdict  string // IMAP: NO, BAD or BYE
	Response string // IMAP: response code (RFC 5530), "UNAVAILABLE"; may be empty
	Text     string // the server's words, sanitised
}

// Error is the server and its reply.
func (e *Error) Error() string { return string(e.Where) + ": " + e.Reply() }

// Reply is the reply as the server gave it, on one line.
func (e *Error) Reply() string {
	if e.Code == 0 {
		return e.Text
	}
	return strings.Join(strings.Fields(fmt.Sprintf("%d %s %s", e.Code, e.Enhanced, e.Text)), " ")
}

// smtpError gives a reply its type; other errors stay what they are.
func smtpError(stage Stage, err error) error {
	var reply *textproto.Error
	var unreadable textproto.ProtocolError
	var encoding base64.CorruptInputError
	switch {
	case errors.As(err, &unreadable), errors.As(err, &encoding):
		return fmt.Errorf("%w: %s", errGarbled, sanitize.Line(err.Error()))
	case !errors.As(err, &reply):
		return err
	}
	e := &Error{Where: faults.FromSMTP, Stage: stage, Code: reply.Code}
	var words []string
	for l := range strings.SplitSeq(reply.Msg, "\n") {
		if code := faults.EnhancedCode(l); code != "" {
			e.Enhanced, l = code, strings.TrimSpace(l[len(code):])
		}
		words = append(words, l)
	}
	e.Text = sanitize.Line(strings.Join(words, " "))
	return e
}

// Unwrap returns the *faults.Refusal that the reply stands for.
func (e *Error) Unwrap() error { return &faults.Refusal{Fault: e.Fault(), Detail: e.Reply()} }

// Fault is the catalogue's entry for the refusal: the codes decide, words only
// where Exchange uses one code for several things. Something is always found.
func (e *Error) Fault() faults.Fault {
	if e.Where != faults.FromIMAP {
		return faults.SMTP(e.Code, e.Enhanced, e.Text)
	}
	verb := "SELECT"
	if e.Stage == StageAuth {
		verb = "AUTHENTICATE"
	}
	return faults.IMAP(verb, e.Verdict, e.Response, e.Text)
}

// unconfirmedError says that the connection broke after the message was handed
// over: it may or may not have been sent, and must not be sent again blindly.
type unconfirmedError struct {
	MessageID string
	Err       error
}

// Error names the message.
func (e *unconfirmedError) Error() string {
	return "message " + e.MessageID + " may or may not have been sent: " + e.Err.Error()
}

// Unwrap returns what broke.
func (e *unconfirmedError) Unwrap() error { return e.Err }
