//go:build faults && linux

package outage

import (
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
	"net/http/httputil"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/exchange"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// The addresses of this internet (RFC 5737, TEST-NET-3). Nothing listens at the last.
const (
	login, smtp, imap, base = "203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4"
	dns, proxy, unused      = "203.0.113.5", "203.0.113.6", "203.0.113.9"
)

// names are the hosts of the public cloud and of the base.
var names = map[string]string{"login.microsoftonline.com": login, "smtp.office365.com": smtp,
	"outlook.office365.com": imap, "mabase.openfire.fr": base}

// internet is what the program reaches from its network namespace. The fields from
// hosts on are for the causes of outages.
type internet struct {
	t    *testing.T
	box  *sandbox.Sandbox
	root *authority

	hosts       bool            // /etc/hosts names all hosts
	addresses   bool            // the addresses exist
	absent      map[string]bool // the addresses at which no server is started
	login       http.Handler    // in place of Entra's sign-in server
	certificate kind            // of Entra's sign-in server
	environment []string        // of the program
}

func newInternet(t *testing.T) *internet {
	n := &internet{t: t, hosts: true, addresses: true, absent: map[string]bool{}, root: newAuthority(t, "Test root")}
	command(t, "ip", "link", "set", "lo", "up")
	for _, address := range []string{login, smtp, imap, base, dns, proxy, unused} {
		command(t, "ip", "address", "add", address+"/32", "dev", "lo")
	}
	var err error
	if n.box, err = sandbox.Start(t.Context(), sandbox.Options{Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.box.Close() })
	n.login = front(t, n.box.Cloud().Login)
	bundle := filepath.Join(t.TempDir(), "roots.pem")
	write(t, bundle, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: n.root.der})))
	n.environment = []string{"SSL_CERT_FILE=" + bundle}
	return n
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// front forwards requests to the sandbox's server at address.
func front(t *testing.T, address string) http.Handler {
	to, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
}

// start starts the servers that no outage has replaced.
func (n *internet) start() {
	hosts := "127.0.0.1 localhost\n"
	for name, address := range names {
		if n.hosts {
			hosts += address + " " + name + "\n"
		}
	}
	for path, text := range map[string]string{"/etc/hosts": hosts, "/etc/resolv.conf": "nameserver " + dns + "\n"} {
		file := filepath.Join(n.t.TempDir(), filepath.Base(path))
		write(n.t, file, text)
		command(n.t, "mount", "--bind", file, path)
	}
	if !n.addresses {
		for _, address := range names {
			command(n.t, "ip", "address", "del", address+"/32", "dev", "lo")
		}
		return
	}
	if !n.absent[login] {
		n.https(login, n.root.server(n.t, "login.microsoftonline.com", n.certificate), n.login)
	}
	n.https(base, n.root.server(n.t, "mabase.openfire.fr", kind{}), front(n.t, n.box.Cloud().Base))
	unheard := func() net.Listener { return n.listen("127.0.0.1:0") }
	mail := exchange.Options{SMTP: unheard(), IMAP: unheard(), Now: time.Now}
	names := n.root.server(n.t, "smtp.office365.com", kind{also: "outlook.office365.com"})
	mail.Certificate = names.Certificates[0]
	if !n.absent[smtp] {
		mail.SMTP = n.listen(smtp + ":587")
	}
	if !n.absent[imap] {
		mail.IMAP = n.listen(imap + ":993")
	}
	server := exchange.Start(n.t.Context(), mail)
	n.t.Cleanup(func() { _ = server.Close() })
}

func (n *internet) listen(address string) net.Listener {
	n.t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = l.Close() })
	return l
}

// https serves a handler at port 443 of an address.
func (n *internet) https(address string, conf *tls.Config, handler http.Handler) {
	server := &http.Server{Handler: handler, TLSConfig: conf, ErrorLog: log.New(io.Discard, "", 0)}
	l := n.listen(address + ":443")
	go func() { _ = server.ServeTLS(l, "", "") }()
}

// accept starts a server that reads a request, says something and waits for the
// client to disconnect.
func (n *internet) accept(address, says string) {
	l := n.listen(address)
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
}

// connected returns a folder with the token file of a connected mailbox whose access
// tokens have expired.
func (n *internet) connected() (dir string) {
	n.t.Helper()
	b, err := openfire.ParseBase("mabase")
	if err != nil {
		n.t.Fatal(err)
	}
	v, now := n.box.Values(), time.Now()
	f := tokenfile.New(b, "16.0")
	f.Client = tokenfile.Client{ID: v.ClientID, Secret: v.Secret}
	f.Azure = tokenfile.Azure{TenantID: v.TenantID, RedirectURI: b.RedirectURI(), Loopback: true,
		SecretExpires: v.SecretExpires, SignedInAs: v.Mailbox, RefreshIssued: now.Add(-time.Hour)}
	f.SetMailbox(v.Mailbox, true)
	access, refresh := entra.Issue(now.Add(-2*time.Hour), v.Mailbox, azure.Use{Odoo: 16, Incoming: true}.ConsentScopes()...)
	for _, block := range f.Blocks() {
		*block.Tokens = tokenfile.Tokens{Refresh: secret.New(refresh), Access: secret.New(access),
			Expiration: now.Add(-time.Minute).Unix()}
	}
	data, err := f.Encode()
	if err != nil {
		n.t.Fatal(err)
	}
	dir = n.t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		n.t.Fatal(err)
	}
	write(n.t, filepath.Join(dir, b.FileName()), string(data))
	return dir
}

// nameNotFound is a name server that knows no host.
func nameNotFound(n *internet) {
	n.hosts = false
	socket := n.udp()
	go func() {
		buffer := make([]byte, 512)
		for {
			size, from, err := socket.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			var query dnsmessage.Message
			if query.Unpack(buffer[:size]) != nil {
				continue
			}
			query.Response, query.RCode, query.Additionals = true, dnsmessage.RCodeNameError, nil
			if answer, err := query.Pack(); err == nil {
				_, _ = socket.WriteToUDPAddrPort(answer, from)
			}
		}
	}()
}

func nameServerSilent(n *internet) {
	n.hosts = false
	n.udp()
}

func (n *internet) udp() *net.UDPConn {
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(dns+":53")))
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = socket.Close() })
	return socket
}

func noRoute(n *internet) { n.addresses = false }

func refuse(address string) func(*internet) {
	return func(n *internet) { n.absent[address] = true }
}

// drop makes a port drop connections: the queue of its listener is full.
func drop(address string, port int) func(*internet) {
	return func(n *internet) {
		n.absent[address] = true
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
		if err == nil {
			err = syscall.Bind(fd, &syscall.SockaddrInet4{Addr: netip.MustParseAddr(address).As4(), Port: port})
		}
		if err == nil {
			err = syscall.Listen(fd, 0)
		}
		if err != nil {
			n.t.Fatal(err)
		}
		for {
			c, err := net.DialTimeout("tcp", fmt.Sprintf("%s:%d", address, port), 200*time.Millisecond)
			if err != nil {
				return
			}
			n.t.Cleanup(func() { _ = c.Close() })
		}
	}
}

func silence(address string, port int) func(*internet) {
	return func(n *internet) {
		n.absent[address] = true
		n.accept(fmt.Sprintf("%s:%d", address, port), "")
	}
}

// proxySays is a proxy that gives the same answer to everything, none if it is "".
func proxySays(status string) func(*internet) {
	return func(n *internet) {
		says := ""
		if status != "" {
			says = "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n"
		}
		n.accept(proxy+":3128", says)
		proxyAt("http://" + proxy + ":3128")(n)
	}
}

func proxyAt(value string) func(*internet) {
	return func(n *internet) { n.environment = append(n.environment, "HTTPS_PROXY="+value) }
}

// answer makes the sign-in server give the same answer to everything.
func answer(status int, header, body string) func(*internet) {
	name, value, _ := strings.Cut(header, ": ")
	return func(n *internet) {
		n.login = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(name, value)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
	}
}

func hang(n *internet) {
	n.login = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // otherwise the server does not notice that the client disconnects
		<-r.Context().Done()
	})
}

func drip(n *internet) {
	n.login = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
			time.Sleep(100 * time.Millisecond)
		}
	})
}

func certificate(k kind) func(*internet) { return func(n *internet) { n.certificate = k } }

func noRoots(n *internet) { n.environment = []string{"SSL_CERT_FILE=/nonexistent"} }

// kind is what is special about a certificate and its server.
type kind struct {
	stranger bool   // signed by an authority that the program does not trust
	expired  bool   // a day ago
	old      bool   // the server speaks TLS 1.1 only
	host     string // instead of the server's name
	also     string // one more name
}

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	der         []byte
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{key: key, certificate: &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(1, 0, 0)}}
	if a.der, err = x509.CreateCertificate(rand.Reader, a.certificate, a.certificate, key.Public(), key); err != nil {
		t.Fatal(err)
	}
	return a
}

// server returns the configuration of a server with this name.
func (a *authority) server(t *testing.T, name string, k kind) *tls.Config {
	t.Helper()
	if k.stranger {
		a = newAuthority(t, "Example Proxy Root")
	}
	if k.host != "" {
		name = k.host
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().AddDate(0, -3, 0), NotAfter: time.Now().AddDate(0, 3, 0)}
	if k.also != "" {
		leaf.DNSNames = append(leaf.DNSNames, k.also)
	}
	if k.expired {
		leaf.NotAfter = time.Now().AddDate(0, 0, -1)
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, a.certificate, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	conf := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: a.key}}}
	if k.old {
		conf.MinVersion, conf.MaxVersion = tls.VersionTLS11, tls.VersionTLS11
	}
	return conf
}
