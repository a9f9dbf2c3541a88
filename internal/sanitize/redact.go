package sanitize

import (
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// secrets matches secrets in the text of other programs: values with a telling name,
// tokens of HTTP and SASL, Entra's client secrets, and words long enough to be one.
var secrets = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)` +
		`((?:secret|token|password|passwd|passwort|mot de passe|smtp_pass|api[ _-]?key|assertion|verifier)` +
		`\\*["']?\s*(?:=>?|:)\s*\\*["']?|\bcode=|\bbearer\s+|\bxoauth2\s+)[^\s"'\\&,;<>{}()]+` +
		`|[\w.~-]{3}\dQ~[\w.~-]{20,}|[\w+/~-]{40,}=*|[^\s"'&]{71,}`)
})

// WithoutSecrets returns s with the secrets in it shortened to "…".
func WithoutSecrets(s string) string { return secrets().ReplaceAllString(s, "$1…") }

// Redactor shortens text that identifies a person, a directory or a machine: a mail
// address to c…a@c…t.fr, a GUID to its first eight digits, the home folder to ~.
type Redactor struct {
	home          string
	address, guid *regexp.Regexp
	domain        *regexp.Regexp // or nil
}

// NewRedactor returns a Redactor for a home folder and for the mailbox's domain,
// which is shortened even outside mail addresses. Both may be "".
func NewRedactor(home, domain string) Redactor {
	r := Redactor{home: strings.TrimRight(home, `/\`),
		address: regexp.MustCompile(`([^\s@<>()\[\],;:"'«»=/%]+)(@|%40)((?:[\p{L}\p{N}_-]+\.)+\p{L}{2,})`),
		guid:    regexp.MustCompile(`(?i)\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`)}
	if domain != "" {
		r.domain = regexp.MustCompile(`(?i)(^|[^\p{L}\p{N}.@-])` + regexp.QuoteMeta(domain) + `\b`)
	}
	return r
}

// Redact returns s with this text shortened.
func (r Redactor) Redact(s string) string {
	if r.home != "" {
		s = strings.ReplaceAll(s, r.home, "~")
	}
	s = r.address.ReplaceAllStringFunc(s, func(found string) string {
		m := r.address.FindStringSubmatch(found)
		return firstAndLast(m[1]) + m[2] + shortenDomain(m[3])
	})
	if r.domain != nil {
		s = r.domain.ReplaceAllStringFunc(s, func(found string) string {
			before := r.domain.FindStringSubmatch(found)[1]
			return before + shortenDomain(found[len(before):])
		})
	}
	return r.guid.ReplaceAllString(s, "$1-…")
}

// shortenDomain shortens all labels of a domain except the last.
func shortenDomain(s string) string {
	dot := strings.LastIndexByte(s, '.')
	return firstAndLast(s[:dot]) + s[dot:]
}

// firstAndLast replaces all characters of s except the first and the last.
func firstAndLast(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s[n:])
	if len(s) == n {
		return string(first) + "…"
	}
	return string(first) + "…" + string(last)
}
