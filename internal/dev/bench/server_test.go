package bench

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
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

// endpoint is a token endpoint on loopback, with TLS and its own authority. It is
// also a proxy for programs that know only Microsoft's address. It answers like
// Entra, with tokens of the same length, and checks nothing, so that its own time
// is short.
type endpoint struct {
	url, authority string            // the authority's certificate is a file
	delay          atomic.Int64      // before each answer, in nanoseconds
	key            *ecdsa.PrivateKey // of its id_tokens, and of its certificate
	posts, sent    atomic.Int64      // sent is in bytes, TLS included
}

var (
	accessToken  = strings.Repeat("a", 1500)
	refreshToken = "0." + strings.Repeat("r", 1100)
)

func newEndpoint(b *testing.B, delay time.Duration) *endpoint {
	b.Helper()
	e := &endpoint{authority: filepath.Join(b.TempDir(), "authority.pem")}
	e.delay.Store(int64(delay))
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
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if r.Method == http.MethodGet {
		e.openID(w, r)
		return
	}
	_ = r.ParseForm()
	e.posts.Add(1)
	time.Sleep(time.Duration(e.delay.Load()))
	identity := ""
	if r.PostForm.Get("client_id") == openIDClient {
		identity = fmt.Sprintf(`,"id_token":%q`, e.idToken())
	}
	fmt.Fprintf(w, `{"token_type":"Bearer","scope":"https://outlook.office.com/SMTP.Send","expires_in":4500,"ext_expires_in":4500,"access_token":%q,"refresh_token":%q%s}`, accessToken, refreshToken, identity)
}

// openIDClient is a client that wants an id_token and the key to verify it.
const openIDClient = "openid"

// openID answers the other requests of OpenID clients, and the listing of a drive.
func (e *endpoint) openID(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/openid-configuration"):
		fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":%[2]q,"token_endpoint":%[3]q,"jwks_uri":%[4]q,"response_types_supported":["code"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["ES256"]}`,
			e.url, e.url+"/authorize", e.url+"/token", e.url+"/keys")
	case r.URL.Path == "/keys":
		point, _ := e.key.PublicKey.Bytes() // on P-256: a mark, then both halves
		part := base64.RawURLEncoding.EncodeToString
		fmt.Fprintf(w, `{"keys":[{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"1","x":%q,"y":%q}]}`, part(point[1:33]), part(point[33:]))
	case strings.Contains(r.URL.Path, "/children"):
		fmt.Fprint(w, `{"value":[]}`)
	default:
		fmt.Fprint(w, `{"id":"1","name":"root","folder":{},"root":{},"parentReference":{"driveId":"1"}}`)
	}
}

func (e *endpoint) idToken() string {
	part := base64.RawURLEncoding.EncodeToString
	text := part([]byte(`{"alg":"ES256","kid":"1"}`)) + "." + part(fmt.Appendf(nil, `{"iss":%q,"aud":%q,"sub":"u","iat":%d,"exp":%d}`, e.url, openIDClient, time.Now().Unix(), time.Now().Unix()+3600))
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, e.key, sum[:])
	if err != nil {
		return ""
	}
	return text + "." + part(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
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
		DNSNames: []string{"login.microsoftonline.com", "graph.microsoft.com", "localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, leaf, form, key.Public(), key)
	if err != nil {
		b.Fatal(err)
	}
	e.key = key
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// store returns the environment of a system that trusts the endpoint's authority
// in addition to its own.
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

// env returns the environment of a program that trusts only the endpoint's authority.
func (e *endpoint) env() []string {
	return []string{"SSL_CERT_FILE=" + e.authority, "SSL_CERT_DIR=" + filepath.Dir(e.authority) + "/none", "REQUESTS_CA_BUNDLE=" + e.authority, "NODE_EXTRA_CA_CERTS=" + e.authority}
}

// proxy connects every CONNECT to the endpoint.
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
