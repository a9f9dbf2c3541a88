package check_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// trouble is one network fault in front of a healthy sandbox.
type trouble struct {
	cause func(t *testing.T, d *distance, o *network.Options)
	first check.ID // the first failed check
	exit  problem.Exit
	who   problem.Actor
	says  string   // in What or Do
	runs  check.ID // a check that is not skipped in spite of it; may be empty
}

// TestNetworkFailureIsReportedByTheCheckOfItsCause checks which check fails, who must
// act, and that the checks that depend on it are skipped because of it.
func TestNetworkFailureIsReportedByTheCheckOfItsCause(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]trouble{
		"proxy answers 407": {proxied("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"),
			check.HostProxy, 75, problem.NetworkAdmin, "user name and password of the proxy", check.SMTPTLS},
		"proxy answers 403": {proxied("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"), check.HostProxy, 75,
			problem.NetworkAdmin, "Have the proxy allow connections", check.SMTPTLS},
		"proxy is silent": {proxied(""), check.HostProxy, 75, problem.NetworkAdmin, "does not answer", check.SMTPTLS},
		"proxy refuses connections": {func(t *testing.T, d *distance, o *network.Options) {
			d.env.Cloud.Login = "https://login.microsoftonline.com"
			o.Proxy = network.Proxy(func(string) string { return "http://" + closedPort(t) })
		}, check.HostProxy, 75, problem.NetworkAdmin, "does not answer", check.SMTPTLS},
		"proxy is not an address": {func(_ *testing.T, d *distance, o *network.Options) {
			d.env.Cloud.Login = "https://login.microsoftonline.com"
			o.Proxy = network.Proxy(func(name string) string { return map[string]string{"HTTPS_PROXY": ":::bad"}[name] })
		}, check.HostProxy, 2, problem.Operator, "HTTPS_PROXY is not the address of a proxy", check.SMTPTLS},
		"sign-in server refuses connections": {func(t *testing.T, d *distance, _ *network.Options) {
			d.env.Cloud.Login = "https://" + closedPort(t)
		}, check.HostNetwork, 75, problem.NetworkAdmin, "Have the firewall of this network allow", ""},
		"SMTP server refuses connections": {func(t *testing.T, d *distance, _ *network.Options) {
			d.env.Cloud.SMTP = closedPort(t)
		}, check.HostNetwork, 75, problem.NetworkAdmin, "Have the firewall of this network allow", check.TokenRefresh},
		"both refuse connections": {func(t *testing.T, d *distance, _ *network.Options) {
			d.env.Cloud.Login, d.env.Cloud.SMTP = "https://"+closedPort(t), closedPort(t)
		}, check.HostNetwork, 75, problem.Operator, "this machine has no Internet access", ""},
		"portal sends a page": {answers(func(w http.ResponseWriter) { _, _ = io.WriteString(w, "<html>Wi-Fi</html>") }),
			check.HostNetwork, 75, problem.NetworkAdmin, "A web page is between this machine and", ""},
		"portal redirects": {answers(func(w http.ResponseWriter) {
			w.Header().Set("Location", "https://portal.example.com/login?x=1")
			w.WriteHeader(http.StatusFound)
		}), check.HostNetwork, 13, problem.NetworkAdmin, "redirect to portal.example.com", ""},
		"sign-in server is silent": {func(t *testing.T, d *distance, o *network.Options) {
			o.Timeout, d.env.Cloud.Login = 300*time.Millisecond, "http://"+listen(t, "").String()
		}, check.TokenRefresh, 75, problem.Nobody, "it did not answer in time", check.SMTPTLS},
		"sign-in server answers 503": {answers(func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) }),
			check.TokenRefresh, 75, problem.Nobody, "503 Service Unavailable from 127.0.0.1", check.SMTPTLS},
		"certificate of a private authority": {certified(certificate{issuer: "Example Proxy"}), check.HostRoots, 13,
			problem.NetworkAdmin, "decrypts the connection", ""},
		"certificate of a public authority that is not installed": {certified(certificate{issuer: "DigiCert of the test"}),
			check.HostRoots, 13, problem.Operator, "Update the root certificates", ""},
		"certificate of another server": {certified(certificate{trusted: true, address: net.IPv4(127, 0, 0, 2)}),
			check.HostNetwork, 13, problem.NetworkAdmin, "that of another server", ""},
		"certificate expired": {certified(certificate{trusted: true, age: 48 * time.Hour}), check.EntraTenant, 13,
			problem.Nobody, "The clock of this machine is correct", check.SMTPTLS},
		"clock is a year ahead": {func(t *testing.T, d *distance, o *network.Options) {
			certified(certificate{trusted: true})(t, d, o)
			o.Now = func() time.Time { return time.Now().AddDate(1, 0, 0) }
			d.env.Now = o.Now
		}, check.HostClock, 13, problem.Operator, "turn on automatic time", ""},
		"only TLS 1.1": {certified(certificate{trusted: true, version: tls.VersionTLS11}), check.HostNetwork, 13,
			problem.NetworkAdmin, "encrypted connection", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.test(t)
		})
	}
}

func (c trouble) test(t *testing.T) {
	var d distance
	d.connect(t)
	o := network.Options{Roots: d.env.Cloud.CA, UserAgent: "test", Timeout: time.Second}
	d.env.Timeout = time.Second
	c.cause(t, &d, &o)
	var err error
	if d.env.HTTP, err = network.NewClient(o); err != nil {
		t.Fatal(err)
	}
	d.env.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	var first *check.Result
	for r := range check.Run(t.Context(), d.env) {
		text := r.What.In(i18n.English) + " " + r.Do.In(i18n.English)
		switch {
		case r.Status == check.Failed && first == nil:
			first = &r
			if r.ID != c.first || r.Exit != c.exit || r.Who != c.who || !strings.Contains(text, c.says) {
				t.Errorf("%s failed, exit %d, %s: %s", r.ID, r.Exit, r.Who, text)
			}
		case r.Status == check.Failed && !(r.Who == c.who && r.Exit == c.exit):
			t.Errorf("a second failure: %s, exit %d, %s: %s", r.ID, r.Exit, r.Who, text)
		case r.ID == check.TokenRefresh && c.first != check.TokenRefresh && c.runs == "" &&
			(r.Status != check.Skipped || r.Cause == nil || r.Cause.ID != c.first):
			t.Errorf("%s is %s: %s", r.ID, r.Status, text)
		case r.ID == c.runs && r.Status == check.Skipped:
			t.Errorf("%s is skipped: %s", r.ID, text)
		}
	}
	if first == nil {
		t.Error("no check failed")
	}
}

// listen returns the address of a server that reads a request, says something and
// waits for the client to disconnect.
func listen(t *testing.T, says string) net.Addr {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = c.Read(make([]byte, 4096))
				_, _ = io.WriteString(c, says)
				_, _ = io.Copy(io.Discard, c)
			}()
		}
	}()
	return l.Addr()
}

// closedPort returns an address that refuses connections.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// proxied puts a proxy with one answer in front of Microsoft's sign-in server.
func proxied(says string) func(*testing.T, *distance, *network.Options) {
	return func(t *testing.T, d *distance, o *network.Options) {
		d.env.Cloud.Login = "https://login.microsoftonline.com"
		at := &url.URL{Scheme: "http", Host: listen(t, says).String()}
		o.Timeout, o.Proxy = 500*time.Millisecond, func(*url.URL) (*url.URL, error) { return at, nil }
	}
}

// answers replaces the sign-in server by one that gives the same answer to everything.
func answers(answer func(http.ResponseWriter)) func(*testing.T, *distance, *network.Options) {
	return func(t *testing.T, d *distance, _ *network.Options) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			answer(w)
		}))
		t.Cleanup(server.Close)
		d.env.Cloud.Login = server.URL
	}
}

// certificate is what is wrong with the certificate of a sign-in server.
type certificate struct {
	issuer  string
	trusted bool          // the issuer
	address net.IP        // nil for the server's own
	age     time.Duration // since it expired
	version uint16        // the highest of TLS; 0 for any
}

func certified(c certificate) func(*testing.T, *distance, *network.Options) {
	return func(t *testing.T, d *distance, o *network.Options) {
		now := time.Now()
		root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Root of " + c.issuer}, IsCA: true,
			BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(2, 0, 0)}
		leaf := &x509.Certificate{SerialNumber: big.NewInt(2), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
			NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(0, 1, 0)}
		if c.address != nil {
			leaf.IPAddresses, leaf.DNSNames = []net.IP{c.address}, []string{"portal.example.com"}
		}
		if c.age > 0 {
			leaf.NotAfter = now.Add(-c.age)
		}
		var keys [2]*ecdsa.PrivateKey
		var ders [2][]byte
		for i, made := range []*x509.Certificate{root, leaf} {
			var err error
			if keys[i], err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
				t.Fatal(err)
			}
			if ders[i], err = x509.CreateCertificate(rand.Reader, made, root, keys[i].Public(), keys[0]); err != nil {
				t.Fatal(err)
			}
		}
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{ders[1]}, PrivateKey: keys[1]}}}
		if c.version != 0 {
			server.TLS.MinVersion, server.TLS.MaxVersion = c.version, c.version
		}
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		t.Cleanup(server.Close)
		d.env.Cloud.Login = server.URL
		if c.trusted {
			o.Roots = append(o.Roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ders[0]})...)
		}
	}
}
