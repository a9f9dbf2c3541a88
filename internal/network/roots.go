package network

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"os"
	"runtime"
	"slices"
)

// On Linux, parsing all roots takes longer than the rest of a token refresh: package
// x509 parses about 140, on Debian each of them twice. The client therefore first
// trusts only those roots of the system's store that sign for Microsoft. When a
// certificate has another root, it connects again with the whole store, before it
// has sent anything. Every certificate that the first store accepts is accepted by
// the second one, so that the result is the same.

// likely are words in the names of the authorities that sign for Microsoft 365. A
// missing one costs a second handshake.
var likely = [][]byte{[]byte("DigiCert"), []byte("Microsoft")}

// bundles are the files in which distributions keep the roots. The first existing
// one counts, as for package x509.
var bundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",                // Debian, Arch
	"/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora, RHEL 6
	"/etc/ssl/ca-bundle.pem",                            // openSUSE
	"/etc/pki/tls/cacert.pem",                           // OpenELEC
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL 7
	"/etc/ssl/cert.pem",                                 // Alpine
}

// likelyRoots returns the likely roots of the store and those of extra. It returns
// nil when there are none, and on systems that verify certificates themselves.
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

// roundTrip sends the request with the likely roots, and once these have not
// sufficed with those of the system.
func (c *Client) roundTrip(req *http.Request) (*http.Response, error) {
	few := c.likely()
	if few == nil || c.distrustLikely.Load() {
		return c.system().RoundTrip(req)
	}
	res, err := few.RoundTrip(req)
	if !is[*tls.CertificateVerificationError](err) {
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
