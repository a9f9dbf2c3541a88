package oauthflow

import (
	"crypto/rand"
	"crypto/subtle"
	"net/url"
	"strings"
	"sync"

	"golang.org/x/oauth2"

	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// AuthRequest is an authorization request (RFC 6749 section 4.1.1): its URL, and
// the state, nonce and code verifier that bind the answer to it.
type AuthRequest struct {
	URL string

	state, nonce, verifier string
	redirect, authorize    string
}

// NewAuthRequest returns a new request. It contains login_hint or, if loginHint is
// empty, prompt=select_account; Entra refuses both together. It never contains
// prompt=consent, which would stop users for whom an administrator has already
// consented.
func (c Config) NewAuthRequest(redirectURI, loginHint string, scopes []string) *AuthRequest {
	s := &AuthRequest{state: rand.Text() + rand.Text(), nonce: rand.Text(), verifier: oauth2.GenerateVerifier(),
		redirect: redirectURI, authorize: c.Authorize}
	config := c.oauth2(redirectURI)
	config.Scopes = scopes
	account := oauth2.SetAuthURLParam("prompt", "select_account")
	if loginHint != "" {
		account = oauth2.SetAuthURLParam("login_hint", loginHint)
	}
	s.URL = config.AuthCodeURL(s.state, oauth2.S256ChallengeOption(s.verifier), account,
		oauth2.SetAuthURLParam("response_mode", "query"), oauth2.SetAuthURLParam("nonce", s.nonce))
	return s
}

// Callback is an authorization response with a code (RFC 6749 section 4.1.2). The
// browser that sent it waits for its last page until Finish is called.
type Callback struct {
	code    secret.String
	request *AuthRequest
	ended   chan struct{} // closed by Finish
	served  sync.WaitGroup

	mu   sync.Mutex
	over bool // ended is closed
	ok   bool
}

// Finish shows the last page in the waiting browser; ok says whether the sign-in
// succeeded. The caller must call it; only the first call counts.
func (r *Callback) Finish(ok bool) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over {
		r.over, r.ok = true, ok
		close(r.ended)
	}
}

// join counts a browser that waits for the last page. It returns false if Finish
// was already called.
func (r *Callback) join() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over {
		r.served.Add(1)
	}
	return !r.over
}

// Wait waits for Finish, and until every waiting browser has its page.
func (r *Callback) Wait() {
	<-r.ended
	r.served.Wait()
}

// matchesState reports whether a response has exactly one state parameter and it
// matches the request.
func (s *AuthRequest) matchesState(q url.Values) bool {
	return len(q["state"]) == 1 && subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(s.state)) == 1
}

// parseCallback parses the parameters of an authorization response. It requires
// exactly one state, that of the request, and then an error or exactly one code.
// Errors are those of Parse.
func (s *AuthRequest) parseCallback(q url.Values) (*Callback, error) {
	if !s.matchesState(q) {
		return nil, ErrState
	}
	if iss := q.Get("iss"); iss != "" && !issuedBy(iss, s.authorize) {
		return nil, ErrClaims // a response from another server (RFC 9207)
	}
	if name := q.Get("error"); name != "" {
		return nil, &Error{Code: sanitize.Line(name), Description: q.Get("error_description"),
			Suberror: sanitize.Line(q.Get("error_subcode"))}
	}
	code := q["code"]
	if len(code) != 1 || len(code[0]) > 8<<10 || !sanitize.IsVisible(code[0]) {
		return nil, ErrNoCode
	}
	return &Callback{code: secret.New(code[0]), request: s, ended: make(chan struct{})}, nil
}

// Parse parses the response in a pasted address: that of the base's page on which
// the browser ended, a loopback address, or only the query of either. If it is the
// base's login page, the address is in its parameter redirect. Errors are
// ErrNoCode, ErrState, ErrClaims, or *Error for an error from the authorization
// server.
func (s *AuthRequest) Parse(pasted string) (*Callback, error) {
	pasted = strings.Join(strings.Fields(sanitize.Pasted(pasted)), "") // mail programs and terminals break long lines
	if len(pasted) > 32<<10 {
		return nil, ErrNoCode
	}
	for range 4 { // a login page may redirect to another login page
		query := pasted
		if _, after, found := strings.Cut(pasted, "?"); found {
			query = after
		} else if _, after, found := strings.Cut(pasted, "#"); found {
			query = after
		}
		query, _, _ = strings.Cut(query, "#")
		q, err := url.ParseQuery(query)
		if err != nil {
			return nil, ErrNoCode
		}
		inner := q.Get("redirect")
		if inner == "" || q.Has("state") && q.Has("code") && !strings.Contains(inner, "code=") {
			if !q.Has("state") {
				return nil, ErrNoCode
			}
			return s.parseCallback(q)
		}
		pasted = inner
	}
	return nil, ErrNoCode
}
