// Package openfire describes an OpenFire base: its name and addresses, its Odoo
// version and its Outlook module. It also provides the client for the base's
// remote API. It writes no files.
package openfire

import (
	"net"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// Domain is the domain of customers' bases: NAME.openfire.fr.
const Domain = "openfire.fr"

// ConfirmPath is the path of a base's redirect URI (Odoo's addon microsoft_outlook,
// controllers/main.py).
const ConfirmPath = "/microsoft_outlook/confirm"

// Base is the address of one OpenFire base. The zero value is not a valid base; use
// ParseBase.
type Base struct{ origin string }

// Pattern returns a function that reports whether a regular expression matches a
// whole string. The expression is compiled on first use.
func Pattern(expr string) func(string) bool {
	compiled := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("^(?:" + expr + ")$") })
	return func(s string) bool { return compiled().MatchString(s) }
}

var (
	// isLabel matches one label of a host name (RFC 1123 section 2.1).
	isLabel = Pattern(`[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`)
	// isNumericLabel matches a last label that some resolvers parse as part of an
	// IP address.
	isNumericLabel = Pattern(`[0-9]+|0x[0-9a-f]*`)
	// isReserved matches the device names that Windows reserves in every folder,
	// and localhost, which is for the sandbox and needs a port.
	isReserved = Pattern(`con|prn|aux|nul|localhost|(com|lpt)[0-9]`)
	// isLocalhost matches "localhost" with an optional port.
	isLocalhost = Pattern(`localhost(:[0-9]{1,5})?`)
)

// ParseBase parses the name or address of a base as entered by a person: "mabase",
// "mabase.openfire.fr", the https URL of a base on its own domain, or
// http://localhost:PORT for the sandbox. It does no I/O. Errors are
// *problem.Problem with exit code 2.
func ParseBase(s string) (Base, error) {
	s = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(s)), "/")
	scheme, host, hasScheme := strings.Cut(s, "://")
	if !hasScheme {
		scheme, host = "https", s
		if !strings.Contains(host, ".") {
			host += "." + Domain
		}
	}
	if i := strings.IndexAny(host, "/?#"); hasScheme && i >= 0 && host[i] == '/' {
		host = host[:i] // an address copied from the browser, with /web
	}
	if scheme == "http" && isLocalhost(host) {
		return Base{s[:len("http://")] + host}, nil
	}
	if why := HostProblem(host, false); !why.IsZero() {
		return Base{}, baseProblem(s, why)
	}
	if scheme != "https" {
		return Base{}, baseProblem(s, i18n.T("the address must start with https://"))
	}
	return Base{"https://" + host}, nil
}

// HostProblem returns why host is not a valid host name, or the empty text. Only
// mail domains may be internationalized: a base's name in other letters could
// imitate that of another base.
func HostProblem(host string, international bool) i18n.Text {
	labels := strings.Split(host, ".")
	switch {
	case strings.ContainsAny(host, ":@/\\%"):
		return i18n.T("enter the name only, without port, path or login")
	case net.ParseIP(strings.Trim(host, "[]")) != nil || isNumericLabel(labels[len(labels)-1]):
		return i18n.T("an IP address is not the name of a base")
	case len(host) > 253 || len(labels) < 2:
		return i18n.T("it is not a complete host name")
	}
	for _, l := range labels {
		if !isLabel(l) || strings.HasPrefix(l, "xn--") && !international {
			return i18n.T("only letters without accents, digits and hyphens are allowed between the dots (63 at most)")
		}
	}
	if isReserved(labels[0]) {
		return i18n.T("this name is reserved by the operating system")
	}
	return i18n.Text{}
}

func baseProblem(s string, why i18n.Text) error {
	return &problem.Problem{Exit: problem.Usage, ID: "base",
		What: i18n.T("Base \"%s\" is not valid: %s.", excerpt(s), why),
		Do:   i18n.T("Enter the name shown in the address, for example mabase for https://mabase.openfire.fr.")}
}

// excerpt returns the beginning of a text of unknown origin, sanitized.
func excerpt(s string) string {
	s = sanitize.Line(s)
	if r := []rune(s); len(r) > 80 {
		s = string(r[:80]) + "…"
	}
	return s
}

// URL returns the base's address, without a trailing slash.
func (b Base) URL() string { return b.origin }

// Host returns the base's host, with the port of a sandbox base.
func (b Base) Host() string {
	u, _ := url.Parse(b.origin)
	return u.Host
}

// Name returns the shortest form that ParseBase accepts.
func (b Base) Name() string {
	if name, ok := strings.CutSuffix(b.origin, "."+Domain); ok && strings.Count(name, ".") == 0 {
		return strings.TrimPrefix(name, "https://")
	}
	return b.origin
}

// RedirectURI returns the redirect URI of the base.
func (b Base) RedirectURI() string { return b.origin + ConfirmPath }

// FileName returns the name of the base's token file. It replaces the colon before
// the port of a sandbox base, which Windows does not allow in file names.
func (b Base) FileName() string { return strings.ReplaceAll(b.Host(), ":", "_") + ".json" }
