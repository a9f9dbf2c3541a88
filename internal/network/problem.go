package network

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// Problem returns what an error of a connection means, for a person; where names
// the server. A server that does not answer is temporary, one that fails TLS is
// not. It reports false for all other errors and for a cancelled context.
func Problem(err error, where string) (*problem.Problem, bool) {
	var bad *tls.CertificateVerificationError
	var invalid x509.CertificateInvalidError
	safety := func(what, do i18n.Text) (*problem.Problem, bool) { return unsafeProblem(err, what, do), true }
	switch {
	case err == nil || errors.Is(err, context.Canceled):
		return nil, false
	case errors.As(err, &bad) && errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return safety(i18n.T("The certificate of %s is not valid today (%s).", where, validity(invalid.Cert)),
			i18n.T("Check this machine's date and time first. Nothing secret was sent."))
	case errors.As(err, &bad):
		return safety(i18n.T("The certificate of %s is not recognised (%s).", where, bad.Err), nothingSent)
	case errors.Is(err, ErrRedirect):
		return UnexpectedProblem(err, where), true
	case Untrusted(err):
		return safety(i18n.T("The encrypted connection to %s could not be made (%s).", where, err), nothingSent)
	}
	return unreachable(err, where)
}

// nothingSent is what to do when TLS failed.
var nothingSent = i18n.T("Nothing secret was sent. Perhaps an antivirus or a proxy stands between: ask whoever runs the network.")

// unsafeProblem returns the problem of a server that failed TLS.
func unsafeProblem(err error, what, do i18n.Text) *problem.Problem {
	return &problem.Problem{Exit: problem.Safety, ID: "tls", What: what, Do: do, Err: err}
}

// UnexpectedProblem returns the problem of a server that does what Microsoft's never
// do. The exit code is 13.
func UnexpectedProblem(err error, where string) *problem.Problem {
	return unsafeProblem(err, i18n.T("%s does not behave as Microsoft does (%v).", where, err), nothingSent)
}

// UnreachableProblem returns the problem of a server without a complete answer. why
// ends the sentence "… is out of reach:". The exit code is 75.
func UnreachableProblem(err error, where string, why i18n.Text) *problem.Problem {
	return &problem.Problem{Exit: problem.Temporary, ID: "network", Err: err,
		Do:   i18n.T("Check the Internet connection, the firewall and the proxy; then try again."),
		What: i18n.T("%s is out of reach: %s.", where, why)}
}

// unreachable returns the problem of an answer that is missing or incomplete.
func unreachable(err error, where string) (*problem.Problem, bool) {
	var dns *net.DNSError
	var network net.Error
	var op *net.OpError
	var proxy *ProxyError
	var transport *TransportError
	var why i18n.Text
	switch {
	case errors.As(err, &proxy) && proxy.Status != "":
		why = i18n.T("the proxy %s (variable HTTPS_PROXY) refuses (%s)", proxy.Proxy, proxy.Status)
	case errors.As(err, &proxy):
		// Before the other cases, which are about the server.
		why = i18n.T("the proxy %s (variable HTTPS_PROXY) does not answer", proxy.Proxy)
	case errors.As(err, &dns):
		why = i18n.T("its name is not found")
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		why = i18n.T("no answer in time")
	case errors.As(err, &op) && op.Op == "dial":
		why = i18n.T("the connection is refused or blocked")
	case errors.As(err, &op), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		why = i18n.T("the connection was cut")
	case errors.Is(err, ErrTooLarge):
		why = i18n.T("its answer does not end")
	case errors.As(err, &transport):
		why = i18n.T("what answers does not speak HTTP as it should")
	default:
		return nil, false
	}
	return UnreachableProblem(err, where, why), true
}

func validity(c *x509.Certificate) string {
	if c == nil {
		return "?"
	}
	return c.NotBefore.Format("2006-01-02") + " - " + c.NotAfter.Format("2006-01-02")
}
