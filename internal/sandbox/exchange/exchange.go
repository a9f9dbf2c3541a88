// Package exchange simulates Exchange Online: SMTP submission and IMAP with
// recorded replies. The mailbox's name selects the fault.
package exchange

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// Message is an accepted message.
type Message struct {
	From string // envelope sender
	To   []string
	Data []byte
}

// Options configure a Server.
type Options struct {
	SMTP, IMAP  net.Listener // SMTP uses STARTTLS, IMAP implicit TLS
	Certificate tls.Certificate
	Now         func() time.Time
}

// Server is a running SMTP and IMAP server.
type Server struct {
	Options
	tls  *tls.Config
	stop context.CancelFunc

	mu       sync.Mutex
	messages []Message
	boxes    map[string][]*stored // by the mailbox's address in lower case, oldest first
	uids     map[string]int       // the last UID of each mailbox
}

// Start serves both protocols until Close. Canceling ctx does not stop it.
func Start(ctx context.Context, o Options) *Server {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	s := &Server{Options: o, stop: stop, boxes: map[string][]*stored{}, uids: map[string]int{}}
	s.tls = &tls.Config{Certificates: []tls.Certificate{o.Certificate}, MinVersion: tls.VersionTLS12}
	go serve(ctx, o.SMTP, s.speakSMTP)
	go serve(ctx, o.IMAP, func(c net.Conn) { s.speakIMAP(tls.Server(c, s.tls)) })
	return s
}

// Messages returns all accepted messages, oldest first.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Close stops both servers and closes their connections.
func (s *Server) Close() error {
	s.stop()
	return errors.Join(s.SMTP.Close(), s.IMAP.Close())
}

// serve accepts connections and closes each of them when ctx is done.
func serve(ctx context.Context, l net.Listener, speak func(net.Conn)) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		stop := context.AfterFunc(ctx, func() { _ = c.Close() })
		go func() {
			defer stop()
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(time.Minute))
			speak(c)
		}()
	}
}

// session is one connection.
type session struct {
	*Server
	conn    net.Conn
	text    *textproto.Conn
	mailbox string // the signed-in mailbox
}

func (s *session) say(format string, args ...any) { _ = s.text.PrintfLine(format, args...) }

// read returns the next line, split at its first space.
func (s *session) read() (first, rest string, ok bool) {
	line, err := s.text.ReadLine()
	first, rest, _ = strings.Cut(line, " ")
	return first, rest, err == nil && len(line) <= 16<<10
}

// xoauth2 decodes a response of the SASL mechanism XOAUTH2: "user=" address ^A
// "auth=Bearer " token ^A ^A. If the command has no initial response, xoauth2 sends
// challenge and reads it.
func (s *session) xoauth2(response, challenge string) (mailbox, token string, ok bool) {
	if response == "" {
		s.say("%s", challenge)
		response, _ = s.text.ReadLine()
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(response))
	fields := strings.Split(string(raw), "\x01")
	if err != nil || len(fields) < 3 {
		return "", "", false
	}
	mailbox, isUser := strings.CutPrefix(fields[0], "user=")
	token, isToken := strings.CutPrefix(fields[1], "auth=Bearer ")
	return mailbox, token, isUser && isToken
}

// fault returns the fault that a mailbox's name selects for a command, if any.
func fault(mailbox string, where faults.Origin, command string) (faults.Fault, bool) {
	f, ok := tenant.Fault(mailbox, where)
	return f, ok && f.Verb == command
}

// frontEnd is the name of a server in Exchange's format.
const frontEnd = "PR3P189CA0001.EURP189.PROD.OUTLOOK.COM"
