package bench

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// endpoint is a token endpoint on loopback, TLS by an authority of its own. It
// is also a proxy through which programs that know only Microsoft's own address
// reach it. It answers as Entra does, with tokens as long as Entra's, and judges
// nothing, so that what is measured is who asks.
type endpoint struct {
	url, authority string // the authority's certificate is a file
	delay          time.Duration
	posts, sent    atomic.Int64 // sent is in bytes, TLS included
}

var (
	accessToken  = strings.Repeat("a", 1500)
	refreshToken = "0." + strings.Repeat("r", 1100)
)

func newEndpoint(b *testing.B, delay time.Duration) *endpoint {
	b.Helper()
	e := &endpoint{delay: delay, authority: filepath.Join(b.TempDir(), "authority.pem")}
	server := httptest.NewUnstartedServer(http.HandlerFunc(e.answer))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{e.certificate(b)}}
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Listener = &counted{server.Listener, &e.sent}
	server.StartTLS()
	b.Cleanup(server.Close)
	e.url = server.URL
	return e
}

func (e *endpoint) answer(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	e.posts.Add(1)
	time.Sleep(e.delay)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	fmt.Fprintf(w, `{"token_type":"Bearer","scope":"https://outlook.office.com/SMTP.Send","expires_in":4500,"ext_expires_in":4500,"access_token":%q,"refresh_token":%q}`, accessToken, refreshToken)
}

// certificate makes an authority and a certificate for this machine and for
// Microsoft's address.
func (e *endpoint) certificate(b *testing.B) tls.Certificate {
	b.Helper()
	ends := time.Now().Add(24 * time.Hour)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "DigiCert, played by a benchmark"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: ends,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	root, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(e.authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root}), 0o600); err != nil {
		b.Fatal(err)
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "login.microsoftonline.com"}, NotBefore: form.NotBefore, NotAfter: ends,
		DNSNames: []string{"login.microsoftonline.com", "localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, leaf, form, key.Public(), key)
	if err != nil {
		b.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// store is the environment of a system that trusts the endpoint's authority
// beside all those it trusts anyway.
func (e *endpoint) store(b *testing.B) []string {
	b.Helper()
	system, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
	if err != nil {
		b.Skip("no system's roots in one file here")
	}
	own, err := os.ReadFile(e.authority)
	bundle := filepath.Join(b.TempDir(), "bundle.pem")
	if err == nil {
		err = os.WriteFile(bundle, append(system, own...), 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
	return []string{"SSL_CERT_FILE=" + bundle}
}

// env makes a program trust the endpoint's authority alone.
func (e *endpoint) env() []string {
	return []string{"SSL_CERT_FILE=" + e.authority, "SSL_CERT_DIR=" + filepath.Dir(e.authority) + "/none", "REQUESTS_CA_BUNDLE=" + e.authority, "NODE_EXTRA_CA_CERTS=" + e.authority}
}

// proxy leads every CONNECT to the endpoint.
func (e *endpoint) proxy(b *testing.B) string {
	b.Helper()
	target := strings.TrimPrefix(e.url, "https://")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner, err := net.Dial("tcp", target)
		if err != nil {
			return
		}
		defer inner.Close()
		w.WriteHeader(http.StatusOK)
		outer, early, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer outer.Close()
		rest, _ := early.Reader.Peek(early.Reader.Buffered())
		go func() { _, _ = io.Copy(inner, io.MultiReader(bytes.NewReader(rest), outer)) }()
		_, _ = io.Copy(outer, inner)
	}))
	b.Cleanup(server.Close)
	return server.URL
}

// counted counts what its connections receive.
type counted struct {
	net.Listener
	bytes *atomic.Int64
}

func (c *counted) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	return &counter{conn, c.bytes}, err
}

type counter struct {
	net.Conn
	bytes *atomic.Int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.bytes.Add(int64(n))
	return n, err
}
