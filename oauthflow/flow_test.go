package oauthflow

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// canaries are secrets that no error, note or page may contain.
const (
	secretCanary  = "CANARY-client-secret"
	refreshCanary = "CANARY-refresh-token"
	codeCanary    = "CANARY-code"
)

func config(t *testing.T, endpoint string) Config {
	t.Helper()
	c, err := network.NewClient(network.Options{Timeout: 5 * time.Second, UserAgent: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return Config{ClientID: "app", Secret: secret.New(secretCanary), Authorize: endpoint + "/authorize", Token: endpoint + "/token", HTTP: c, Now: time.Now}
}

func clean(t *testing.T, v any) {
	t.Helper()
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(format, v); strings.Contains(s, "CANARY") {
			t.Errorf("a secret shows: %s", s)
		}
	}
}

// jwt returns an unsigned id_token.
func jwt(claims map[string]any) string {
	body, _ := json.Marshal(claims)
	return "e30." + base64.RawURLEncoding.EncodeToString(body) + ".c2ln"
}

// waiting is a sign-in that waits for the browser.
type waiting struct {
	listener *Listener
	signIn   *AuthRequest
	result   chan error
	back     chan *Callback
	pasted   chan string
	refused  chan error
}

func wait(t *testing.T, c Config) *waiting {
	t.Helper()
	l, err := Listen("/openfire-o365", func(ok bool) []byte { return fmt.Appendf(nil, "<p>%v</p>", ok) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s := c.NewAuthRequest(l.RedirectURI(), "a@b.fr", []string{"openid"})
	w := &waiting{l, s, make(chan error, 1), make(chan *Callback, 1), make(chan string), make(chan error, 100)}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go func() {
		back, err := l.Wait(ctx, s, w.pasted, func(err error) { w.refused <- err })
		w.back <- back
		w.result <- err
	}()
	return w
}

func (w *waiting) good() string {
	return w.listener.RedirectURI() + "?" + url.Values{"code": {codeCanary}, "state": {w.signIn.state}}.Encode()
}

// raw sends bytes to the listener and returns the status line and body.
func (w *waiting) raw(t *testing.T, text string) string {
	t.Helper()
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", w.listener.port))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = io.WriteString(c, text)
	_ = c.(*net.TCPConn).CloseWrite()
	answer, _ := io.ReadAll(bufio.NewReader(c))
	return string(answer)
}

// TestListenerIgnoresForeignRequests checks that the listener refuses 25 requests
// that are not the browser's callback, without revealing the state, and still
// accepts the real one.
func TestListenerIgnoresForeignRequests(t *testing.T) {
	t.Parallel()
	w := wait(t, config(t, "https://login.example"))
	host := fmt.Sprintf("localhost:%d", w.listener.port)
	right := "/openfire-o365?code=x&state=" + w.signIn.state
	get := func(target, host string, headers ...string) string {
		return "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + strings.Join(headers, "") + "\r\n"
	}
	method := func(m string) string {
		return m + " " + right + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
	}
	hostile := []string{
		get("/favicon.ico", host), get("/", host), get("/robots.txt", host), method("HEAD"), method("OPTIONS"), method("PUT"), method("POST"), method("DELETE"),
		get("/openfire-o365", host), get("/openfire-o365?code=x", host), get("/openfire-o365?code=x&state=wrong", host), get("/openfire-o365?code=x&state="+w.signIn.state+"&state=other", host),
		get("/openfire-o365?error=access_denied", host), get("/openfire-o365?error=access_denied&state=wrong", host), get("/openfire-o365?state="+w.signIn.state, host),
		get("/openfire-o365?code=x&code=y&state="+w.signIn.state, host), get("/openfire-o365?code="+strings.Repeat("c", 10<<10)+"&state="+w.signIn.state, host),
		get(right, "evil.example"), get(right, "localhost"), get(right, "localhost:1"), get("http://evil.example"+right, "evil.example"),
		"GET " + right + " HTTP/1.1\r\nHost: " + host + "\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "GET " + right + " HTTP/1.0\r\n\r\n",
		get("/openfire-o365?x="+strings.Repeat("a", 200<<10), host), get(right, host, "X: "+strings.Repeat("b", 40<<10)+"\r\n"), "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "garbage\r\n\r\n",
		get(right+"&iss=https%3A%2F%2Fevil.example%2Fx", host), get("/openfire-o365/../openfire-o365?code=x&state=wrong", host),
	}
	if len(hostile) < 25 {
		t.Fatalf("%d requests", len(hostile))
	}
	for _, request := range hostile {
		answer := w.raw(t, request)
		if strings.HasPrefix(answer, "HTTP/1.1 2") || strings.Contains(answer, w.signIn.state) {
			t.Errorf("%.80q was answered %.200q", request, answer)
		}
	}
	select {
	case err := <-w.result:
		t.Fatalf("the wait ended: %v", err)
	default:
	}
	w.returns(t, true)
}

// returns sends the browser's real callback and checks its last page.
func (w *waiting) returns(t *testing.T, ok bool) {
	t.Helper()
	page := make(chan string, 1)
	go func() {
		res, err := http.Get(w.good())
		if err != nil {
			page <- err.Error()
			return
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		page <- fmt.Sprintf("%d %s %s", res.StatusCode, res.Header.Get("Content-Security-Policy"), body)
	}()
	back := <-w.back
	if err := <-w.result; err != nil {
		t.Fatal(err)
	}
	if back.code.Reveal() != codeCanary {
		t.Error("another code")
	}
	back.Finish(ok)
	if got := <-page; !strings.HasPrefix(got, "200 default-src 'none'") || !strings.Contains(got, fmt.Sprintf("<p>%v</p>", ok)) || strings.Contains(got, "CANARY") {
		t.Errorf("the browser saw %q", got)
	}
}

// TestListenerServesEveryTabOfASignIn checks that if five tabs send the callback at
// once, and another one later, one code is accepted and all tabs show the result.
// Other requests are still refused.
func TestListenerServesEveryTabOfASignIn(t *testing.T) {
	t.Parallel()
	w := wait(t, config(t, "https://login.example"))
	pages := make(chan string, 6)
	visit := func(code, state string) string {
		res, err := http.Get(w.listener.RedirectURI() + "?" + url.Values{"code": {code}, "state": {state}}.Encode())
		if err != nil {
			return err.Error()
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return fmt.Sprintf("%d %s", res.StatusCode, body)
	}
	for i := range 5 {
		go func() { pages <- visit(fmt.Sprint("tab", i), w.signIn.state) }()
	}
	back := <-w.back
	if err := <-w.result; err != nil || !strings.HasPrefix(back.code.Reveal(), "tab") {
		t.Fatal(err)
	}
	if got := visit("x", "another"); !strings.HasPrefix(got, "400") {
		t.Errorf("another state: %s", got)
	}
	go func() { pages <- visit("late", w.signIn.state) }()
	back.Finish(true)
	back.Wait()
	for range 6 {
		if got := <-pages; got != "200 <p>true</p>" {
			t.Errorf("a tab saw %q", got)
		}
	}
}

// TestPageWaitsForASlowExchange checks that the browser gets the page of the result
// even if the exchange takes an hour.
func TestPageWaitsForASlowExchange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &Listener{port: 1, hits: make(chan hit), over: make(chan struct{}), page: func(ok bool) []byte { return fmt.Appendf(nil, "%v", ok) }}
		s := Config{}.NewAuthRequest(l.RedirectURI(), "", nil)
		page := httptest.NewRecorder()
		request := httptest.NewRequest(http.MethodGet, "/?code=x&state="+s.state, nil)
		request.Host = "localhost:1"
		go l.handle(page, request)
		back, err := l.Wait(t.Context(), s, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		back.Finish(true)
		back.Wait()
		if got := page.Body.String(); got != "true" {
			t.Errorf("the page shows %q", got)
		}
	})
}

// TestIdleConnectionsDoNotKeepTheBrowserOut checks a hundred connections without a
// request.
func TestIdleConnectionsDoNotKeepTheBrowserOut(t *testing.T) {
	t.Parallel()
	w := wait(t, config(t, "https://login.example"))
	for range 100 {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", w.listener.port))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
	}
	w.returns(t, true)
}

// TestReloadShowsTheSamePage checks that the same callback twice returns one
// Callback and the same page.
func TestReloadShowsTheSamePage(t *testing.T) {
	t.Parallel()
	w := wait(t, config(t, "https://login.example"))
	w.returns(t, false)
	res, err := http.Get(w.good())
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, _ := io.ReadAll(res.Body); string(body) != "<p>false</p>" {
		t.Errorf("a reload shows %q", body)
	}
}

// TestRefusalEndsTheWait checks that an error from Microsoft ends Wait with a
// sanitized *Error, and that the page does not depend on its text.
func TestRefusalEndsTheWait(t *testing.T) {
	t.Parallel()
	pages := map[string]bool{}
	for _, text := range []string{"AADSTS65004: User declined.\r\nTrace ID: 0b1a2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d\r\nCorrelation ID: x\r\nTimestamp: y", "<script>alert(1)</script>", "\x1b[2J\u202e", strings.Repeat("x", 5000)} {
		w := wait(t, config(t, "https://login.example"))
		res, err := http.Get(w.listener.RedirectURI() + "?" + url.Values{"error": {"access_denied"}, "error_subcode": {"cancel"}, "error_description": {text}, "state": {w.signIn.state}}.Encode())
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		pages[string(body)] = true
		var refused *Error
		if err := <-w.result; !errors.As(err, &refused) {
			t.Fatal(err)
		}
		if strings.ContainsAny(refused.Error(), "\x1b\r\n\u202e") || len([]rune(refused.Error())) > 600 {
			t.Errorf("%q", refused.Error())
		}
		if refused.Description != text || refused.Code != "access_denied" || refused.Suberror != "cancel" {
			t.Errorf("%+v", refused)
		}
	}
	if len(pages) != 1 || !pages["<p>false</p>"] {
		t.Errorf("pages: %v", pages)
	}
}

// TestListenHoldsBothLoopbackAddresses checks that both loopback addresses use the
// same port.
func TestListenHoldsBothLoopbackAddresses(t *testing.T) {
	t.Parallel()
	l, err := Listen("/x", func(bool) []byte { return nil })
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if noIPv6() {
		t.Skip("no IPv6 here")
	}
	if other, err := net.Listen("tcp6", fmt.Sprintf("[::1]:%d", l.port)); err == nil {
		other.Close()
		t.Error("another program could take [::1] at our port")
	}
}

// TestPastedAddressEndsTheWait checks that Wait takes whichever comes first, and
// continues after any other pasted text.
func TestPastedAddressEndsTheWait(t *testing.T) {
	t.Parallel()
	w := wait(t, config(t, "https://login.example"))
	w.pasted <- "nonsense"
	if err := <-w.refused; !errors.Is(err, ErrNoCode) {
		t.Errorf("nonsense: %v", err)
	}
	w.pasted <- "https://x/?code=a&state=b"
	if err := <-w.refused; !errors.Is(err, ErrState) {
		t.Errorf("another state: %v", err)
	}
	w.pasted <- "https://mabase.openfire.fr/web/login?redirect=" + url.QueryEscape("/microsoft_outlook/confirm?code="+codeCanary+"&state="+w.signIn.state)
	back := <-w.back
	if err := <-w.result; err != nil || back.code.Reveal() != codeCanary {
		t.Fatal(err)
	}
	back.Finish(true)
	back.Wait()
}

// TestParseReadsPastedAddresses checks the forms in which people paste the address.
func TestParseReadsPastedAddresses(t *testing.T) {
	t.Parallel()
	s := config(t, "https://login.example").NewAuthRequest("https://mabase.openfire.fr/microsoft_outlook/confirm", "", nil)
	query := "code=" + codeCanary + "&state=" + s.state + "&session_state=x"
	confirm := "/microsoft_outlook/confirm?" + query
	for _, good := range []string{
		"https://mabase.openfire.fr" + confirm, "  <https://mabase.openfire.fr" + confirm + ">\n", `"https://mabase.openfire.fr` + confirm + `"`, query, "?" + query,
		"http://localhost:1234/openfire-o365?" + query, "https://mabase.openfire.fr" + confirm + "#", "https://mabase.openfire.fr" + confirm[:40] + "\r\n" + confirm[40:], "https://mabase.openfire.fr" + confirm[:40] + "\u200b " + confirm[40:],
		"https://mabase.openfire.fr/web/login?redirect=" + url.QueryEscape(confirm), "https://mabase.openfire.fr/web/login?redirect=" + url.QueryEscape("https://mabase.openfire.fr"+confirm), "https://mabase.openfire.fr/fr/web/login?db=x&redirect=" + url.QueryEscape(confirm),
		"https://x/web/login?redirect=" + url.QueryEscape("/web/login?redirect="+url.QueryEscape(confirm)),
	} {
		back, err := s.Parse(good)
		if err != nil || back.code.Reveal() != codeCanary {
			t.Errorf("%q: %v", good, err)
		}
	}
	for bad, want := range map[string]error{"": ErrNoCode, "x": ErrNoCode, "https://mabase.openfire.fr/web": ErrNoCode, "?code=a&state=" + s.state[:20]: ErrState, "?state=" + s.state: ErrNoCode, "?code=&state=" + s.state: ErrNoCode,
		"?code=a&code=b&state=" + s.state: ErrNoCode, "?code=a%0d&state=" + s.state: ErrNoCode, "?%zz&state=" + s.state: ErrNoCode, strings.Repeat("a", 40000): ErrNoCode, "?iss=https%3A%2F%2Fevil.example&" + query: ErrClaims} {
		if _, err := s.Parse(bad); !errors.Is(err, want) {
			t.Errorf("%.60q: %v, want %v", bad, err, want)
		}
	}
	var refused *Error
	if _, err := s.Parse("?error=access_denied&state=" + s.state); !errors.As(err, &refused) || refused.Code != "access_denied" {
		t.Error(err)
	}
	clean(t, s.Parse)
}

// TestAuthRequestURL checks which parameters the URL contains and which it never
// contains.
func TestAuthRequestURL(t *testing.T) {
	t.Parallel()
	c := config(t, "https://login.example")
	hinted := c.NewAuthRequest("http://localhost:1/openfire-o365", "a@b.fr", []string{"openid", "offline_access"})
	u, err := url.Parse(hinted.URL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || len(q.Get("state")) < 43 || q.Get("nonce") == "" || q.Get("response_mode") != "query" || q.Get("scope") != "openid offline_access" {
		t.Error(q)
	}
	if q.Get("login_hint") != "a@b.fr" || q.Has("prompt") || q.Has("client_secret") || strings.Contains(hinted.URL, "CANARY") {
		t.Error(q)
	}
	free := c.NewAuthRequest("x", "", nil)
	if !strings.Contains(free.URL, "prompt=select_account") || strings.Contains(free.URL, "login_hint") || free.state == hinted.state || free.nonce == hinted.nonce || free.verifier == hinted.verifier {
		t.Error(free.URL)
	}
}

// exchange redeems a code at a server that answers with body.
func exchange(t *testing.T, body func(nonce, issuer string) string) (*AuthRequest, url.Values, Token, error) {
	t.Helper()
	var form url.Values
	var nonce string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if form != nil {
			t.Error("the code was sent twice")
		}
		_ = r.ParseForm()
		form = r.PostForm
		_, _ = io.WriteString(w, body(nonce, "http://"+r.Host))
	}))
	t.Cleanup(server.Close)
	c := config(t, server.URL)
	s := c.NewAuthRequest("http://localhost:1/openfire-o365", "", nil)
	nonce = s.nonce
	back, err := s.Parse("?code=" + codeCanary + "&state=" + s.state)
	if err != nil {
		t.Fatal(err)
	}
	token, err := c.Exchange(context.Background(), back)
	return s, form, token, err
}

// TestExchangePostsOnce checks that the code, verifier and secret are posted once,
// even after an invalid answer, and that the id_token is checked.
func TestExchangePostsOnce(t *testing.T) {
	t.Parallel()
	good := func(change func(map[string]any)) func(nonce, issuer string) string {
		return func(nonce, issuer string) string {
			claims := map[string]any{"aud": "app", "nonce": nonce, "tid": "t1", "iss": issuer + "/t1/v2.0", "exp": time.Now().Add(time.Hour).Unix(), "preferred_username": "anna@b.fr", "oid": "o1"}
			if change != nil {
				change(claims)
			}
			return `{"access_token":"at","refresh_token":"` + refreshCanary + `","expires_in":"3600.0","scope":"s","id_token":"` + jwt(claims) + `"}`
		}
	}
	_, _, token, err := exchange(t, good(nil))
	if err != nil || token.ID == nil || token.ID.Username != "anna@b.fr" || token.ID.ObjectID != "o1" {
		t.Fatalf("%v %v", token, err)
	}
	// Providers other than Entra send a list of audiences.
	_, _, token, err = exchange(t, good(func(c map[string]any) { c["aud"] = []string{"x", "app"}; delete(c, "tid") }))
	if err != nil || token.ID == nil || token.ID.Username != "anna@b.fr" {
		t.Errorf("%v %v", token, err)
	}
	for name, change := range map[string]func(map[string]any){
		"other audiences": func(c map[string]any) { c["aud"] = []string{"x", "y"} }, "no audience": func(c map[string]any) { delete(c, "aud") },
		"other audience": func(c map[string]any) { c["aud"] = "other" }, "other nonce": func(c map[string]any) { c["nonce"] = "x" }, "no nonce": func(c map[string]any) { delete(c, "nonce") },
		"ended": func(c map[string]any) { c["exp"] = 1 }, "other issuer": func(c map[string]any) { c["iss"] = "https://evil.example/t1/v2.0" }, "other tenant": func(c map[string]any) { c["tid"] = "t2" },
	} {
		_, _, _, err := exchange(t, good(change))
		if !errors.Is(err, ErrClaims) {
			t.Errorf("%s: %v", name, err)
		}
		clean(t, err)
	}
}

// TestExchangeKeepsTheRefreshTokenOfAnOddAnswer checks an answer with a valid
// refresh token and other members that are malformed.
func TestExchangeKeepsTheRefreshTokenOfAnOddAnswer(t *testing.T) {
	t.Parallel()
	s, form, token, err := exchange(t, func(_, _ string) string {
		return "\xef\xbb\xbf" + `{"access_token":"at","refresh_token":"` + refreshCanary + `","expires_in":"3600.0"}`
	})
	if err != nil || token.Refresh.Reveal() != refreshCanary || token.Lifetime != time.Hour {
		t.Errorf("%v %v", token, err)
	}
	if form.Get("code_verifier") != s.verifier || form.Get("client_secret") != secretCanary || form.Get("redirect_uri") != "http://localhost:1/openfire-o365" || form.Get("code") != codeCanary {
		t.Error(form)
	}
	clean(t, token)
}

// TestListenerDropsTLS checks that a TLS connection is closed at once, so that the
// browser retries without TLS.
func TestListenerDropsTLS(t *testing.T) {
	t.Parallel()
	w := wait(t, config(t, "https://login.example"))
	secure, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", w.listener.port), &tls.Config{ServerName: "localhost"})
	if err == nil {
		_ = secure.Close()
		t.Fatal("TLS was spoken")
	}
	w.returns(t, true)
}

// TestListenerRefusesOtherSites checks that a form posted by another site, a CORS
// preflight request and a cross-site GET are refused without Access-Control
// headers.
func TestListenerRefusesOtherSites(t *testing.T) {
	t.Parallel()
	w := wait(t, config(t, "https://login.example"))
	host := fmt.Sprintf("localhost:%d", w.listener.port)
	form := url.Values{"code": {"evil"}, "state": {w.signIn.state}}.Encode()
	for _, request := range []string{
		fmt.Sprintf("POST /openfire-o365 HTTP/1.1\r\nHost: %s\r\nOrigin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", host, len(form), form),
		"OPTIONS /openfire-o365 HTTP/1.1\r\nHost: " + host + "\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Method: GET\r\nAccess-Control-Request-Private-Network: true\r\nConnection: close\r\n\r\n",
		"GET /openfire-o365?state=x HTTP/1.1\r\nHost: " + host + "\r\nOrigin: https://evil.example\r\nConnection: close\r\n\r\n",
	} {
		answer := w.raw(t, request)
		if !strings.HasPrefix(answer, "HTTP/1.1 4") || strings.Contains(strings.ToLower(answer), "access-control") {
			t.Errorf("%.60q: %.300q", request, answer)
		}
	}
	w.returns(t, true)
}
