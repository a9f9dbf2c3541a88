package check

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// maxSkew is how far the clock may be off before Microsoft's tokens suffer.
const maxSkew = 5 * time.Minute

// hostClock compares this machine's clock with the Date of Entra's answer. It
// is the first to meet Entra's certificate, which a wrong clock spoils: what is
// wrong with that is told here, and nowhere again.
func hostClock(ctx context.Context, r *run) Result {
	req, err := http.NewRequest(http.MethodGet, r.Cloud.MetadataURL("common"), nil)
	if err != nil {
		return r.trouble(err, r.Cloud.Login)
	}
	answer, err := r.HTTP.Do(ctx, req)
	if err != nil {
		res := r.maybe(err, host(r.Cloud.Login))
		res.What = i18n.T("the time could not be compared with Microsoft's: %s", res.What)
		return res
	}
	there, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		return unknown(i18n.T("Microsoft did not tell the time."))
	}
	skew := r.Now().Sub(there).Round(time.Second)
	if skew.Abs() <= maxSkew {
		return ok(i18n.T("the clock is right (%s off).", skew.Abs()))
	}
	return warning(i18n.T("this machine's clock is %s off Microsoft's.", skew),
		i18n.T("Turn on the machine's automatic time."), faults.Operator)
}

// hostProxy says which proxy the environment names, for nothing else would.
func hostProxy(_ context.Context, r *run) Result {
	req, err := http.NewRequest(http.MethodGet, r.Cloud.Login, nil)
	if err != nil {
		return r.trouble(err, r.Cloud.Login)
	}
	proxy, err := http.ProxyFromEnvironment(req)
	switch {
	case err != nil:
		return failed(problem.Usage, i18n.T("HTTPS_PROXY is not an address."),
			i18n.T("Correct the variable HTTPS_PROXY or remove it."), faults.Operator)
	case proxy == nil:
		return ok(i18n.T("direct connection."))
	}
	return ok(i18n.T("through the proxy %s (HTTPS_PROXY).", proxy.Host))
}

func baseName(_ context.Context, r *run) Result {
	_, err := r.file()
	if p, is := errors.AsType[*problem.Problem](err); is && p.ID == tokenfile.OtherBase {
		return failed(p.Exit, p.What, p.Do, faults.Operator)
	}
	return ok(i18n.Literal(r.Base.URL() + "."))
}

// baseReach never fails on the network: a base behind a VPN sends its mail all
// the same.
func baseReach(_ context.Context, r *run) Result {
	_, err := r.module()
	if err == nil {
		return ok(i18n.T("the base answers."))
	}
	res := r.trouble(err, r.Base.Host())
	if res.Exit != problem.Safety {
		// The base's own network is nobody's alarm here: the verdict is not
		// marked as one that the network prevented.
		res = unknown(i18n.T("the base does not answer from here (VPN? name?): %s", res.What))
	}
	return res
}

func baseModule(_ context.Context, r *run) Result {
	m, err := r.module()
	switch {
	case err != nil || m.Installed == openfire.Unknown:
		return unknown(i18n.T("cannot see whether the Microsoft Outlook module is installed."))
	case m.Installed == openfire.No:
		return failed(problem.Mail, i18n.T("the Microsoft Outlook module is not installed in the base."),
			i18n.T("%s Ask for the Microsoft Outlook module to be installed.", problem.SupportContact), faults.Support)
	}
	return ok(i18n.T("the Microsoft Outlook module is installed."))
}

func baseVersion(_ context.Context, r *run) Result {
	m, err := r.module()
	if err != nil || m.Version == "" {
		return unknown(i18n.T("the base does not tell its version of Odoo."))
	}
	if file, err := r.file(); err == nil && openfire.Major(m.Version) != file.Major() {
		return warning(i18n.T("the base runs Odoo %s, the token file was made for %s.", m.Version, file.OdooVersion),
			i18n.T("Run setup again with --odoo-version %s.", m.Version), faults.User)
	}
	return ok(i18n.T("Odoo %s.", m.Version))
}

// host is the host of a base URL, for messages.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

// days says a number of days.
func days(d time.Duration) i18n.Text {
	n := int(d / (24 * time.Hour))
	if n == 1 || n == 0 {
		return i18n.T("%d day", n)
	}
	return i18n.T("%d days", n)
}

var months = [...]i18n.Text{i18n.T("January"), i18n.T("February"), i18n.T("March"), i18n.T("April"), i18n.T("May"), i18n.T("June"),
	i18n.T("July"), i18n.T("August"), i18n.T("September"), i18n.T("October"), i18n.T("November"), i18n.T("December")}

// Day says a date as people read it: 23 novembre 2026, 23 November 2026.
func Day(t time.Time) i18n.Text {
	month := months[t.Month()-1]
	if t.Day() == 1 {
		return i18n.T("1 %s %d", month, t.Year())
	}
	return i18n.T("%d %s %d", t.Day(), month, t.Year())
}
