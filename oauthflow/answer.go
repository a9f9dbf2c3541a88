package oauthflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// Limits of a token response.
const (
	maxToken = 16 << 10 // bytes; tokens of Entra have about 2,000
	maxDepth = 20
	shortest = 5 * time.Minute
	longest  = 24 * time.Hour
	usual    = time.Hour // if expires_in is missing or invalid: Entra's shortest default
)

// readAnswer reads the response of a token endpoint. It is strict about the tokens
// and lenient about the other members: it returns a well-formed refresh token even
// if other members are malformed, and never a malformed one.
func readAnswer(answer network.Answer, now time.Time) (Token, error) {
	t := Token{}
	t.Date, _ = http.ParseTime(answer.Header.Get("Date"))
	if answer.Status/100 == 3 && answer.Status != http.StatusNotModified {
		return t, answer.Unexpected(network.ErrRedirect)
	}
	object, err := members(answer.Body)
	if refused := errorAnswer(answer.Status, object); refused != nil {
		refused.RetryAfter = network.RetryAfter(answer.Header, now)
		return t, refused
	}
	if answer.Status == http.StatusTooManyRequests || answer.Status >= 500 {
		wait := network.RetryAfter(answer.Header, now)
		return t, &Error{Status: answer.Status, Code: "temporarily_unavailable", RetryAfter: wait, Foreign: answer.Text()}
	}
	if err != nil || answer.Status != http.StatusOK {
		if answer.IsPage() {
			err = network.ErrPage
		}
		return t, answer.Unexpected(errors.Join(ErrNotTokenAnswer, err))
	}
	note := func(format string, args ...any) { t.Notes = append(t.Notes, fmt.Sprintf(format, args...)) }
	if raw := string(object["refresh_token"]); raw != "" && raw != "null" && raw != `""` {
		if t.Refresh = token(object["refresh_token"]); t.Refresh.Empty() {
			note("the refresh token is malformed, the old one is kept")
		}
	} else {
		note("no refresh token came, the old one is kept")
	}
	t.Scope = sanitize.Line(text(object["scope"]))
	var odd bool
	if t.Lifetime, odd = lifetime(object["expires_in"]); odd {
		note("expires_in cannot be used as it is, %s is assumed", t.Lifetime)
	}
	if t.Access = token(object["access_token"]); t.Access.Empty() {
		return t, fmt.Errorf("%w: no access token", ErrNotTokenAnswer)
	}
	if raw, there := object["id_token"]; there {
		if t.ID, err = claims(text(raw)); err != nil {
			note("the id_token cannot be read")
		}
	}
	return t, nil
}

// members splits a JSON object by its exact keys. It returns an error if a key has
// two different values.
func members(body []byte) (object map[string]json.RawMessage, err error) {
	if json.Unmarshal(body, &object) != nil || object == nil {
		return nil, errors.New("not a JSON object")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	_, _ = dec.Token() // the body is valid JSON
	for dec.More() {
		key, _ := dec.Token()
		name, _ := key.(string)
		var value json.RawMessage
		_ = dec.Decode(&value)
		if !bytes.Equal(value, object[name]) { // object has the last value
			return nil, fmt.Errorf("duplicate key %q", sanitize.Line(name))
		}
		if depth(value) > maxDepth {
			return nil, errors.New("JSON nested too deep")
		}
	}
	return object, nil
}

// depth returns how deep the arrays and objects of valid JSON nest.
func depth(raw []byte) (most int) {
	dec, now := json.NewDecoder(bytes.NewReader(raw)), 0
	dec.UseNumber() // a number that is too large for a float64 is valid JSON
	for {
		switch part, err := dec.Token(); part {
		case json.Delim('{'), json.Delim('['):
			now++
			most = max(most, now)
		case json.Delim('}'), json.Delim(']'):
			now--
		default:
			if err != nil {
				return most
			}
		}
	}
}

// token returns a string of visible ASCII characters (RFC 6749 appendix A.12 and
// A.17, except that spaces are not allowed), or the empty secret for anything else.
func token(raw json.RawMessage) secret.String {
	s := text(raw)
	if len(s) > maxToken || !sanitize.IsVisible(s) {
		return secret.String{}
	}
	return secret.New(s)
}

// lifetime parses expires_in, a number of seconds that some servers send as a
// string or with a fraction. odd reports that d is a limit or the default.
func lifetime(raw json.RawMessage) (d time.Duration, odd bool) {
	s := strings.Trim(string(raw), `"`)
	seconds, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(seconds) || math.IsInf(seconds, 0) {
		return usual, true
	}
	switch {
	case seconds < shortest.Seconds():
		return shortest, true
	case seconds > longest.Seconds():
		return longest, true
	}
	return time.Duration(seconds * float64(time.Second)), false
}

// Errors other than *Error.
var (
	// ErrNotTokenAnswer reports that the response is not from a token endpoint,
	// but possibly from a captive portal or a proxy. A retry may succeed.
	ErrNotTokenAnswer = errors.New("not a token answer")
	// ErrClaims reports an id_token that was not issued for this sign-in.
	ErrClaims = errors.New("id_token for another sign-in")
	// ErrState reports an address that belongs to another sign-in.
	ErrState = errors.New("state of another sign-in")
	// ErrNoCode reports a text that is not an address with a code.
	ErrNoCode = errors.New("no code in the address")
)

// Error is an error returned by the authorization server, either by its token
// endpoint (RFC 6749 section 5.2) or in the redirect (section 4.1.2.1).
type Error struct {
	Status      int           // HTTP status; 0 for a redirect
	Code        string        // error, for example "invalid_grant", sanitized
	Description string        // error_description, as the server sent it
	Suberror    string        // suberror or error_subcode, a Microsoft extension: "bad_token", "cancel"; sanitized
	Codes       []int         // error_codes, a Microsoft extension
	TraceID     string        // trace_id, a Microsoft extension; sanitized
	RetryAfter  time.Duration // from the Retry-After header; 0 if absent
	Foreign     string        // who answered what, if it is not an error response of RFC 6749; else ""
}

// Error returns the code and the sanitized description.
func (e *Error) Error() string {
	description := sanitize.Line(e.Description)
	switch {
	case e.Foreign != "":
		return e.Foreign
	case description != "":
		return e.Code + ": " + description
	}
	return e.Code
}

// Temporary reports whether the error says nothing about the request, so that the
// same request may succeed later (RFC 6749 section 4.1.2.1, RFC 6585 section 4).
func (e *Error) Temporary() bool {
	return e.Status == http.StatusTooManyRequests || e.Status >= 500 ||
		e.Code == "temporarily_unavailable" || e.Code == "server_error"
}

// errorAnswer returns the error in a response of the token endpoint, or nil.
func errorAnswer(status int, object map[string]json.RawMessage) *Error {
	code := text(object["error"])
	if code == "" {
		return nil
	}
	e := &Error{Status: status, Code: sanitize.Line(code), Description: text(object["error_description"]),
		Suberror: sanitize.Line(text(object["suberror"])), TraceID: sanitize.Line(text(object["trace_id"]))}
	_ = json.Unmarshal(object["error_codes"], &e.Codes) // ignored if it has another type
	return e
}

// text returns a JSON string, or "" for any other value.
func text(raw json.RawMessage) (s string) {
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}
