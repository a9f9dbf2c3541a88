// Package exchange signs in to Exchange Online over SMTP and IMAP with XOAUTH2,
// sends a test message and searches for it. A refusal by the server is an *Error.
//
// The few IMAP commands needed are implemented here, because every read must respect
// the deadline of the connection, which clients such as go-imap reset.
package exchange

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/textproto"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// Stage is a part of the conversation with a mail server: the one that failed, or
// StageDone.
type Stage int

// The stages in order.
const (
	StageConnect Stage = iota
	StageTLS
	StageAuth
	StageSend // SMTP: MAIL to the end of DATA; IMAP: SELECT
	StageDone
)

// Error is a refusal by a mail server.
type Error struct {
	Where    faults.Origin // FromSMTP or FromIMAP
	Stage    Stage
	Code     int    // SMTP reply code (RFC 5321 section 4.2); 0 for IMAP
	Enhanced string // enhanced status code (RFC 3463), "5.7.139"; may be empty
	Verdict  string // IMAP status response: NO, BAD or BYE
	Response string // IMAP response code (RFC 5530), "UNAVAILABLE"; may be empty
	Text     string // the server's words, sanitized
}

// Error returns the protocol and the reply.
func (e *Error) Error() string { return string(e.Where) + ": " + e.Reply() }

// Reply returns the server's reply on one line.
func (e *Error) Reply() string {
	if e.Code == 0 {
		return e.Text
	}
	return strings.Join(strings.Fields(fmt.Sprintf("%d %s %s", e.Code, e.Enhanced, e.Text)), " ")
}

// smtpError converts a reply to an *Error, and a protocol violation to errGarbled.
func smtpError(stage Stage, err error) error {
	_, unreadable := errors.AsType[textproto.ProtocolError](err)
	_, encoding := errors.AsType[base64.CorruptInputError](err)
	reply, is := errors.AsType[*textproto.Error](err)
	switch {
	case unreadable || encoding:
		return protocolError(err.Error())
	case !is:
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

// Unwrap returns the *faults.Refusal that describes the reply.
func (e *Error) Unwrap() error { return &faults.Refusal{Fault: e.Fault(), Detail: e.Reply()} }

// Fault returns the refusal's entry in the catalogue, as faults.SMTP and faults.IMAP.
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

// unconfirmedError reports that the connection was lost after the end of the message:
// the server may or may not have accepted it, and sending it again may duplicate it.
type unconfirmedError struct {
	MessageID string
	Err       error
}

// Error returns the Message-ID and the cause.
func (e *unconfirmedError) Error() string {
	return "message " + e.MessageID + " may or may not have been sent: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *unconfirmedError) Unwrap() error { return e.Err }

// Problem explains an error of a mail connection to the user; where names the server.
// It returns false for an error that network.Problem does not know either.
func Problem(err error, where string) (*problem.Problem, bool) {
	unsure, is := errors.AsType[*unconfirmedError](err)
	switch {
	case is:
		return &problem.Problem{Exit: problem.Temporary, ID: "mail.unsure", Err: err,
			What: i18n.T("The connection to %s was lost at the end of the transmission: message %s may have been sent.", where, unsure.MessageID),
			Do:   i18n.T("Look in Sent Items before you try again.")}, true
	case errors.Is(err, errInjected), errors.Is(err, errNoSTARTTLS):
		return network.UnexpectedProblem(err, where), true
	case errors.Is(err, errBadToken):
		return &problem.Problem{Exit: problem.Temporary, ID: "token.unfit", Err: err,
			What: i18n.T("The access token contains an invalid character: nothing was sent to %s.", where),
			Do: i18n.T("Wait. The next renewal will get a new token. If this happens again, run \"openfire-o365 " +
				"setup\".")}, true
	case errors.Is(err, errNoXOAUTH2):
		return &problem.Problem{Exit: problem.Mail, ID: "xoauth2", Err: err,
			Who:  problem.ExchangeAdmin,
			What: i18n.T("%s does not offer sign-in with a token (XOAUTH2).", where),
			Do:   i18n.T("Check that Authenticated SMTP is turned on in the organisation.")}, true
	case errors.Is(err, errTooMuch):
		return network.UnreachableProblem(err, where, i18n.T("its answer is too long")), true
	case errors.Is(err, errGarbled):
		return network.UnreachableProblem(err, where, i18n.T("the server that answers is not a mail server")), true
	}
	return network.Problem(err, where)
}
