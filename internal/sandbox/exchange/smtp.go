package exchange

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
)

// mayBeSentAs is a sender for which every mailbox has the right Send As.
const mayBeSentAs = "sendas-ok"

// submission is an SMTP session.
type submission struct {
	*Server
	conn   net.Conn
	text   *textproto.Conn
	secure bool
	user   string // who signed in
	from   string
	to     []string
}

func (s *Server) speakSMTP(c net.Conn) {
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	v := &submission{Server: s, conn: c, text: textproto.NewConn(c)}
	now := s.Now().UTC().Format("Mon, 2 Jan 2006 15:04:05 +0000")
	v.say("220 %s Microsoft ESMTP MAIL Service ready at %s [%s]", frontEnd, now, session)
	for {
		l, err := v.text.ReadLine()
		if err != nil || len(l) > 16<<10 {
			return
		}
		verb, rest, _ := strings.Cut(l, " ")
		if !v.obey(strings.ToUpper(verb), strings.TrimSpace(rest)) {
			return
		}
	}
}

func (v *submission) say(format string, args ...any) { _ = v.text.PrintfLine(format, args...) }

// obey answers one command. It returns false to end the session.
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
	if v.user == "" {
		f, _ := faults.ByID("530-5.7.57")
		v.say("%s", v.refusal(f, "", ""))
		return
	}
	if f, plays := fault(v.user, faults.FromSMTP); plays && f.Verb == "MAIL" {
		v.say("%s", v.refusal(f, v.user, from))
		return
	}
	v.from, v.to = from, nil
	v.say("250 2.1.0 Sender OK")
}

// hello lists the extensions in Exchange's order. AUTH replaces STARTTLS when the
// connection is encrypted.
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

// auth refuses without the challenge of Gmail's XOAUTH2, as Exchange does.
func (v *submission) auth(rest string) {
	mechanism, initial, _ := strings.Cut(rest, " ")
	if !v.secure || !strings.EqualFold(mechanism, "XOAUTH2") {
		f, _ := faults.ByID("504-5.7.4")
		v.say("%s", v.refusal(f, "", ""))
		return
	}
	if initial == "" {
		v.say("334 ")
		l, err := v.text.ReadLine()
		if err != nil {
			return
		}
		initial = l
	}
	mailbox, token, ok := xoauth2(initial)
	if f, plays := fault(mailbox, faults.FromSMTP); plays && f.Verb == "AUTH" {
		v.say("%s", v.refusal(f, mailbox, ""))
		return
	}
	if !ok || !v.Authorize(mailbox, token, azure.ScopeSMTP) {
		f, _ := faults.ByID("535-5.7.3")
		v.say("%s", v.refusal(f, mailbox, ""))
		return
	}
	v.user = mailbox
	v.say("235 2.7.0 Authentication successful")
}

// data accepts the message, or refuses its sender at the end, as Exchange does.
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
	raw = bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n")) // DotReader has removed the \r
	from := v.from
	id := "unknown"
	if m, err := mail.ReadMessage(bufio.NewReader(bytes.NewReader(raw))); err == nil {
		if a, err := mail.ParseAddress(m.Header.Get("From")); err == nil {
			from = a.Address
		}
		id = m.Header.Get("Message-ID")
	}
	denied, plays := fault(v.user, faults.FromSMTP)
	if !plays || denied.Verb != "DATA" {
		denied, _ = faults.ByID("554-5.2.252")
		if plays = !v.maySend(from); !plays && !v.maySend(v.from) {
			plays, from = true, v.from // the envelope counts as well
		}
	}
	if plays {
		v.say("%s", v.refusal(denied, v.user, from))
		return true
	}
	v.mu.Lock()
	v.messages = append(v.messages, Message{v.from, v.to, raw})
	v.mu.Unlock()
	v.from, v.to = "", nil
	v.say("250 2.0.0 OK %s [Hostname=%s]", id, mailboxHost)
	return true
}

func (v *submission) maySend(from string) bool {
	name, _, _ := strings.Cut(from, "@")
	return strings.EqualFold(from, v.user) || name == mayBeSentAs
}

// address returns what is between < and > in MAIL FROM and RCPT TO.
func address(rest string) string {
	_, after, _ := strings.Cut(rest, "<")
	inside, _, _ := strings.Cut(after, ">")
	return inside
}
