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

// proxyResponse keeps the proxy's status, of which package http leaves one word.
func proxyResponse(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{Proxy: proxy.Host, Status: sanitize.Line(answer.Status)}
}

// transportError sorts an error of the transport.
func transportError(req *http.Request, err error) error {
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

// Untrusted reports whether err is a failed TLS handshake or an unacceptable
// certificate.
func Untrusted(err error) bool {
	var notTLS tls.RecordHeaderError
	var certificate *tls.CertificateVerificationError
	var op *net.OpError
	return errors.As(err, &notTLS) || errors.As(err, &certificate) ||
		errors.As(err, &op) && op.Op == "remote error" || // an alert of the server
		strings.HasPrefix(err.Error(), "tls: ") // package tls has no type for the rest
}
