package azure

import (
	"errors"
	"fmt"
	"net/textproto"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/guard"
	"github.com/openfire-fr/openfire-o365/internal/lang"
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
	if !errors.As(err, &reply) {
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
	e.Text = guard.Line(strings.Join(words, " "))
	return e
}

// Fault is the catalogue's entry for the refusal: the codes decide, words only
// where Exchange uses one code for two things. Something is always found.
func (e *MailError) Fault() Fault {
	id := ""
	senderRefused := strings.Contains(e.Text, "SendAsDenied") || e.Enhanced == "5.7.60" || strings.Contains(e.Text, "not owned by user")
	switch {
	case e.Where == FromIMAP && e.Stage == StageAuth:
		id = "imap-authenticate-failed"
	case e.Where == FromIMAP && strings.Contains(e.Text, "not connected"):
		id = "imap-not-connected"
	case e.Code/100 == 4:
		return mailTemporary
	case senderRefused:
		id = "554-5.2.252"
	case e.Code == 535 && e.Enhanced == "5.7.139" && strings.Contains(e.Text, "SmtpClientAuthentication"):
		id = "535-5.7.139"
	case e.Code == 535 || e.Code == 530:
		id = "535-5.7.3"
	}
	if f, ok := FaultByID(id); ok {
		return f
	}
	return mailRefused
}

// What the catalogue has no entry for, by its class (RFC 5321 section 4.2.1).
var (
	mailTemporary = Fault{ID: "mail-temporary", Where: FromSMTP, Who: Nobody, Exit: lang.Temporary, Passes: true,
		What: lang.Text{FR: "Le serveur de messagerie demande d'attendre.", EN: "The mail server asks to wait."},
		Do:   lang.Text{FR: "Réessayez dans quelques minutes.", EN: "Try again in a few minutes."}}
	mailRefused = Fault{ID: "mail-refused", Where: FromSMTP, Who: ExchangeAdmin, Exit: lang.Mail,
		What: lang.Text{FR: "Le serveur de messagerie refuse.", EN: "The mail server refuses."},
		Do:   lang.Text{FR: "Sa réponse, ci-dessus, dit pourquoi ; montrez-la à l'administrateur Microsoft 365.", EN: "Its reply, above, says why; show it to the Microsoft 365 administrator."}}
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
