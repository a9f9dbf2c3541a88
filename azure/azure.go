// Package azure describes Microsoft 365 as this program uses it: the addresses
// of its services, the OAuth scopes and permissions of a mailbox, the registration
// of the application, and the pages of the portals. Its subpackages make the
// requests.
package azure

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"encoding/hex"
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

// Cloud holds the addresses of Microsoft's services: those of the public cloud,
// of the sandbox, or of a company's gateway. National clouds are not supported,
// because Odoo's scopes are fixed to the public one.
type Cloud struct {
	Name   string `json:"name"`
	Login  string `json:"login"`             // base URL of Entra's sign-in service
	Graph  string `json:"graph"`             // base URL of Microsoft Graph
	SMTP   string `json:"smtp"`              // host:port, STARTTLS; smtps:// before it for implicit TLS
	IMAP   string `json:"imap"`              // host:port; imaps:// before it for implicit TLS
	Portal string `json:"portal"`            // base URL of the Entra admin center
	Base   string `json:"base,omitempty"`    // base URL at which all OpenFire bases are reached; "" for their own
	CAFile string `json:"ca_file,omitempty"` // file with additional root certificates, PEM

	CA []byte `json:"-"` // content of CAFile
}

// Public returns Microsoft's public cloud
// (learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/pop3-and-imap4).
func Public() Cloud {
	return Cloud{
		Name: "public", Login: PublicLogin, Graph: "https://graph.microsoft.com",
		SMTP: "smtp.office365.com:587", IMAP: "imaps://outlook.office365.com:993",
		Portal: "https://entra.microsoft.com",
	}
}

// LoadCloud reads a cloud file. Fields that it leaves out are those of Public.
// Errors are *problem.Problem that name the file and the field, with exit code 2.
func LoadCloud(path string) (Cloud, error) {
	c := Public()
	data, err := readFile(path)
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
		return c, cloudProblem(path, "smtp", cmp.Or(err, errors.New("imaps:// is not valid for SMTP")))
	}
	if _, _, _, err := SplitServer(c.IMAP); err != nil || strings.HasPrefix(c.IMAP, "smtps:") {
		return c, cloudProblem(path, "imap", cmp.Or(err, errors.New("smtps:// is not valid for IMAP")))
	}
	if err := c.readCA(filepath.Dir(path)); err != nil {
		return c, cloudProblem(path, "ca_file", err)
	}
	return c, nil
}

// decode reads a file that is exactly one JSON object with known keys.
func (c *Cloud) decode(data []byte) error {
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if !bytes.HasPrefix(data, []byte("{")) {
		return errors.New("not a JSON object") // null would decode without an error
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(c); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("unexpected data after the JSON object")
	}
	return nil
}

// readCA reads CAFile; a relative path is relative to dir.
func (c *Cloud) readCA(dir string) (err error) {
	if c.CAFile == "" {
		return nil
	}
	if !filepath.IsAbs(c.CAFile) {
		c.CAFile = filepath.Join(dir, c.CAFile)
	}
	if c.CA, err = readFile(c.CAFile); err == nil && len(c.CA) == 0 {
		err = errors.New("empty file") // which network.TLS would ignore
	}
	if err == nil && !x509.NewCertPool().AppendCertsFromPEM(c.CA) {
		err = network.ErrNoPEM
	}
	return err
}

// readFile reads at most 1 MiB of a file, which may be a pipe or a device.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 1<<20))
}

func cloudProblem(path, field string, err error) error {
	if field != "" {
		err = fmt.Errorf("%s: %w", field, err)
	}
	return &problem.Problem{Exit: problem.Usage, ID: "cloud.file", Err: err,
		What: i18n.T("The --cloud file %s is not valid: %s.", path, err),
		Do:   i18n.T("For a valid example, run \"openfire-o365 sandbox --json\".")}
}

// checkBaseURL accepts an https URL without query and fragment, and http on
// loopback.
func checkBaseURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(s, "?#"):
		return fmt.Errorf("%q is not a base URL such as https://host", s)
	case u.Scheme == "https", u.Scheme == "http" && network.IsLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%q: https is required; http is allowed only for this computer", s)
}

// SplitServer splits the address of a mail server, "host:port". A prefix
// "smtps://" or "imaps://" means implicit TLS instead of STARTTLS.
func SplitServer(s string) (host, port string, implicit bool, err error) {
	rest := s
	for _, scheme := range []string{"smtps://", "imaps://"} {
		if after, ok := strings.CutPrefix(s, scheme); ok {
			rest = after
		}
	}
	host, port, err = net.SplitHostPort(rest)
	n, bad := strconv.ParseUint(port, 10, 16)
	if err == nil && (host == "" || strings.ContainsAny(host, "/@ ") || bad != nil || n == 0) {
		err = fmt.Errorf("%q is not host:port", s)
	}
	return host, port, rest != s, err
}

// ServerName returns the address of a mail server for people, without the prefix
// that SplitServer accepts.
func ServerName(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }

// Endpoint returns the URL below which authorize and token are, ending in "/".
// param is the base's parameter microsoft_outlook.endpoint; "" means Odoo's
// default, the /common endpoint.
func (c Cloud) Endpoint(param string) string {
	if param == "" {
		param = PublicLogin + "/common/oauth2/v2.0/"
	}
	// Host names are case-insensitive (RFC 3986 section 3.2.2): no spelling of the
	// public address must send a sandbox's tokens to Microsoft.
	n := min(len(PublicLogin), len(param))
	if path := param[n:]; strings.EqualFold(param[:n], PublicLogin) && (path == "" || path[0] == '/') {
		param = c.Login + path
	}
	return strings.TrimSuffix(param, "/") + "/"
}

// CheckEndpoint refuses a value of microsoft_outlook.endpoint that leads anywhere
// but to Microsoft's sign-in server: the client secret and the refresh token would
// be sent there. The error is a *problem.Problem with exit code 13.
func (c Cloud) CheckEndpoint(param string) error {
	asked, err := url.Parse(c.Endpoint(param))
	login, bad := url.Parse(c.Login)
	if err == nil && bad == nil && asked.Scheme == login.Scheme && asked.User == nil &&
		strings.EqualFold(asked.Host, login.Host) {
		return nil
	}
	return &problem.Problem{Exit: problem.Safety, ID: "token.endpoint",
		What: i18n.T("The parameter microsoft_outlook.endpoint is %s, which is not on %s: tokens are not sent there.", param, c.Login),
		Do: i18n.T("Find out who changed it. Delete it from the base (Settings > Technical > System Parameters) and from " +
			"the token file: the default is right.")}
}

// LoginURL returns Login, which LoadCloud has checked.
func (c Cloud) LoginURL() *url.URL {
	u, _ := url.Parse(c.Login)
	return u
}

// MetadataURL returns the address of a tenant's OpenID configuration (OpenID Connect
// Discovery 1.0 section 4). The tenant is a GUID or a domain.
func (c Cloud) MetadataURL(tenant string) string {
	return c.Login + "/" + url.PathEscape(tenant) + "/v2.0/.well-known/openid-configuration"
}

// TenantTokenURL returns the token endpoint of one tenant.
func (c Cloud) TenantTokenURL(tenant string) string {
	return c.Login + "/" + url.PathEscape(tenant) + "/oauth2/v2.0/token"
}

// IsGUID reports whether s is an object, client or tenant id as Microsoft
// writes them: hexadecimal digits in groups of 8-4-4-4-12, without braces.
func IsGUID(s string) bool {
	digits := strings.ReplaceAll(s, "-", "")
	_, err := hex.DecodeString(digits)
	return err == nil && len(digits) == 32 && len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-'
}
