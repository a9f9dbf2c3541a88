// Package network provides the program's HTTP client and TLS settings, and turns
// connection errors into problems to show to a person.
package network

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// MaxBody is the maximum size of an answer in bytes. Microsoft's answers are below
// 10 KiB.
const MaxBody = 256 << 10

// ErrTooLarge reports an answer that exceeds MaxBody, or the limit of DoLimit.
var ErrTooLarge = errors.New("answer too large")

// ErrRedirect reports a redirect that was not followed: following a 307 would send
// the client secret and the refresh token to another server.
var ErrRedirect = errors.New("redirect refused")

// ErrPage reports a web page where data was expected, such as that of a captive portal.
var ErrPage = errors.New("a web page")

// Client is an HTTP client that follows no redirect, requires TLS 1.2 or later
// except to loopback, and limits the size and the time of each answer.
type Client struct {
	likely, system func() *http.Transport // by trusted roots; likely may return nil
	distrustLikely atomic.Bool            // the likely roots were not sufficient
	conf           Options
}

// Options configure a Client.
type Options struct {
	Timeout   time.Duration                    // for a request and its answer; 0 means 30 s
	Roots     []byte                           // PEM certificates trusted in addition to the system's; may be nil
	Bundle    string                           // the file of SSL_CERT_FILE; "" for the system's roots
	UserAgent string                           // "openfire-o365/1.2.3"
	Log       *slog.Logger                     // method, address without query, status; nil logs nothing
	Now       func() time.Time                 // clock for the validity of certificates; nil means time.Now
	Proxy     func(*url.URL) (*url.URL, error) // chooses the proxy, as Proxy does; nil means a direct connection
}

// Answer is an HTTP answer with its body.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	Host   string // that was asked
	Issuer string // of the server's certificate; "" without TLS
}

// NewClient returns a Client. The error is ErrNoPEM if Roots is not empty and
// contains no certificate.
func NewClient(o Options) (*Client, error) {
	o.Timeout = cmp.Or(o.Timeout, 30*time.Second)
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Proxy == nil {
		o.Proxy = func(*url.URL) (*url.URL, error) { return nil, nil }
	}
	if len(o.Roots) > 0 && !x509.NewCertPool().AppendCertsFromPEM(o.Roots) {
		return nil, ErrNoPEM
	}
	few := func() *http.Transport {
		pool := likelyRoots(o.Bundle, o.Roots)
		if pool == nil {
			return nil
		}
		return o.transport(&tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, Time: o.Now})
	}
	whole := func() *http.Transport { return o.system(o.Now) }
	return &Client{likely: sync.OnceValue(few), system: sync.OnceValue(whole), conf: o}, nil
}

// system returns a transport that trusts the system's roots, and checks the validity
// of certificates at now.
func (o Options) system(now func() time.Time) *http.Transport {
	conf, _ := TLS(o.Roots, now) // NewClient has checked Roots
	return o.transport(conf)
}

func (o Options) transport(conf *tls.Config) *http.Transport {
	return &http.Transport{
		Proxy:                  func(req *http.Request) (*url.URL, error) { return o.Proxy(req.URL) },
		OnProxyConnectResponse: proxyResponse,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSClientConfig:        conf,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        time.Minute,
		DisableCompression:     true, // no gzip bombs; DoLimit requests identity
		ForceAttemptHTTP2:      true,
	}
}

// ErrNoPEM reports that additional roots contain no certificate.
var ErrNoPEM = errors.New("no PEM certificate found")

// TLS returns a TLS configuration that requires version 1.2 or later, trusts the
// system's roots and those in pem, which may be empty, and checks the validity of
// certificates at now; nil means time.Now. The error is ErrNoPEM.
func TLS(pem []byte, now func() time.Time) (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12, Time: now}
	if len(pem) == 0 {
		return conf, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, ErrNoPEM
	}
	conf.RootCAs = pool
	return conf, nil
}

// Do sends the request once and reads the whole answer. It does not follow
// redirects. It calls the transport directly because its errors, unlike those of
// http.Client, contain neither the URL nor a Location header. Errors are
// ErrTooLarge or *TransportError, which wraps those of the context and of the
// proxy.
func (c *Client) Do(ctx context.Context, req *http.Request) (Answer, error) {
	return c.DoLimit(ctx, req, MaxBody)
}

// DoLimit is Do for answers of at most that many bytes.
func (c *Client) DoLimit(ctx context.Context, req *http.Request, most int) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.conf.Timeout)
	defer cancel()
	if req.URL.Scheme != "https" && !IsLoopback(req.URL.Hostname()) {
		return Answer{}, fmt.Errorf("%s://%s: not https", req.URL.Scheme, req.URL.Host)
	}
	proxy, err := c.conf.Proxy(req.URL)
	if err != nil {
		return Answer{}, err
	}
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("User-Agent", c.conf.UserAgent)
	start := time.Now()
	var got progress
	res, err := c.roundTrip(req.WithContext(httptrace.WithClientTrace(ctx, got.trace())))
	fail := func(err error) (Answer, error) {
		failed := &TransportError{Err: err, Untrusted: Untrusted(err), stage: got.stage()}
		failed.Sent = failed.stage == written
		if proxy != nil && (failed.stage < encrypting || isProxyConnect(err)) && !is[*ProxyError](err) {
			failed.Err = &ProxyError{Proxy: proxy.Host, Err: err}
		}
		c.askDate(ctx, req.URL, failed)
		return Answer{}, failed
	}
	status := 0
	if err == nil {
		defer res.Body.Close()
		status = res.StatusCode
	}
	// The log omits the query of the URL, which may contain codes and states.
	c.conf.Log.DebugContext(ctx, "http", "method", req.Method,
		"url", req.URL.Scheme+"://"+req.URL.Host+req.URL.Path, "status", status, "took", time.Since(start))
	if err != nil {
		return fail(err)
	}
	var read bytes.Buffer
	read.Grow(int(min(max(res.ContentLength, 0), int64(most))) + bytes.MinRead)
	_, err = read.ReadFrom(io.LimitReader(res.Body, int64(most)+1))
	body, encoding := read.Bytes(), res.Header.Get("Content-Encoding")
	switch {
	case err != nil:
		return fail(err)
	case len(body) > most:
		return Answer{}, ErrTooLarge
	case encoding != "" && !strings.EqualFold(encoding, "identity"):
		return fail(fmt.Errorf("unexpected content encoding %q", sanitize.Line(encoding)))
	}
	return Answer{res.StatusCode, res.Header, bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), req.URL.Host,
		issuer(res.TLS)}, nil
}

// issuer returns the name of the issuer of the server's certificate. Behind a proxy
// that inspects TLS, it names the vendor or owner of the proxy.
func issuer(state *tls.ConnectionState) string {
	if state == nil || len(state.PeerCertificates) == 0 {
		return ""
	}
	by := state.PeerCertificates[0].Issuer
	return sanitize.Line(cmp.Or(strings.Join(by.Organization, " "), by.CommonName))
}

// Text describes who answered, and what: "503 Service Unavailable from HOST,
// certificate issued by NAME".
func (a Answer) Text() string {
	text := fmt.Sprintf("%d %s from %s", a.Status, http.StatusText(a.Status), a.Host)
	if to, err := url.Parse(a.Header.Get("Location")); err == nil && to.Host != "" {
		text += ", redirect to " + to.Host
	}
	if a.Issuer != "" {
		text += ", certificate issued by " + a.Issuer
	}
	return sanitize.Line(text)
}

// IsPage reports whether the answer is a web page.
func (a Answer) IsPage() bool {
	return strings.HasPrefix(strings.ToLower(a.Header.Get("Content-Type")), "text/html")
}

// Unexpected returns an error for an answer that the expected server would not send.
// It wraps err.
func (a Answer) Unexpected(err error) error { return fmt.Errorf("%s: %w", a.Text(), err) }

// IsLoopback reports whether host is a loopback address of this machine.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// RetryAfter returns the delay in the Retry-After header (RFC 9110 section 10.2.3:
// seconds or a date). It returns one minute if the header is invalid, and 0 if it
// is absent or in the past.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0
	}
	if s, err := strconv.Atoi(v); err == nil && s >= 0 && s < 1<<31 {
		return time.Duration(s) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, t.Sub(now))
	}
	return time.Minute
}

// Poll calls done until it reports true or fails: first at once, then after pauses
// that double from first to longest. If limit is over, Poll returns false without
// an error. Otherwise the error is that of done or of the context.
func Poll(
	ctx context.Context, limit, first, longest time.Duration, done func(context.Context) (bool, error),
) (bool, error) {
	patience, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for pause := first; ; pause = min(2*pause, longest) {
		if is, err := done(patience); is || err != nil && patience.Err() == nil {
			return is, err
		}
		select {
		case <-patience.Done():
			return false, ctx.Err()
		case <-time.After(pause):
		}
	}
}
