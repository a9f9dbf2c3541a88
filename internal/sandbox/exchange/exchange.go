// Package exchange simulates Exchange Online: SMTP submission and IMAP with
// recorded answers. The mailbox's name chooses the fault. Whether a token is
// valid is for the caller to say.
package exchange

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
)

// Options configure a Server.
type Options struct {
	Certificate tls.Certificate
	// Authorize reports whether an access token lets a mailbox use a scope,
	// azure.ScopeSMTP or azure.ScopeIMAP.
	Authorize func(mailbox, token, scope string) bool
	Now       func() time.Time
}

// Message is an accepted message.
type Message struct {
	From string // envelope sender
	To   []string
	Data []byte
}

// Server is a running SMTP and IMAP server.
type Server struct {
	Options
	smtp, imap net.Listener
	tls        *tls.Config

	mu       sync.Mutex
	messages []Message
	open     map[net.Conn]bool
	closed   bool
}

// Start listens on loopback: SMTP with STARTTLS, IMAP with implicit TLS.
func Start(ctx context.Context, o Options) (*Server, error) {
	s := &Server{Options: o, open: map[net.Conn]bool{}}
	s.tls = &tls.Config{Certificates: []tls.Certificate{o.Certificate}, MinVersion: tls.VersionTLS12}
	var config net.ListenConfig
	var err error
	if s.smtp, err = config.Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	if s.imap, err = config.Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
		_ = s.smtp.Close()
		return nil, err
	}
	go s.serve(s.smtp, s.speakSMTP)
	go s.serve(s.imap, func(c net.Conn) { s.speakIMAP(tls.Server(c, s.tls)) })
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
	return append([]Message(nil), s.messages...)
}

// Close ends both servers and their connections.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	for c := range s.open {
		_ = c.Close()
	}
	s.mu.Unlock()
	_ = s.imap.Close()
	return s.smtp.Close()
}

func (s *Server) serve(l net.Listener, speak func(net.Conn)) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.closed {
			_ = c.Close()
		}
		s.open[c] = true
		s.mu.Unlock()
		go func() {
			speak(c)
			_ = c.Close()
			s.mu.Lock()
			delete(s.open, c)
			s.mu.Unlock()
		}()
	}
}

// xoauth2 decodes a response of the SASL mechanism XOAUTH2: "user=" address ^A
// "auth=Bearer " token ^A ^A.
func xoauth2(encoded string) (mailbox, token string, ok bool) {
	raw, err := base64.StdEncoding.DecodeString(encoded)
	fields := strings.Split(string(raw), "\x01")
	if err != nil || len(fields) < 3 {
		return "", "", false
	}
	mailbox, isUser := strings.CutPrefix(fields[0], "user=")
	token, isToken := strings.CutPrefix(fields[1], "auth=Bearer ")
	return mailbox, token, isUser && isToken
}

// fault returns the entry of the catalogue that a mailbox's name chooses.
func fault(mailbox string, where faults.Origin) (faults.Fault, bool) {
	name, _, _ := strings.Cut(strings.ToLower(mailbox), "@")
	f, ok := faults.ByID(name)
	return f, ok && f.Where == where
}

// The names of a front end and a mailbox server, in Exchange's form.
const (
	frontEnd    = "PR3P189CA0001.EURP189.PROD.OUTLOOK.COM"
	mailboxHost = "PR3P189MB0001.EURP189.PROD.OUTLOOK.COM"
	session     = "08DE2B40C0FFEE01"
)

// refusal is the recorded reply of a fault.
func (s *Server) refusal(f faults.Fault, user, from string) string {
	iso := s.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	text := strings.NewReplacer("{host}", frontEnd, "{iso}", iso, "{session}", session,
		"{mailboxhost}", mailboxHost, "{user}", user, "{from}", from).Replace(f.Sample)
	return fmt.Sprintf("%d %s %s", f.Status, f.Enhanced, text)
}
