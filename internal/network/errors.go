package network

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// TransportError says that no answer came, or none that is HTTP. Whether the
// request was acted upon is not known.
type TransportError struct {
	Err       error
	Untrusted bool // the server could not prove who it is: asking again is no use
}

// Error is the cause's.
func (e *TransportError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// ProxyError says that the proxy of the environment was in the way, so that
// nobody looks for the fault at Microsoft's.
type ProxyError struct {
	Proxy  string // host:port, without its login
	Status string // "407 Proxy Authentication Required"; "" when it does not answer
	Err    error  // why it does not answer
}

// Error names the proxy and what it said.
func (e *ProxyError) Error() string {
	if e.Status != "" {
		return "proxy " + e.Proxy + ": " + e.Status
	}
	return "proxy " + e.Proxy + ": " + e.Err.Error()
}

// Unwrap returns the network's error, if there is one.
func (e *ProxyError) Unwrap() error { return e.Err }

// proxyAnswer keeps the proxy's status, of which package http leaves one word.
func proxyAnswer(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{Proxy: proxy.Host, Status: sanitize.Line(answer.Status)}
}

// broken sorts an error of the transport.
func broken(req *http.Request, err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "proxyconnect" {
		proxy := &ProxyError{Err: op.Err}
		if at, bad := http.ProxyFromEnvironment(req); bad == nil && at != nil {
			proxy.Proxy = at.Host
		}
		err = proxy
	}
	return &TransportError{Err: err, Untrusted: Untrusted(err)}
}

// Untrusted recognises a failed handshake or a certificate that will not do,
// which package tls reports in several types.
func Untrusted(err error) bool {
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var bad *tls.CertificateVerificationError
	return errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &bad) ||
		strings.HasPrefix(err.Error(), "tls: ") || strings.Contains(err.Error(), "remote error: tls")
}
