package exchange

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/textproto"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/network"
)

// Errors of a mail connection. Problem explains them.
var (
	errBadToken   = errors.New("access token with a forbidden character")
	errNoSTARTTLS = errors.New("the server does not offer STARTTLS")
	errInjected   = errors.New("the server sent text before the encryption it agreed to")
	errTooMuch    = errors.New("the server's reply does not end")
	errNoXOAUTH2  = errors.New("the server does not offer XOAUTH2")
	errGarbled    = errors.New("the server does not speak the protocol")
)

// maxReply is the maximum number of bytes that a server may send between two
// commands.
const maxReply = 64 << 10

// limitedConn is a connection to a mail server that limits the size of replies and
// detects text injected behind the answer to STARTTLS (USENIX Security 2021, "Why
// TLS Is Better Without STARTTLS").
type limitedConn struct {
	net.Conn
	read         int
	sentSTARTTLS bool  // STARTTLS was sent, TLS has not begun
	readAnswer   bool  // the answer to it was read
	failed       error // the first error of Read
}

// readError returns the error that ended the connection in place of err, which may
// only be that of a parser which got half a line.
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

func (w *limitedConn) Read(b []byte) (int, error) {
	n, err := w.readGuarded(b)
	if err != nil {
		w.failed = cmp.Or(w.failed, err)
	}
	return n, err
}

func (w *limitedConn) readGuarded(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
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

// dial connects to a server written as for azure.SplitServer. The conversation
// ends with ctx, or when the mailbox's timeout is over since dial was called. The
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

// contextError returns the context's error in place of err, which its end may have
// caused by closing the connection.
func contextError(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
