//go:build unix

package main

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// TestSystemStoreDecidesAboutCertificates checks that the program trusts exactly the
// issuers in the certificate store of the system, whatever their name and in both of
// its places. The request is sent once, and only to a trusted server.
func TestSystemStoreDecidesAboutCertificates(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the system verifies certificates itself")
	}
	for name, c := range map[string]struct {
		signer       string
		file, folder []string // the names of the other roots in the store; "signer" is the issuer itself
		handshakes   int64
		code         problem.Exit
	}{
		"signs for Microsoft":        {"DigiCert of the test", []string{"other", "signer"}, nil, 1, problem.OK},
		"a company's authority":      {"A company", []string{"other", "signer"}, nil, 1, problem.OK},
		"others sign too":            {"A company", []string{"DigiCert of the store", "signer"}, nil, 2, problem.OK},
		"only in the folder":         {"DigiCert of the test", []string{"other"}, []string{"signer"}, 1, problem.OK},
		"in the folder with others":  {"A company", []string{"DigiCert of the store"}, []string{"signer"}, 2, problem.OK},
		"another of the same name":   {"DigiCert of the test", []string{"DigiCert of the test"}, nil, 2, problem.Safety},
		"removed from the store":     {"DigiCert of the test", []string{"other"}, nil, 1, problem.Safety},
		"removed, others still sign": {"DigiCert of the test", []string{"DigiCert of the store"}, nil, 2, problem.Safety},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.connected("compta@client.fr", single)
			signer, key := root(t, c.signer)
			posts, handshakes := b.signed(signer, key)
			store := t.TempDir()
			put := func(path string, names []string) {
				var text []byte
				for _, name := range names {
					cert := signer
					if name != "signer" {
						cert, _ = root(t, name)
					}
					text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})...)
				}
				if err := os.WriteFile(path, text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			put(filepath.Join(store, "bundle.pem"), c.file)
			folder := t.TempDir()
			put(filepath.Join(folder, "root.pem"), c.folder)
			cmd, _, said := b.start([]string{"SSL_CERT_FILE=" + filepath.Join(store, "bundle.pem"), "SSL_CERT_DIR=" + folder}, "token", "refresh", "mabase")
			code := problem.Exit(exitCode(cmd.Run()))
			want := int64(0)
			if c.code == problem.OK {
				want = 1
			}
			if code != c.code || posts.Load() != want || handshakes.Load() != c.handshakes {
				t.Errorf("exit %d, want %d; %d POSTs, %d handshakes, want %d\n%s", code, c.code, posts.Load(), handshakes.Load(), c.handshakes, said.String())
			}
			if c.code != problem.OK && !strings.Contains(strings.Join(strings.Fields(said.String()), " "), "is not trusted") {
				t.Errorf("unexpected message: %s", said.String())
			}
		})
	}
}

func root(t *testing.T, name string) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	now := time.Now()
	return certificate(t, &x509.Certificate{Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 1, 0)}, nil, nil)
}

// signed puts a TLS server with a certificate of that issuer in front of the sandbox's
// sign-in.
func (b *bench) signed(signer *x509.Certificate, key *ecdsa.PrivateKey) (posts, handshakes *atomic.Int64) {
	b.t.Helper()
	login, err := url.Parse(b.box.Cloud().Login)
	if err != nil {
		b.t.Fatal(err)
	}
	posts, handshakes = new(atomic.Int64), new(atomic.Int64)
	next := httputil.NewSingleHostReverseProxy(login)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		posts.Add(1)
		next.ServeHTTP(w, r)
	}))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	made, own := certificate(b.t, &x509.Certificate{Subject: pkix.Name{CommonName: "login"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: signer.NotBefore, NotAfter: signer.NotAfter, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, signer, key)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{made.Raw}, PrivateKey: own}}, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		handshakes.Add(1)
		return nil, nil
	}}
	server.StartTLS()
	b.t.Cleanup(server.Close)
	cloud := b.box.Cloud()
	cloud.Login, cloud.CA, cloud.CAFile = server.URL, nil, ""
	b.describe(cloud)
	return posts, handshakes
}
