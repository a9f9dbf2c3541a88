package exchange

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// signed returns a certificate, which is self-signed without a parent.
func signed(t *testing.T, template, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if template.SerialNumber = big.NewInt(1); parent == nil {
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

// No token is sent to a mail server with an invalid certificate, with STARTTLS or with
// implicit TLS, and the exit code is problem.Safety.
func TestMailServerCertificatesAreVerified(t *testing.T) {
	t.Parallel()
	now := time.Now()
	ca := &x509.Certificate{Subject: pkix.Name{CommonName: "test root"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 1, 0)}
	root, rootKey := signed(t, ca, nil, nil)
	other, _ := signed(t, ca, nil, nil)
	for name, c := range map[string]struct {
		change func(*x509.Certificate, *tls.Config)
		trusts *x509.Certificate
		exit   problem.Exit
		Says   string
	}{
		"good":              {nil, root, problem.OK, ""},
		"expired":           {func(c *x509.Certificate, _ *tls.Config) { c.NotAfter = now.Add(-time.Minute) }, root, problem.Safety, "date and time"},
		"not yet valid":     {func(c *x509.Certificate, _ *tls.Config) { c.NotBefore = now.AddDate(0, 0, 3) }, root, problem.Safety, "date and time"},
		"other host":        {func(c *x509.Certificate, _ *tls.Config) { c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 2)} }, root, problem.Safety, "another server"},
		"signed by itself":  {func(c *x509.Certificate, _ *tls.Config) { c.IsCA, c.BasicConstraintsValid = true, true }, root, problem.Safety, "not trusted"},
		"unknown root":      {nil, other, problem.Safety, "not trusted"},
		"for clients only":  {func(c *x509.Certificate, _ *tls.Config) { c.ExtKeyUsage[0] = x509.ExtKeyUsageClientAuth }, root, problem.Safety, "not trusted"},
		"signed with SHA-1": {func(c *x509.Certificate, _ *tls.Config) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 }, root, problem.Safety, "SHA1"},
		"TLS 1.0": {func(_ *x509.Certificate, conf *tls.Config) {
			conf.MinVersion, conf.MaxVersion = tls.VersionTLS10, tls.VersionTLS10
		}, root, problem.Safety, "encrypted connection"},
		"TLS 1.1": {func(_ *x509.Certificate, conf *tls.Config) {
			conf.MinVersion, conf.MaxVersion = tls.VersionTLS11, tls.VersionTLS11
		}, root, problem.Safety, "encrypted connection"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			leaf := &x509.Certificate{Subject: pkix.Name{CommonName: "mail"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 0, 7), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
			conf := &tls.Config{}
			if c.change != nil {
				c.change(leaf, conf)
			}
			parent, parentKey := root, rootKey
			if leaf.IsCA {
				parent, parentKey = nil, nil
			}
			made, key := signed(t, leaf, parent, parentKey)
			conf.Certificates = []tls.Certificate{{Certificate: [][]byte{made.Raw}, PrivateKey: key}}
			trusted := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.trusts.Raw})
			for _, scheme := range []string{"", "smtps://", "imap", "imaps://"} {
				imap := strings.HasPrefix(scheme, "imap")
				server := startCertified(t, &scripted{imap: imap, implicit: strings.HasSuffix(scheme, "://"), conf: conf, ca: trusted, script: script{"UID": "* SEARCH 1\r\n{tag} OK done"}})
				m := server.mailbox()
				if server.implicit {
					m.Cloud.SMTP, m.Cloud.IMAP = "smtps://"+server.address, "imaps://"+server.address
				}
				stage, err := m.SMTP(context.Background(), nil)
				if imap {
					stage, err = m.IMAP(context.Background())
				}
				if exitOf(err, server.address) != c.exit || (err == nil) != (c.exit == problem.OK) || err != nil && stage != StageTLS {
					t.Errorf("%s: stage %d, exit %d: %v", scheme, stage, exitOf(err, server.address), err)
				}
				if p, _ := Problem(err, server.address); c.Says != "" && (p == nil || !strings.Contains(p.What.In(i18n.English)+p.Do.In(i18n.English), c.Says) || !strings.Contains(p.Do.In(i18n.English), "No secret was sent")) {
					t.Errorf("%s: %v", scheme, p)
				}
				if _, secure, _ := server.heard(); err != nil && len(secure) > 0 {
					t.Errorf("%s: received %q", scheme, secure)
				}
				server.noSecretInTheClear(t)
			}
		})
	}
}

// The error of a port that refuses or drops connections names the port. A dropped
// connection is reported after at most ten seconds, however long the timeout is.
func TestBlockedPortEndsInTime(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	for address, says := range map[string]string{closed.Addr().String(): "refused", blackHole(t): "the connection is blocked"} {
		if address == "" {
			continue
		}
		for _, imap := range []bool{false, true} {
			t.Run(says, func(t *testing.T) {
				t.Parallel()
				ended := make(chan error, 1)
				v := &scripted{address: address}
				go func() { ended <- v.attempt(context.Background(), imap, time.Minute) }()
				select {
				case err := <-ended:
					p, is := Problem(err, address)
					if !is || p.Exit != problem.Temporary || !strings.Contains(p.What.In(i18n.English), address) || !strings.Contains(p.What.In(i18n.English), says) || !strings.Contains(p.Do.In(i18n.English), "firewall") {
						t.Errorf("%v: %v", err, p)
					}
				case <-time.After(30 * time.Second):
					t.Error("the call did not return")
				}
			})
		}
	}
}
