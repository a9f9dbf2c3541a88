package faults

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

var (
	aadsts = sanitize.Pattern(`AADSTS(\d{4,8})`)
	guid   = sanitize.Pattern(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	// tail is what follows the sentence: separated by CRLF until 2023, by a
	// space since.
	tail = sanitize.Pattern(`\s*(Trace ID: |Correlation ID: |Timestamp: )`)
)

// EntraRefusal returns the refusal that an error answer of Entra stands for: the
// members error_codes, error, error_description and trace_id (RFC 6749 section 5.2
// and Microsoft's extensions of it), and the HTTP status, 0 for an answer in a
// redirect. AADSTS numbers and the trace ID are in the description too.
func EntraRefusal(codes []int, oauthError string, status int, description, traceID string) *Refusal {
	codes = slices.Clone(codes)
	for _, m := range aadsts().FindAllStringSubmatch(description, 4) {
		if n, err := strconv.Atoi(m[1]); err == nil && !slices.Contains(codes, n) {
			codes = append(codes, n)
		}
	}
	_, trace, _ := strings.Cut(description, "Trace ID: ")
	r := &Refusal{Fault: Entra(codes, oauthError, status), Detail: oauthError, TraceID: cmp.Or(guid().FindString(traceID), guid().FindString(trace))}
	if i := tail().FindStringIndex(description); i != nil {
		description = description[:i[0]]
	}
	if words := sanitize.Line(description); words != "" {
		r.Detail += ": " + words
	}
	return r
}
