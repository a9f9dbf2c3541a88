package azure

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/textproto"
	"slices"
	"strings"
	"sync"

	"github.com/openfire-fr/openfire-o365/internal/guard"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
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

// MailError is a mail server's refusal.
type MailError struct {
	Where    Place // FromSMTP or FromIMAP
	Stage    Stage
	Code     int    // SMTP reply code (RFC 5321 section 4.2); 0 for IMAP
	Enhanced string // enhanced status code (RFC 3463), "5.7.139"; may be empty
	Verdict  string // IMAP: NO, BAD or BYE
	Response string // IMAP: response code (RFC 5530), "UNAVAILABLE"; may be empty
	Text     string // the server's words, sanitised
}

// Error is the server and its reply.
func (e *MailError) Error() string { return string(e.Where) + ": " + e.Reply() }

// Reply is the reply as the server gave it, on one line.
func (e *MailError) Reply() string {
	if e.Code == 0 {
		return e.Text
	}
	return strings.Join(strings.Fields(fmt.Sprintf("%d %s %s", e.Code, e.Enhanced, e.Text)), " ")
}

var enhanced = guard.Pattern(`^([245]\.\d{1,3}\.\d{1,3})\s*`)

// smtpError gives a reply its type; other errors stay what they are.
func smtpError(stage Stage, err error) error {
	var reply *textproto.Error
	var unreadable textproto.ProtocolError
	var encoding base64.CorruptInputError
	switch {
	case errors.As(err, &unreadable), errors.As(err, &encoding):
		return fmt.Errorf("%w: %s", ErrGarbled, sanitize.Line(err.Error()))
	case !errors.As(err, &reply):
		return err
	}
	e := &MailError{Where: FromSMTP, Stage: stage, Code: reply.Code}
	var words []string
	for l := range strings.SplitSeq(reply.Msg, "\n") {
		if code := enhanced().FindStringSubmatch(l); code != nil {
			e.Enhanced, l = code[1], l[len(code[0]):]
		}
		words = append(words, l)
	}
	e.Text = sanitize.Line(strings.Join(words, " "))
	return e
}

// Fault is the catalogue's entry for the refusal: the codes decide, words only
// where Exchange uses one code for several things. Something is always found.
func (e *MailError) Fault() Fault {
	if e.Where != FromIMAP {
		return findMail(e.Code, e.Enhanced, lower(e.Text))
	}
	text := lower(e.Text)
	known := slices.IndexFunc(imapFaults, func(f Fault) bool { return says(text, f.Words) })
	fault := mailRefused
	switch {
	case slices.Contains(imapPasses, e.Response), e.Verdict == "BYE" && known < 0 && !slices.Contains(imapLasts, e.Response):
		fault = mailTemporary
	case e.Stage == StageAuth:
		return imapFaults[slices.IndexFunc(imapFaults, func(f Fault) bool { return f.Verb == "AUTHENTICATE" })]
	case known >= 0:
		return imapFaults[known]
	}
	fault.Where = FromIMAP
	return fault
}

// What the response codes of RFC 5530 say of a refusal: that it passes, or that
// it is meant for whoever signs in. A server that says BYE is busy or about to
// stop, unless one of the latter stands with it.
var (
	imapPasses = []string{"UNAVAILABLE", "INUSE", "SERVERBUG"}
	imapLasts  = []string{"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED", "CONTACTADMIN", "NOPERM"}
)

// findMail returns the entry for an SMTP reply. Among entries of its enhanced
// code the one whose words it says wins, then the common one, then the only one;
// a status of 0 is one that the text does not tell. text is in lower case.
func findMail(status int, enhanced, text string) Fault {
	best, score := Fault{}, 0
	for _, f := range replies()[enhanced] {
		points := 0
		if says(text, f.Words) {
			points = 4
		}
		if len(f.Words) == 0 {
			points++
		}
		if f.Status == status && (points > 0 || alone(*f)) {
			points += 2
		}
		if points > score {
			best, score = *f, points
		}
	}
	switch {
	case score > 0:
		return best
	case status/100 == 4 || status == 0 && strings.HasPrefix(enhanced, "4."):
		return mailTemporary
	case says(text, []string{"sendasdenied", "not owned by user"}):
		best, _ = FaultByID("554-5.2.252")
		return best
	case status == 535 || status == 530:
		best, _ = FaultByID("535-5.7.3")
		return best
	}
	return mailRefused
}

// replies are the entries of the catalogue by their enhanced codes.
var replies = sync.OnceValue(func() map[string][]*Fault {
	index := map[string][]*Fault{}
	for i := range Catalogue() {
		if f := &Catalogue()[i]; f.Enhanced != "" {
			index[f.Enhanced] = append(index[f.Enhanced], f)
		}
	}
	return index
})

// alone reports a fault whose codes no other has.
func alone(f Fault) bool {
	return !slices.ContainsFunc(Catalogue(), func(g Fault) bool { return g.ID != f.ID && g.Status == f.Status && g.Enhanced == f.Enhanced })
}

// says reports one of the words in a text in lower case.
func says(text string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

// What the catalogue has no entry for, by its class (RFC 5321 section 4.2.1).
var (
	mailTemporary = Fault{ID: "mail-temporary", Where: FromSMTP, Who: Nobody, Exit: problem.Temporary, Passes: true,
		What: i18n.T("The mail server asks to wait."),
		Do:   i18n.T("Try again in a few minutes.")}
	mailRefused = Fault{ID: "mail-refused", Where: FromSMTP, Who: ExchangeAdmin, Exit: problem.Mail,
		What: i18n.T("The mail server refuses."),
		Do:   i18n.T("Its reply, above, says why; show it to the Microsoft 365 administrator.")}
)

// UnsureError says that the connection broke after the message was handed
// over: it may or may not have been sent, and must not be sent again blindly.
type UnsureError struct {
	MessageID string
	Err       error
}

// Error names the message.
func (e *UnsureError) Error() string {
	return "message " + e.MessageID + " may or may not have been sent: " + e.Err.Error()
}

// Unwrap returns what broke.
func (e *UnsureError) Unwrap() error { return e.Err }
