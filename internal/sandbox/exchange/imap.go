package exchange

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// inbox is an IMAP session (RFC 3501) with the commands that a client uses to fetch
// mail. It does not use go-imap's server because it must send Exchange's texts.
type inbox struct {
	session
	refused  bool      // a command after the sign-in was answered with BAD
	selected bool      // the inbox is selected
	readOnly bool      // by EXAMINE
	byUID    bool      // the current command has the prefix UID
	view     []*stored // the messages of the selected inbox, by sequence number
	untagged []string  // responses of the current command
}

func (s *Server) speakIMAP(c net.Conn) {
	v := &inbox{session: session{Server: s, conn: c, text: textproto.NewConn(c)}}
	v.say("* OK The Microsoft Exchange IMAP4 service is ready. [%s]", greetingName(frontEnd))
	for more := true; more; {
		tag, rest, ok := v.read()
		if ok {
			rest, ok = v.literals(rest)
		}
		if !ok {
			return
		}
		var status string
		verb, rest, _ := strings.Cut(rest, " ")
		if status, more = v.obey(strings.ToUpper(verb), rest); status != "" {
			v.say("%s %s", tag, status)
		}
	}
}

// literals reads the literals of a command (RFC 3501 section 4.3, RFC 7888) and
// returns the command with quoted strings in their place.
func (v *inbox) literals(line string) (command string, ok bool) {
	for ok = true; ok && strings.HasSuffix(line, "}"); {
		open := strings.LastIndexByte(line, '{')
		size, plus := strings.CutSuffix(line[open+1:len(line)-1], "+")
		n, err := strconv.Atoi(size)
		if open < 0 || err != nil || n < 0 || n > 16<<10 {
			break
		}
		if !plus {
			v.say("+ Ready for additional command text.")
		}
		data := make([]byte, n)
		_, err = io.ReadFull(v.text.R, data)
		rest, failed := v.text.ReadLine()
		line = line[:open] + quote(string(data)) + rest
		ok = err == nil && failed == nil && len(line) <= 16<<10
	}
	return line, ok
}

// greetingName encodes the server's name as Exchange does: UTF-16LE in base64.
func greetingName(host string) string {
	raw, _ := binary.Append(nil, binary.LittleEndian, utf16.Encode([]rune(host))) // encoding integers cannot fail
	return base64.StdEncoding.EncodeToString(raw)
}

// obey executes one command. It returns the status, which the server sends after
// the command's tag, and false to end the session.
func (v *inbox) obey(verb, rest string) (status string, more bool) {
	f, plays := fault(v.mailbox, faults.FromIMAP, "SELECT")
	switch {
	case verb == "CAPABILITY":
		signedIn := ""
		if v.mailbox != "" {
			signedIn = " MOVE CLIENTACCESSRULES CLIENTNETWORKPRESENCELOCATION BACKENDAUTHENTICATE"
		}
		v.say("* CAPABILITY IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS ID UNSELECT CHILDREN IDLE NAMESPACE "+
			"LITERAL+%s", signedIn)
	case verb == "ID":
	case verb == "LOGOUT":
		v.say("* BYE Microsoft Exchange Server IMAP4 server signing off.")
		return completed(verb), false
	case verb == "AUTHENTICATE":
		if !v.authenticate(rest) {
			return "NO AUTHENTICATE failed.", true
		}
	case v.mailbox == "":
		return "BAD Command received in Invalid state.", true
	case plays && v.refused:
		v.say("* BYE Connection closed. 14")
		return "", false
	case plays:
		v.refused = true
		return "BAD " + f.Sample, true
	case verb == "IDLE":
		v.say("+ IDLE accepted, awaiting DONE command.")
		done, _, alive := v.read()
		return completed(verb), alive && strings.EqualFold(done, "DONE")
	default:
		v.mu.Lock()
		status = v.work(verb, rest)
		v.mu.Unlock()
		for _, line := range v.untagged { // without the lock: a client may not read them
			v.say("* %s", line)
		}
		v.untagged = nil
		return status, true
	}
	return completed(verb), true
}

func (v *inbox) answer(format string, args ...any) {
	v.untagged = append(v.untagged, fmt.Sprintf(format, args...))
}

func completed(verb string) string { return "OK " + verb + " completed." }

// authenticate refuses a sign-in without the challenge of Gmail's XOAUTH2, as
// Exchange does.
func (v *inbox) authenticate(rest string) bool {
	mechanism, response, _ := strings.Cut(rest, " ")
	mailbox, token, ok := v.xoauth2(response, "+ ")
	_, refused := fault(mailbox, faults.FromIMAP, "AUTHENTICATE")
	address, opens := tenant.Authorize(v.Now(), token, mailbox, azure.ScopeIMAP)
	if !strings.EqualFold(mechanism, "XOAUTH2") || !ok || refused ||
		!opens {
		return false
	}
	v.mailbox = address
	return true
}
