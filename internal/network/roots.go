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

// On Linux, parsing all root certificates takes longer than the rest of a token
// refresh: package x509 parses about 140, on Debian each of them twice. The client
// therefore first trusts only the system's roots that are likely to sign for
// Microsoft. If a certificate chains to another root, the client connects again
// with all system roots; it has not sent anything yet. The likely roots are a
// subset of the system's, so no certificate is accepted that the system's roots
// would not accept.

// likely are words in the names of the authorities that sign for Microsoft 365. If
// one is missing, the only cost is a second handshake.
var likely = [][]byte{[]byte("DigiCert"), []byte("Microsoft")}

// bundles are the files in which distributions store the roots. As in package x509,
// the first existing file is used.
var bundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",                // Debian, Arch
	"/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora, RHEL 6
	"/etc/ssl/ca-bundle.pem",                            // openSUSE
	"/etc/pki/tls/cacert.pem",                           // OpenELEC
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL 7
	"/etc/ssl/cert.pem",                                 // Alpine
}

// likelyRoots returns the likely roots of the bundle and those in extra. It returns
// nil if there are none, and on operating systems that verify certificates
// themselves.
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

// roundTrip sends the request with the likely roots. If they are not sufficient, it
// sends this and all later requests with the system's roots.
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
	if req.GetBody != nil { // no part of the body was sent
		if req.Body, err = req.GetBody(); err != nil {
			return nil, err
		}
	}
	return c.system().RoundTrip(req)
}
