package azure

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"

	"github.com/openfire-fr/openfire-o365/internal/guard"
	"github.com/openfire-fr/openfire-o365/internal/lang"
)

// Network says what an error of the network means, for a person: what does not
// answer passes by itself, what is not who it says it is does not. It reports
// false for other errors, a cancelled context among them.
func Network(err error, where string) (*lang.Problem, bool) {
	var bad *tls.CertificateVerificationError
	var unsure *UnsureError
	var invalid x509.CertificateInvalidError
	safety := func(what, do lang.Text) (*lang.Problem, bool) {
		return &lang.Problem{Exit: lang.Safety, ID: "tls", What: what, Do: do, Err: err}, true
	}
	nothingSent := lang.Text{FR: "Rien de secret n'a été envoyé. Un antivirus ou un proxy s'interpose peut-être : demandez à qui gère le réseau.", EN: "Nothing secret was sent. Perhaps an antivirus or a proxy stands between: ask whoever runs the network."}
	switch {
	case err == nil || errors.Is(err, context.Canceled):
		return nil, false
	case errors.As(err, &unsure):
		return &lang.Problem{Exit: lang.Temporary, ID: "mail.unsure", Err: err, What: lang.Text{FR: "La connexion à %s s'est coupée à la fin de l'envoi : le message %s est peut-être parti.", EN: "The connection to %s broke at the end of sending: message %s may have been sent."}.With(where, guard.Line(unsure.MessageID)),
			Do: lang.Text{FR: "Regardez dans les éléments envoyés avant de recommencer.", EN: "Look into Sent Items before trying again."}}, true
	case errors.As(err, &bad) && errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return safety(lang.Text{FR: "Le certificat de %s n'est pas valable aujourd'hui (%s).", EN: "The certificate of %s is not valid today (%s)."}.With(where, dates(invalid.Cert)),
			lang.Text{FR: "Vérifiez d'abord la date et l'heure de cette machine. Rien de secret n'a été envoyé.", EN: "Check this machine's date and time first. Nothing secret was sent."})
	case errors.As(err, &bad):
		return safety(lang.Text{FR: "Le certificat de %s n'est pas reconnu (%s).", EN: "The certificate of %s is not recognised (%s)."}.With(where, guard.Line(bad.Err.Error())), nothingSent)
	case errors.Is(err, guard.ErrRedirect), errors.Is(err, ErrInjected), errors.Is(err, ErrNoSTARTTLS):
		return safety(lang.Text{FR: "%s ne se comporte pas comme Microsoft (%v).", EN: "%s does not behave as Microsoft does (%v)."}.With(where, err), nothingSent)
	case errors.Is(err, ErrBadToken):
		return &lang.Problem{Exit: lang.Temporary, ID: "token.unfit", Err: err, What: lang.Text{FR: "Le jeton d'accès contient un caractère interdit : rien n'a été envoyé à %s.", EN: "The access token has a forbidden character: nothing was sent to %s."}.With(where),
			Do: lang.Text{FR: "Rien à faire : le prochain renouvellement en apporte un autre. Si cela revient, relancez « openfire-o365 setup ».", EN: "Nothing to do: the next renewal brings another. If it comes back, run \"openfire-o365 setup\" again."}}, true
	case errors.Is(err, ErrNoXOAUTH2):
		return &lang.Problem{Exit: lang.Mail, ID: "xoauth2", Err: err, What: lang.Text{FR: "%s ne propose pas la connexion par jeton (XOAUTH2).", EN: "%s does not offer the sign-in by token (XOAUTH2)."}.With(where),
			Do: lang.Text{FR: "Vérifiez que SMTP authentifié (Authenticated SMTP) est permis dans l'organisation.", EN: "Check that Authenticated SMTP is allowed in the organisation."}}, true
	case guard.Untrusted(err):
		return safety(lang.Text{FR: "La connexion chiffrée à %s n'a pas pu être établie (%s).", EN: "The encrypted connection to %s could not be made (%s)."}.With(where, guard.Line(err.Error())), nothingSent)
	}
	return unreachable(err, where)
}

// unreachable is what passes by itself: no answer, or half of one.
func unreachable(err error, where string) (*lang.Problem, bool) {
	var dns *net.DNSError
	var network net.Error
	var op *net.OpError
	var proxy *guard.ProxyError
	var transport *guard.TransportError
	later := lang.Text{FR: "Vérifiez la connexion à Internet, le pare-feu et le proxy ; puis réessayez.", EN: "Check the Internet connection, the firewall and the proxy; then try again."}
	var why lang.Text
	switch {
	case errors.As(err, &proxy) && proxy.Status != "":
		why = lang.Text{FR: "le proxy %s (variable HTTPS_PROXY) refuse (%s)", EN: "the proxy %s (variable HTTPS_PROXY) refuses (%s)"}.With(guard.Line(proxy.Proxy), proxy.Status)
	case errors.As(err, &proxy):
		// First: a proxy's own name or port that does not answer is not Microsoft's.
		why = lang.Text{FR: "le proxy %s (variable HTTPS_PROXY) ne répond pas", EN: "the proxy %s (variable HTTPS_PROXY) does not answer"}.With(guard.Line(proxy.Proxy))
	case errors.As(err, &dns):
		why = lang.Text{FR: "son nom n'est pas trouvé", EN: "its name is not found"}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		why = lang.Text{FR: "pas de réponse à temps", EN: "no answer in time"}
	case errors.As(err, &op) && op.Op == "dial":
		why = lang.Text{FR: "la connexion est refusée ou bloquée", EN: "the connection is refused or blocked"}
	case errors.As(err, &op), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		why = lang.Text{FR: "la connexion a été coupée", EN: "the connection was cut"}
	case errors.Is(err, guard.ErrTooLarge), errors.Is(err, ErrTooMuch):
		why = lang.Text{FR: "sa réponse n'en finit pas", EN: "its answer does not end"}
	case errors.Is(err, ErrGarbled):
		why = lang.Text{FR: "ce qui répond n'est pas un serveur de messagerie", EN: "what answers is no mail server"}
	case errors.As(err, &transport):
		why = lang.Text{FR: "ce qui répond ne parle pas HTTP comme il faut", EN: "what answers does not speak HTTP as it should"}
	default:
		return nil, false
	}
	return &lang.Problem{Exit: lang.Temporary, ID: "network", Do: later, Err: err,
		What: lang.Text{FR: "%s est injoignable : %s.", EN: "%s is out of reach: %s."}.With(where, why)}, true
}

func dates(c *x509.Certificate) string {
	if c == nil {
		return "?"
	}
	return c.NotBefore.Format("2006-01-02") + " - " + c.NotAfter.Format("2006-01-02")
}
