// Package sandbox simulates Microsoft and an OpenFire base, for practice and for
// tests. It keeps its data in memory and uses the loopback interface only. The
// program uses it through an azure.Cloud, like Microsoft's clouds.
package sandbox

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/base"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/exchange"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/graph"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// NoModule is the state of a base without the Outlook module.
const NoModule base.State = "nomodule"

// Options configure a Sandbox.
type Options struct {
	Odoo   string        // the base's version; "": 16.0
	Fields int           // the major version whose Outlook module the base has; 0: its own
	State  base.State    // of the base
	CAFile string        // where the root certificate is written; "": nowhere
	Strict bool          // a refresh token is valid once
	Lag    time.Duration // maximum replication delay of Graph; 0: two seconds, negative: none
	Now    func() time.Time
}

// Values are the application, the mailbox and the base's login, which are the same
// in every sandbox.
type Values struct {
	TenantID, ClientID, Mailbox string
	Secret                      secret.String
	SecretExpires               string // YYYY-MM-DD
	Login                       string // the base's administrator
	Password                    secret.String
}

// Request is a received HTTP request.
type Request struct {
	Method, Path string
	Form         url.Values
}

// Sandbox is a set of running servers that simulate Microsoft and a base.
type Sandbox struct {
	cloud     azure.Cloud
	now       func() time.Time
	directory *graph.Directory
	exchange  *exchange.Server
	servers   []*http.Server

	mu       sync.Mutex
	requests []Request
}

// Start starts all servers on free ports of 127.0.0.1.
func Start(ctx context.Context, o Options) (*Sandbox, error) {
	ca, certificate, err := certificates(o.Now())
	if err == nil && o.CAFile != "" {
		err = os.WriteFile(o.CAFile, ca, 0o600)
	}
	if err != nil {
		return nil, err
	}
	client, err := network.NewClient(network.Options{UserAgent: "python-requests"})
	if err != nil {
		return nil, err
	}
	ports, err := listen(ctx)
	if err != nil {
		return nil, err
	}
	at := func(i int) string { return ports[i].Addr().String() }
	s := &Sandbox{now: o.Now, directory: graph.New(o.Now, cmp.Or(o.Lag, 2*time.Second))}
	s.cloud = azure.Cloud{
		Name: "sandbox", CA: ca, CAFile: o.CAFile, Base: "http://" + at(0), Graph: "http://" + at(1),
		Login: "http://" + at(2), Portal: "http://" + at(2) + "/portal", SMTP: at(3), IMAP: "imaps://" + at(4),
	}
	odoo := base.New(base.Options{
		Odoo: cmp.Or(o.Odoo, "16.0"), Fields: o.Fields, State: o.State, Now: o.Now,
	}, s.cloud, client)
	microsoft := entra.New(entra.Options{
		BaseAt: s.cloud.Base, Strict: o.Strict, Directory: s.directory, Now: o.Now,
	})
	s.serve(ports[0], odoo.Handler())
	s.serve(ports[1], s.directory.Handler())
	s.serve(ports[2], microsoft.Handler())
	s.exchange = exchange.Start(ctx, exchange.Options{
		SMTP: ports[3], IMAP: ports[4], Certificate: certificate, Now: o.Now,
	})
	return s, nil
}

// listen opens one port for each server.
func listen(ctx context.Context) (ports [5]net.Listener, err error) {
	var config net.ListenConfig
	for i := range ports {
		if ports[i], err = config.Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
			for _, open := range ports[:i] {
				_ = open.Close()
			}
			break
		}
	}
	return ports, err
}

// serve serves a handler on l and records the requests.
func (s *Sandbox) serve(l net.Listener, handler http.Handler) {
	record := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
		if r.Method == http.MethodPost {
			r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
			_ = r.ParseForm() // invalid parameters count as missing
		}
		s.mu.Lock()
		s.requests = append(s.requests, Request{r.Method, r.URL.Path, r.Form})
		if len(s.requests) > 10000 {
			s.requests = s.requests[5000:]
		}
		s.mu.Unlock()
		handler.ServeHTTP(w, r)
	}
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(record)}
	s.servers = append(s.servers, server)
	go func() { _ = server.Serve(l) }()
}

// Cloud returns the cloud with the addresses of the servers.
func (s *Sandbox) Cloud() azure.Cloud { return s.cloud }

// Values returns the values that an administrator would copy from the portal.
func (s *Sandbox) Values() Values {
	return Values{
		TenantID: entra.TenantID, ClientID: entra.ClientID, Mailbox: entra.Mailbox,
		Secret: secret.New(entra.Secret), SecretExpires: s.now().AddDate(2, 0, 0).Format(time.DateOnly),
		Login: base.Admin, Password: secret.New(base.AdminPassword),
	}
}

// Directory returns the directory that Graph changes.
func (s *Sandbox) Directory() *graph.Directory { return s.directory }

// Requests returns the latest HTTP requests, at most 10,000, oldest first.
func (s *Sandbox) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Messages returns the messages accepted by Exchange.
func (s *Sandbox) Messages() []exchange.Message { return s.exchange.Messages() }

// Close stops all servers.
func (s *Sandbox) Close() error {
	err := s.exchange.Close()
	for _, server := range s.servers {
		err = errors.Join(err, server.Close())
	}
	return err
}

// certificates creates a root certificate and one for localhost, both with the same
// key and valid for a week.
func certificates(now time.Time) (ca []byte, certificate tls.Certificate, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, certificate, err
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "openfire-o365 SANDBOX"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 0, 7),
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		NotBefore: root.NotBefore, NotAfter: root.NotAfter,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, key.Public(), key)
	if err != nil {
		return nil, certificate, err
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, key.Public(), key)
	ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER})
	return ca, tls.Certificate{Certificate: [][]byte{leafDER}, PrivateKey: key}, err
}
