package faults

import (
	"cmp"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// maxCodes is how many AADSTS numbers of a description are read.
const maxCodes = 4

// EntraRefusal returns the refusal that an error answer of Entra stands for: the
// members error_codes, error, error_description and trace_id (RFC 6749 section 5.2
// and Microsoft's extensions of it), and the HTTP status, 0 for an answer in a
// redirect. AADSTS numbers and the trace ID are in the description too.
func EntraRefusal(codes []int, oauthError string, status int, description, traceID string) *Refusal {
	codes = slices.Clone(codes)
	for _, rest := range strings.SplitN(description, "AADSTS", maxCodes+1)[1:] {
		if code, length := digits(rest, 0, 8); length >= 4 && !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	_, trace, _ := strings.Cut(description, "Trace ID: ")
	r := &Refusal{Fault: Entra(codes, oauthError, status), Detail: oauthError,
		TraceID: cmp.Or(guidPrefix(traceID), guidPrefix(trace))}
	for _, next := range []string{"Trace ID: ", "Correlation ID: ", "Timestamp: "} {
		description, _, _ = strings.Cut(description, next)
	}
	if words := sanitize.Line(description); words != "" {
		r.Detail += ": " + words
	}
	return r
}

// guidPrefix returns the GUID at the beginning of s, or "".
func guidPrefix(s string) string {
	if id := s[:min(len(s), 36)]; azure.IsGUID(id) {
		return id
	}
	return ""
}
