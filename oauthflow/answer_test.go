package oauthflow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// shape is one answer of a token endpoint and the expected result.
type shape struct {
	row      string
	body     string
	status   int    // 200 when zero
	kind     string // Content-Type
	refresh  string // that must be kept; "" for none
	lifetime time.Duration
	err      error  // errors.Is
	refused  string // code of the expected *Error
}

// shapes returns answers of real and of faulty servers.
func shapes() []shape {
	const rt = `"refresh_token":"` + refreshCanary + `"`
	ok := func(row, more string, lifetime time.Duration) shape {
		return shape{row: row, body: `{"access_token":"at",` + rt + more + `}`, refresh: refreshCanary, lifetime: lifetime}
	}
	none := func(row, refresh string) shape {
		return shape{row: row, body: `{"access_token":"at","expires_in":3600,"refresh_token":` + refresh + `}`, lifetime: time.Hour}
	}
	bad := func(row, body string) shape { return shape{row: row, body: body, err: ErrNotTokenAnswer} }
	list := []shape{
		ok("T36", `,"expires_in":3600`, time.Hour),
		ok("T12", `,"expires_in":"3600"`, time.Hour), ok("T12", `,"expires_in":3600.0`, time.Hour), ok("T12", `,"expires_in":3.6e3`, time.Hour), ok("T12", `,"expires_in":""`, time.Hour),
		ok("T12", `,"expires_in":null`, time.Hour), ok("T12", `,"expires_in":{}`, time.Hour), ok("T12", `,"expires_in":[]`, time.Hour), ok("T12", `,"expires_in":true`, time.Hour), ok("T12", ``, time.Hour),
		ok("T12", `,"expires_in":-1`, shortest), ok("T12", `,"expires_in":0`, shortest), ok("T12", `,"expires_in":1e30`, longest), ok("T12", `,"expires_in":-9e18`, shortest), ok("T12", `,"expires_in":99999999999999999999`, longest), ok("T12", `,"expires_in":"soon"`, time.Hour), ok("T12", `,"expires_in":"NaN"`, time.Hour), ok("T12", `,"expires_in":"Inf"`, time.Hour),
		ok("T11", `,"expires_in":3600,"scope":7`, time.Hour), ok("T11", `,"expires_in":3600,"id_token":"x"`, time.Hour), ok("T11", `,"expires_in":3600,"id_token":{}`, time.Hour), ok("T11", `,"token_type":9,"expires_in":3600`, time.Hour), ok("T11", `,"foci":"1","expires_in":3600,"unknown":{"a":[1,2]}`, time.Hour),
		ok("T16", `,"expires_in":3600,"x":"`+strings.Repeat("[", 30)+`","y":{"z":["`+strings.Repeat("{", 30)+`"]}`, time.Hour),
		none("T13", `null`), none("T13", `""`), {row: "T13", body: `{"access_token":"at","expires_in":3600}`, lifetime: time.Hour},
		none("T14", `7`), none("T14", `["x"]`), none("T14", `{"a":1}`), none("T14", `"a b"`), none("T14", `" "`), none("T14", `"a\r\nb"`), none("T14", `"a\u0000b"`), none("T14", `"a\u001bb"`), none("T14", `"é"`), none("T14", `"`+strings.Repeat("x", 17<<10)+`"`),
		bad("T15", `{"access_token":"at","refresh_token":"a","refresh_token":"b"}`), bad("T15", `{"access_token":"at","access_token":"bt",`+rt+`}`),
		ok("T15", `,"Refresh_Token":"evil","expires_in":3600`, time.Hour), ok("T15", `,"REFRESH_TOKEN":"evil","expires_in":3600`, time.Hour),
		{row: "T15", body: `{"access_token":"at","expires_in":3600,"Refresh_Token":"evil"}`, lifetime: time.Hour},
		{row: "T16", body: "\xef\xbb\xbf" + `{"access_token":"at",` + rt + `,"expires_in":3600}`, refresh: refreshCanary, lifetime: time.Hour},
		{row: "T16", body: `{"access_token":"at",` + rt + `,"expires_in":3600}` + " \r\n\t ", refresh: refreshCanary, lifetime: time.Hour},
		bad("T16", `{"access_token":"at",`+rt+`} trailing`), bad("T16", `/* x */{"access_token":"at",`+rt+`}`), bad("T16", `{"access_token":"at","x":`+strings.Repeat("[", 10000)+strings.Repeat("]", 10000)+`}`), bad("T16", `{"access_token":"at","x":`+strings.Repeat("[", 21)+strings.Repeat("]", 21)+`}`), bad("T16", `{'access_token':'at'}`),
		{row: "T17", body: `{` + rt + `}`, refresh: refreshCanary, err: ErrNotTokenAnswer, lifetime: time.Hour}, {row: "T17", body: `{"access_token":null,` + rt + `}`, refresh: refreshCanary, err: ErrNotTokenAnswer, lifetime: time.Hour}, {row: "T17", body: `{"access_token":"a\nb",` + rt + `}`, refresh: refreshCanary, err: ErrNotTokenAnswer, lifetime: time.Hour},
		{row: "T18", body: `{"error":"invalid_grant","access_token":"at",` + rt + `}`, refused: "invalid_grant"}, {row: "T18", body: `{"error":"x"}`, refused: "x"},
		bad("T9", ``), bad("T9", `null`), bad("T9", `[]`), bad("T9", `""`), bad("T9", `7`), bad("T9", `{"access_token":"at"`), bad("T9", `{"access_token":"at","ref`), bad("T9", `{}`),
		bad("T8", `<html><title>Wi-Fi</title>`+secretCanary+`</html>`), {row: "T10", body: strings.Repeat("x", network.MaxBody+1), err: network.ErrTooLarge},
		{row: "T24", status: 503, body: `<html>`, refused: "temporarily_unavailable"}, {row: "T24", status: 500, body: ``, refused: "temporarily_unavailable"}, {row: "T24", status: 502, body: `{"error":"server_error"}`, refused: "server_error"}, {row: "T25", status: 429, body: ``, refused: "temporarily_unavailable"},
		{row: "T28", status: 204, err: ErrNotTokenAnswer}, {row: "T28", status: 206, body: `{"access_token":"at",` + rt + `}`, err: ErrNotTokenAnswer}, {row: "T28", status: 418, body: `{}`, err: ErrNotTokenAnswer}, {row: "T28", status: 999, body: `{}`, refused: "temporarily_unavailable"},
		{row: "T19", status: 400, body: `{"error":"invalid_grant","error_description":"AADSTS700082: dead","error_codes":[700082],"suberror":"bad_token"}`, refused: "invalid_grant"},
		{row: "T22", status: 401, body: `{"error":"invalid_client","error_codes":"odd"}`, refused: "invalid_client"}, {row: "T30", status: 400, body: `{"error":"invalid_request","error_description":` + `"\u001b[2J\u202e` + strings.Repeat("y", 100000) + `"}`, refused: "invalid_request"},
	}
	for _, kind := range []string{"text/plain", "", "text/json", "application/octet-stream", "text/html"} {
		s := ok("T11", `,"expires_in":3600`, time.Hour)
		s.kind = kind
		list = append(list, s)
	}
	return append(list, combinations()...)
}

// combinations returns answers with a valid new refresh token and each malformed
// value of every other member, and answers with malformed refresh tokens.
func combinations() []shape {
	const rt = `"refresh_token":"` + refreshCanary + `"`
	var list []shape
	for _, key := range []string{"scope", "id_token", "token_type", "ext_expires_in", "foci", "client_info", "not_before", "error_description", "Error", "ACCESS_TOKEN"} {
		for _, value := range []string{`7`, `-1e18`, `null`, `{}`, `[[]]`, `true`, `""`, `"x.y.z"`, `"\u001b[2J"`, `"\ud800"`, `{"refresh_token":"evil"}`} {
			for _, body := range []string{`{"` + key + `":` + value + `,"access_token":"at",` + rt + `,"expires_in":3600}`, `{"access_token":"at",` + rt + `,"expires_in":3600,"` + key + `":` + value + `}`} {
				list = append(list, shape{row: "T11", body: body, refresh: refreshCanary, lifetime: time.Hour})
			}
		}
	}
	malformed := []string{`"\u007f"`, `"a\u0080"`, `"a\u202eb"`, `"\ufeffa"`, `"日本"`, `"a\tb"`, `false`, `0`, `{}`, `[]`, `[["x"]]`, `1e3`, `"a` + "\xff" + `b"`, `" x"`, `"x "`, `"` + strings.Repeat("x", maxToken+1) + `"`}
	for c := range 33 {
		malformed = append(malformed, fmt.Sprintf(`"head\u%04xtail"`, c))
	}
	for _, value := range malformed {
		list = append(list, shape{row: "T14", body: `{"access_token":"at","expires_in":3600,"refresh_token":` + value + `}`, lifetime: time.Hour})
	}
	for _, junk := range []string{"\x00", "{", "}", "[{}]", "true", "1", "\"\"", "{\"access_token\":}", "{\"a\":1,}", "{a:1}", "<xml/>", "HTTP/1.1 200 OK", "access_token=at&refresh_token=rt", strings.Repeat("{", 50000), "\xef\xbb\xbf", "\xff\xfe{\x00}\x00"} {
		list = append(list, shape{row: "T9", body: junk, err: ErrNotTokenAnswer})
	}
	return list
}

// TestRefreshKeepsEveryWellFormedRefreshToken checks that a well-formed new refresh
// token is always kept, a malformed one never, and that no error contains a secret
// or a raw body.
func TestRefreshKeepsEveryWellFormedRefreshToken(t *testing.T) {
	t.Parallel()
	list := shapes()
	if len(list) < 200 {
		t.Fatalf("%d shapes", len(list))
	}
	for i, s := range list {
		t.Run(fmt.Sprintf("%s/%d", s.row, i), func(t *testing.T) {
			t.Parallel()
			posts := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				posts++
				w.Header()["Content-Type"] = []string{s.kind}
				if s.status != 0 {
					w.WriteHeader(s.status)
				}
				_, _ = io.WriteString(w, s.body)
			}))
			defer server.Close()
			token, err := config(t, server.URL).Refresh(context.Background(), secret.New("CANARY-old"), "scope", "https://b/confirm")
			if got := token.Refresh.Reveal(); got != s.refresh {
				t.Errorf("refresh token %q, want %q", got, s.refresh)
			}
			var refused *Error
			switch {
			case s.err != nil && !errors.Is(err, s.err):
				t.Errorf("error %v, want %v", err, s.err)
			case s.refused != "" && (!errors.As(err, &refused) || refused.Code != s.refused):
				t.Errorf("error %v, want a refusal %q", err, s.refused)
			case s.err == nil && s.refused == "" && (err != nil || token.Access.Empty() || token.Lifetime != s.lifetime):
				t.Errorf("%v %v", token.Lifetime, err)
			}
			if err != nil && (len([]rune(err.Error())) > 700 || strings.ContainsAny(err.Error(), "\x1b\u202e") || strings.Contains(err.Error(), "Wi-Fi")) {
				t.Errorf("raw text in %q", err)
			}
			clean(t, err)
			clean(t, token)
			if posts != 1 {
				t.Errorf("%d requests", posts)
			}
		})
	}
}

// TestRefreshSendsWhatOdooSends checks each field of the request.
func TestRefreshSendsWhatOdooSends(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		got := r.PostForm.Encode()
		want := "client_id=app&client_secret=" + secretCanary + "&grant_type=refresh_token&redirect_uri=https%3A%2F%2Fb%2Fconfirm&refresh_token=old&scope=offline_access+x"
		if got != want || r.Header.Get("Authorization") != "" || r.Header.Get("Origin") != "" || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
			t.Errorf("%s\nwant\n%s", got, want)
		}
		_, _ = io.WriteString(w, `{"access_token":"at","refresh_token":"rt","expires_in":4249}`)
	}))
	defer server.Close()
	token, err := config(t, server.URL).Refresh(context.Background(), secret.New("old"), "offline_access x", "https://b/confirm")
	if err != nil || token.Lifetime != 4249*time.Second || token.Date.IsZero() {
		t.Error(token, err)
	}
}

// TestRefreshFollowsNoRedirect checks that no redirect sends the secrets to another
// server.
func TestRefreshFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the other server was asked") }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, status)
		}))
		_, err := config(t, server.URL).Refresh(context.Background(), secret.New("CANARY-old"), "s", "r")
		if !errors.Is(err, network.ErrRedirect) {
			t.Errorf("%d: %v", status, err)
		}
		clean(t, err)
		server.Close()
	}
}

// TestErrorHoldsTheMembersOfTheAnswer checks both ways in which Entra separates the
// trace.
func TestErrorHoldsTheMembersOfTheAnswer(t *testing.T) {
	t.Parallel()
	for _, gap := range []string{" ", `\r\n`} {
		body := `{"error":"invalid_grant","error_description":"AADSTS50173: The grant is revoked.` + gap + `Trace ID: 0b1a2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d` + gap + `Correlation ID: 1b1a2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d` + gap + `Timestamp: 2026-11-24 10:00:00Z","suberror":"bad_token"}`
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(400)
			_, _ = io.WriteString(w, body)
		}))
		_, err := config(t, server.URL).Refresh(context.Background(), secret.New("x"), "s", "r")
		server.Close()
		var e *Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		if e.Code != "invalid_grant" || e.Status != 400 || e.RetryAfter != 7*time.Second || !strings.HasPrefix(e.Error(), "invalid_grant: AADSTS50173: The grant is revoked. Trace ID: 0b1a2c3d") || e.Suberror != "bad_token" {
			t.Errorf("%+v", e)
		}
	}
}

// TestClaimsOfAnotherAccountAreRejected checks that a refreshed token belongs to
// the account that signed in: same object ID or, if unknown, same directory. If
// neither is known, it is accepted.
func TestClaimsOfAnotherAccountAreRejected(t *testing.T) {
	t.Parallel()
	const oid, tenant, other = "1b1a2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d", "0b1a2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d", "9b1a2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d"
	for _, c := range []struct {
		got       Claims
		oid, tid  string
		different bool
	}{
		{Claims{ObjectID: oid, TenantID: tenant}, oid, tenant, false},
		{Claims{ObjectID: strings.ToUpper(oid)}, oid, tenant, false},
		{Claims{ObjectID: other, TenantID: tenant}, oid, tenant, true},
		{Claims{ObjectID: other, TenantID: tenant}, "", tenant, false}, // the object ID of the sign-in is unknown
		{Claims{ObjectID: oid, TenantID: other}, "", tenant, true},
		{Claims{ObjectID: oid, TenantID: other}, oid, tenant, false}, // a guest of another directory
		{Claims{TenantID: other}, "", "client.onmicrosoft.com", false},
		{Claims{TenantID: tenant}, oid, tenant, false},
		{Claims{}, "", "", false},
	} {
		if err := c.got.Of(c.oid, c.tid); errors.Is(err, ErrClaims) != c.different || (err == nil) == c.different {
			t.Errorf("%+v of %q in %q: %v", c.got, c.oid, c.tid, err)
		}
	}
}
