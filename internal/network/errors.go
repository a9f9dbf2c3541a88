package network

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// TransportError reports that there was no valid HTTP answer. The server may have
// acted on the request.
type TransportError struct {
	Err       error
	Untrusted bool // TLS failed; a repetition would fail as well
}

// Error returns the cause's text.
func (e *TransportError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// ProxyError reports that the proxy of the environment refused the connection or
// did not answer.
type ProxyError struct {
	Proxy  string // host:port, without credentials
	Status string // "407 Proxy Authentication Required"; "" when it does not answer
	Err    error  // why it does not answer
}

// Error returns the proxy and its status, or the network's error.
func (e *ProxyError) Error() string {
	return "proxy " + e.Proxy + ": " + cmp.Or(e.Status, fmt.Sprint(e.Err))
}

// Unwrap returns the network's error, or nil.
func (e *ProxyError) Unwrap() error { return e.Err }

// proxyResponse returns a refusal of the proxy with its whole status, of which
// package http keeps one word.
func proxyResponse(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{Proxy: proxy.Host, Status: sanitize.Line(answer.Status)}
}

// transportError gives an error of the transport its type.
func transportError(req *http.Request, err error) error {
	if op, is := errors.AsType[*net.OpError](err); is && op.Op == "proxyconnect" {
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
	op, isOp := errors.AsType[*net.OpError](err)
	return is[tls.RecordHeaderError](err) || is[*tls.CertificateVerificationError](err) ||
		isOp && op.Op == "remote error" || // an alert of the server
		strings.HasPrefix(err.Error(), "tls: ") // package tls has no type for the rest
}

// is reports whether err is or wraps an error of type E.
func is[E error](err error) bool {
	_, found := errors.AsType[E](err)
	return found
}
