package network_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/network"
)

const queryCanary = "s3cr3t~Canary.Value"

func client(t *testing.T, o network.Options) *network.Client {
	t.Helper()
	o.UserAgent = "openfire-o365/test"
	c, err := network.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// send posts queryCanary in the body and in the query, like a token request.
func send(t *testing.T, c *network.Client, address string) (network.Answer, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"?code="+queryCanary, strings.NewReader("client_secret="+queryCanary))
	if err != nil {
		t.Fatal(err)
	}
	return c.Do(t.Context(), req)
}

func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	var reached atomic.Int32
	second := serve(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{second, second + "/token", "//" + strings.TrimPrefix(second, "http://") + "/x", "/same-host"} {
			var asked atomic.Int32
			first := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				w.Header().Set("Location", to)
				w.WriteHeader(status)
			})
			got, err := send(t, client(t, network.Options{}), first)
			if err != nil || got.Status != status || asked.Load() != 1 {
				t.Errorf("%d to %s: status %d, %d requests, %v", status, to, got.Status, asked.Load(), err)
			}
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("the second server saw %d requests", n)
	}
}

func TestEndlessBodyStops(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"just right": network.MaxBody, "one more": network.MaxBody + 1, "1 GiB": 1 << 30} {
		var sent atomic.Int64
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			block := bytes.Repeat([]byte("x"), 32<<10)
			for left := size; left > 0; left -= len(block) {
				n, err := w.Write(block[:min(left, len(block))])
				sent.Add(int64(n))
				if err != nil {
					return
				}
			}
		})
		got, err := send(t, client(t, network.Options{}), url)
		if size <= network.MaxBody {
			if err != nil || len(got.Body) != size {
				t.Errorf("%s: %d bytes, %v", name, len(got.Body), err)
			}
			continue
		}
		if !errors.Is(err, network.ErrTooLarge) || got.Body != nil {
			t.Errorf("%s: %v", name, err)
		}
		if sent.Load() > 64<<20 {
			t.Errorf("%s: %d bytes were taken", name, sent.Load())
		}
	}
}

func TestCompressedAnswerIsRefused(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Accept-Encoding"); got != "identity" {
			t.Errorf("asked for %q", got)
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write(make([]byte, 1<<20))
		_ = z.Close()
	})
	if _, err := send(t, client(t, network.Options{}), url); err == nil || !strings.Contains(err.Error(), "gzip") {
		t.Errorf("err = %v", err)
	}
}

func TestEndlessHeaderStops(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
	})
	if _, err := send(t, client(t, network.Options{}), url); err == nil {
		t.Error("1 MiB of header was taken")
	}
}

func TestPlainHTTPOnlyToLoopback(t *testing.T) {
	t.Parallel()
	dialled := make(chan string, 1)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			dialled <- c.RemoteAddr().String()
			_ = c.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	// Some of these names reach the listener if the resolver is lenient.
	for _, host := range []string{"example.com", "login.microsoftonline.com", "127.0.0.1.example.com", "localhost.example.com", "10.0.0.1", "169.254.169.254", "0.0.0.0", "[::]", "127.1", "2130706433"} {
		if _, err := send(t, client(t, network.Options{Timeout: time.Second}), "http://"+host+":"+port+"/token"); err == nil || !strings.Contains(err.Error(), "not https") {
			t.Errorf("%s: %v", host, err)
		}
	}
	select {
	case from := <-dialled:
		t.Errorf("the listener was reached from %s", from)
	default:
	}
	if _, err := send(t, client(t, network.Options{}), "ftp://example.com/"); err == nil {
		t.Error("ftp was allowed")
	}
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	for _, host := range []string{"127.0.0.1", "localhost"} {
		if _, err := send(t, client(t, network.Options{}), strings.Replace(url, "127.0.0.1", host, 1)); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestClientRefusesUntrustedServers(t *testing.T) {
	t.Parallel()
	start := func(conf *tls.Config) *httptest.Server {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		s.TLS = conf
		s.StartTLS()
		t.Cleanup(s.Close)
		return s
	}
	good := start(nil)
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: good.Certificate().Raw})

	var unknown x509.UnknownAuthorityError
	if _, err := send(t, client(t, network.Options{}), good.URL); !errors.As(err, &unknown) {
		t.Errorf("unknown root: %v", err)
	}
	if _, err := send(t, client(t, network.Options{Roots: root}), good.URL); err != nil {
		t.Errorf("extra root: %v", err)
	}
	var name x509.HostnameError
	if _, err := send(t, client(t, network.Options{Roots: root}), strings.Replace(good.URL, "127.0.0.1", "localhost", 1)); !errors.As(err, &name) {
		t.Errorf("other name: %v", err)
	}
	for v, want := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		s := start(&tls.Config{MinVersion: v, MaxVersion: v})
		if _, err := send(t, client(t, network.Options{Roots: root}), s.URL); (err == nil) != want {
			t.Errorf("%s: %v", tls.VersionName(v), err)
		}
	}
	for _, bad := range []string{"x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", strings.ReplaceAll(string(root), "CERTIFICATE", "PRIVATE KEY")} {
		if _, err := network.NewClient(network.Options{Roots: []byte(bad)}); err == nil {
			t.Errorf("roots %.20q were taken", bad)
		}
	}
}

func TestTimeoutCoversTheWholeAttempt(t *testing.T) {
	t.Parallel()
	drip := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // otherwise the server does not notice that the client disconnects
		for {
			select {
			case <-r.Context().Done():
				return
			case <-time.After(10 * time.Millisecond):
				_, _ = io.WriteString(w, "x")
				_ = http.NewResponseController(w).Flush()
			}
		}
	}
	silent := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	for name, h := range map[string]http.HandlerFunc{"drip": drip, "silence": silent} {
		start := time.Now()
		_, err := send(t, client(t, network.Options{Timeout: 150 * time.Millisecond}), serve(t, h))
		if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took > 2*time.Second {
			t.Errorf("%s: %v after %v", name, err, took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, serve(t, h), nil)
		time.AfterFunc(20*time.Millisecond, cancel)
		if _, err := client(t, network.Options{}).Do(ctx, req); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, cancelled: %v", name, err)
		}
	}
}

func TestRedirectWithInvalidLocationIsReturned(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"http://[::1?code=" + queryCanary, "%zz" + queryCanary, "::", ""} {
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusTemporaryRedirect)
		})
		if got, err := send(t, client(t, network.Options{}), url); err != nil || got.Status != http.StatusTemporaryRedirect {
			t.Errorf("%q: status %d, %v", to, got.Status, err)
		}
	}
}

func TestPlainHTTPOnAnHTTPSPortIsATLSError(t *testing.T) {
	t.Parallel()
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	var record tls.RecordHeaderError
	if _, err := send(t, client(t, network.Options{}), "https"+strings.TrimPrefix(url, "http")); !errors.As(err, &record) {
		t.Errorf("%v", err)
	}
}

func TestClientIsHonest(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("User-Agent"); got != "openfire-o365/test" {
			t.Errorf("User-Agent %q", got)
		}
		w.Header().Set("X-Ms-Request-Id", "id")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "\xef\xbb\xbf{}")
	})
	got, err := send(t, client(t, network.Options{}), url)
	if err != nil || got.Status != http.StatusTeapot || got.Header.Get("X-Ms-Request-Id") != "id" || string(got.Body) != "{}" {
		t.Errorf("%+v %v (a byte order mark goes)", got, err)
	}
}

func TestNeitherLogNorErrorHoldsTheQuery(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	ok := serve(t, func(http.ResponseWriter, *http.Request) {})
	cut := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = c.Close()
		}
	})
	short := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "10") })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close() // a port without a listener
	c := client(t, network.Options{Log: logger})
	for _, address := range []string{ok, cut, short, "http://" + l.Addr().String(), "https" + strings.TrimPrefix(ok, "http"), "http://example.com"} {
		_, err := send(t, c, address+"/path")
		if address != ok && err == nil {
			t.Errorf("%s: no error", address)
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			if strings.Contains(e.Error(), queryCanary) || strings.Contains(fmt.Sprintf("%+v", e), queryCanary) {
				t.Errorf("%s: %v", address, e)
			}
		}
	}
	if strings.Contains(log.String(), queryCanary) || !strings.Contains(log.String(), ok+"/path") || !strings.Contains(log.String(), "status=200") {
		t.Errorf("log:\n%s", log.String())
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"":                                0,
		"0":                               0,
		"7":                               7 * time.Second,
		" 7 ":                             7 * time.Second,
		"86400":                           24 * time.Hour,
		"Tue, 24 Nov 2026 12:00:30 GMT":   30 * time.Second,
		"Tuesday, 24-Nov-26 12:00:30 GMT": 30 * time.Second,
		"Tue Nov 24 12:00:30 2026":        30 * time.Second,
		"Tue, 24 Nov 2026 11:00:00 GMT":   0,
		"-1":                              time.Minute,
		"7.5":                             time.Minute,
		"soon":                            time.Minute,
		"99999999999999999999":            time.Minute,
		"4294967296":                      time.Minute,
		"\x1b[2J":                         time.Minute,
	} {
		h := http.Header{}
		if in != "" {
			h.Set("Retry-After", in)
		}
		if got := network.RetryAfter(h, now); got != want {
			t.Errorf("Retry-After %q = %v, want %v", in, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"7", "-1", " 60 ", "86400", "99999999999999999999", "1e3", "Tue, 24 Nov 2026 12:00:30 GMT", "Tuesday, 24-Nov-26 12:00:30 GMT", "Fri Dec 31 23:59:59 9999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d := network.RetryAfter(http.Header{"Retry-After": {s}}, time.Unix(0, 0)); d < 0 {
			t.Errorf("%q = %v", s, d)
		}
	})
}
