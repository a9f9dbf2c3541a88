package check

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// hostChecks are the checks of this machine, in the order in which they are reported.
func hostChecks() []entry {
	return []entry{
		{id: HostClock, title: i18n.T("Clock"), online: true, run: hostClock},
		{id: "host.proxy", title: i18n.T("Proxy"), run: hostProxy},
	}
}

// maxSkew is how far the clock may be off before Microsoft refuses its tokens.
const maxSkew = 5 * time.Minute

// hostClock compares this machine's clock with the Date header of Entra. It is
// the first check to verify Entra's certificate, so it reports what a wrong
// clock does to certificates; the checks after it are skipped then.
func hostClock(ctx context.Context, r *run) Result {
	req, err := http.NewRequest(http.MethodGet, r.Cloud.MetadataURL("common"), nil)
	if err != nil {
		return r.trouble(err, r.Cloud.Login)
	}
	answer, err := r.HTTP.Do(ctx, req)
	if err != nil {
		res := r.entraTrouble(err)
		res.What = i18n.T("this machine's clock could not be compared with Microsoft's: %s", res.What)
		return res
	}
	there, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		return unknown(i18n.T("Microsoft's answer has no date."))
	}
	skew := r.Now().Sub(there).Round(time.Second)
	if skew.Abs() <= maxSkew {
		return ok(i18n.T("the clock is correct (difference: %s).", skew.Abs()))
	}
	return warning(i18n.T("this machine's clock differs from Microsoft's by %s.", skew),
		i18n.T("Turn on automatic time synchronisation on this machine."), faults.Operator)
}

// hostProxy reports the proxy that the environment names.
func hostProxy(_ context.Context, r *run) Result {
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: r.loginURL()})
	switch {
	case err != nil:
		return failed(problem.Usage, i18n.T("the value of HTTPS_PROXY is not a valid address."),
			i18n.T("Correct the environment variable HTTPS_PROXY or remove it."), faults.Operator)
	case proxy == nil:
		return ok(i18n.T("direct connection."))
	}
	return ok(i18n.T("connection through the proxy %s (HTTPS_PROXY).", proxy.Host))
}

// loginURL is the base URL of Entra's sign-in server, which package azure has
// validated.
func (r *run) loginURL() *url.URL {
	u, _ := url.Parse(r.Cloud.Login)
	return u
}
