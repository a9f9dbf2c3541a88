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

// AuthOptions says what a sign-in asks for.
type AuthOptions struct {
	RedirectURI string
	Scopes      []string
	LoginHint   string // the mailbox, when it is known
}

// AuthRequest is one sign-in: its address, and the state, nonce and verifier that
// bind the answer to it.
type AuthRequest struct {
	URL string

	state, nonce, verifier string
	redirect, authorize    string
}

// NewAuthRequest prepares a sign-in. A known mailbox is a login_hint; otherwise the
// person chooses an account. Entra refuses the two together, and prompt=consent
// would stop users whom a tenant-wide consent covers already.
func (c Config) NewAuthRequest(r AuthOptions) (*AuthRequest, error) {
	s := &AuthRequest{state: rand.Text() + rand.Text(), nonce: rand.Text(), verifier: oauth2.GenerateVerifier(), redirect: r.RedirectURI, authorize: c.Authorize}
	config := c.oauth2(r.RedirectURI)
	config.Scopes = r.Scopes
	account := oauth2.SetAuthURLParam("prompt", "select_account")
	if r.LoginHint != "" {
		account = oauth2.SetAuthURLParam("login_hint", r.LoginHint)
	}
	s.URL = config.AuthCodeURL(s.state, oauth2.S256ChallengeOption(s.verifier), account,
		oauth2.SetAuthURLParam("response_mode", "query"), oauth2.SetAuthURLParam("nonce", s.nonce))
	return s, nil
}

// Callback is what came back from a sign-in: a code to redeem, and the browser
// that waits for its last page.
type Callback struct {
	code   secret.String
	signIn *AuthRequest
	ended  chan struct{} // closed by Finish
	served sync.WaitGroup

	mu   sync.Mutex
	over bool // ended is closed
	ok   bool
}

// Finish lets the waiting browser show its last page. It must be called once
// the fate of the sign-in is known; further calls change nothing.
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

// join counts a browser that waits for the last page; false when it is known
// already.
func (r *Callback) join() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over {
		r.served.Add(1)
	}
	return !r.over
}

// Wait returns when the sign-in is over and every browser that waited for that
// has been served.
func (r *Callback) Wait() {
	<-r.ended
	r.served.Wait()
}

// matchesState reports an answer that carries exactly one state, this sign-in's.
func (s *AuthRequest) matchesState(q url.Values) bool {
	return len(q["state"]) == 1 && subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(s.state)) == 1
}

// parseCallback reads the parameters of an authorization response (RFC 6749 section
// 4.1.2): exactly one state, ours; then an error, or exactly one code.
func (s *AuthRequest) parseCallback(q url.Values) (*Callback, error) {
	if !s.matchesState(q) {
		return nil, ErrState
	}
	if iss := q.Get("iss"); iss != "" && !issuedBy(iss, s.authorize) {
		return nil, ErrClaims // an answer of another server (RFC 9207)
	}
	if name := q.Get("error"); name != "" {
		return nil, &Error{Code: sanitize.Line(name), Description: q.Get("error_description"), Suberror: sanitize.Line(q.Get("error_subcode"))}
	}
	code := q["code"]
	if len(code) != 1 || code[0] == "" || len(code[0]) > 8<<10 || strings.ContainsFunc(code[0], func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, ErrNoCode
	}
	return &Callback{code: secret.New(code[0]), signIn: s, ended: make(chan struct{})}, nil
}

// Parse reads a pasted address: the base's page that the browser ended on, the
// loopback address of another machine, or what follows its question mark. A
// login page carries the address it stands before in redirect=. Errors are
// ErrNoCode, ErrState, ErrClaims, or *Error when Microsoft refused.
func (s *AuthRequest) Parse(pasted string) (*Callback, error) {
	pasted = strings.Join(strings.Fields(sanitize.Pasted(pasted)), "") // mail programs and terminals break long lines
	if len(pasted) > 32<<10 {
		return nil, ErrNoCode
	}
	for range 4 { // a login page before a login page is as deep as it gets
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
