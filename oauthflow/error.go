package oauthflow

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// Errors beside *Error.
var (
	// ErrNotTokenAnswer: whatever answered, it was no token endpoint (a captive
	// portal, a proxy), or its answer is unusable. It may pass.
	ErrNotTokenAnswer = errors.New("not a token answer")
	// ErrClaims: the id_token is not meant for this sign-in.
	ErrClaims = errors.New("id_token for another sign-in")
	// ErrState: the address belongs to another sign-in.
	ErrState = errors.New("state of another sign-in")
	// ErrNoCode: the text is no address with a code in it.
	ErrNoCode = errors.New("no code in the address")
)

// Error is a refusal by the authorization server: by its token endpoint
// (RFC 6749 section 5.2) or in the address the browser came back to (4.1.2.1).
type Error struct {
	Status      int    // HTTP status; 0 for an address
	Code        string // error, "invalid_grant"
	Suberror    string // Entra's refinement, "bad_token", "cancel"
	Description string // sanitised, without trace and time
	Codes       []int  // AADSTS numbers, the decisive one first
	TraceID     string
	Correlation string
	RetryAfter  time.Duration // as asked by the server; 0 when it said nothing
}

// Error is the error's name and the server's words.
func (e *Error) Error() string {
	if e.Description == "" {
		return e.Code
	}
	return e.Code + ": " + e.Description
}

// Answer is what a catalogue of faults looks at.
func (e *Error) Answer() (codes []int, oauthError string, status int) {
	return e.Codes, e.Code, e.Status
}

// Detail is what a person may read.
func (e *Error) Detail() (text, traceID string, retryAfter time.Duration) {
	return e.Error(), e.TraceID, e.RetryAfter
}

var (
	aadsts = sanitize.Pattern(`AADSTS(\d{4,8})`)
	// tail is what follows the sentence: separated by CRLF until 2023, by a
	// space since.
	tail = sanitize.Pattern(`\s*(Trace ID: |Correlation ID: |Timestamp: )`)
	guid = sanitize.Pattern(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
)

// describe fills in what Entra writes into the description.
func (e *Error) describe(description string) {
	if _, rest, found := strings.Cut(description, "Trace ID: "); found && e.TraceID == "" {
		e.TraceID = guid().FindString(rest)
	}
	for _, m := range aadsts().FindAllStringSubmatch(description, 4) {
		if n, err := strconv.Atoi(m[1]); err == nil && !slices.Contains(e.Codes, n) {
			e.Codes = append(e.Codes, n)
		}
	}
	if i := tail().FindStringIndex(description); i != nil {
		description = description[:i[0]]
	}
	e.Description = sanitize.Line(description)
}

// refusal reads an error answer; nil when the object holds none.
func refusal(status int, object map[string]json.RawMessage) *Error {
	code := text(object["error"])
	if code == "" {
		return nil
	}
	e := &Error{Status: status, Code: sanitize.Line(code), Suberror: sanitize.Line(text(object["suberror"])),
		TraceID: guid().FindString(text(object["trace_id"])), Correlation: guid().FindString(text(object["correlation_id"]))}
	_ = json.Unmarshal(object["error_codes"], &e.Codes) // another shape is as good as none
	e.describe(text(object["error_description"]))
	return e
}

// text is a JSON string, "" for everything else.
func text(raw json.RawMessage) (s string) {
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}
