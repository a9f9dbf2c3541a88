package exchange

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"net"
	"net/smtp"
	"net/textproto"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// Errors of a mail connection. Problem explains them.
var (
	errBadToken   = errors.New("the access token contains an invalid character")
	errNoSTARTTLS = errors.New("the server does not offer STARTTLS")
	errInjected   = errors.New("the server sent text between STARTTLS and the TLS handshake")
	errTooMuch    = errors.New("the server's reply is too long")
	errNoXOAUTH2  = errors.New("the server does not offer XOAUTH2")
	errGarbled    = errors.New("the server does not speak the protocol")
)

// maxReply is the maximum number of bytes that a server may send between two
// commands.
const maxReply = 64 << 10

// limitedConn is a connection to a mail server that limits the size of replies and
// detects text injected after the answer to STARTTLS (USENIX Security 2021, "Why
// TLS Is Better Without STARTTLS").
type limitedConn struct {
	net.Conn
	read         int
	sentSTARTTLS bool  // STARTTLS was sent, TLS has not begun
	readAnswer   bool  // the answer to it was read
	failed       error // the first error of Read
}

// readError returns the error that ended the connection instead of err, which may be
// the parse error of a truncated line.
func (w *limitedConn) readError(err error) error {
	if _, replied := errors.AsType[*textproto.Error](err); replied || err == nil || w.failed == nil {
		return err
	}
	return w.failed
}

func (w *limitedConn) Write(b []byte) (int, error) {
	w.read, w.readAnswer = 0, false
	w.sentSTARTTLS = bytes.EqualFold(bytes.TrimSpace(b), []byte("STARTTLS"))
	return w.Conn.Write(b)
}

func (w *limitedConn) Read(b []byte) (n int, err error) {
	defer func() { w.failed = cmp.Or(w.failed, err) }()
	n, err = w.Conn.Read(b)
	if w.read += n; w.read > maxReply {
		return 0, errTooMuch
	}
	if !w.sentSTARTTLS || n == 0 {
		return n, err
	}
	if end := bytes.IndexByte(b[:n], '\n'); w.readAnswer || end >= 0 && end < n-1 {
		return 0, errInjected
	} else if end >= 0 {
		w.readAnswer = true
	}
	return n, err
}

// dial connects to a server in the form of azure.SplitServer. The connection is
// closed when ctx ends, and times out after m.Timeout, counted from the call. The
// caller must call stop, unless there is an error.
func (m Mailbox) dial(
	ctx context.Context, server string,
) (conn *limitedConn, conf *tls.Config, stage Stage, stop func(), err error) {
	host, port, implicit, err := azure.SplitServer(server)
	if err != nil {
		return nil, nil, StageConnect, nil, err
	}
	if conf, err = network.TLS(m.Cloud.CA, m.Now); err != nil {
		return nil, nil, StageConnect, nil, err
	}
	conf.ServerName = host
	limit, cancel := context.WithTimeout(ctx, cmp.Or(m.Timeout, 30*time.Second))
	defer cancel()
	dialer := net.Dialer{Timeout: 10 * time.Second}
	raw, err := dialer.DialContext(limit, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, nil, StageConnect, nil, err
	}
	end, _ := limit.Deadline()
	_ = raw.SetDeadline(end)
	done := context.AfterFunc(ctx, func() { _ = raw.Close() })
	stop = func() { done(); _ = raw.Close() }
	if !implicit {
		return &limitedConn{Conn: raw}, conf, StageConnect, stop, nil
	}
	secure := tls.Client(raw, conf)
	if err := secure.HandshakeContext(ctx); err != nil {
		stop()
		return nil, nil, StageTLS, nil, err
	}
	return &limitedConn{Conn: secure}, conf, StageTLS, stop, nil
}

// contextError returns the error of ctx instead of err if ctx has ended, because that
// closes the connection.
func contextError(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// xoauth2 is the SASL mechanism XOAUTH2 (learn.microsoft.com/exchange/
// client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth).
// Some servers send the reason of a refusal as a challenge first, which is answered
// with an empty line.
type xoauth2 struct {
	address string
	token   secret.String
	sent    bool // the token was sent
	reason  string
}

// maxCommand is the length in bytes, with CRLF, of the longest command line that
// every server accepts (RFC 5321 section 4.5.3.1.4).
const maxCommand = 512

func (x *xoauth2) text() []byte {
	x.sent = true
	return []byte("user=" + x.address + "\x01auth=Bearer " + x.token.Reveal() + "\x01\x01")
}

// Start returns the initial response of SMTP's AUTH command, or nothing if the line
// would be too long, as with all tokens of Exchange: the text is then sent after the
// server's empty challenge (RFC 4954 section 4). It implements smtp.Auth.
func (x *xoauth2) Start(*smtp.ServerInfo) (mechanism string, response []byte, err error) {
	text := x.text()
	if len("AUTH XOAUTH2 \r\n")+base64.StdEncoding.EncodedLen(len(text)) > maxCommand {
		x.sent, text = false, nil
	}
	return "XOAUTH2", text, nil
}

// Next returns the response to a challenge. A challenge after the text was sent is the
// reason of a refusal: Next keeps it and returns an empty response. Success before the
// text was sent is a protocol error.
func (x *xoauth2) Next(challenge []byte, more bool) (response []byte, err error) {
	switch {
	case !more && !x.sent:
		return nil, protocolError("success before authentication")
	case !more:
		return nil, nil
	case !x.sent:
		return x.text(), nil
	}
	if decoded, err := base64.StdEncoding.DecodeString(string(challenge)); err == nil { // encoded twice
		challenge = decoded
	}
	x.reason = sanitize.Line(string(challenge))
	return []byte{}, nil
}

// explain adds the reason to an *Error.
func (x *xoauth2) explain(err error) error {
	if refused, is := errors.AsType[*Error](err); is && x.reason != "" {
		refused.Text += " " + x.reason
	}
	return err
}
