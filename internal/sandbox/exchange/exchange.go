// Package exchange simulates Exchange Online: SMTP submission and IMAP with
// recorded answers. The mailbox's name chooses the fault.
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

// Server is a running SMTP and IMAP server.
type Server struct {
	now        func() time.Time
	smtp, imap net.Listener
	tls        *tls.Config
	stop       context.CancelFunc

	mu       sync.Mutex
	messages []Message
}

// Start listens on loopback: SMTP with STARTTLS, IMAP with implicit TLS.
func Start(ctx context.Context, certificate tls.Certificate, now func() time.Time) (*Server, error) {
	s := &Server{now: now}
	s.tls = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	var config net.ListenConfig
	var err error
	if s.smtp, err = config.Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	if s.imap, err = config.Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
		_ = s.smtp.Close()
		return nil, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	go serve(running, s.smtp, s.speakSMTP)
	go serve(running, s.imap, func(c net.Conn) { s.speakIMAP(tls.Server(c, s.tls)) })
	return s, nil
}

// SMTPAddr returns host:port.
func (s *Server) SMTPAddr() string { return s.smtp.Addr().String() }

// IMAPAddr returns host:port.
func (s *Server) IMAPAddr() string { return s.imap.Addr().String() }

// Messages returns all accepted messages, oldest first.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Close ends both servers and their connections.
func (s *Server) Close() error {
	s.stop()
	return errors.Join(s.smtp.Close(), s.imap.Close())
}

// serve accepts connections, each of which ends with the context.
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
	mailbox string // who signed in
}

func (s *Server) newSession(c net.Conn) session {
	return session{Server: s, conn: c, text: textproto.NewConn(c)}
}

func (s *session) say(format string, args ...any) { _ = s.text.PrintfLine(format, args...) }

// read returns the next line up to its first space, and the rest.
func (s *session) read() (first, rest string, ok bool) {
	line, err := s.text.ReadLine()
	first, rest, _ = strings.Cut(line, " ")
	return first, rest, err == nil && len(line) <= 16<<10
}

// xoauth2 decodes a response of the SASL mechanism XOAUTH2: "user=" address ^A
// "auth=Bearer " token ^A ^A. It asks for one with challenge when the command has
// none.
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

// fault returns the refusal of a command that a mailbox's name chooses.
func fault(mailbox string, where faults.Origin, command string) (faults.Fault, bool) {
	f, ok := tenant.Fault(mailbox, where)
	return f, ok && f.Verb == command
}

// frontEnd is the name of a server, in Exchange's form.
const frontEnd = "PR3P189CA0001.EURP189.PROD.OUTLOOK.COM"
