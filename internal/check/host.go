package check

import (
	"context"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
)

// hostChecks are the checks of this machine, in the order in which they are reported.
// What keeps Entra from answering is the failure of one of them.
func hostChecks() []entry {
	return []entry{
		{id: HostProxy, title: i18n.T("Proxy"), online: true, run: hostProxy},
		{id: HostNetwork, title: i18n.T("Internet access"), online: true, run: hostNetwork},
		{id: HostRoots, title: i18n.T("Root certificates"), online: true, run: hostRoots},
		{id: HostClock, title: i18n.T("Clock"), online: true, run: hostClock},
	}
}

// blamed returns the check of this machine that fails because Entra's sign-in server
// could not be reached, or "".
func (r *run) blamed() ID { return ID(r.host.Blamed()) }

// hostCheck returns the result of a check of this machine: the failure if the check is
// blamed, and good unless another one is.
func (r *run) hostCheck(id ID, good func() Result) Result {
	switch blamed := r.blamed(); blamed {
	case id:
		return r.trouble(r.host.Login().Problem, r.Cloud.Login)
	case "":
		return good()
	default:
		return r.dependsOn(blamed)
	}
}

// hostProxy tries the proxy that the environment names.
func hostProxy(_ context.Context, r *run) Result {
	if r.blamed() == HostProxy {
		return r.trouble(r.host.Login().Problem, r.Cloud.Login)
	}
	if proxy, err := r.HTTP.Proxy(r.Cloud.LoginURL()); err == nil && proxy != nil {
		return ok(i18n.T("the proxy %s (HTTPS_PROXY) works.", proxy.Host))
	}
	return ok(i18n.T("direct connection."))
}

// hostNetwork reports whether this machine reaches Entra and the SMTP server, which
// is reached without the proxy.
func hostNetwork(_ context.Context, r *run) Result {
	if p := r.host.Network(); p != nil {
		return r.trouble(p, r.Cloud.Login)
	}
	if r.blamed() == HostProxy {
		return r.dependsOn(HostProxy)
	}
	return ok(i18n.T("%s and %s can be reached.", r.Cloud.LoginURL().Host, r.Cloud.SMTP))
}

// hostRoots reports whether this machine trusts the issuer of Entra's certificate.
func hostRoots(_ context.Context, r *run) Result {
	return r.hostCheck(HostRoots, func() Result {
		switch g := r.host.Login(); {
		case g.Err != nil && !g.Dated:
			return r.entraTrouble(g.Err)
		case r.Cloud.LoginURL().Scheme == "http":
			return ok(i18n.T("no certificate is needed here."))
		}
		return ok(i18n.T("this machine trusts the certificate of %s.", r.Cloud.LoginURL().Host))
	})
}

// hostClock compares this machine's clock with the Date header of Entra.
func hostClock(_ context.Context, r *run) Result {
	return r.hostCheck(HostClock, func() Result {
		switch g := r.host.Login(); {
		case !g.Dated && g.Err != nil:
			return r.entraTrouble(g.Err)
		case !g.Dated:
			return unknown(i18n.T("Microsoft's answer has no date."))
		case g.Skew.Abs() < time.Minute:
			return ok(i18n.T("the clock is correct."))
		case g.Skew.Abs() <= network.MaxSkew:
			return ok(i18n.T("the clock is correct (difference: %s).", g.Skew.Abs()))
		default:
			return warning(i18n.T("this machine's clock differs from Microsoft's by %s.", g.Skew),
				i18n.T("Turn on automatic time synchronisation on this machine."), faults.Operator)
		}
	})
}
