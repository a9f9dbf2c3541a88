package exchange

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// inbox is an IMAP session with the commands to sign in, search the inbox and
// fetch. It is written by hand because go-imap's server has texts of its own,
// where Exchange's are needed.
type inbox struct {
	session
	refused int // commands answered with BAD although signed in
}

func (s *Server) speakIMAP(c net.Conn) {
	v := &inbox{session: s.newSession(c)}
	v.say("* OK The Microsoft Exchange IMAP4 service is ready. [%s]", greetingName(frontEnd))
	for {
		tag, rest, ok := v.read()
		verb, rest, _ := strings.Cut(rest, " ")
		if !ok || !v.obey(tag, strings.ToUpper(verb), rest) {
			return
		}
	}
}

// greetingName encodes the server's name as Exchange does: UTF-16LE in base64.
func greetingName(host string) string {
	raw, _ := binary.Append(nil, binary.LittleEndian, utf16.Encode([]rune(host))) // whole numbers always encode
	return base64.StdEncoding.EncodeToString(raw)
}

// obey answers one command. It returns false to end the session.
func (v *inbox) obey(tag, verb, rest string) bool {
	switch verb {
	case "CAPABILITY":
		more := ""
		if v.mailbox != "" {
			more = " MOVE CLIENTACCESSRULES CLIENTNETWORKPRESENCELOCATION BACKENDAUTHENTICATE"
		}
		v.say("* CAPABILITY IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS ID UNSELECT CHILDREN IDLE NAMESPACE "+
			"LITERAL+%s", more)
		v.say("%s OK CAPABILITY completed.", tag)
	case "NOOP", "ID":
		v.say("%s OK %s completed.", tag, verb)
	case "LOGOUT":
		v.say("* BYE Microsoft Exchange Server IMAP4 server signing off.")
		v.say("%s OK LOGOUT completed.", tag)
		return false
	case "AUTHENTICATE":
		v.authenticate(tag, rest)
	default:
		return v.signedIn(tag, verb, rest)
	}
	return true
}

// authenticate refuses without the challenge of Gmail's XOAUTH2, as Exchange does.
func (v *inbox) authenticate(tag, rest string) {
	mechanism, response, _ := strings.Cut(rest, " ")
	mailbox, token, ok := v.xoauth2(response, "+ ")
	_, refused := fault(mailbox, faults.FromIMAP, "AUTHENTICATE")
	if !strings.EqualFold(mechanism, "XOAUTH2") || !ok || refused ||
		!tenant.Authorize(v.now(), token, mailbox, azure.ScopeIMAP) {
		v.say("%s NO AUTHENTICATE failed.", tag)
		return
	}
	v.mailbox = mailbox
	v.say("%s OK AUTHENTICATE completed.", tag)
}

// signedIn answers a command that needs a mailbox. It returns false to end the
// session.
func (v *inbox) signedIn(tag, verb, rest string) bool {
	if v.mailbox == "" {
		v.say("%s BAD Command received in Invalid state.", tag)
		return true
	}
	if f, plays := fault(v.mailbox, faults.FromIMAP, "SELECT"); plays {
		if v.refused++; v.refused > 1 {
			v.say("* BYE Connection closed. 14")
			return false
		}
		v.say("%s BAD %s", tag, f.Sample)
		return true
	}
	v.work(tag, verb, rest)
	return true
}

// received returns the messages to this mailbox. Their numbers are their UIDs.
func (v *inbox) received() [][]byte {
	var got [][]byte
	for _, m := range v.Messages() {
		for _, to := range m.To {
			if strings.EqualFold(to, v.mailbox) {
				got = append(got, m.Data)
			}
		}
	}
	return got
}

// work answers a command. UID SEARCH is SEARCH, as both numbers are the same here;
// the answer to UID FETCH has one more item, the UID.
func (v *inbox) work(tag, verb, rest string) {
	byUID := verb == "UID"
	if byUID {
		verb, rest, _ = strings.Cut(rest, " ")
		verb = strings.ToUpper(verb)
	}
	switch verb {
	case "SELECT", "EXAMINE":
		v.say("* %d EXISTS", len(v.received()))
		v.say("* 0 RECENT")
		v.say("* FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft $MDNSent)")
		v.say("* OK [PERMANENTFLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft $MDNSent)] Permanent flags")
		v.say("* OK [UIDVALIDITY 14] UIDVALIDITY value")
		v.say("* OK [UIDNEXT %d] The next unique identifier value", len(v.received())+1)
		access := map[string]string{"SELECT": "READ-WRITE", "EXAMINE": "READ-ONLY"}
		v.say("%s OK [%s] %s completed.", tag, access[verb], verb)
	case "LIST":
		v.say(`* LIST (\Marked \HasNoChildren) "/" INBOX`)
		v.say("%s OK LIST completed.", tag)
	case "SEARCH":
		v.search(rest)
		v.say("%s OK SEARCH completed.", tag)
	case "FETCH":
		if !v.fetch(rest, byUID) {
			v.say("%s BAD Command Argument Error. 11", tag)
			break
		}
		v.say("%s OK FETCH completed.", tag)
	case "UNSELECT", "CLOSE":
		v.say("%s OK %s completed.", tag, verb)
	default:
		v.say("%s BAD Command Error. 12", tag)
	}
}

// search supports ALL and HEADER Message-ID.
func (v *inbox) search(rest string) {
	_, wanted, byID := strings.Cut(strings.ReplaceAll(strings.ToLower(rest), `"`, ""), "message-id ")
	wanted = strings.TrimSpace(wanted)
	found := "* SEARCH"
	for i, raw := range v.received() {
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err == nil && (!byID || strings.Contains(strings.ToLower(m.Header.Get("Message-ID")), wanted)) {
			found += " " + strconv.Itoa(i+1)
		}
	}
	v.say("%s", found)
}
