package oauthflow

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// visible reports whether s may be a token or a code: visible ASCII without spaces.
func visible(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// shown checks that a text contains no terminal control characters.
func shown(t *testing.T, s string) {
	t.Helper()
	if s != sanitize.Text(s) {
		t.Errorf("%+q reaches the screen", s)
	}
}

// FuzzTokenAnswer checks that a refresh token is returned only if it is well-formed
// and part of the answer, and that no error contains raw text of the answer.
func FuzzTokenAnswer(f *testing.F) {
	for _, s := range shapes() {
		if len(s.body) < 4<<10 { // long seeds only slow down the fuzzing
			f.Add(s.status, s.body)
		}
	}
	now := time.Unix(1795462000, 0)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status == 0 {
			status = http.StatusOK
		}
		token, err := readAnswer(network.Answer{Status: status, Header: http.Header{}, Body: []byte(body)}, now)
		if kept := token.Refresh.Reveal(); kept != "" {
			var object map[string]any
			dec := json.NewDecoder(strings.NewReader(body))
			dec.UseNumber()
			if dec.Decode(&object) != nil || object["refresh_token"] != kept || !visible(kept) || len(kept) > maxToken || status != http.StatusOK {
				t.Errorf("%q is kept of %d %q", kept, status, body)
			}
		}
		if err != nil {
			shown(t, err.Error())
			return
		}
		if !visible(token.Access.Reveal()) || token.Lifetime < shortest || token.Lifetime > longest {
			t.Errorf("%d %q is taken for %v", status, body, token.Lifetime)
		}
		shown(t, token.Scope)
	})
}

// FuzzClaims checks that the claims about a person are safe to show, and that the
// nonce or audience of another sign-in is never accepted.
func FuzzClaims(f *testing.F) {
	f.Add(jwt(map[string]any{"aud": "app", "nonce": "n", "iss": "https://login.microsoftonline.com/t/v2.0", "tid": "t", "oid": "o", "upn": "a@b.fr", "exp": 1e9}))
	f.Add(jwt(map[string]any{"aud": []string{"app", "x"}, "exp": 1e300, "name": "\x1b[2J\u202e"}))
	f.Add(jwt(map[string]any{"aud": nil, "exp": -1}))
	f.Add("a.b.c")
	f.Add("..")
	config := Config{ClientID: "app", Authorize: "https://login.microsoftonline.com/x", Now: func() time.Time { return time.Unix(1e9, 0) }}
	f.Fuzz(func(t *testing.T, token string) {
		c, err := claims(token)
		if err != nil {
			shown(t, err.Error())
			return
		}
		for _, s := range []string{c.ObjectID, c.Username, c.Email, c.Name} {
			shown(t, s)
		}
		if c.check(config, "of another sign-in") == nil && c.Nonce != "of another sign-in" {
			t.Errorf("%q passes", token)
		}
	})
}

// judge checks a result against RFC 6749 section 4.1.2: without the request's state
// there is neither a code nor an *Error.
func judge(t *testing.T, s *AuthRequest, text string, back *Callback, err error) {
	t.Helper()
	var refused *Error
	if said := errors.As(err, &refused); (err == nil || said) && !strings.Contains(unescaped(text), s.state) {
		t.Errorf("%q is believed without the state: %v", text, err)
	}
	if (back == nil) == (err == nil) || back != nil && !visible(back.code.Reveal()) {
		t.Errorf("%q: %v %v", text, back, err)
	}
	if err != nil {
		shown(t, err.Error())
	}
}

// unescaped removes the levels of escaping that Parse accepts, and spaces.
func unescaped(s string) string {
	s = strings.Join(strings.Fields(sanitize.Pasted(s)), "")
	for range 5 {
		s = strings.Map(func(r rune) rune {
			if r == '+' {
				return ' '
			}
			return r
		}, s)
		var b strings.Builder
		for i := 0; i < len(s); i++ {
			if c, err := url.PathUnescape(s[i:min(i+3, len(s))]); s[i] == '%' && err == nil && len(c) == 1 {
				b.WriteString(c)
				i += 2
				continue
			}
			b.WriteByte(s[i])
		}
		s = b.String()
	}
	return s
}

func signIn() *AuthRequest {
	return &AuthRequest{state: "STATE0123456789", nonce: "n", authorize: "https://login.microsoftonline.com/x"}
}

// FuzzCallback fuzzes the query of a request to the listener.
func FuzzCallback(f *testing.F) {
	for _, q := range []string{"code=c&state=STATE0123456789", "code=c&state=x", "code=a&code=b&state=STATE0123456789", "state=STATE0123456789&state=x&code=c", "error=access_denied&error_description=AADSTS65004%1b&state=STATE0123456789",
		"error=x", "iss=https://evil.example&code=c&state=STATE0123456789", "code=%00&state=STATE0123456789", "", "%zz&&;=", "code=é&state=STATE0123456789"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, query string) {
		s := signIn()
		u := url.URL{RawQuery: query}
		q := u.Query()
		back, err := s.parseCallback(q)
		judge(t, s, strings.Join(q["state"], " "), back, err)
		if back != nil && (len(q["code"]) != 1 || len(q["state"]) != 1) {
			t.Errorf("%q has one code too many", query)
		}
	})
}

// FuzzPastedURL fuzzes the address that a person pastes.
func FuzzPastedURL(f *testing.F) {
	for _, p := range []string{"https://mabase.openfire.fr/microsoft_outlook/confirm?code=c&state=STATE0123456789", "« http://localhost:1/?state=STATE0123456789&\r\n code=c »", "code=c&state=STATE0123456789#x", "https://b/web/login?redirect=%2Fx%3Fcode%3Dc%26state%3DSTATE0123456789",
		"?redirect=%3Fredirect%3D%253Fredirect%253D", "https://x/?code=c", "#code=c&state=STATE0123456789", "%", "?error=e&state=STATE0123456789", "\x1b[2J"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, pasted string) {
		s := signIn()
		back, err := s.Parse(pasted)
		judge(t, s, pasted, back, err)
	})
}

// TestDepthIsCountedBehindANumberBeyondFloat64 checks that a large number does not hide
// what nests behind it.
func TestDepthIsCountedBehindANumberBeyondFloat64(t *testing.T) {
	t.Parallel()
	if n := depth([]byte(`{"a":1e600,"b":[[[]]]}`)); n != 4 {
		t.Errorf("the depth is %d, want 4", n)
	}
}
