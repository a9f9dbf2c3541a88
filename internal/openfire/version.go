package openfire

import (
	"strconv"
	"strings"
)

// Features are the capabilities of a base that depend on its version of Odoo. For
// the scopes by version see azure.Use.
type Features uint

// The features, named after the fields and behavior of Odoo's addons mail,
// fetchmail, microsoft_outlook and fetchmail_outlook.
const (
	ServerType         Features = 1 << iota // fetchmail.server.server_type, formerly "type"
	StoresRotatedToken                      // keeps the refresh token of each renewal (odoo/odoo#108673)
	EndpointParam                           // reads microsoft_outlook.endpoint
	APIKeys                                 // accepts an API key as the password
	FromFilter                              // ir.mail_server.from_filter
	SeeOther                                // redirects to the login page with 303, not 302
	ForcedFrom                              // reads mail.force.smtp.from (until 14)
	OutlookSelection                        // "outlook" in smtp_authentication and server_type, formerly a boolean
	IAPConfirm                              // the route /microsoft_outlook/iap_confirm
	AliasDomain                             // res.company.alias_domain_id, instead of mail.catchall.domain
	StrictEncryption                        // smtp_encryption "starttls_strict" and "ssl_strict"
	JSON2                                   // the API at /json/2, with an API key
)

// versions lists the features that each version of Odoo added. The module exists
// since Odoo 10.
var versions = []struct {
	major int
	adds  Features
}{
	{12, ForcedFrom},
	{13, ServerType},
	{14, StoresRotatedToken | EndpointParam | APIKeys},
	{15, FromFilter | SeeOther},
	{16, OutlookSelection},
	{17, AliasDomain},
	{19, IAPConfirm | StrictEncryption | JSON2},
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

// Has reports whether f contains all features in want.
func (f Features) Has(want Features) bool { return f&want == want }

// Since returns the first major version that has all features in f, 10 for none.
func (f Features) Since() int {
	since := 10
	for _, v := range versions {
		if v.adds&f != 0 {
			since = v.major
		}
	}
	return since
}

var isVersion = Pattern(`[1-9][0-9](\.[0-9]{1,2})?`)

// IsVersion reports whether s has the form "16.0".
func IsVersion(s string) bool { return isVersion(s) }

// Major returns the major number of an Odoo version, or 0 if version is invalid.
func Major(version string) int {
	major, _, _ := strings.Cut(version, ".")
	n, _ := strconv.Atoi(major)
	return n
}
