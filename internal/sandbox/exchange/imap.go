package exchange

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
)

// inbox is an IMAP session with the commands to sign in, search the inbox and
// fetch. It is written by hand because go-imap's server has texts of its own,
// where Exchange's are needed.
type inbox struct {
	*Server
	conn    net.Conn
	in      *bufio.Reader
	mailbox string
	refused int // commands answered with BAD although signed in
}

func (s *Server) speakIMAP(c net.Conn) {
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	v := &inbox{Server: s, conn: c, in: bufio.NewReader(c)}
	v.say("* OK The Microsoft Exchange IMAP4 service is ready. [%s]", greetingName(frontEnd))
	for {
		l, err := v.in.ReadString('\n')
		if err != nil || len(l) > 16<<10 {
			return
		}
		tag, rest, _ := strings.Cut(strings.TrimRight(l, "\r\n"), " ")
		verb, rest, _ := strings.Cut(rest, " ")
		if !v.obey(tag, strings.ToUpper(verb), rest) {
			return
		}
	}
}

func (v *inbox) say(format string, args ...any) { fmt.Fprintf(v.conn, format+"\r\n", args...) }

// greetingName encodes the server's name as Exchange does: UTF-16LE in base64.
func greetingName(host string) string {
	var raw []byte
	for _, u := range utf16.Encode([]rune(host)) {
		raw = binary.LittleEndian.AppendUint16(raw, u)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// obey answers one command. It returns false to end the session.
func (v *inbox) obey(tag, verb, rest string) bool {
	switch verb {
	case "CAPABILITY":
		v.capability()
		v.say("%s OK CAPABILITY completed.", tag)
		return true
	case "NOOP", "ID":
		v.say("%s OK %s completed.", tag, verb)
		return true
	case "LOGOUT":
		v.say("* BYE Microsoft Exchange Server IMAP4 server signing off.")
		v.say("%s OK LOGOUT completed.", tag)
		return false
	case "AUTHENTICATE":
		return v.authenticate(tag, rest)
	}
	if v.mailbox == "" {
		v.say("%s BAD Command received in Invalid state.", tag)
		return true
	}
	if f, plays := fault(v.mailbox, faults.FromIMAP); plays && f.Verb == "SELECT" {
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

func (v *inbox) capability() {
	more := ""
	if v.mailbox != "" {
		more = " MOVE CLIENTACCESSRULES CLIENTNETWORKPRESENCELOCATION BACKENDAUTHENTICATE"
	}
	v.say("* CAPABILITY IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS ID UNSELECT CHILDREN IDLE NAMESPACE "+
		"LITERAL+%s", more)
}

// authenticate refuses without the challenge of Gmail's XOAUTH2, as Exchange does.
func (v *inbox) authenticate(tag, rest string) bool {
	mechanism, initial, _ := strings.Cut(rest, " ")
	if initial == "" {
		v.say("+ ")
		l, err := v.in.ReadString('\n')
		if err != nil {
			return false
		}
		initial = strings.TrimSpace(l)
	}
	mailbox, token, ok := xoauth2(initial)
	f, plays := fault(mailbox, faults.FromIMAP)
	refused := plays && f.Verb == "AUTHENTICATE"
	if !strings.EqualFold(mechanism, "XOAUTH2") || !ok || refused || !v.Authorize(mailbox, token, azure.ScopeIMAP) {
		v.say("%s NO AUTHENTICATE failed.", tag)
		return true
	}
	v.mailbox = mailbox
	v.say("%s OK AUTHENTICATE completed.", tag)
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

func (v *inbox) work(tag, verb, rest string) {
	verb, rest, extra := withoutUID(verb, rest)
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
		if !v.fetch(rest, extra...) {
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

// withoutUID turns UID SEARCH into SEARCH, as both numbers are the same here. The
// answer to UID FETCH has one more item, the UID.
func withoutUID(verb, rest string) (plainVerb, plainRest string, items []string) {
	if verb != "UID" {
		return verb, rest, nil
	}
	verb, rest, _ = strings.Cut(rest, " ")
	return strings.ToUpper(verb), rest, []string{"UID"}
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
