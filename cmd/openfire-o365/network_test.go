package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// raw is a TCP server that stores what it receives and calls talk to answer after the
// head and body of the request.
type raw struct {
	net.Listener
	mu    sync.Mutex
	heard bytes.Buffer
	calls int
}

func (b *bench) raw(talk func(c net.Conn)) *raw {
	b.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.t.Fatal(err)
	}
	s := &raw{Listener: l}
	b.t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(c, talk)
		}
	}()
	cloud := b.box.Cloud()
	cloud.Login = "http://" + l.Addr().String()
	b.describe(cloud)
	return s
}

func (s *raw) serve(c net.Conn, talk func(net.Conn)) {
	defer c.Close()
	req, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return
	}
	body, _ := io.ReadAll(req.Body)
	s.mu.Lock()
	s.calls++
	s.heard.Write(body)
	s.mu.Unlock()
	talk(c)
}

func (s *raw) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// reset closes a connection with RST instead of FIN.
func reset(c net.Conn) {
	_ = c.(*net.TCPConn).SetLinger(0)
	_ = c.Close()
}

// TestNetworkFaults breaks the response in many ways. The old token must be kept, at
// most three POST requests sent, the exit code be temporary, and no attempt take longer
// than its timeout.
func TestNetworkFaults(t *testing.T) {
	t.Parallel()
	ok := `{"access_token":"at","refresh_token":"CANARY-new","expires_in":3600}`
	say := func(parts ...string) func(net.Conn) {
		return func(c net.Conn) {
			for _, p := range parts {
				if _, err := io.WriteString(c, p); err != nil {
					return
				}
			}
		}
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	for range 8 { // more than is ever read
		_, _ = z.Write(make([]byte, 1<<20))
	}
	_ = z.Close()
	head := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	for name, c := range map[string]struct {
		talk func(net.Conn)
		code problem.Exit
		most int // POSTs
	}{
		"T5 reset before headers":          {reset, 75, 3},
		"T5 reset in headers":              {func(c net.Conn) { _, _ = io.WriteString(c, head); reset(c) }, 75, 3},
		"T5 reset after headers":           {func(c net.Conn) { _, _ = io.WriteString(c, head+"Content-Length: 70\r\n\r\n"); reset(c) }, 75, 3},
		"T5 reset mid body":                {func(c net.Conn) { _, _ = io.WriteString(c, head+"Content-Length: 70\r\n\r\n"+ok[:30]); reset(c) }, 75, 3},
		"T6 silence":                       {func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, 75, 3},
		"T7 drip":                          {drip(head + "\r\n" + ok), 75, 3},
		"T9 empty":                         {say(head + "Content-Length: 0\r\n\r\n"), 75, 1},
		"T10 endless body":                 {endless(head+"\r\n", "x"), 75, 1},
		"T10 endless header":               {endless(head, "X-More: yes\r\n"), 75, 3},
		"T10 gzip bomb":                    {say(head+"Content-Encoding: gzip\r\nConnection: close\r\n\r\n", zipped.String()), 75, 3},
		"T28 1xx flood":                    {endless("", "HTTP/1.1 103 Early Hints\r\n\r\n"), 75, 3},
		"T28 switching protocols":          {say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), 75, 3},
		"T28 204":                          {say("HTTP/1.1 204 No Content\r\n\r\n"), 75, 1},
		"T28 206":                          {say("HTTP/1.1 206 Partial\r\nConnection: close\r\n\r\n" + ok), 75, 1},
		"T28 304":                          {say("HTTP/1.1 304 Not Modified\r\n\r\n"), 75, 1},
		"T28 418":                          {say("HTTP/1.1 418 Teapot\r\nConnection: close\r\n\r\n" + ok), 75, 1},
		"T28 999":                          {say("HTTP/1.1 999 What\r\nConnection: close\r\n\r\n" + ok), 75, 3},
		"T28 no HTTP":                      {say("220 smtp.example.com ESMTP\r\n"), 75, 3},
		"T28 HTTP/2 preface":               {say("\x00\x00\x12\x04\x00\x00\x00\x00\x00"), 75, 3},
		"T28 status is no number":          {say("HTTP/1.1 abc OK\r\n\r\n"), 75, 3},
		"T29 length too long":              {say(head + "Content-Length: 700\r\nConnection: close\r\n\r\n" + ok), 75, 3},
		"T29 length too short":             {say(head + "Content-Length: 20\r\nConnection: close\r\n\r\n" + ok), 75, 1},
		"T29 two lengths":                  {say(head + "Content-Length: 20\r\nContent-Length: 67\r\n\r\n" + ok), 75, 3},
		"T29 length is no number":          {say(head + "Content-Length: many\r\n\r\n" + ok), 75, 3},
		"T29 broken chunks":                {say(head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + ok), 75, 3},
		"T29 chunks that end early":        {say(head + "Transfer-Encoding: chunked\r\n\r\n20\r\n" + ok), 75, 3},
		"T29 chunked twice":                {say(head + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"), 75, 3},
		"T8 portal":                        {say("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>\x1b[2JWi-Fi</html>"), 75, 1},
		"T18 tokens together with error":   {say(head + "Connection: close\r\n\r\n" + `{"error":"invalid_grant","access_token":"at","refresh_token":"CANARY-new"}`), 10, 1},
		"T23 invalid_scope":                {say("HTTP/1.1 400 Bad\r\nConnection: close\r\n\r\n" + `{"error":"invalid_scope","error_description":"AADSTS70011: bad scope"}`), 11, 1},
		"T30 an error's text of 200 KiB":   {say("HTTP/1.1 400 Bad\r\nConnection: close\r\n\r\n" + `{"error":"invalid_request","error_description":"\u001b[2J` + strings.Repeat("é", 100<<10) + `"}`), 11, 1},
		"T21 interaction_required":         {say("HTTP/1.1 400 Bad\r\nConnection: close\r\n\r\n" + `{"error":"interaction_required","error_description":"AADSTS50076: mfa","suberror":"basic_action","claims":"{}"}`), 10, 1},
		"T14 malformed new refresh token":  {say(head + "Connection: close\r\n\r\n" + `{"access_token":"at","refresh_token":"a\u0000b","expires_in":3600}`), 0, 1},
		"T13 no new refresh token":         {say(head + "Connection: close\r\n\r\n" + `{"access_token":"at","expires_in":3600}`), 0, 1},
		"T36 the same token, twice chunks": {say(head + "Transfer-Encoding: chunked\r\n\r\n10\r\n{\"access_token\":\r\n5\r\n\"at\"}\r\n0\r\n\r\n"), 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.connected("compta@client.fr", single)
			old := b.file().Mail.Refresh
			server := b.raw(c.talk)
			start := time.Now()
			got := b.run("", "token", "refresh", "mabase", "--timeout", "400ms", "--lang", "en")
			if got.code != c.code || server.count() < 1 || server.count() > c.most {
				t.Errorf("exit %d, want %d; %d POSTs\n%s", got.code, c.code, server.count(), got.err)
			}
			if b.file().Mail.Refresh != old {
				t.Errorf("the old token is gone: %.40q", b.file().Mail.Refresh.Reveal())
			}
			if len(got.err) > 2000 || strings.ContainsAny(got.err, "\x1b\x00") || strings.Contains(got.err, "Unexpected") {
				t.Errorf("said %.300q", got.err)
			}
			t.Logf("took %v: %s", time.Since(start).Round(time.Millisecond), got.said)
		})
	}
}

// drip writes one byte at a time, slower than the timeout of an attempt.
func drip(s string) func(net.Conn) {
	return func(c net.Conn) {
		for i := range s {
			if _, err := io.WriteString(c, s[i:i+1]); err != nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// endless writes until the client closes the connection.
func endless(head, more string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = io.WriteString(c, head)
		block := strings.Repeat(more, 4096/len(more))
		for {
			if _, err := io.WriteString(c, block); err != nil {
				return
			}
		}
	}
}

// TestUnreachableMicrosoftIsTemporary tests a name that does not resolve, and a port
// without a server.
func TestUnreachableMicrosoftIsTemporary(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	for login, said := range map[string]string{
		"https://login.invalid":            "https://login.invalid cannot be reached", // RFC 2606
		"http://" + closed.Addr().String(): "the connection was refused",
	} {
		b := newBench(t)
		b.connected("compta@client.fr", single)
		b.unreachable(login, said)
	}
}

// unreachable runs the program with a sign-in server that cannot be reached.
func (b *bench) unreachable(login, said string) {
	b.t.Helper()
	cloud := b.box.Cloud()
	cloud.Login = login
	b.describe(cloud)
	before := b.file().Mail.Refresh
	got := b.run("", "token", "refresh", "mabase", "--timeout", "300ms", "--lang", "en")
	if got.code != problem.Temporary || b.file().Mail.Refresh != before || !strings.Contains(got.said, said) {
		b.t.Errorf("%s: exit %d, want %q\n%s", login, got.code, said, got.err)
	}
	if len(b.slept) != 2 {
		b.t.Errorf("%s: %d waits, want two between three tries", login, len(b.slept))
	}
}

// certified is a TLS server with its own certificate in front of the sandbox's sign-in.
// It counts POST requests.
func (b *bench) certified(change func(c *x509.Certificate, conf *tls.Config), trusted bool) *int64 {
	b.t.Helper()
	login, err := url.Parse(b.box.Cloud().Login)
	if err != nil {
		b.t.Fatal(err)
	}
	var mu sync.Mutex
	asked := new(int64)
	next := httputil.NewSingleHostReverseProxy(login)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost { // a server with an expired certificate is asked for its date, without a secret
			mu.Lock()
			*asked++
			mu.Unlock()
		}
		next.ServeHTTP(w, r)
	}))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	now := time.Now()
	root, rootKey := certificate(b.t, &x509.Certificate{Subject: pkix.Name{CommonName: "test root"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 1, 0)}, nil, nil)
	leaf := &x509.Certificate{Subject: pkix.Name{CommonName: "login"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 0, 7), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	conf := &tls.Config{}
	if change != nil {
		change(leaf, conf)
	}
	parent, parentKey := root, rootKey
	if leaf.IsCA { // self-signed
		parent, parentKey = nil, nil
	}
	made, key := certificate(b.t, leaf, parent, parentKey)
	conf.Certificates = []tls.Certificate{{Certificate: [][]byte{made.Raw}, PrivateKey: key}}
	server.TLS = conf
	server.StartTLS()
	b.t.Cleanup(server.Close)
	cloud := b.box.Cloud()
	cloud.Login, cloud.CAFile = server.URL, b.cloud+".pem"
	if !trusted {
		root, _ = certificate(b.t, &x509.Certificate{Subject: pkix.Name{CommonName: "another root"}, IsCA: true, BasicConstraintsValid: true, NotAfter: now.AddDate(0, 1, 0)}, nil, nil)
	}
	if err := os.WriteFile(cloud.CAFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw}), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.describe(cloud)
	return asked
}

// certificate creates a certificate, self-signed without a parent.
func certificate(t *testing.T, template, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	if parent == nil {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made, key
}

// TestBadCertificatesGetNoRequest checks that a server with an invalid certificate gets
// no request and is not tried again, and that the exit code is 13. Revocation is not
// checked, as in any Go program: the addresses for it in the certificate are not
// called.
func TestBadCertificatesGetNoRequest(t *testing.T) {
	t.Parallel()
	revoked := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the certificate's revocation was checked") }))
	t.Cleanup(revoked.Close)
	for name, c := range map[string]struct {
		change    func(*x509.Certificate, *tls.Config)
		untrusted bool
		code      problem.Exit
		said      string
	}{
		"good": {nil, false, problem.OK, ""},
		"expired": {func(c *x509.Certificate, _ *tls.Config) {
			c.NotBefore, c.NotAfter = c.NotBefore.AddDate(-1, 0, 0), time.Now().Add(-time.Hour)
		}, false, problem.Safety, "date and time"},
		"not yet valid": {func(c *x509.Certificate, _ *tls.Config) { c.NotBefore = time.Now().AddDate(0, 0, 3) }, false, problem.Safety, "The clock of this machine is correct"},
		"other host":    {func(c *x509.Certificate, _ *tls.Config) { c.IPAddresses, c.DNSNames = nil, []string{"evil.example"} }, false, problem.Safety, "is that of another server (evil.example)"},
		"self-signed":   {func(c *x509.Certificate, _ *tls.Config) { c.IsCA, c.BasicConstraintsValid = true, true }, false, problem.Safety, "not trusted"},
		"unknown root":  {nil, true, problem.Safety, "not trusted"},
		"for clients only": {func(c *x509.Certificate, _ *tls.Config) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		}, false, problem.Safety, "not trusted"},
		"signed with SHA-1": {func(c *x509.Certificate, _ *tls.Config) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 }, false, problem.Safety, "SHA1"},
		"revoked": {func(c *x509.Certificate, _ *tls.Config) {
			c.OCSPServer, c.CRLDistributionPoints = []string{revoked.URL}, []string{revoked.URL}
		}, false, problem.OK, ""},
		"TLS 1.0": {func(_ *x509.Certificate, conf *tls.Config) {
			conf.MinVersion, conf.MaxVersion = tls.VersionTLS10, tls.VersionTLS10
		}, false, problem.Safety, "encrypted connection"},
		"TLS 1.1": {func(_ *x509.Certificate, conf *tls.Config) {
			conf.MinVersion, conf.MaxVersion = tls.VersionTLS11, tls.VersionTLS11
		}, false, problem.Safety, "encrypted connection"},
		"requires a client certificate": {func(_ *x509.Certificate, conf *tls.Config) {
			conf.ClientAuth, conf.MaxVersion = tls.RequireAnyClientCert, tls.VersionTLS12 // with TLS 1.3 the error comes after the handshake, perhaps too late
		}, false, problem.Safety, "encrypted connection"},
		"unknown critical": {func(c *x509.Certificate, _ *tls.Config) {
			c.ExtraExtensions = []pkix.Extension{{Id: []int{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
		}, false, problem.Safety, "not trusted"},
		"a name constraint": {func(c *x509.Certificate, _ *tls.Config) { c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 2)} }, false, problem.Safety, "is that of another server"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.connected("compta@client.fr", single)
			asked := b.certified(c.change, !c.untrusted)
			got := b.run("", "token", "refresh", "mabase", "--lang", "en")
			if got.code != c.code || !strings.Contains(got.said, c.said) || c.code == problem.Safety && !strings.Contains(got.said, "No secret was sent") {
				t.Errorf("exit %d, want %d and %q\n%s", got.code, c.code, c.said, got.err)
			}
			if reached := *asked > 0; reached != (c.code == problem.OK) || len(b.slept) != 0 {
				t.Errorf("%d requests, %d waits", *asked, len(b.slept))
			}
		})
	}
}

// TestRedirectsAreNotFollowed checks that redirects are never followed.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		b := newBench(t)
		b.connected("compta@client.fr", single)
		second := b.raw(func(net.Conn) {})
		count := b.posts(func(_ int, w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "http://"+second.Addr().String()+"/token", status)
			return true
		})
		got := b.run("", "token", "refresh", "mabase")
		if got.code != problem.Safety || count.Load() != 1 || second.count() != 0 {
			t.Errorf("%d: exit %d, %d POSTs, the second server was asked %d times", status, got.code, count.Load(), second.count())
		}
	}
}

// TestWrongClockMakesTokensDue checks that with a clock in 1970 or 2099 tokens count as
// due, and that the certificate error is explained by the clock.
func TestWrongClockMakesTokensDue(t *testing.T) {
	t.Parallel()
	for _, year := range []int{1970, 2099} {
		b := newBench(t)
		b.connected("compta@client.fr", func(f *tokenfile.File) { single(f); f.Mail.Expiration = time.Now().Add(time.Hour).Unix() })
		b.now = func() time.Time { return time.Date(year, 1, 2, 3, 4, 5, 0, time.UTC) }
		asked := b.certified(nil, true)
		got := b.run("", "token", "refresh", "mabase", "--lang", "en")
		if got.code != problem.Safety || !strings.Contains(got.said, "Correct the date and time of this machine") || *asked != 0 {
			t.Errorf("%d: exit %d\n%s", year, got.code, got.err)
		}
		b.now = nil
		if got := b.run("", "token", "refresh", "mabase", "--lang", "en"); got.code != problem.OK || got.err != "" {
			t.Errorf("%d, the clock set right: exit %d\n%s", year, got.code, got.err)
		}
	}
}

// TestClockJumpCostsAtMostOnePost checks that after the clock jumps, at most one POST
// request per run gets a token with a correct expiry, and that the error is no longer
// reported.
func TestClockJumpCostsAtMostOnePost(t *testing.T) {
	t.Parallel()
	for _, jump := range []time.Duration{time.Minute, time.Hour, 24 * time.Hour, 25 * time.Hour, 30 * 24 * time.Hour, 365 * 24 * time.Hour, 10 * 365 * 24 * time.Hour} {
		for _, first := range []time.Duration{jump, -jump} {
			for _, flags := range [][]string{nil, {"--keep-alive", "7d"}} {
				b := newBench(t)
				now := time.Now()
				b.now = func() time.Time { return now }
				b.connected("compta@client.fr", single)
				count := b.posts(nil)
				runs := func(n int) {
					for range n {
						before := count.Load()
						if got := b.run("", append([]string{"token", "refresh", "mabase"}, flags...)...); got.code != problem.OK || count.Load() > before+1 {
							t.Errorf("jump %v: exit %d, %d POSTs in one run\n%s", first, got.code, count.Load()-before, got.err)
						}
					}
				}
				runs(1)
				now = now.Add(first)
				runs(3)
				now = now.Add(-first)
				runs(3)
				settled := count.Load()
				runs(3)
				if count.Load() != settled {
					t.Errorf("jump %v there and back: always due", first)
				}
				now = now.Add(8*24*time.Hour + time.Hour)
				runs(1)
				if count.Load() != settled+1 {
					t.Errorf("jump %v there and back, %v: never due again", first, flags)
				}
				if s := b.known("mabase"); s.Failures != 0 || !b.unfinished().IsZero() {
					t.Errorf("%+v", s)
				}
			}
		}
	}
}

// TestClockJumpDuringARunLosesNothing checks that a jump of the clock during a request
// changes no timeout and no pause, loses no token, and that the next run does not
// repeat anything.
func TestClockJumpDuringARunLosesNothing(t *testing.T) {
	t.Parallel()
	const years = 10 * 365 * 24 * time.Hour
	for _, jump := range []time.Duration{time.Minute, -time.Minute, time.Hour, -time.Hour, years, -years} {
		for name, c := range map[string]struct {
			first func(w http.ResponseWriter, r *http.Request) bool // answers the request during which the clock jumps
			posts int64
		}{
			"answered": {func(http.ResponseWriter, *http.Request) bool { return false }, 1},
			"503, then answered": {func(w http.ResponseWriter, _ *http.Request) bool {
				w.WriteHeader(http.StatusServiceUnavailable)
				return true
			}, 2},
			"silent": {func(_ http.ResponseWriter, r *http.Request) bool {
				_, _ = io.Copy(io.Discard, r.Body) // otherwise the server does not notice that the client left
				<-r.Context().Done()
				return true
			}, 2},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				b := newBench(t)
				var off atomic.Int64
				b.now = func() time.Time { return time.Now().Add(time.Duration(off.Load())) }
				b.connected("compta@client.fr", single)
				before := b.file().Mail.Refresh
				count := b.posts(func(n int, w http.ResponseWriter, r *http.Request) bool {
					if n > 1 {
						return false
					}
					off.Store(int64(jump))
					return c.first(w, r)
				})
				got := b.run("", "token", "refresh", "mabase", "--timeout", "1s", "--lang", "en")
				fresh := b.file().Mail.Left(b.now()) > 20*time.Minute // an hour back, the old token is valid
				if got.code != problem.OK || count.Load() > c.posts || count.Load() < c.posts && !fresh || b.file().Mail.Refresh == before && !fresh {
					t.Errorf("jump %v: exit %d after %d POSTs, want %d\n%s", jump, got.code, count.Load(), c.posts, got.err)
				}
				for _, d := range b.slept {
					if d > time.Second {
						t.Errorf("jump %v: a pause of %v", jump, d)
					}
				}
				off.Store(0)
				for range 3 {
					if got := b.run("", "token", "refresh", "mabase", "--lang", "en"); got.code != problem.OK {
						t.Errorf("jump %v and back: exit %d\n%s", jump, got.code, got.err)
					}
				}
				if count.Load() > c.posts+1 || b.file().Mail.Left(time.Now()) <= 0 {
					t.Errorf("jump %v and back: %d POSTs in all, %v left", jump, count.Load(), b.file().Mail.Left(time.Now()))
				}
			})
		}
	}
}

// TestTokenWorksAfter89DaysAndNotAfter91 checks that the refresh token works after 89
// days, and that after 91 days the user must sign in again.
func TestTokenWorksAfter89DaysAndNotAfter91(t *testing.T) {
	t.Parallel()
	for days, want := range map[int]problem.Exit{89: problem.OK, 91: problem.SignIn} {
		b := newBenchAt(t, time.Now().AddDate(0, 0, days))
		b.connected("compta@client.fr", single)
		got := b.run("", "token", "refresh", "mabase", "--lang", "en")
		if got.code != want || (want != problem.OK) != strings.Contains(got.said, "not used for 90 days") {
			t.Errorf("after %d days: exit %d\n%s", days, got.code, got.err)
		}
	}
}

// TestFilesHoldUTC checks that times in files are in UTC in every time zone.
func TestFilesHoldUTC(t *testing.T) {
	t.Parallel()
	for _, zone := range []*time.Location{time.FixedZone("odd", 5*3600+2700), time.FixedZone("far", -12*3600), time.UTC} {
		b := newBench(t)
		b.now = func() time.Time { return time.Now().In(zone) }
		b.connected("compta@client.fr", single)
		if got := b.run("", "token", "refresh", "mabase"); got.code != problem.OK {
			t.Fatalf("exit %d\n%s", got.code, got.err)
		}
		data, err := os.ReadFile(b.dir + "/mabase.openfire.fr.json")
		if err != nil || !bytes.Contains(data, []byte(`"refresh_token_issued": "`+time.Now().UTC().Format("2006-01-02T15:"))) {
			t.Errorf("%v: %v\n%s", zone, err, data)
		}
	}
}
