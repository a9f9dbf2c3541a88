// Package input parses the values that a person enters or copies from a portal: mail
// addresses, identifiers, secrets and dates.
package input

import (
	"net/mail"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// invalid returns the problem for an invalid value entered by a person.
func invalid(id string, what, do i18n.Text) error {
	return &problem.Problem{Exit: problem.Usage, ID: id, What: what, Do: do}
}

// isDotAtom matches an unquoted local part of an address (RFC 5322 section 3.2.3)
// without backticks, which shells interpret.
var isDotAtom = openfire.Pattern(`[\w!#$%&'*+/=?^{|}~-]+(\.[\w!#$%&'*+/=?^{|}~-]+)*`)

// ParseMailbox parses a mail address. The local part must be unquoted ASCII, the
// only form that Exchange Online supports. The domain is converted to its ASCII
// form (IDNA). Errors are *problem.Problem with exit code 2.
func ParseMailbox(s string) (string, error) {
	no := func(what i18n.Text) (string, error) {
		return "", invalid("mailbox", i18n.T("Address \"%s\" is not valid: %s.", s, what),
			i18n.T("Enter one address, for example compta@client.fr."))
	}
	clean := sanitize.Pasted(s)
	at := strings.LastIndex(clean, "@")
	name, domain := clean[:max(at, 0)], clean[at+1:]
	switch {
	case name == "" || domain == "":
		return no(i18n.T("it must have the form name@domain"))
	case strings.ContainsFunc(clean, func(r rune) bool { return r <= ' ' || r == 0x7f }),
		strings.ContainsAny(clean, "<>()[],;:\\\""):
		return no(i18n.T("it contains a character that is not allowed"))
	case !isDotAtom(name) || len(name) > 64:
		return no(i18n.T("the part before @ contains an accent, a character that is not allowed or more than 64 " +
			"characters"))
	}
	domain, err := idna.Lookup.ToASCII(strings.ToLower(domain))
	if err != nil || !openfire.HostProblem(domain, true).IsZero() || len(name)+1+len(domain) > 254 {
		return no(i18n.T("the part after @ is not a domain"))
	}
	address := name + "@" + domain
	if parsed, err := mail.ParseAddress(address); err != nil || parsed.Address != address {
		return no(i18n.T("it is not an address"))
	}
	return address, nil
}

// trimBraces returns a pasted identifier in lower case, without enclosing braces.
func trimBraces(s string) string {
	clean := strings.ToLower(sanitize.Pasted(s))
	if inside, open := strings.CutPrefix(clean, "{"); open && strings.HasSuffix(inside, "}") {
		return strings.TrimSuffix(inside, "}")
	}
	return clean
}

// ParseGUID parses a client ID as the portal shows it. It accepts enclosing braces
// and capital letters.
func ParseGUID(s string) (string, error) {
	clean := trimBraces(s)
	if azure.IsGUID(clean) && strings.Trim(clean, "0-") != "" {
		return clean, nil
	}
	what := i18n.T(
		"\"%s\" is not an identifier (32 digits and letters from a to f, in groups of 8-4-4-4-12).", short(s))
	if looksLikeSecret(clean) {
		what = i18n.T("This looks like a client secret, not an identifier.")
	}
	return "", invalid("client-id", what,
		i18n.T("Copy it with the button next to the value on the Overview page (Vue d'ensemble)."))
}

// ParseTenant parses a Directory (tenant) ID or a verified domain of the directory.
// It rejects Entra's multi-tenant endpoints, such as common.
func ParseTenant(s string) (string, error) {
	clean := trimBraces(s)
	if azure.IsGUID(clean) && strings.Trim(clean, "0-") != "" || openfire.HostProblem(clean, false).IsZero() {
		return clean, nil
	}
	return "", invalid("tenant", i18n.T(
		"\"%s\" is not a directory (an identifier of the form 8-4-4-4-12, or a domain such as "+
			"client.onmicrosoft.com).", short(s)),
		i18n.T("Copy the \"Directory (tenant) ID\" from the Overview page."))
}

// short returns the beginning of a value that might be a secret, for a message.
func short(s string) string {
	s = sanitize.Line(sanitize.Pasted(s))
	if r := []rune(s); len(r) > 12 {
		return string(r[:6]) + "…"
	}
	return s
}

var (
	// looksLikeSecret matches the format of client secrets since 2021. Other
	// formats may exist, so a value is never rejected because it does not match.
	looksLikeSecret = openfire.Pattern(`[a-z0-9_.~-]{3}\dq~[a-z0-9_.~-]{31,34}`)
	// looksLikeShell matches an assignment or expression of a shell, where only
	// the value is expected.
	looksLikeShell = openfire.Pattern(`(?s)export\s.*|[A-Z][A-Z0-9]*_[A-Z0-9_]*=.{8,}|\$\(.*\)|\$\{.*\}|` +
		"`.*`" + `|.*\n\s*export\s.*`)
)

// ParseSecret parses a pasted client secret. It removes surrounding text and
// returns a note about it. It rejects a GUID, which is the secret's ID. Errors and
// notes never contain the value.
func ParseSecret(s string) (found secret.String, note i18n.Text, err error) {
	clean := sanitize.Pasted(s)
	again := i18n.T("Copy the Value column (Valeur) in Certificates & secrets; if the value is no longer shown, " +
		"create a new secret.")
	no := func(what i18n.Text) (secret.String, i18n.Text, error) {
		return secret.String{}, i18n.Text{}, invalid("client-secret", what, again)
	}
	switch {
	case azure.IsGUID(trimBraces(clean)):
		return no(i18n.T("This is the Secret ID (ID de secret), not the value of the secret."))
	case strings.HasPrefix(clean, "http://"), strings.HasPrefix(clean, "https://"):
		return no(i18n.T("This is a web address, not a secret."))
	case looksLikeShell(clean):
		return no(i18n.T("This is shell code (NAME=value, export, $(…)), which is never run. Enter the value only."))
	case strings.ContainsAny(clean, " \t\r\n"):
		return no(i18n.T("This contains a space or a line break: several values may have been pasted together."))
	case strings.ContainsAny(clean, "•●*…") && strings.Trim(clean, "•●*….") == "",
		strings.HasSuffix(clean, "***"):
		return no(i18n.T("This is the secret as the portal hides it (with asterisks), not its value."))
	case clean != "" && !sanitize.IsVisible(clean):
		return no(i18n.T(
			"This contains a character that Microsoft does not use in secrets (an accent or an invisible character)."))
	case len(clean) < 16:
		return no(i18n.T("This is too short: it has %d characters, and a secret has about 40.", len(clean)))
	case len(clean) > 256:
		return no(i18n.T("This is too long: it has %d characters, and a secret has about 40.", len(clean)))
	}
	if clean != strings.TrimRight(s, "\r\n") {
		note = i18n.T("Spaces, quotes or invisible characters around the secret were removed.")
	}
	return secret.New(clean), note, nil
}

// ParseExpiry parses the expiry date of a secret as the portal shows it, in French
// or English, and returns it as YYYY-MM-DD. Microsoft's longest lifetime is 730
// days. Some older secrets last longer, so ParseExpiry accepts up to ten years.
func ParseExpiry(s string, now time.Time) (string, error) {
	clean := strings.NewReplacer(".", "/", " ", "").Replace(sanitize.Pasted(s))
	var end time.Time
	var err error
	for _, layout := range []string{time.DateOnly, "2/1/2006", "2-1-2006", "2006/1/2", "1/2/2006"} {
		if end, err = time.Parse(layout, clean); err == nil {
			break
		}
	}
	do := i18n.T("Copy the date of the Expires column (Date d'expiration), for example 2028-11-22.")
	switch {
	case err != nil:
		return "", invalid("secret-expires", i18n.T("\"%s\" is not a date.", short(s)), do)
	case !end.After(now):
		return "", invalid("secret-expires", i18n.T(
			"%s is in the past: this secret has expired.", end.Format(time.DateOnly)), do)
	case end.After(now.AddDate(10, 0, 0)):
		return "", invalid("secret-expires", i18n.T(
			"%s is too far in the future for a secret.", end.Format(time.DateOnly)), do)
	}
	return end.Format(time.DateOnly), nil
}
