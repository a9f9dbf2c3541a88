package network

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// stage is how far a request came.
type stage int32

const (
	unknownStage stage = iota
	resolving          // the host name, unless it is an address
	dialing
	connected  // to the server or the proxy
	encrypting // or the connection is ready
	written    // at least part of the request
)

// progress records the highest stage of a request. The transport's goroutines write it.
type progress struct{ highest atomic.Int32 }

func (p *progress) stage() stage { return max(stage(p.highest.Load()), resolving) }

func (p *progress) reach(s stage) {
	for old := p.highest.Load(); old < int32(s) && !p.highest.CompareAndSwap(old, int32(s)); {
		old = p.highest.Load()
	}
}

func (p *progress) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		ConnectStart: func(string, string) { p.reach(dialing) },
		ConnectDone: func(_, _ string, err error) {
			if err == nil {
				p.reach(connected)
			}
		},
		TLSHandshakeStart: func() { p.reach(encrypting) },
		GotConn:           func(httptrace.GotConnInfo) { p.reach(encrypting) },
		WroteHeaders:      func() { p.reach(written) },
	}
}

// askDate asks the server for its date if its certificate is not valid today, and
// sets Skew. The certificate must be trusted in the middle of its validity; if it is
// not, the error of the second handshake, which says why, replaces the first. The
// request contains no secret.
func (c *Client) askDate(ctx context.Context, server *url.URL, failed *TransportError) {
	invalid, is := errors.AsType[x509.CertificateInvalidError](failed.Err)
	if !is || invalid.Reason != x509.Expired {
		return
	}
	from, to := invalid.Cert.NotBefore, invalid.Cert.NotAfter
	transport := c.conf.system(func() time.Time { return from.Add(to.Sub(from) / 2) })
	defer transport.CloseIdleConnections()
	req := (&http.Request{Method: http.MethodHead, URL: &url.URL{Scheme: server.Scheme, Host: server.Host, Path: "/"},
		Header: http.Header{"User-Agent": {c.conf.UserAgent}}}).WithContext(ctx)
	res, err := transport.RoundTrip(req)
	if Expired(err) || err != nil && !Untrusted(err) {
		return
	}
	if err != nil {
		failed.Err = err
		return
	}
	_ = res.Body.Close()
	if there, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		skew := c.conf.Now().Sub(there).Round(time.Second)
		failed.Skew = &skew
	}
}
