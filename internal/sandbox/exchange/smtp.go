package exchange

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/mail"
	"net/textproto"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// The values of a session, in Exchange's format.
const (
	mailboxHost = "PR3P189MB0001.EURP189.PROD.OUTLOOK.COM"
	sessionID   = "08DE2B40C0FFEE01"
)

// mayBeSentAs is an address that every mailbox may use as the sender (Send As).
const mayBeSentAs = "sendas-ok"

// submission is an SMTP session.
type submission struct {
	session
	secure bool
	from   string
	to     []string
}

func (s *Server) speakSMTP(c net.Conn) {
	v := &submission{session: session{Server: s, conn: c, text: textproto.NewConn(c)}}
	now := s.Now().UTC().Format("Mon, 2 Jan 2006 15:04:05 +0000")
	v.say("220 %s Microsoft ESMTP MAIL Service ready at %s [%s]", frontEnd, now, sessionID)
	for {
		verb, rest, ok := v.read()
		if !ok || !v.obey(strings.ToUpper(verb), strings.TrimSpace(rest)) {
			return
		}
	}
}

// refuse sends the recorded reply of a fault.
func (v *submission) refuse(f faults.Fault, user, from string) {
	iso := v.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	text := strings.NewReplacer("{host}", frontEnd, "{iso}", iso, "{session}", sessionID,
		"{mailboxhost}", mailboxHost, "{user}", user, "{from}", from).Replace(f.Sample)
	v.say("%d %s %s", f.Status, f.Enhanced, text)
}

// obey executes one command. It returns false to end the session.
func (v *submission) obey(verb, rest string) bool {
	switch verb {
	case "EHLO", "HELO":
		v.hello()
	case "STARTTLS":
		return v.startTLS()
	case "AUTH":
		v.auth(rest)
	case "MAIL":
		v.sender(address(rest))
	case "RCPT":
		if v.from == "" {
			v.say("503 5.5.1 Bad sequence of commands")
			break
		}
		v.to = append(v.to, address(rest))
		v.say("250 2.1.5 Recipient OK")
	case "DATA":
		return v.data()
	case "RSET":
		v.from, v.to = "", nil
		v.say("250 2.0.0 Resetting")
	case "NOOP":
		v.say("250 2.0.0 OK")
	case "QUIT":
		v.say("221 2.0.0 Service closing transmission channel")
		return false
	default:
		v.say("500 5.3.3 Unrecognized command '%s'", "unknown")
	}
	return true
}

func (v *submission) sender(from string) {
	f, refused := fault(v.mailbox, faults.FromSMTP, "MAIL")
	if v.mailbox == "" {
		f, refused = faults.ByID("530-5.7.57")
	}
	if refused {
		v.refuse(f, v.mailbox, from)
		return
	}
	v.from, v.to = from, nil
	v.say("250 2.1.0 Sender OK")
}

// hello lists the extensions in Exchange's order. On an encrypted connection, AUTH
// replaces STARTTLS.
func (v *submission) hello() {
	last := "STARTTLS"
	if v.secure {
		last = "AUTH LOGIN XOAUTH2"
	}
	v.say("250-%s Hello [127.0.0.1]", frontEnd)
	for _, extension := range []string{
		"SIZE 157286400", "PIPELINING", "DSN", "ENHANCEDSTATUSCODES", last, "8BITMIME", "BINARYMIME", "CHUNKING",
	} {
		v.say("250-%s", extension)
	}
	v.say("250 SMTPUTF8")
}

func (v *submission) startTLS() bool {
	if v.secure {
		v.say("503 5.5.2 Only one STARTTLS command can be issued per session")
		return true
	}
	v.say("220 2.0.0 SMTP server ready")
	secure := tls.Server(v.conn, v.tls)
	if secure.Handshake() != nil {
		return false
	}
	v.conn, v.secure = secure, true
	v.text = textproto.NewConn(secure)
	return true
}

// auth refuses a sign-in without the challenge of Gmail's XOAUTH2, as Exchange
// does.
func (v *submission) auth(rest string) {
	mechanism, response, _ := strings.Cut(rest, " ")
	if !v.secure || !strings.EqualFold(mechanism, "XOAUTH2") {
		f, _ := faults.ByID("504-5.7.4")
		v.refuse(f, "", "")
		return
	}
	mailbox, token, ok := v.xoauth2(response, "334 ")
	f, refused := fault(mailbox, faults.FromSMTP, "AUTH")
	address, opens := tenant.Authorize(v.Now(), token, mailbox, azure.ScopeSMTP)
	if !refused && !(ok && opens) {
		f, refused = faults.ByID("535-5.7.3")
	}
	if refused {
		v.refuse(f, mailbox, "")
		return
	}
	v.mailbox = address
	v.say("235 2.7.0 Authentication successful")
}

// data accepts the message, or refuses its sender after the data, as Exchange does.
func (v *submission) data() bool {
	if len(v.to) == 0 {
		v.say("503 5.5.2 Need rcpt command")
		return true
	}
	v.say("354 Start mail input; end with <CRLF>.<CRLF>")
	raw, err := io.ReadAll(io.LimitReader(v.text.DotReader(), 1<<20))
	if err != nil {
		return false
	}
	raw = bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n")) // DotReader removes the \r
	from := v.from
	id := "unknown"
	if m, err := mail.ReadMessage(bytes.NewReader(raw)); err == nil {
		if a, err := mail.ParseAddress(m.Header.Get("From")); err == nil {
			from = a.Address
		}
		id = m.Header.Get("Message-ID")
	}
	f, refused := fault(v.mailbox, faults.FromSMTP, "DATA")
	if !refused && v.maySend(from) {
		from = v.from // the envelope sender is checked as well
	}
	if !refused && !v.maySend(from) {
		f, refused = faults.ByID("554-5.2.252")
	}
	if refused {
		v.refuse(f, v.mailbox, from)
		return true
	}
	v.mu.Lock()
	v.deliver(Message{v.from, v.to, raw})
	v.mu.Unlock()
	v.from, v.to = "", nil
	v.say("250 2.0.0 OK %s [Hostname=%s]", id, mailboxHost)
	return true
}

func (v *submission) maySend(from string) bool {
	name, _, _ := strings.Cut(from, "@")
	return strings.EqualFold(tenant.AccountOf(from).Address, v.mailbox) || name == mayBeSentAs
}

// address returns the text between < and > in MAIL FROM and RCPT TO.
func address(rest string) string {
	_, after, _ := strings.Cut(rest, "<")
	inside, _, _ := strings.Cut(after, ">")
	return inside
}
