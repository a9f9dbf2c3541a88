package network

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// The IDs of the problems that Problem returns, which say what has failed.
const (
	NetworkID = "network" // the way to the server
	SilenceID = "silence" // a server that was reached and sent no complete answer
	ProxyID   = "proxy"
	RootsID   = "roots" // a certificate of an issuer that this machine does not trust
	ClockID   = "clock" // a certificate that is not valid by this machine's clock
	ExpiredID = "certificate.expired"
	TLSID     = "tls" // something else than the expected server answered
)

// TransportError reports that no valid HTTP answer was received. The server may
// have processed the request.
type TransportError struct {
	Err       error
	Untrusted bool           // TLS failed; a retry would fail as well
	Sent      bool           // at least part of the request was written
	Skew      *time.Duration // of this machine's clock, if the certificate is not valid today; nil if not known

	stage stage
}

// Error returns the text of the cause.
func (e *TransportError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// Untrusted reports whether err is a failed TLS handshake or an unacceptable
// certificate.
func Untrusted(err error) bool {
	op, isOp := errors.AsType[*net.OpError](err)
	return is[tls.RecordHeaderError](err) || is[*tls.CertificateVerificationError](err) ||
		isOp && op.Op == "remote error" || // a TLS alert from the server
		err != nil && strings.HasPrefix(err.Error(), "tls: ") // package tls has no type for its other errors
}

// Expired reports whether err is a certificate that is not valid at the time of this
// machine's clock.
func Expired(err error) bool {
	invalid, is := errors.AsType[x509.CertificateInvalidError](err)
	return is && invalid.Reason == x509.Expired
}

// is reports whether err is or wraps an error of type E.
func is[E error](err error) bool {
	_, found := errors.AsType[E](err)
	return found
}

// Problem returns the problem to show for a connection error, with who must act;
// where is the name of the server. A server that does not answer is a temporary
// problem, one that fails TLS is not. It returns false for all other errors and for
// a canceled context.
func Problem(err error, where string) (*problem.Problem, bool) {
	if known, is := errors.AsType[*problem.Problem](err); is { // of the proxy's address
		return known, true
	}
	bad, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	proxy, byProxy := errors.AsType[*ProxyError](err)
	switch {
	case err == nil || errors.Is(err, context.Canceled):
		return nil, false
	case byProxy: // first, because the other cases are about the server
		return proxy.problem(err, where), true
	case Expired(err):
		transport, _ := errors.AsType[*TransportError](err)
		if transport == nil || transport.Skew == nil {
			return ExpiredProblem(err, where, nil), true
		}
		return ExpiredProblem(err, where, transport.Skew), true
	case untrusted:
		return certificateProblem(err, bad, where), true
	case errors.Is(err, ErrRedirect):
		what := i18n.T("%s answered with a redirect, which Microsoft never does (%v).", where, err)
		return unsafeProblem(err, what, i18n.T("%s %s", intercepted, secretsSent)), true
	case Untrusted(err):
		what, do := i18n.T("The encrypted connection to %s failed (%s).", where, err), nothingSent
		if transport, is := errors.AsType[*TransportError](err); is && transport.Sent {
			do = secretsSent
		}
		return unsafeProblem(err, what, i18n.T("%s %s", intercepted, do)), true
	}
	return unreachable(err, where)
}

// MaxSkew is how far the clock may be off before Microsoft refuses its tokens.
const MaxSkew = 5 * time.Minute

// ExpiredProblem returns the problem for a certificate as in Expired. skew is how far
// this machine's clock is ahead, nil if that is not known.
func ExpiredProblem(err error, where string, skew *time.Duration) *problem.Problem {
	invalid, _ := errors.AsType[x509.CertificateInvalidError](err)
	validity := invalid.Cert.NotBefore.Format(time.DateOnly) + " - " + invalid.Cert.NotAfter.Format(time.DateOnly)
	p := unsafeProblem(err, i18n.T("The certificate of %s is not valid today (%s).", where, validity),
		i18n.T("Check the date and time of this machine first. %s", nothingSent))
	p.ID, p.Who = ClockID, problem.Operator
	switch {
	case skew == nil:
	case skew.Abs() > MaxSkew:
		p.What = i18n.T("The clock of this machine differs from that of %s by %s.", where, *skew)
		p.Do = i18n.T("Correct the date and time of this machine, and turn on automatic time synchronisation. %s", nothingSent)
	default:
		p.ID, p.Who = ExpiredID, problem.Nobody
		p.Do = i18n.T("The clock of this machine is correct. Try again when the owner of the server has renewed the " +
			"certificate. No secret was sent.")
	}
	return p
}

// authorities are words in the names of authorities that sign for Microsoft and for
// bases. If one is not trusted, the machine lacks current root certificates.
var authorities = []string{"DigiCert", "Microsoft", "Let's Encrypt", "ISRG", "GlobalSign", "Sectigo", "USERTrust"}

// certificateProblem returns the problem for a certificate that is refused for another
// reason than its validity.
func certificateProblem(err error, bad *tls.CertificateVerificationError, where string) *problem.Problem {
	var other x509.HostnameError
	if errors.As(err, &other) {
		return unsafeProblem(err, i18n.T("The certificate of %s is that of another server (%s).", where,
			cmp.Or(strings.Join(other.Certificate.DNSNames, ", "), other.Certificate.Subject.CommonName)),
			i18n.T("%s %s", intercepted, nothingSent))
	}
	if !is[x509.UnknownAuthorityError](err) || len(bad.UnverifiedCertificates) == 0 ||
		strings.Contains(bad.Err.Error(), "while trying to verify") { // the issuer is known by name
		return unsafeProblem(err, i18n.T("The certificate of %s is not trusted (%s).", where, bad.Err),
			i18n.T("%s %s", intercepted, nothingSent))
	}
	top := bad.UnverifiedCertificates[len(bad.UnverifiedCertificates)-1].Issuer
	issuer := sanitize.Line(cmp.Or(strings.Join(top.Organization, " "), top.CommonName))
	p := unsafeProblem(err, i18n.T(
		"The certificate of %s is not trusted: it was issued by \"%s\", which this machine does not know.", where, issuer),
		i18n.T("A proxy, a firewall or an antivirus program decrypts the connection. Exclude %s from this, or install its "+
			"root certificate on this machine. %s", where, nothingSent))
	p.ID = RootsID
	roots, failed := x509.SystemCertPool()
	switch none := failed != nil || roots.Equal(x509.NewCertPool()); {
	case none:
		p.What = i18n.T("This machine has no root certificates, so the certificate of %s cannot be verified.", where)
		p.Do = i18n.T("Install the package ca-certificates, and check the variables SSL_CERT_FILE and SSL_CERT_DIR if they "+
			"are set. %s", nothingSent)
		p.Who = problem.Operator
	case slices.ContainsFunc(authorities, func(name string) bool { return strings.Contains(top.String(), name) }):
		p.Do = i18n.T("Update the root certificates of this machine (on Linux: the package ca-certificates). %s", nothingSent)
		p.Who = problem.Operator
	}
	return p
}

// Parts of the advice for servers that are not Microsoft's.
var (
	intercepted = i18n.T("Another server answers in place of the expected one, for example the sign-in page of a network or " +
		"a proxy. Sign in to the network in a browser, or have the connection allowed.")
	nothingSent = i18n.T("No secret was sent.")
	secretsSent = i18n.T("The client secret or the tokens that were sent may have been read: find out what answered, then " +
		"create a new client secret and run setup to sign in again.")
)

// unsafeProblem returns the problem for a server that failed TLS.
func unsafeProblem(err error, what, do i18n.Text) *problem.Problem {
	return &problem.Problem{Exit: problem.Safety, ID: TLSID, What: what, Do: do, Who: problem.NetworkAdmin, Err: err}
}

// UnexpectedProblem returns the problem for an answer that Microsoft's servers
// never send. The exit code is 13.
func UnexpectedProblem(err error, where string) *problem.Problem {
	return unsafeProblem(err, i18n.T("%s does not behave as Microsoft's servers do (%v).", where, err),
		i18n.T("%s %s", intercepted, nothingSent))
}

// PageProblem returns the problem for a web page in place of data, such as that of a
// captive portal. The exit code is 75.
func PageProblem(answer Answer, where string) *problem.Problem {
	return &problem.Problem{Exit: problem.Temporary, ID: NetworkID, Who: problem.NetworkAdmin,
		What: i18n.T("A web page is between this machine and %s (%s).", where, answer.Text()), Do: intercepted}
}

// UnreachableProblem returns the problem for a server that did not send a complete
// answer because something else answered. why is the explanation at the end of the
// message. The exit code is 75.
func UnreachableProblem(err error, where string, why i18n.Text) *problem.Problem {
	return &problem.Problem{Exit: problem.Temporary, ID: NetworkID, Who: problem.NetworkAdmin, Err: err,
		What: i18n.T("%s cannot be reached: %s.", where, why), Do: intercepted}
}

// unreachable returns the problem for a missing or incomplete answer.
func unreachable(err error, where string) (*problem.Problem, bool) {
	failed, isTransport := errors.AsType[*TransportError](err)
	network, isNetwork := errors.AsType[net.Error](err)
	op, isOp := errors.AsType[*net.OpError](err)
	late := errors.Is(err, context.DeadlineExceeded) || isNetwork && network.Timeout()
	at := unknownStage
	if isTransport {
		at = failed.stage
	}
	local := i18n.T("Check the network connection and the name server (DNS) of this machine.")
	firewall := i18n.T("Have the firewall of this network allow connections to %s.", where)
	again := i18n.T("Wait, then try again.")
	show := func(id string, who problem.Actor, why, do i18n.Text) (*problem.Problem, bool) {
		p := UnreachableProblem(err, where, why)
		p.ID, p.Who, p.Do = id, who, do
		return p, true
	}
	name, isName := errors.AsType[*net.DNSError](err)
	switch {
	case isName && name.IsNotFound:
		return show(NetworkID, problem.Operator, i18n.T("the host name was not found"), local)
	case isName, late && at == resolving:
		return show(NetworkID, problem.Operator, i18n.T("no name server (DNS) answered"), local)
	case noRoute(err):
		return show(NetworkID, problem.Operator, i18n.T("this machine has no route to it"), local)
	case late && (at == dialing || isOp && op.Op == "dial"):
		return show(NetworkID, problem.NetworkAdmin, i18n.T("the connection is blocked"), firewall)
	case isOp && op.Op == "dial":
		return show(NetworkID, problem.NetworkAdmin, i18n.T("the connection was refused"), firewall)
	case late:
		return show(SilenceID, problem.Nobody, i18n.T("it did not answer in time"), again)
	case isOp, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return show(SilenceID, problem.Nobody, i18n.T("the connection was interrupted"), again)
	case errors.Is(err, ErrTooLarge):
		return UnreachableProblem(err, where, i18n.T("its answer is too long")), true
	case isTransport:
		return UnreachableProblem(err, where, i18n.T("the answer is not valid HTTP")), true
	}
	return nil, false
}

// noRoute reports whether the system knows no way to the address; the numbers are
// those of Windows (WSAENETUNREACH, WSAEHOSTUNREACH).
func noRoute(err error) bool {
	code, is := errors.AsType[syscall.Errno](err)
	return is && slices.Contains([]syscall.Errno{syscall.ENETUNREACH, syscall.EHOSTUNREACH, 10051, 10065}, code)
}
