package exchange

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// inbox is an IMAP session with the commands to sign in, search the inbox and
// fetch. It does not use go-imap's server because it must send Exchange's texts.
type inbox struct {
	session
	refused bool // a command after the sign-in was answered with BAD
}

func (s *Server) speakIMAP(c net.Conn) {
	v := &inbox{session: session{Server: s, conn: c, text: textproto.NewConn(c)}}
	v.say("* OK The Microsoft Exchange IMAP4 service is ready. [%s]", greetingName(frontEnd))
	for more := true; more; {
		tag, rest, ok := v.read()
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
	case verb == "NOOP" || verb == "ID":
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
	default:
		return v.work(verb, rest), true
	}
	return completed(verb), true
}

func completed(verb string) string { return "OK " + verb + " completed." }

// authenticate refuses a sign-in without the challenge of Gmail's XOAUTH2, as
// Exchange does.
func (v *inbox) authenticate(rest string) bool {
	mechanism, response, _ := strings.Cut(rest, " ")
	mailbox, token, ok := v.xoauth2(response, "+ ")
	_, refused := fault(mailbox, faults.FromIMAP, "AUTHENTICATE")
	if !strings.EqualFold(mechanism, "XOAUTH2") || !ok || refused ||
		!tenant.Authorize(v.Now(), token, mailbox, azure.ScopeIMAP) {
		return false
	}
	v.mailbox = mailbox
	return true
}

// received returns the messages to this mailbox. Their sequence numbers equal their
// UIDs.
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

// work executes a command on the mailbox. UID SEARCH equals SEARCH because sequence
// numbers equal UIDs; the answer to UID FETCH has one more item, the UID.
func (v *inbox) work(verb, rest string) (status string) {
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
		return fmt.Sprintf("OK [%s] %s completed.", access[verb], verb)
	case "LIST":
		v.say(`* LIST (\Marked \HasNoChildren) "/" INBOX`)
	case "SEARCH":
		v.search(rest)
	case "FETCH":
		if !v.fetch(rest, byUID) {
			return "BAD Command Argument Error. 11"
		}
	case "UNSELECT", "CLOSE":
	default:
		return "BAD Command Error. 12"
	}
	return completed(verb)
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

// fetch answers FETCH for the messages of a set, with their UIDs if byUID is set.
// It returns false for an unsupported item.
func (v *inbox) fetch(rest string, byUID bool) bool {
	set, wanted, _ := strings.Cut(rest, " ")
	item := regexp.MustCompile(`BODY(\.PEEK)?\[[^\]]*\]|[A-Z0-9.]+`) // RFC 3501 section 6.4.5
	items := item.FindAllString(strings.ToUpper(wanted), -1)
	if byUID && !slices.Contains(items, "UID") {
		items = slices.Insert(items, 0, "UID")
	}
	messages := v.received()
	for i, raw := range messages {
		if !within(set, i+1, len(messages)) {
			continue
		}
		var answers []string
		for _, item := range items {
			answer := part(item, i+1, raw)
			if answer == "" {
				return false
			}
			answers = append(answers, answer)
		}
		v.say("* %d FETCH (%s)", i+1, strings.Join(answers, " "))
	}
	return len(items) > 0
}

// within reports whether n is in a sequence set such as 1, 2:4 or 3:*, where * is
// last.
func within(set string, n, last int) bool {
	for one := range strings.SplitSeq(strings.ReplaceAll(set, "*", strconv.Itoa(last)), ",") {
		from, to, ranged := strings.Cut(one, ":")
		if !ranged {
			to = from
		}
		a, _ := strconv.Atoi(from)
		b, _ := strconv.Atoi(to)
		if a > 0 && b > 0 && min(a, b) <= n && n <= max(a, b) {
			return true
		}
	}
	return false
}

// part returns a message's answer to one item, or "" if the item is not supported.
func part(item string, n int, raw []byte) string {
	header, text := raw, []byte(nil)
	if end := bytes.Index(raw, []byte("\r\n\r\n")); end >= 0 {
		header, text = raw[:end+4], raw[end+4:]
	}
	literal := func(name string, data []byte) string { return fmt.Sprintf("%s {%d}\r\n%s", name, len(data), data) }
	switch name := strings.Replace(item, ".PEEK", "", 1); name {
	case "UID":
		return fmt.Sprintf("UID %d", n)
	case "FLAGS":
		return "FLAGS ()"
	case "RFC822.SIZE":
		return fmt.Sprintf("RFC822.SIZE %d", len(raw))
	case "RFC822", "BODY[]":
		return literal(name, raw)
	case "RFC822.HEADER", "BODY[HEADER]":
		return literal(name, header)
	case "RFC822.TEXT", "BODY[TEXT]":
		return literal(name, text)
	}
	return ""
}
