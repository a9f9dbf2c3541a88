package network

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// TransportError reports that no valid HTTP answer was received. The server may
// have processed the request.
type TransportError struct {
	Err       error
	Untrusted bool // TLS failed; a retry would fail as well
	Sent      bool // at least part of the request was written
}

// Error returns the text of the cause.
func (e *TransportError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// ProxyError reports that the proxy from the environment refused the connection or
// did not answer.
type ProxyError struct {
	Proxy  string // host:port, without credentials
	Status string // "407 Proxy Authentication Required"; "" if it did not answer
	Err    error  // the network error if it did not answer
}

// Error returns the proxy and its status, or the network error.
func (e *ProxyError) Error() string {
	return "proxy " + e.Proxy + ": " + cmp.Or(e.Status, fmt.Sprint(e.Err))
}

// Unwrap returns the network error, or nil.
func (e *ProxyError) Unwrap() error { return e.Err }

// proxyResponse returns a *ProxyError with the full status line; the error of
// package http contains only one word of it.
func proxyResponse(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{Proxy: proxy.Host, Status: sanitize.Line(answer.Status)}
}

// transportError wraps an error of the transport in a TransportError.
func transportError(req *http.Request, err error) *TransportError {
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
		isOp && op.Op == "remote error" || // a TLS alert from the server
		strings.HasPrefix(err.Error(), "tls: ") // package tls has no type for its other errors
}

// is reports whether err is or wraps an error of type E.
func is[E error](err error) bool {
	_, found := errors.AsType[E](err)
	return found
}

// Problem returns the problem to show for a connection error; where is the name of
// the server. A server that does not answer is a temporary problem, one that fails
// TLS is not. It returns false for all other errors and for a canceled context.
func Problem(err error, where string) (*problem.Problem, bool) {
	bad, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	invalid, _ := errors.AsType[x509.CertificateInvalidError](err)
	switch {
	case err == nil || errors.Is(err, context.Canceled):
		return nil, false
	case untrusted && invalid.Cert != nil && invalid.Reason == x509.Expired:
		validity := invalid.Cert.NotBefore.Format(time.DateOnly) + " - " + invalid.Cert.NotAfter.Format(time.DateOnly)
		return unsafeProblem(err, i18n.T("The certificate of %s is not valid today (%s).", where, validity),
			i18n.T("Check the date and time of this machine first. No secret was sent.")), true
	case untrusted:
		return unsafeProblem(err, i18n.T(
			"The certificate of %s is not trusted (%s).", where, bad.Err), nothingSent), true
	case errors.Is(err, ErrRedirect):
		what := i18n.T("%s answered with a redirect, which Microsoft never does (%v).", where, err)
		return unsafeProblem(err, what, secretsSent), true
	case Untrusted(err):
		what, do := i18n.T("The encrypted connection to %s failed (%s).", where, err), nothingSent
		if transport, is := errors.AsType[*TransportError](err); is && transport.Sent {
			do = secretsSent
		}
		return unsafeProblem(err, what, do), true
	}
	return unreachable(err, where)
}

// nothingSent is the advice if TLS failed.
var nothingSent = i18n.T(
	"No secret was sent. An antivirus program or a proxy may be intercepting the connection: ask " +
		"your network administrator.")

// secretsSent is the advice if another server than Microsoft's may have received
// the request.
var secretsSent = i18n.T("The client secret or the tokens that were sent may have been read. Ask your network " +
	"administrator what answered in place of Microsoft, then create a new client secret and run setup to sign in " +
	"again.")

// unsafeProblem returns the problem for a server that failed TLS.
func unsafeProblem(err error, what, do i18n.Text) *problem.Problem {
	return &problem.Problem{Exit: problem.Safety, ID: "tls", What: what, Do: do, Err: err}
}

// UnexpectedProblem returns the problem for an answer that Microsoft's servers
// never send. The exit code is 13.
func UnexpectedProblem(err error, where string) *problem.Problem {
	return unsafeProblem(err, i18n.T("%s does not behave as Microsoft's servers do (%v).", where, err), nothingSent)
}

// UnreachableProblem returns the problem for a server that did not send a complete
// answer. why is the explanation at the end of the message. The exit code is 75.
func UnreachableProblem(err error, where string, why i18n.Text) *problem.Problem {
	return &problem.Problem{Exit: problem.Temporary, ID: "network", Err: err,
		Do:   i18n.T("Check the Internet connection, the firewall and the proxy, then try again."),
		What: i18n.T("%s cannot be reached: %s.", where, why)}
}

// unreachable returns the problem for a missing or incomplete answer.
func unreachable(err error, where string) (*problem.Problem, bool) {
	proxy, byProxy := errors.AsType[*ProxyError](err)
	network, isNetwork := errors.AsType[net.Error](err)
	op, isOp := errors.AsType[*net.OpError](err)
	var why i18n.Text
	switch {
	case byProxy && proxy.Status != "":
		why = i18n.T("the proxy %s (HTTPS_PROXY) refuses the connection (%s)", proxy.Proxy, proxy.Status)
	case byProxy: // first, because the other cases are about the server
		why = i18n.T("the proxy %s (HTTPS_PROXY) does not answer", proxy.Proxy)
	case is[*net.DNSError](err):
		why = i18n.T("the host name was not found")
	case errors.Is(err, context.DeadlineExceeded), isNetwork && network.Timeout():
		why = i18n.T("it did not answer in time")
	case isOp && op.Op == "dial":
		why = i18n.T("the connection was refused or blocked")
	case isOp, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		why = i18n.T("the connection was interrupted")
	case errors.Is(err, ErrTooLarge):
		why = i18n.T("its answer is too long")
	case is[*TransportError](err):
		why = i18n.T("the answer is not valid HTTP")
	default:
		return nil, false
	}
	return UnreachableProblem(err, where, why), true
}
