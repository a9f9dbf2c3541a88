package network

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"os"
	"runtime"
	"slices"
)

// Reading the roots that Linux distributions trust costs more than all the rest
// of a renewal: package x509 parses about 140, and on Debian each of them twice.
// Those who sign for Microsoft are among them and few. So the first connection
// is judged by these alone, as they are in the administrator's own store: a root
// that was taken out of it is not trusted. Whoever they do not vouch for is
// judged again by the whole store, on a new connection, before anything was
// sent: a company's own authority is trusted as before. No certificate is good
// for the few that is not good for all, and what is refused in the end was
// refused by all.

// likely are words in the names of those who sign for Microsoft 365. One that is
// missing here costs a second handshake, nothing else.
var likely = [][]byte{[]byte("DigiCert"), []byte("Microsoft")}

// bundles are where distributions keep all roots in one file; the first that is
// there counts, as it does for package x509.
var bundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",                // Debian, Arch
	"/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora, RHEL 6
	"/etc/ssl/ca-bundle.pem",                            // openSUSE
	"/etc/pki/tls/cacert.pem",                           // OpenELEC
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL 7
	"/etc/ssl/cert.pem",                                 // Alpine
}

// likelyRoots are the store's few, and those of extra; nil where there are none,
// and where the system judges certificates by itself.
func likelyRoots(bundle string, extra []byte) *x509.CertPool {
	if runtime.GOOS != "linux" {
		return nil
	}
	pool := x509.NewCertPool()
	found := pool.AppendCertsFromPEM(extra)
	files := bundles
	if bundle != "" {
		files = []string{bundle}
	}
	var rest []byte
	for _, file := range files {
		var err error
		if rest, err = os.ReadFile(file); err == nil {
			break
		}
	}
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		named := func(word []byte) bool { return bytes.Contains(block.Bytes, word) }
		if block.Type != "CERTIFICATE" || len(block.Headers) > 0 || !slices.ContainsFunc(likely, named) {
			continue
		}
		if root, err := x509.ParseCertificate(block.Bytes); err == nil {
			pool.AddCert(root)
			found = true
		}
	}
	if !found {
		return nil
	}
	return pool
}

// roundTrip asks with the few roots first, and once these did not do, with all.
func (c *Client) roundTrip(req *http.Request) (*http.Response, error) {
	few := c.likely()
	if few == nil || c.distrustLikely.Load() {
		return c.system().RoundTrip(req)
	}
	res, err := few.RoundTrip(req)
	var unknown *tls.CertificateVerificationError
	if err == nil || !errors.As(err, &unknown) {
		return res, err
	}
	c.distrustLikely.Store(true)
	if req.GetBody != nil { // none of it was sent
		if req.Body, err = req.GetBody(); err != nil {
			return nil, err
		}
	}
	return c.system().RoundTrip(req)
}
