package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/graph"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// whole is a complete registration in the directory, without duplicates.
var whole = graph.Census{Applications: 1, Principals: 1, Grants: 2, Secrets: 1}

// browsing is a stream that opens the sign-in addresses written to it (as the
// administrator for Microsoft Graph) and answers questions.
type browsing struct {
	admin    string
	cancel   bool              // the administrator declines
	answers  map[string]string // by question, each used once
	keyboard *io.PipeWriter

	mu   sync.Mutex
	text bytes.Buffer
	done int
}

func (v *browsing) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.text.Write(p)
	for {
		line, _, found := bytes.Cut(v.text.Bytes()[v.done:], []byte("\n"))
		if !found {
			return len(p), nil
		}
		v.done += len(line) + 1
		if address := strings.TrimSpace(string(line)); strings.HasPrefix(address, "http") && strings.Contains(address, "/authorize?") {
			go v.open(address)
		}
		for question, answer := range v.answers {
			if strings.Contains(string(line), question) {
				delete(v.answers, question)
				go func() { _, _ = io.WriteString(v.keyboard, answer+"\n") }()
			}
		}
	}
}

// asks runs the program with these answers.
func (b *bench) asks(answers map[string]string, args ...string) ran {
	b.t.Helper()
	in, keyboard := io.Pipe()
	var out bytes.Buffer
	v := &browsing{answers: answers, keyboard: keyboard}
	code := b.runOn(in, &out, v, append(args, "--plain", "--no-browser", "--lang", "en")...)
	_ = keyboard.Close()
	return ran{code, out.String(), v.text.String(), flat(v.text.String())}
}

func (v *browsing) open(address string) {
	if v.cancel {
		if res, err := http.PostForm(address, url.Values{"step": {"cancel"}}); err == nil {
			_ = res.Body.Close()
		}
		return
	}
	_ = visitAs(context.Background(), address, v.admin) // the program reports the result
}

// visitAs opens a sign-in address. For Microsoft Graph it signs in as the
// administrator.
func visitAs(ctx context.Context, address, administrator string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	if q := u.Query(); administrator != "" && q.Get("client_id") == azure.GraphCommandLine {
		q.Del("prompt")
		q.Set("login_hint", administrator)
		u.RawQuery = q.Encode()
	}
	return sandbox.Visit(ctx, u.String())
}

// auto returns the arguments of a setup with automatic registration.
func auto(more ...string) []string { return autoFor("mabase", more...) }

func autoFor(base string, more ...string) []string {
	return append([]string{"setup", base, "--no-input", "--no-browser", "--register", "auto", "--yes", "--mailbox", "compta@client.fr", "--lang", "en"}, more...)
}

// registers runs setup with an administrator at the browser.
func (b *bench) registers(admin string, args ...string) ran {
	b.t.Helper()
	var err bytes.Buffer
	out := &browsing{admin: admin}
	code := b.runOn(strings.NewReader(""), out, &err, args...)
	said := out.text.String() + err.String()
	for _, canary := range []string{"sandbox-at.", "sandbox-rt.", "sandbox-code.", "sbx8Q~"} {
		if strings.Contains(said, canary) {
			b.t.Errorf("%q: %.16q is in the output", args, canary)
		}
	}
	return ran{code, out.text.String(), err.String(), flat(err.String())}
}

// throughGraph puts a gateway in front of Graph, and calls handle with each request.
func (b *bench) throughGraph(handle func(n int, next http.Handler, w http.ResponseWriter, r *http.Request)) {
	b.t.Helper()
	at, err := url.Parse(b.box.Cloud().Graph)
	if err != nil {
		b.t.Fatal(err)
	}
	next := httputil.NewSingleHostReverseProxy(at)
	next.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	var mu sync.Mutex
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		n++
		now := n
		mu.Unlock()
		handle(now, next, w, r)
	}))
	b.t.Cleanup(server.Close)
	cloud := b.box.Cloud()
	cloud.Graph = server.URL
	b.describe(cloud)
}

// direct removes the gateway.
func (b *bench) direct() { b.describe(b.box.Cloud()) }

func (b *bench) census(want graph.Census, when string) {
	b.t.Helper()
	if got := b.box.Directory().Census(); got != want {
		b.t.Errorf("%s: the directory holds %+v, want %+v", when, got, want)
	}
}

// graphBench returns a bench whose Graph replicates new objects at once, or after lag.
// The pauses of the program advance its clock.
func graphBench(t *testing.T, lag time.Duration) *bench {
	t.Helper()
	var mu sync.Mutex
	now := time.Now()
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
	b := newBenchOn(t, sandbox.Options{Lag: lag, Now: clock})
	b.now, b.wake = clock, func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(d)
	}
	return b
}

// TestRegistrationRequests checks each field of the requests.
func TestRegistrationRequests(t *testing.T) {
	t.Parallel()
	b := graphBench(t, -1)
	var sent []string
	b.throughGraph(func(_ int, next http.Handler, w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if r.Method != http.MethodGet {
			sent = append(sent, r.Method+" "+r.URL.Path+" "+strings.TrimSpace(string(body)))
		}
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer sandbox-at.") || len(body) > 0 && r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s: headers %v", r.Method, r.URL.Path, r.Header)
		}
		next.ServeHTTP(w, r)
	})
	if got := b.registers("", auto("--incoming", "yes")...); got.code != problem.OK {
		t.Fatalf("exit %d\n%s", got.code, got.err)
	}
	f := b.file()
	ids := map[string]string{}
	for _, m := range f.Azure.Created {
		if head, _, _ := strings.Cut(m, ":"); strings.HasPrefix(head, "grant/") {
			ids[strings.TrimPrefix(head, "grant/")] = ""
		}
	}
	text := strings.Join(sent, "\n")
	replace := []string{f.Client.ID, "APP", f.Azure.ApplicationObjectID, "OBJECT", f.Azure.ServicePrincipalID, "PRINCIPAL", b.now().AddDate(0, 0, 730).UTC().Format(time.DateOnly), "END"}
	for id := range ids {
		replace = append(replace, id, "RESOURCE")
	}
	text = strings.NewReplacer(replace...).Replace(text)
	lines := strings.Split(text, "\n")
	slices.Sort(lines[2:4]) // the two resources have random ids and are requested in their order
	want := []string{
		`POST /v1.0/applications {"displayName":"OpenFire","tags":["openfire-o365"],"signInAudience":"AzureADMultipleOrgs","web":{"redirectUris":["https://mabase.openfire.fr/microsoft_outlook/confirm","http://localhost/openfire-o365"]},"requiredResourceAccess":[{"resourceAppId":"00000003-0000-0000-c000-000000000000","resourceAccess":[{"id":"37f7f235-527c-4136-accd-4a02d197296e","type":"Scope"},{"id":"14dad69e-099b-42c9-810b-d002981feec1","type":"Scope"},{"id":"64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0","type":"Scope"},{"id":"7427e0e9-2fba-42fe-b0c0-848c9e6a8182","type":"Scope"},{"id":"258f6531-6087-4cc4-bb90-092c5fb3ed3f","type":"Scope"},{"id":"652390e4-393a-48de-9484-05f9b1212954","type":"Scope"}]}]}`,
		`POST /v1.0/servicePrincipals {"appId":"APP"}`,
		`POST /v1.0/oauth2PermissionGrants {"clientId":"PRINCIPAL","consentType":"AllPrincipals","principalId":null,"resourceId":"RESOURCE","scope":"SMTP.Send IMAP.AccessAsUser.All"}`,
		`POST /v1.0/oauth2PermissionGrants {"clientId":"PRINCIPAL","consentType":"AllPrincipals","principalId":null,"resourceId":"RESOURCE","scope":"openid profile email offline_access SMTP.Send IMAP.AccessAsUser.All"}`,
	}
	if len(lines) != 5 {
		t.Fatalf("%d calls that write:\n%s", len(lines), text)
	}
	for i, line := range want {
		if lines[i] != line {
			t.Errorf("call %d sent\n%s\nwant\n%s", i, lines[i], line)
		}
	}
	var secret struct {
		Password struct{ DisplayName, EndDateTime string } `json:"passwordCredential"`
	}
	path, body, _ := strings.Cut(strings.TrimPrefix(lines[4], "POST "), " ")
	if err := json.Unmarshal([]byte(body), &secret); err != nil || path != "/v1.0/applications/OBJECT/addPassword" ||
		!strings.HasPrefix(secret.Password.EndDateTime, "END") || !strings.HasPrefix(secret.Password.DisplayName, "openfire-o365 mabase.openfire.fr ") {
		t.Errorf("%v in %s", err, lines[4])
	}
	b.census(whole, "after setup")
	if f.Azure.SecretExpires != b.now().AddDate(0, 0, 730).UTC().Format(time.DateOnly) || !f.Azure.Loopback || !f.Complete() {
		t.Errorf("the file: %+v", f.Azure)
	}
	for _, r := range b.box.Requests() {
		if r.Form.Get("client_id") == azure.GraphCommandLine && r.Form.Has("client_secret") {
			t.Error("a public client sent a secret")
		}
	}
}

// TestRegistrationArticle checks that --permissions article grants exactly the list of
// the article.
func TestRegistrationArticle(t *testing.T) {
	t.Parallel()
	b := graphBench(t, -1)
	var created, grants string
	b.throughGraph(func(_ int, next http.Handler, w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		switch {
		case r.Method == http.MethodPost && r.URL.Path == "/v1.0/applications":
			created = string(body)
		case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "Grants"):
			grants += string(body)
		}
		next.ServeHTTP(w, r)
	})
	if got := b.registers("", auto("--permissions", "article")...); got.code != problem.OK {
		t.Fatalf("exit %d\n%s", got.code, got.err)
	}
	var app struct {
		Access []struct {
			Resource string `json:"resourceAppId"`
			Access   []struct{ ID, Type string }
		} `json:"requiredResourceAccess"`
	}
	body := strings.ReplaceAll(created, `"resourceAccess"`, `"access"`)
	if err := json.Unmarshal([]byte(body), &app); err != nil || len(app.Access) != 2 || len(app.Access[0].Access) != 9 || len(app.Access[1].Access) != 3 || app.Access[1].Access[2].Type != "Role" {
		t.Errorf("%v in %s", err, created)
	}
	if !strings.Contains(grants, `"scope":"User.Read User.Read.All Mail.Send Mail.Send.Shared Mail.ReadWrite offline_access SMTP.Send POP.AccessAsUser.All IMAP.AccessAsUser.All"`) {
		t.Error(grants)
	}
	want := whole
	want.Assignments = 3
	b.census(want, "after setup")
}

// TestRegistrationRights checks what each directory role can do.
func TestRegistrationRights(t *testing.T) {
	t.Parallel()
	consented, assigned := whole, whole
	consented.Grants, assigned.Assignments = 0, 1
	for _, c := range []struct {
		admin string
		exit  problem.Exit
		holds graph.Census
		said  string
	}{
		{"cloudappadmin", problem.OK, whole, "Consent granted for all users"},
		{"appadmin", problem.OK, whole, "Consent granted for all users"},
		{"globaladmin", problem.OK, whole, "Consent granted for all users"},
		{"privrole", problem.OK, whole, "Consent granted for all users"},
		{"createonly", problem.OK, consented, "can create the application, but it cannot grant consent for all users"},
		{"nopriv", problem.SignIn, graph.Census{}, "Cloud Application Administrator"},
		{"noregister", problem.SignIn, graph.Census{}, "Insufficient privileges to complete the operation."},
		{"assignment", problem.OK, assigned, "compta@client.fr is assigned"},
		{"maxlife", problem.OK, whole, "does not allow a secret to be valid for 365 days"},
		{"nosecrets", problem.Application, graph.Census{Applications: 1, Principals: 1, Grants: 2}, "Credential type not allowed"},
		{"throttled", problem.OK, whole, "asks to wait"},
	} {
		t.Run(c.admin, func(t *testing.T) {
			t.Parallel()
			b := graphBench(t, -1)
			got := b.registers(c.admin+"@client.fr", auto()...)
			if got.code != c.exit || !strings.Contains(got.said, c.said) {
				t.Errorf("exit %d, want %d and %q\n%s", got.code, c.exit, c.said, got.err)
			}
			b.census(c.holds, "after setup")
			if c.admin == "maxlife" && b.file().Azure.SecretExpires != b.now().AddDate(0, 0, 180).UTC().Format(time.DateOnly) {
				t.Errorf("the secret expires on %s", b.file().Azure.SecretExpires)
			}
		})
	}
}

// TestRegistrationRefused declines the consent on Microsoft's page.
func TestRegistrationRefused(t *testing.T) {
	t.Parallel()
	b := graphBench(t, -1)
	var err bytes.Buffer
	code := b.runOn(strings.NewReader(""), &browsing{cancel: true}, &err, auto()...)
	if code != problem.SignIn || b.file().Client.ID != "" {
		t.Errorf("exit %d\n%s", code, err.String())
	}
	b.census(graph.Census{}, "after a refusal")
	if got := b.registers("", auto()...); got.code != problem.OK {
		t.Errorf("again: exit %d\n%s", got.code, got.err)
	}
	b.census(whole, "after a refusal and a yes")
}

// TestRegistrationWaitsForReplication checks that the program waits while Microsoft replicates new
// objects for up to 80 seconds, and shows that it waits.
func TestRegistrationWaitsForReplication(t *testing.T) {
	t.Parallel()
	for range 6 {
		b := graphBench(t, 80*time.Second)
		if got := b.registers("", auto()...); got.code != problem.OK || !strings.Contains(got.said, "Waiting for Microsoft to replicate the application") {
			t.Errorf("exit %d\n%s", got.code, got.err)
		}
		b.census(whole, "after lag")
		if got := b.run("", "verify", "mabase", "--lang", "en"); got.code != problem.OK {
			t.Errorf("verify: exit %d\n%s%s", got.code, got.out, got.err)
		}
	}
}

// spoil answers one request badly, before or after Graph executes it.
type spoil struct {
	name  string
	whole bool // at every request; otherwise at the first, at the first that creates something, and at the last
	first bool // Graph executes the request, and its response is lost
	with  func(w http.ResponseWriter, r *http.Request)
	exits []problem.Exit
}

var spoils = []spoil{
	{"429", true, false, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
	}, []problem.Exit{problem.OK}},
	{"429 for an hour", false, false, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	}, []problem.Exit{problem.Temporary}},
	{"500", false, false, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, []problem.Exit{problem.OK, problem.Temporary}},
	{"504 after execution", false, true, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGatewayTimeout) }, []problem.Exit{problem.OK, problem.Temporary}},
	{"cut after execution", true, true, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, []problem.Exit{problem.OK, problem.Temporary}},
	{"partial response", false, true, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "500")
		_, _ = io.WriteString(w, `{"id":"5a4db0c5`)
	}, []problem.Exit{problem.OK, problem.Temporary}},
	{"cut JSON", true, true, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"id":"5a4db0c5`) }, []problem.Exit{problem.OK, problem.Temporary}},
	{"HTML", true, false, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html>Please accept our conditions.</html>")
	}, []problem.Exit{problem.Temporary}},
	{"1 GiB", false, false, func(w http.ResponseWriter, _ *http.Request) {
		block := bytes.Repeat([]byte(" "), 1<<20)
		for range 1024 {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}, []problem.Exit{problem.OK, problem.Temporary}},
	{"elsewhere", false, false, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://graph.example.org/", http.StatusTemporaryRedirect)
	}, []problem.Exit{problem.Safety}},
}

// graphCalls is the number of requests of an undisturbed registration.
const graphCalls = 13

func (s spoil) calls() (all []int) {
	if !s.whole || !everyCase { // TestRegistrationKilled stops at each request
		return []int{1, 6, graphCalls}
	}
	for k := 1; k <= graphCalls; k++ {
		all = append(all, k)
	}
	return all
}

// TestRegistrationAfterBadResponses answers one request badly and runs setup again. It must
// succeed, and create nothing twice.
//
//ci:scale-race
func TestRegistrationAfterBadResponses(t *testing.T) {
	t.Parallel()
	for _, s := range spoils {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			spoiled := 0
			b := graphBench(t, -1) // one for all, because creating its keys takes longer than a run
			for i, k := range s.calls() {
				b.base = fmt.Sprintf("base%d", k)
				b.throughGraph(func(n int, next http.Handler, w http.ResponseWriter, r *http.Request) {
					if n != k {
						next.ServeHTTP(w, r)
						return
					}
					spoiled++
					if s.first {
						next.ServeHTTP(httptest.NewRecorder(), r)
					}
					s.with(w, r)
				})
				got := b.registers("", autoFor(b.base)...)
				if !slices.Contains(s.exits, got.code) {
					t.Errorf("call %d: exit %d, want %v\n%s", k, got.code, s.exits, got.err)
				}
				b.direct()
				if again := b.registers("", autoFor(b.base)...); again.code != problem.OK {
					t.Errorf("call %d, again: exit %d\n%s", k, again.code, again.err)
				}
				b.census(graph.Census{Applications: i + 1, Principals: i + 1, Grants: 2 * (i + 1), Secrets: i + 1}, fmt.Sprintf("%s at call %d", s.name, k))
				if f := b.file(); !f.Complete() || slices.ContainsFunc(f.Azure.Created, func(m string) bool { return strings.HasSuffix(m, "?") }) {
					t.Errorf("call %d: the file says %v", k, f.Azure.Created)
				}
			}
			if spoiled < len(s.calls()) {
				t.Errorf("only %d requests were answered badly", spoiled)
			}
		})
	}
}

// madeInPortal creates an application and its service principal like the portal.
func (b *bench) madeInPortal(redirectURIs ...string) (objectID, clientID string) {
	b.t.Helper()
	made := b.graphPost("/applications", map[string]any{"displayName": "OpenFire", "web": map[string]any{"redirectUris": redirectURIs}})
	b.graphPost("/servicePrincipals", map[string]any{"appId": made.AppID})
	return made.ID, made.AppID
}

// graphPost creates an object through Graph as an administrator.
func (b *bench) graphPost(path string, body any) (made struct{ ID, AppID string }) {
	b.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.box.Cloud().Graph+"/v1.0"+path, bytes.NewReader(text))
	if err != nil {
		b.t.Fatal(err)
	}
	token := tenant.Grant{Mailbox: "admin@client.fr", Audience: "https://graph.microsoft.com", Scope: "Application.ReadWrite.All",
		Expires: b.now().Add(time.Hour).Unix()}.Sign(tenant.AccessPrefix)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&made); err != nil || res.StatusCode >= 300 {
		b.t.Fatalf("%s: status %d, %v", path, res.StatusCode, err)
	}
	return made
}

// TestRegistrationOfAnExistingApplication checks that setup adds only what an application named
// OpenFire lacks if it was created by hand, and that --undo removes only that.
func TestRegistrationOfAnExistingApplication(t *testing.T) {
	t.Parallel()
	b := graphBench(t, -1)
	base, err := openfire.ParseBase("mabase")
	if err != nil {
		t.Fatal(err)
	}
	object, client := b.madeInPortal(base.RedirectURI(), "https://other.example/")
	b.graphPost("/applications/"+object+"/addPassword", map[string]any{"passwordCredential": map[string]any{"displayName": "portal"}})
	b.madeInPortal("https://elsewhere.example/")
	if got := b.registers("", auto()...); got.code != problem.OK || !strings.Contains(got.said, "Application found: OpenFire ("+client+")") {
		t.Fatalf("exit %d\n%s", got.code, got.err)
	}
	f := b.file()
	if f.Azure.ApplicationObjectID != object || slices.Contains(f.Azure.Created, "application:"+object) || !slices.Contains(f.Azure.Created, "redirect_uri:"+azure.LoopbackRedirect) {
		t.Errorf("the file says %+v", f.Azure)
	}
	b.census(graph.Census{Applications: 2, Principals: 2, Grants: 2, Secrets: 2}, "adopted")
	if got := b.registers("", "setup", "mabase", "--undo", "--yes", "--no-input", "--no-browser", "--lang", "en"); got.code != problem.OK {
		t.Fatalf("undo: exit %d\n%s", got.code, got.err)
	}
	b.census(graph.Census{Applications: 2, Principals: 2, Secrets: 1}, "undone")
	if left, _ := b.box.Directory().Client(client); !slices.Equal(left.RedirectURIs, []string{base.RedirectURI(), "https://other.example/"}) {
		t.Errorf("redirect URIs: %q", left.RedirectURIs)
	}
	if f := b.file(); len(f.Azure.Created) > 0 || !f.Client.Secret.Empty() || f.Client.ID != client {
		t.Errorf("after --undo: %+v", f.Azure)
	}
}

// fileOf is a token file that a test changes.
type fileOf = tokenfile.File

// newRegistered returns a bench whose base was registered through Graph.
func newRegistered(t *testing.T) *bench {
	t.Helper()
	b := graphBench(t, -1)
	if got := b.registers("", auto()...); got.code != problem.OK {
		t.Fatalf("exit %d\n%s", got.code, got.err)
	}
	return b
}

// changed edits the token file of the base.
func (b *bench) changed(change func(*fileOf)) {
	b.t.Helper()
	f := b.file()
	change(&f)
	data, err := f.Encode()
	if err == nil {
		err = os.WriteFile(filepath.Join(b.dir, f.Base.FileName()), data, 0o600)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// TestOldSecretIsKeptUntilConfirmed checks that the old secret is kept at Microsoft and named in
// the file until its removal is confirmed. Later runs ask again, except without a
// terminal.
func TestOldSecretIsKeptUntilConfirmed(t *testing.T) {
	t.Parallel()
	b := newRegistered(t)
	b.changed(func(f *fileOf) { f.Azure.SecretExpires = b.now().AddDate(0, 0, 59).UTC().Format(time.DateOnly) })
	old := b.file().Azure.SecretKeyID
	if got := b.registers("", auto()...); got.code != problem.OK || strings.Contains(got.said, "The following will be created") {
		t.Errorf("exit %d\n%s", got.code, got.err)
	}
	two := whole
	two.Secrets = 2
	b.census(two, "renewed alone")
	if f := b.file(); !slices.Equal(f.Azure.RetiredKeyIDs, []string{old}) || f.Azure.SecretKeyID == old {
		t.Errorf("the file says %+v", f.Azure)
	}
	for answer, want := range []graph.Census{two, whole} {
		got := b.asks(map[string]string{"Is the new secret already in OpenFire?": []string{"", "y"}[answer]}, "setup", "mabase")
		if got.code != problem.OK || !strings.Contains(got.said, "Is the new secret already in OpenFire?") {
			t.Errorf("exit %d\n%s", got.code, got.err)
		}
		b.census(want, "asked")
	}
}

// TestUnusableNewSecretIsDiscarded checks that a new secret that Microsoft never accepts
// is not written to the file, and that the next run removes it.
func TestUnusableNewSecretIsDiscarded(t *testing.T) {
	t.Parallel()
	b := newRegistered(t)
	b.changed(func(f *fileOf) { f.Azure.SecretExpires = b.now().AddDate(0, 0, 10).UTC().Format(time.DateOnly) })
	before := b.file()
	b.through(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); r.Method == http.MethodPost && strings.Contains(string(body), "client_credentials") && !strings.Contains(string(body), url.QueryEscape(before.Client.Secret.Reveal())) {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.","error_codes":[7000215]}`)
			return
		} else {
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		next.ServeHTTP(w, r)
	})
	if got := b.registers("", auto()...); got.code != problem.Application || !strings.Contains(got.said, "a new secret can take a minute…") {
		t.Errorf("exit %d\n%s", got.code, got.err)
	}
	if f := b.file(); f.Client.Secret != before.Client.Secret || f.Azure.SecretKeyID != before.Azure.SecretKeyID {
		t.Error("a secret that never worked is in the file")
	}
	b.direct()
	if got := b.registers("", auto()...); got.code != problem.OK {
		t.Errorf("again: exit %d\n%s", got.code, got.err)
	}
	want := whole
	want.Secrets = 2 // the old one, kept for now, and the new one
	b.census(want, "renewed at the second run")
}

// TestRegistrationOtherDirectory checks that an administrator of another directory
// changes nothing.
func TestRegistrationOtherDirectory(t *testing.T) {
	t.Parallel()
	b := graphBench(t, -1)
	const other = "11111111-2222-4333-8444-555555555555"
	b.through(func(next http.Handler, w http.ResponseWriter, r *http.Request) {
		r.URL.Path = strings.Replace(r.URL.Path, other, b.box.Values().TenantID, 1)
		next.ServeHTTP(w, r)
	})
	got := b.registers("", auto("--tenant", other)...)
	if got.code != problem.Safety || !strings.Contains(got.said, "belongs to the directory "+b.box.Values().TenantID) {
		t.Errorf("exit %d\n%s", got.code, got.err)
	}
	b.census(graph.Census{}, "another directory")
}

// TestRegistrationDryRun checks that --dry-run shows what would be created and
// sends nothing, and that nothing is created without confirmation.
func TestRegistrationDryRun(t *testing.T) {
	t.Parallel()
	b := graphBench(t, -1)
	got := b.run("", "setup", "mabase", "--dry-run", "--no-input", "--lang", "en")
	if got.code != problem.OK || !strings.Contains(got.said, "SMTP.Send") || !strings.Contains(got.said, "User.Read.All: reads the profiles of all users") || len(b.box.Requests()) > 0 {
		t.Errorf("exit %d, %d requests\n%s", got.code, len(b.box.Requests()), got.err)
	}
	if got := b.run("", "setup", "mabase", "--register", "auto", "--no-input", "--mailbox", "compta@client.fr"); got.code != problem.Usage || !strings.Contains(got.said, "--yes") {
		t.Errorf("exit %d\n%s", got.code, got.err)
	}
	if got := b.run("n\n", "setup", "mabase", "--plain", "--register", "auto", "--incoming", "no", "--odoo-version", "16.0", "--lang", "en"); got.code != problem.Usage || !strings.Contains(got.said, "Nothing was changed.") {
		t.Errorf("exit %d\n%s", got.code, got.err)
	}
	for name, args := range map[string][]string{
		"--register":        {"setup", "mabase", "--register", "perhaps"},
		"--permissions":     {"setup", "mabase", "--permissions", "all"},
		"--graph-client-id": {"setup", "mabase", "--graph-client-id", "me"},
		"--undo":            {"setup", "mabase", "--undo", "--dry-run"},
	} {
		b.refused(name, problem.Usage, args...)
	}
	b.census(graph.Census{}, "shown only")
}

// TestRegistrationOfADeletedApplication checks that setup registers another application if the first was
// removed at Microsoft.
func TestRegistrationOfADeletedApplication(t *testing.T) {
	t.Parallel()
	b := newRegistered(t)
	before := b.file()
	if got := b.registers("", "setup", "mabase", "--undo", "--yes", "--no-input", "--no-browser"); got.code != problem.OK {
		t.Fatalf("exit %d\n%s", got.code, got.err)
	}
	b.changed(func(f *fileOf) { *f = before })
	got := b.registers("", auto()...)
	if got.code != problem.OK || b.file().Client.ID == before.Client.ID || !strings.Contains(got.said, "Application created") {
		t.Errorf("exit %d\n%s", got.code, got.err)
	}
	b.census(whole, "registered anew")
	if got := b.registers("", "setup", "mabase", "--undo", "--yes", "--no-input", "--no-browser"); got.code != problem.OK {
		t.Errorf("exit %d\n%s", got.code, got.err)
	}
	b.census(graph.Census{}, "undone")
}

// TestRegistrationLog checks that --debug logs each request, without tokens and
// secrets.
func TestRegistrationLog(t *testing.T) {
	t.Parallel()
	b := graphBench(t, 5*time.Second)
	if got := b.registers("", auto("--debug")...); got.code != problem.OK || !strings.Contains(got.err, "/addPassword") {
		t.Errorf("exit %d\n%s", got.code, got.err)
	}
}
