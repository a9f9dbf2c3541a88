package openfire

import (
	"strconv"
	"strings"
)

// IsVersion is of the shape "16.0"; every command reads one.
func IsVersion(s string) bool {
	major, minor, cut := strings.Cut(s, ".")
	return len(major) == 2 && major[0] != '0' && containsOnly(major, digits) && len(minor) <= 2 && containsOnly(minor, digits) && cut == (minor != "")
}

// Major is the major number of an Odoo version, 0 when it has none.
func Major(version string) int {
	major, _, _ := strings.Cut(version, ".")
	n, _ := strconv.Atoi(major)
	return n
}

// RotatesSince is the first version of Odoo that stores the refresh token that
// comes with each renewal (odoo/odoo#108673). Before it the first one stays in
// the base, and dies on day 90.
const RotatesSince = 14

// The versions of Odoo in which the fields of the two models changed
// (Odoo's addons microsoft_outlook, fetchmail_outlook, fetchmail).
const (
	AuthSince   = 16 // smtp_authentication and server_type "outlook"; a boolean before
	FilterSince = 15 // ir.mail_server.from_filter
	TypeSince   = 13 // fetchmail.server.server_type; "type" before
)
