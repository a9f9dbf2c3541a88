// Package sandbox simulates Microsoft and an OpenFire base, to practise on and
// for tests. It exists in memory and on loopback only. The program uses it like
// any other azure.Cloud.
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
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/base"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/exchange"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/graph"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// Options configure a Sandbox.
type Options struct {
	Base     openfire.Base // its redirect URI is registered; zero: mabase
	Odoo     string        // the base's version; "": 16.0
	NoModule bool          // the base lacks the Outlook module
	Fields   int           // the major version whose Outlook module the base has; 0: its own
	Copied   bool          // the base is a copy whose mail is turned off
	CAFile   string        // where the root certificate is written; "": nowhere
	Strict   bool          // a refresh token is valid once
	Lag      time.Duration // the longest replication delay of Graph; 0: two seconds, negative: none
	Now      func() time.Time
}

// Values are the application and the mailbox of every sandbox.
type Values struct {
	TenantID, ClientID, Mailbox string
	Secret                      secret.String
	SecretExpires               string // YYYY-MM-DD
	Login                       string // the base's administrator
	Password                    secret.String
}

// Request is a received HTTP request.
type Request struct {
	Server, Method, Path string
	Form                 url.Values
}

// Sandbox is a set of running servers.
type Sandbox struct {
	cloud    azure.Cloud
	now      func() time.Time
	servers  []*http.Server
	exchange *exchange.Server

	directory *graph.Directory

	mu       sync.Mutex
	requests []Request
}

// Start starts all servers on free ports of 127.0.0.1.
func Start(ctx context.Context, o Options) (_ *Sandbox, err error) {
	if o.Odoo == "" {
		o.Odoo = "16.0"
	}
	if o.Base == (openfire.Base{}) {
		if o.Base, err = openfire.ParseBase("mabase"); err != nil {
			return nil, err
		}
	}
	s := &Sandbox{now: o.Now, directory: graph.New(o.Now, cmp.Or(o.Lag, 2*time.Second))}
	if err := s.start(ctx, o); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Sandbox) start(ctx context.Context, o Options) error {
	ca, certificate, err := certificates(o.Now())
	if err != nil {
		return err
	}
	odoo := base.New(base.Options{
		Odoo: o.Odoo, Fields: o.Fields, NoModule: o.NoModule, Copied: o.Copied,
		URL: o.Base.URL(), DB: o.Base.Database(), Now: o.Now,
	})
	if odoo.HTTP, err = network.NewClient(network.Options{UserAgent: "python-requests"}); err != nil {
		return err
	}
	s.cloud = azure.Cloud{Name: "sandbox", CA: ca, CAFile: o.CAFile}
	if s.cloud.Base, err = s.serve(ctx, "base", odoo.Handler()); err != nil {
		return err
	}
	microsoft := entra.New(entra.Options{
		RedirectURI: o.Base.RedirectURI(), BaseAt: s.cloud.Base, Strict: o.Strict, Directory: s.directory, Now: o.Now,
	})
	if s.cloud.Login, err = s.serve(ctx, "entra", microsoft.Handler()); err != nil {
		return err
	}
	if s.cloud.Graph, err = s.serve(ctx, "graph", s.directory.Handler()); err != nil {
		return err
	}
	if s.exchange, err = exchange.Start(ctx, certificate, o.Now); err != nil {
		return err
	}
	s.cloud.Portal = s.cloud.Login + "/portal"
	s.cloud.SMTP, s.cloud.IMAP = s.exchange.SMTPAddr(), "imaps://"+s.exchange.IMAPAddr()
	odoo.Connect(s.cloud)
	if o.CAFile != "" {
		return os.WriteFile(o.CAFile, ca, 0o600)
	}
	return nil
}

// serve runs a handler on a port of its own and records the requests.
func (s *Sandbox) serve(ctx context.Context, name string, handler http.Handler) (address string, err error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	record := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
		if r.Method == http.MethodPost {
			r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
			_ = r.ParseForm() // what cannot be read is missing
		}
		s.mu.Lock()
		s.requests = append(s.requests, Request{name, r.Method, r.URL.Path, r.Form})
		if len(s.requests) > 10000 {
			s.requests = s.requests[5000:]
		}
		s.mu.Unlock()
		handler.ServeHTTP(w, r)
	}
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(record)}
	s.servers = append(s.servers, server)
	go func() { _ = server.Serve(l) }()
	return "http://" + l.Addr().String(), nil
}

// Cloud returns the addresses of the servers.
func (s *Sandbox) Cloud() azure.Cloud { return s.cloud }

// Values returns what an administrator would copy from the portal.
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

// Messages returns the messages that Exchange has accepted.
func (s *Sandbox) Messages() []exchange.Message { return s.exchange.Messages() }

// Close ends all servers.
func (s *Sandbox) Close() error {
	var errs []error
	for _, server := range s.servers {
		errs = append(errs, server.Close())
	}
	if s.exchange != nil {
		errs = append(errs, s.exchange.Close())
	}
	return errors.Join(errs...)
}

// certificates makes a root and a certificate for localhost, valid for a week.
func certificates(now time.Time) (ca []byte, certificate tls.Certificate, err error) {
	root, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, certificate, err
	}
	leaf, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, certificate, err
	}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "openfire-o365 SANDBOX"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 0, 7),
	}
	server := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		NotBefore: authority.NotBefore, NotAfter: authority.NotAfter,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, authority, authority, root.Public(), root)
	if err != nil {
		return nil, certificate, err
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, server, authority, leaf.Public(), root)
	if err != nil {
		return nil, certificate, err
	}
	ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER})
	return ca, tls.Certificate{Certificate: [][]byte{leafDER}, PrivateKey: leaf}, nil
}
