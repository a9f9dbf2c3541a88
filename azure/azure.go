// Package azure is Microsoft: where its services are, which scopes and
// registration they want, how a mailbox signs in to SMTP and IMAP, and what its
// refusals mean. It knows no token file and never asks a person anything.
package azure

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// PublicLogin is the address of Entra's sign-in service in the public cloud.
const PublicLogin = "https://login.microsoftonline.com"

// Cloud says where Microsoft is: the public cloud, the sandbox, a company's
// gateway. National clouds are left out, as Odoo's scopes belong to the public one.
type Cloud struct {
	Name   string `json:"name"`
	Login  string `json:"login"`             // base URL of Entra's sign-in service
	Graph  string `json:"graph"`             // base URL of Microsoft Graph
	SMTP   string `json:"smtp"`              // host:port, STARTTLS; smtps:// before it for implicit TLS
	IMAP   string `json:"imap"`              // host:port; imaps:// before it for implicit TLS
	Portal string `json:"portal"`            // base URL of the Entra admin center
	Base   string `json:"base,omitempty"`    // where every OpenFire base is reached; empty: at its own address
	CAFile string `json:"ca_file,omitempty"` // an extra root, PEM

	CA []byte `json:"-"` // what CAFile holds
}

// Public is Microsoft's public cloud
// (learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/pop3-and-imap4).
func Public() Cloud {
	return Cloud{
		Name: "public", Login: PublicLogin, Graph: "https://graph.microsoft.com",
		SMTP: "smtp.office365.com:587", IMAP: "imaps://outlook.office365.com:993",
		Portal: "https://entra.microsoft.com",
	}
}

// LoadCloud reads a cloud file. What it leaves out is as in the public cloud.
// Errors are *problem.Problem naming the file and the field, exit code 2.
func LoadCloud(path string) (Cloud, error) {
	c := Public()
	data, err := os.ReadFile(path)
	if err != nil {
		return c, cloudProblem(path, "", err)
	}
	if err := c.decode(data); err != nil {
		return c, cloudProblem(path, "", err)
	}
	for _, f := range []struct {
		name  string
		value *string
	}{{"login", &c.Login}, {"graph", &c.Graph}, {"base", &c.Base}, {"portal", &c.Portal}} {
		if *f.value = strings.TrimSuffix(*f.value, "/"); *f.value == "" && f.name == "base" {
			continue
		}
		if err := checkBaseURL(*f.value); err != nil {
			return c, cloudProblem(path, f.name, err)
		}
	}
	if _, _, _, err := SplitServer(c.SMTP); err != nil || strings.HasPrefix(c.SMTP, "imaps:") {
		return c, cloudProblem(path, "smtp", cmp.Or(err, errors.New("imaps:// is not for SMTP")))
	}
	if _, _, _, err := SplitServer(c.IMAP); err != nil || strings.HasPrefix(c.IMAP, "smtps:") {
		return c, cloudProblem(path, "imap", cmp.Or(err, errors.New("smtps:// is not for IMAP")))
	}
	if err := c.readCA(filepath.Dir(path)); err != nil {
		return c, cloudProblem(path, "ca_file", err)
	}
	return c, nil
}

// decode wants one JSON object with known keys, and nothing behind it.
func (c *Cloud) decode(data []byte) error {
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if !bytes.HasPrefix(data, []byte("{")) {
		return errors.New("a JSON object is wanted") // null would pass for the public cloud
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(c); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("something follows the JSON object")
	}
	return nil
}

// readCA reads the extra root; a relative path starts at the cloud file.
func (c *Cloud) readCA(dir string) (err error) {
	if c.CAFile == "" {
		return nil
	}
	if !filepath.IsAbs(c.CAFile) {
		c.CAFile = filepath.Join(dir, c.CAFile)
	}
	if c.CA, err = os.ReadFile(c.CAFile); err == nil && len(c.CA) == 0 {
		err = errors.New("empty file") // guard.TLS takes nothing for no extra root
	}
	if err == nil && !x509.NewCertPool().AppendCertsFromPEM(c.CA) {
		err = network.ErrNoPEM
	}
	return err
}

func cloudProblem(path, field string, err error) error {
	if field != "" {
		err = fmt.Errorf("%s: %w", field, err)
	}
	return &problem.Problem{Exit: problem.Usage, ID: "cloud.file", Err: err,
		What: i18n.T("The --cloud file %s will not do: %s.", path, err),
		Do:   i18n.T("\"openfire-o365 sandbox --json\" prints one that does.")}
}

// checkBaseURL wants https, or plain http on loopback.
func checkBaseURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(s, "?#"):
		return fmt.Errorf("%q is not a base URL such as https://host", s)
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%q: https wanted, plain http only on this machine", s)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// SplitServer reads "host:port" with an optional "smtps://" or "imaps://",
// which means implicit TLS instead of STARTTLS.
func SplitServer(s string) (host, port string, implicit bool, err error) {
	rest := s
	for _, scheme := range []string{"smtps://", "imaps://"} {
		if after, ok := strings.CutPrefix(s, scheme); ok {
			rest = after
		}
	}
	host, port, err = net.SplitHostPort(rest)
	if n, bad := strconv.ParseUint(port, 10, 16); err == nil && (host == "" || strings.ContainsAny(host, "/@ ") || bad != nil || n == 0) {
		err = fmt.Errorf("%q is not host:port", s)
	}
	return host, port, rest != s, err
}

// Endpoint returns the base URL of authorize and token, ending in "/". param is
// what the base has in microsoft_outlook.endpoint, empty for Odoo's default,
// the endpoint common to all tenants.
func (c Cloud) Endpoint(param string) string {
	if param == "" {
		param = PublicLogin + "/common/oauth2/v2.0/"
	}
	// Host names have no capitals (RFC 3986 section 3.2.2): no spelling of the
	// public address may lead a sandbox's tokens to Microsoft.
	if n := len(PublicLogin); len(param) >= n && strings.EqualFold(param[:n], PublicLogin) && (len(param) == n || param[n] == '/') {
		param = c.Login + param[n:]
	}
	return strings.TrimSuffix(param, "/") + "/"
}

// MetadataURL is the OpenID configuration of a tenant, by GUID or domain
// (OpenID Connect Discovery 1.0 section 4).
func (c Cloud) MetadataURL(tenant string) string {
	return c.Login + "/" + url.PathEscape(tenant) + "/v2.0/.well-known/openid-configuration"
}

// TenantTokenURL is the token endpoint of one tenant.
func (c Cloud) TenantTokenURL(tenant string) string {
	return c.Login + "/" + url.PathEscape(tenant) + "/oauth2/v2.0/token"
}
