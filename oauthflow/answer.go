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

// Bounds of a token response.
const (
	maxToken = 16 << 10 // bytes; Entra's have about 2,000
	maxDepth = 20
	shortest = 5 * time.Minute
	longest  = 24 * time.Hour
	usual    = time.Hour // without a readable expires_in: Entra's shortest default
)

// readAnswer reads the response of a token endpoint. It is strict about what is
// kept and lenient about the rest: it keeps a well-formed refresh token whatever
// the other members are, and never a malformed one.
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
		return t, &Error{Status: answer.Status, Code: "temporarily_unavailable", RetryAfter: wait}
	}
	if err != nil || answer.Status != http.StatusOK {
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

// members splits a JSON object by its exact keys. It refuses a key that has two
// different values.
func members(body []byte) (object map[string]json.RawMessage, err error) {
	if json.Unmarshal(body, &object) != nil || object == nil {
		return nil, errors.New("no JSON object")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	_, _ = dec.Token() // the body is valid JSON
	for dec.More() {
		key, _ := dec.Token()
		name, _ := key.(string)
		var value json.RawMessage
		_ = dec.Decode(&value)
		if !bytes.Equal(value, object[name]) { // which has the last one
			return nil, fmt.Errorf("%q is there twice", sanitize.Line(name))
		}
		if depth(value) > maxDepth {
			return nil, errors.New("JSON nested too deep")
		}
	}
	return object, nil
}

// depth returns how deep brackets nest. It counts those inside strings too, as it
// only has to stop absurd responses.
func depth(raw []byte) int {
	now, most := 0, 0
	for _, b := range raw {
		switch b {
		case '{', '[':
			now++
			most = max(most, now)
		case '}', ']':
			now--
		}
	}
	return most
}

// token reads a string of visible ASCII characters (RFC 6749 appendix A.12 and
// A.17, without the space that they allow), empty for anything else.
func token(raw json.RawMessage) secret.String {
	s := text(raw)
	if len(s) > maxToken || !sanitize.IsVisible(s) {
		return secret.String{}
	}
	return secret.New(s)
}

// lifetime reads expires_in, a number of seconds that some servers send as a
// string or with a fraction. odd tells that d is a bound or a default.
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
