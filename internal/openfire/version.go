package openfire

import (
	"strconv"
	"strings"
)

// Features are what a base has and does that depends on its version of Odoo.
// The scopes by version are those of azure.Use.
type Features uint

// The features, named after the fields and behaviour of Odoo's addons mail,
// fetchmail, microsoft_outlook and fetchmail_outlook.
const (
	ServerType         Features = 1 << iota // fetchmail.server.server_type; "type" before
	StoresRotatedToken                      // keeps the refresh token of each renewal (odoo/odoo#108673)
	EndpointParam                           // reads microsoft_outlook.endpoint
	APIKeys                                 // takes an API key for a password
	FromFilter                              // ir.mail_server.from_filter
	SeeOther                                // redirects to the login page with 303, not 302
	WriterEnvelope                          // sends in the writer's name in spite of mail.catchall.domain (odoo/odoo#8426)
	OutlookSelection                        // "outlook" in smtp_authentication and server_type; a boolean before
	IAPConfirm                              // the route /microsoft_outlook/iap_confirm
	StrictEncryption                        // smtp_encryption "starttls_strict" and "ssl_strict"
)

// versions lists what each version of Odoo added. Odoo 10 is the first with the module.
var versions = []struct {
	major int
	adds  Features
}{
	{13, ServerType},
	{14, StoresRotatedToken | EndpointParam | APIKeys},
	{15, FromFilter | SeeOther | WriterEnvelope},
	{16, OutlookSelection},
	{19, IAPConfirm | StrictEncryption},
}

// FeaturesOf returns the features of a major version.
func FeaturesOf(major int) (f Features) {
	for _, v := range versions {
		if v.major <= major {
			f |= v.adds
		}
	}
	return f
}

// Has reports whether all features of want are there.
func (f Features) Has(want Features) bool { return f&want == want }

// Since returns the first major version that has all the features, 10 for none.
func (f Features) Since() int {
	since := 10
	for _, v := range versions {
		if v.adds&f != 0 {
			since = v.major
		}
	}
	return since
}

var isVersion = pattern(`[1-9][0-9](\.[0-9]{1,2})?`)

// IsVersion reports whether s has the form "16.0".
func IsVersion(s string) bool { return isVersion(s) }

// Major returns the major number of an Odoo version, 0 when it has none.
func Major(version string) int {
	major, _, _ := strings.Cut(version, ".")
	n, _ := strconv.Atoi(major)
	return n
}
