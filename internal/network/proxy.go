package network

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// Proxy returns a function for Options.Proxy that reads HTTPS_PROXY and NO_PROXY, or
// their names in lower case, as package http does: all requests use https, except
// those to loopback, which use no proxy. The function's error for a variable that is
// not the address of a proxy, which package http ignores, is a *problem.Problem.
func Proxy(getenv func(string) string) func(*url.URL) (*url.URL, error) {
	name, value := "HTTPS_PROXY", getenv("HTTPS_PROXY")
	if value == "" {
		name, value = "https_proxy", getenv("https_proxy")
	}
	valid := value == "" || isProxy(value)
	if !valid {
		value = "http://invalid" // to learn whether a URL needs the proxy
	}
	conf := httpproxy.Config{HTTPSProxy: value, NoProxy: cmp.Or(getenv("NO_PROXY"), getenv("no_proxy"))}
	choose := conf.ProxyFunc()
	return func(u *url.URL) (*url.URL, error) {
		proxy, err := choose(u)
		if proxy != nil && !valid {
			return nil, &problem.Problem{Exit: problem.Usage, ID: ProxyID, Who: problem.Operator,
				What: i18n.T("The value of the environment variable %s is not the address of a proxy.", name),
				Do:   i18n.T("Correct %s (for example http://proxy.example.com:3128) or remove it.", name)}
		}
		return proxy, err
	}
}

// isProxy reports whether s is the address of a proxy, which may lack "http://".
func isProxy(s string) bool {
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	return err == nil && u.Hostname() != "" && slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme)
}

// Proxy returns the proxy that requests to u go through, or nil.
func (c *Client) Proxy(u *url.URL) (*url.URL, error) { return c.conf.Proxy(u) }

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

// isProxyConnect reports whether package http could not connect to a proxy.
func isProxyConnect(err error) bool {
	op, is := errors.AsType[*net.OpError](err)
	return is && op.Op == "proxyconnect"
}

// problem returns the problem to show; where is the server behind the proxy.
func (e *ProxyError) problem(err error, where string) *problem.Problem {
	p := &problem.Problem{Exit: problem.Temporary, ID: ProxyID, Who: problem.NetworkAdmin, Err: err}
	switch {
	case e.Status == "":
		p.What = i18n.T("%s cannot be reached: the proxy %s (HTTPS_PROXY) does not answer.", where, e.Proxy)
		p.Do = i18n.T("Check whether the proxy works and whether HTTPS_PROXY is its address.")
		return p
	case e.Status[:min(len(e.Status), 3)] == "407":
		p.Do = i18n.T("Add the user name and password of the proxy to HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT), or " +
			"let this machine use the proxy without them.")
	default:
		p.Do = i18n.T("Have the proxy allow connections to %s.", where)
	}
	p.What = i18n.T("%s cannot be reached: the proxy %s (HTTPS_PROXY) refuses the connection (%s).", where, e.Proxy, e.Status)
	return p
}
