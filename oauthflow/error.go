package oauthflow

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// Errors beside *Error.
var (
	// ErrNotTokenAnswer: the response is not one of a token endpoint; a captive
	// portal or a proxy may have sent it. It may pass.
	ErrNotTokenAnswer = errors.New("not a token answer")
	// ErrClaims: the id_token was not issued for this sign-in.
	ErrClaims = errors.New("id_token for another sign-in")
	// ErrState: the address belongs to another sign-in.
	ErrState = errors.New("state of another sign-in")
	// ErrNoCode: the text is not an address with a code.
	ErrNoCode = errors.New("no code in the address")
)

// Error is a refusal by the authorization server: by its token endpoint
// (RFC 6749 section 5.2) or in the address the browser came back to (4.1.2.1).
type Error struct {
	Status      int           // HTTP status; 0 for an address
	Code        string        // error, "invalid_grant", sanitised
	Description string        // error_description, as the server sent it
	Suberror    string        // suberror or error_subcode, an extension of Microsoft's: "bad_token", "cancel"; sanitised
	Codes       []int         // error_codes, likewise
	TraceID     string        // trace_id, likewise; sanitised
	RetryAfter  time.Duration // as asked by the server; 0 when it said nothing
}

// Error returns the code and the sanitised description.
func (e *Error) Error() string {
	if description := sanitize.Line(e.Description); description != "" {
		return e.Code + ": " + description
	}
	return e.Code
}

// Temporary reports a refusal that says nothing about the request: the same one
// may succeed later (RFC 6749 section 4.1.2.1, RFC 6585 section 4).
func (e *Error) Temporary() bool {
	return e.Status == http.StatusTooManyRequests || e.Status >= 500 ||
		e.Code == "temporarily_unavailable" || e.Code == "server_error"
}

// errorAnswer reads an error answer of the token endpoint; nil when the object
// holds none.
func errorAnswer(status int, object map[string]json.RawMessage) *Error {
	code := text(object["error"])
	if code == "" {
		return nil
	}
	e := &Error{Status: status, Code: sanitize.Line(code), Description: text(object["error_description"]),
		Suberror: sanitize.Line(text(object["suberror"])), TraceID: sanitize.Line(text(object["trace_id"]))}
	_ = json.Unmarshal(object["error_codes"], &e.Codes) // another shape is as good as none
	return e
}

// text is a JSON string, "" for everything else.
func text(raw json.RawMessage) (s string) {
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}
