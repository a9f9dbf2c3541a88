// Package network is the HTTP client of the program, and tells what a failed
// connection means and who can mend it.
package network

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// MaxBody is how much of an answer is read, in bytes. Microsoft's answers are
// below 10 KiB; whatever is larger is not an answer.
const MaxBody = 256 << 10

// ErrTooLarge says that an answer was longer than MaxBody, or what DoLong takes.
var ErrTooLarge = errors.New("answer too large")

// ErrRedirect says that a server wanted to send a request elsewhere. A 307
// would carry the client secret and the refresh token along.
var ErrRedirect = errors.New("redirect refused")

// Client is the program's only way to HTTP. It never follows a redirect,
// wants TLS 1.2 or better (plain http only to loopback), reads at most
// MaxBody bytes, and bounds every attempt by its timeout.
type Client struct {
	likely, system func() *http.Transport // by the roots they trust; few may be nil
	distrustLikely atomic.Bool            // the few did not do
	conf           Options
}

// Options are what a Client is made of.
type Options struct {
	Timeout   time.Duration // of one attempt, all in all; 30 s when zero
	Roots     []byte        // PEM certificates trusted besides the system's; may be nil
	Bundle    string        // the file of SSL_CERT_FILE; "" for the system's
	UserAgent string        // "openfire-o365/1.2.3"
	Log       *slog.Logger  // method, address without query, status; nil logs nothing

	Now func() time.Time // certificates are judged by it; nil is the system's clock
}

// Answer is a whole HTTP answer.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// NewClient makes a Client; an error means that Roots is no PEM certificate.
func NewClient(o Options) (*Client, error) {
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if len(o.Roots) > 0 && !x509.NewCertPool().AppendCertsFromPEM(o.Roots) {
		return nil, ErrNoPEM
	}
	few := func() *http.Transport {
		pool := likelyRoots(o.Bundle, o.Roots)
		if pool == nil {
			return nil
		}
		return transport(&tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, Time: o.Now})
	}
	whole := func() *http.Transport {
		conf, _ := TLS(o.Roots, o.Now) // which are PEM, as was just seen
		return transport(conf)
	}
	return &Client{likely: sync.OnceValue(few), system: sync.OnceValue(whole), conf: o}, nil
}

func transport(conf *tls.Config) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		OnProxyConnectResponse: proxyResponse,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSClientConfig:        conf,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        time.Minute,
		DisableCompression:     true, // no gzip bombs, and identity is what is asked for
		ForceAttemptHTTP2:      true,
	}
}

// ErrNoPEM says that extra roots are no certificates.
var ErrNoPEM = errors.New("no PEM certificate found")

// TLS returns the settings of every TLS connection of the program: version 1.2
// or better, the system's roots and, when pem is not empty, those of pem; now
// judges certificates, nil is the system's clock.
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

// Do sends the request once and reads the answer whole. A redirect comes back
// as it is, with its 3xx status: what is asked is the transport, which follows
// none and, unlike http.Client, repeats neither the address nor a Location in
// its errors. Errors are *TransportError (the context's and the proxy's inside)
// or ErrTooLarge.
func (c *Client) Do(ctx context.Context, req *http.Request) (Answer, error) {
	return c.DoLimit(ctx, req, MaxBody)
}

// DoLimit is Do for an answer that may be longer than MaxBody: most is in bytes.
func (c *Client) DoLimit(ctx context.Context, req *http.Request, most int) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.conf.Timeout)
	defer cancel()
	if req.URL.Scheme != "https" && !loopback(req.URL.Hostname()) {
		return Answer{}, fmt.Errorf("%s://%s: not https", req.URL.Scheme, req.URL.Host)
	}
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("User-Agent", c.conf.UserAgent)
	start := time.Now()
	res, err := c.roundTrip(req.WithContext(ctx))
	if err != nil {
		c.log(ctx, req, 0, start)
		return Answer{}, transportError(req, err)
	}
	defer res.Body.Close()
	c.log(ctx, req, res.StatusCode, start)
	var read bytes.Buffer
	read.Grow(int(min(max(res.ContentLength, 0), int64(most))) + bytes.MinRead)
	_, err = read.ReadFrom(io.LimitReader(res.Body, int64(most)+1))
	body := read.Bytes()
	switch {
	case err != nil:
		return Answer{}, transportError(req, err)
	case len(body) > most:
		return Answer{}, ErrTooLarge
	case res.Header.Get("Content-Encoding") != "" && res.Header.Get("Content-Encoding") != "identity":
		return Answer{}, transportError(req, fmt.Errorf("unasked content encoding %q", sanitize.Line(res.Header.Get("Content-Encoding"))))
	}
	return Answer{res.StatusCode, res.Header, bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))}, nil
}

// log keeps the address without its query: codes and states live there.
func (c *Client) log(ctx context.Context, req *http.Request, status int, start time.Time) {
	if c.conf.Log != nil {
		c.conf.Log.DebugContext(ctx, "http", "method", req.Method,
			"url", req.URL.Scheme+"://"+req.URL.Host+req.URL.Path, "status", status, "took", time.Since(start))
	}
}

// loopback reports whether host can only be this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// RetryAfter reads the Retry-After header (RFC 9110 section 10.2.3: seconds or
// a date). What cannot be read counts as one minute, what is absent or past as 0.
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
