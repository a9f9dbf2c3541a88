package realtest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	msalerrors "github.com/AzureAD/microsoft-authentication-library-for-go/apps/errors"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/entra"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// startSandbox runs the program's sandbox as a process until the test ends, and
// returns its cloud file.
func startSandbox(t *testing.T, args ...string) map[string]string {
	t.Helper()
	cmd := exec.Command(program, append([]string{"sandbox", "--json", "--dir", t.TempDir()}, args...)...)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	var cloud map[string]string
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&cloud); err != nil {
		t.Fatalf("no cloud file: %v", err)
	}
	return cloud
}

// microsoft sends requests for Microsoft's hosts to a sandbox, and refuses all
// others.
type microsoft struct {
	login string // the sandbox's

	mu    sync.Mutex
	asked []string // paths
}

func (m *microsoft) RoundTrip(r *http.Request) (*http.Response, error) {
	to, err := url.Parse(m.login)
	if err != nil {
		return nil, err
	}
	if r.URL.Scheme != "https" || r.URL.Host != "login.microsoftonline.com" {
		return nil, fmt.Errorf("%s is asked, not Microsoft", r.URL.Host)
	}
	m.mu.Lock()
	m.asked = append(m.asked, r.URL.Path)
	m.mu.Unlock()
	sent := r.Clone(r.Context())
	sent.Host = r.URL.Host
	sent.URL.Scheme, sent.URL.Host = to.Scheme, to.Host
	sent.Header.Set("X-Forwarded-Proto", "https")
	return http.DefaultTransport.RoundTrip(sent)
}

func (m *microsoft) paths() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.asked)
}

const entraAuthority = "https://login.microsoftonline.com/"

// msal returns a confidential client of Microsoft's library.
func msal(t *testing.T, via *microsoft, at, id, secret string, options ...confidential.Option) confidential.Client {
	t.Helper()
	credential, err := confidential.NewCredFromSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	if via != nil {
		options = append(options, confidential.WithHTTPClient(&http.Client{Transport: via, Timeout: time.Minute}))
	}
	client, err := confidential.New(at, id, credential, options...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// accepted signs in and accepts on the sandbox's page, and returns the
// parameters of the redirect.
func accepted(t *testing.T, client *http.Client, address, mailbox string) url.Values {
	t.Helper()
	stop := *client
	stop.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := stop.PostForm(address, url.Values{"mailbox": {mailbox}, "step": {"accept"}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	to, err := res.Location()
	if err != nil {
		t.Fatalf("status %d: %v", res.StatusCode, err)
	}
	return to.Query()
}

var mailScopes = []string{azure.ScopeSMTP, azure.ScopeIMAP}

// TestClientsMSAL checks that Microsoft's library works with the sandbox.
func TestClientsMSAL(t *testing.T) {
	sandbox := startSandbox(t)
	ctx := t.Context()
	t.Run("sign-in and silent refresh", func(t *testing.T) {
		via := &microsoft{login: sandbox["login"]}
		client := msal(t, via, entraAuthority+entra.TenantID, entra.ClientID, entra.Secret)
		address, err := client.AuthCodeURL(ctx, entra.ClientID, azure.LoopbackRedirect, mailScopes, confidential.WithLoginHint(entra.Mailbox))
		if err != nil {
			t.Fatal(err)
		}
		back := accepted(t, &http.Client{Transport: via}, address, entra.Mailbox)
		first, err := client.AcquireTokenByAuthCode(ctx, back.Get("code"), azure.LoopbackRedirect, mailScopes[:1])
		if err != nil {
			t.Fatal(err)
		}
		if got := first.Account; got.PreferredUsername != entra.Mailbox || !strings.HasSuffix(got.HomeAccountID, "."+entra.TenantID) || got.Realm != entra.TenantID {
			t.Errorf("account %+v", got)
		}
		if first.IDToken.Issuer != entraAuthority+entra.TenantID+"/v2.0" || first.IDToken.Audience != entra.ClientID {
			t.Errorf("id_token %+v", first.IDToken)
		}
		for _, scope := range []string{"openid", "profile", azure.ScopeSMTP} {
			if !slices.Contains(first.GrantedScopes, scope) {
				t.Errorf("%s is not among %q", scope, first.GrantedScopes)
			}
		}
		account, err := client.Account(ctx, first.Account.HomeAccountID)
		if err != nil {
			t.Fatal(err)
		}
		again, err := client.AcquireTokenSilent(ctx, mailScopes[:1], confidential.WithSilentAccount(account))
		if err != nil || again.AccessToken != first.AccessToken {
			t.Fatalf("the token is not taken from the cache: %v", err)
		}
		renewed, err := client.AcquireTokenSilent(ctx, mailScopes[1:], confidential.WithSilentAccount(account)) // not in the cache: by the refresh token
		if err != nil || renewed.Metadata.TokenSource != confidential.TokenSourceIdentityProvider {
			t.Fatalf("no token for the other scope: %v", err)
		}
		if _, ok := tenant.Authorize(time.Now(), renewed.AccessToken, entra.Mailbox, azure.ScopeIMAP); !ok {
			t.Error("the token for the other scope does not open the mailbox by IMAP")
		}
		if !slices.Contains(via.paths(), "/common/discovery/instance") {
			t.Errorf("instance discovery was not asked for: %q", via.paths())
		}
	})
	t.Run("application's own token", func(t *testing.T) {
		client := msal(t, &microsoft{login: sandbox["login"]}, entraAuthority+"client.fr", entra.ClientID, entra.Secret)
		got, err := client.AcquireTokenByCredential(ctx, []string{"https://graph.microsoft.com/.default"})
		if err != nil || got.AccessToken == "" || time.Until(got.ExpiresOn) < 30*time.Minute {
			t.Fatalf("%+v, %v", got.ExpiresOn, err)
		}
	})
	t.Run("host that is not Microsoft's", func(t *testing.T) {
		via := &microsoft{login: sandbox["login"]}
		client := msal(t, via, "https://login.example.net/common", entra.ClientID, entra.Secret)
		_, err := client.AuthCodeURL(ctx, entra.ClientID, azure.LoopbackRedirect, mailScopes)
		if err == nil || !strings.Contains(err.Error(), "invalid_instance") || !strings.Contains(err.Error(), "AADSTS50049") {
			t.Errorf("%v", err)
		}
		if got := via.paths(); !slices.Equal(got, []string{"/common/discovery/instance"}) {
			t.Errorf("asked for %q", got)
		}
	})
	t.Run("instance discovery of a gateway", func(t *testing.T) { msalBehindGateway(t, sandbox["login"]) })
	t.Run("faults", func(t *testing.T) { msalFaults(t, sandbox["login"]) })
}

// msalBehindGateway puts a TLS proxy before the sandbox, like the gateway of a
// company: the sandbox must return addresses of the proxy.
func msalBehindGateway(t *testing.T, login string) {
	to, err := url.Parse(login)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
		r.SetXForwarded()
	}})
	t.Cleanup(front.Close)
	client := msal(t, nil, front.URL+"/"+entra.TenantID, entra.ClientID, entra.Secret, confidential.WithInstanceDiscovery(false), confidential.WithHTTPClient(front.Client()))
	address, err := client.AuthCodeURL(t.Context(), entra.ClientID, azure.LoopbackRedirect, mailScopes)
	if err != nil || !strings.HasPrefix(address, front.URL+"/") {
		t.Fatalf("%s, %v", address, err)
	}
	back := accepted(t, front.Client(), address, entra.Mailbox)
	got, err := client.AcquireTokenByAuthCode(t.Context(), back.Get("code"), azure.LoopbackRedirect, mailScopes)
	if err != nil || got.Account.PreferredUsername != entra.Mailbox {
		t.Errorf("%+v, %v", got.Account, err)
	}
}

// msalRefusal is an error of Entra as MSAL passes it on.
type msalRefusal struct {
	Error, Suberror, Claims string
	Codes                   []int  `json:"error_codes"`
	Description             string `json:"error_description"`
	CorrelationID           string `json:"correlation_id"`
	status                  int
	sent                    string // client-request-id
	retry                   string // Retry-After
}

// readRefusal reads MSAL's error.
func readRefusal(t *testing.T, err error) (r msalRefusal) {
	t.Helper()
	var call msalerrors.CallErr
	if !errors.As(err, &call) {
		t.Fatalf("no refusal: %v", err)
	}
	if err := json.NewDecoder(call.Resp.Body).Decode(&r); err != nil {
		t.Fatal(err)
	}
	r.status, r.sent, r.retry = call.Resp.StatusCode, call.Req.Header.Get("client-request-id"), call.Resp.Header.Get("Retry-After")
	return r
}

// msalFaults checks that MSAL reads every refusal and passes on Entra's fields.
func msalFaults(t *testing.T, login string) {
	for name, c := range map[string]struct {
		tenant, id, secret, mailbox string
		scopes                      []string // redeemed for
		twice, silent               bool
		code, status                int
		error, suberror, claims     string
	}{
		"wrong secret":       {secret: "wrong", code: 7000215, status: 401, error: "invalid_client"},
		"expired secret":     {secret: entra.OldSecret, code: 7000222, status: 401, error: "invalid_client"},
		"other application":  {id: "5a4db0c5-0000-4000-8000-0f1fe0365999", code: 700016, status: 400, error: "unauthorized_client"},
		"unknown tenant":     {tenant: "nowhere.invalid", code: 90002, status: 400, error: "invalid_tenant"},
		"scope not accepted": {scopes: []string{"https://outlook.office.com/POP.AccessAsUser.All"}, code: 65001, status: 400, error: "invalid_grant", suberror: "consent_required"},
		"code used twice":    {twice: true, code: 54005, status: 400, error: "invalid_grant"},
		"token unused":       {mailbox: "aadsts700082@client.fr", silent: true, code: 700082, status: 400, error: "invalid_grant", suberror: "bad_token"},
		"password changed":   {mailbox: "aadsts50173+crlf@client.fr", silent: true, code: 50173, status: 400, error: "invalid_grant", suberror: "bad_token"},
		"policy":             {mailbox: "aadsts53003@client.fr", silent: true, code: 53003, status: 400, error: "invalid_grant", suberror: "message_only", claims: `{"access_token":{"capolids":{`},
		"out of service":     {mailbox: "temporarily_unavailable@client.fr", silent: true, code: 90033, status: 503, error: "temporarily_unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.tenant == "" {
				c.tenant = entra.TenantID
			}
			if c.id == "" {
				c.id = entra.ClientID
			}
			if c.secret == "" {
				c.secret = entra.Secret
			}
			if c.mailbox == "" {
				c.mailbox = entra.Mailbox
			}
			if c.scopes == nil {
				c.scopes = mailScopes[:1]
			}
			via := &microsoft{login: login}
			client := msal(t, via, entraAuthority+c.tenant, c.id, c.secret)
			got := readRefusal(t, provoke(t, client, via, c.mailbox, c.scopes, c.twice, c.silent))
			if !slices.Equal(got.Codes, []int{c.code}) || got.status != c.status || got.Error != c.error || got.Suberror != c.suberror {
				t.Errorf("status %d, %+v", got.status, got)
			}
			if !strings.HasPrefix(got.Description, fmt.Sprintf("AADSTS%d: ", c.code)) || c.claims == "" != (got.Claims == "") || !strings.HasPrefix(got.Claims, c.claims) {
				t.Errorf("description %q, claims %q", got.Description, got.Claims)
			}
			if got.sent == "" || got.CorrelationID != got.sent || !strings.Contains(got.Description, "Correlation ID: "+got.sent) {
				t.Errorf("sent client-request-id %s, correlation id %s in %q", got.sent, got.CorrelationID, got.Description)
			}
			if (got.retry != "") != (c.status == 503) {
				t.Errorf("Retry-After %q", got.retry)
			}
		})
	}
}

// provoke signs in and redeems the code, perhaps twice, perhaps with the other
// mail scope afterwards, and returns the first error.
func provoke(t *testing.T, client confidential.Client, via *microsoft, mailbox string, scopes []string, twice, silent bool) error {
	t.Helper()
	ctx := t.Context()
	address, err := client.AuthCodeURL(ctx, entra.ClientID, azure.LoopbackRedirect, mailScopes)
	if err != nil {
		return err
	}
	code := accepted(t, &http.Client{Transport: via}, address, mailbox).Get("code")
	got, err := client.AcquireTokenByAuthCode(ctx, code, azure.LoopbackRedirect, scopes)
	if err == nil && twice {
		_, err = client.AcquireTokenByAuthCode(ctx, code, azure.LoopbackRedirect, scopes)
	}
	if err == nil && silent {
		_, err = client.AcquireTokenSilent(ctx, mailScopes[1:], confidential.WithSilentAccount(got.Account))
	}
	return err
}

// TestClientsOIDC checks that go-oidc finds the endpoints and keys, and
// verifies an id_token.
func TestClientsOIDC(t *testing.T) {
	sandbox := startSandbox(t)
	ctx := t.Context()
	issuer := sandbox["login"] + "/" + entra.TenantID + "/v2.0"
	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		t.Fatal(err)
	}
	var more struct {
		Modes []string `json:"response_modes_supported"`
		JWKS  string   `json:"jwks_uri"`
	}
	if err := provider.Claims(&more); err != nil || !slices.Contains(more.Modes, "form_post") || more.JWKS == "" {
		t.Errorf("metadata %+v, %v", more, err)
	}
	idToken := func(t *testing.T, style oauth2.AuthStyle) string {
		endpoint := provider.Endpoint()
		endpoint.AuthStyle = style
		config := oauth2.Config{ClientID: entra.ClientID, ClientSecret: entra.Secret, Endpoint: endpoint, RedirectURL: azure.LoopbackRedirect, Scopes: []string{oidc.ScopeOpenID, oidc.ScopeOfflineAccess, azure.ScopeSMTP}}
		verifier := oauth2.GenerateVerifier()
		back := accepted(t, http.DefaultClient, config.AuthCodeURL("s", oidc.Nonce("n-1"), oauth2.S256ChallengeOption(verifier)), entra.Mailbox)
		if back.Get("state") != "s" {
			t.Errorf("state %q", back.Get("state"))
		}
		token, err := config.Exchange(ctx, back.Get("code"), oauth2.VerifierOption(verifier))
		if err != nil {
			t.Fatal(err)
		}
		id, _ := token.Extra("id_token").(string)
		return id
	}
	t.Run("secret in the form", func(t *testing.T) { verified(t, provider, issuer, idToken(t, oauth2.AuthStyleInParams)) })
	t.Run("secret in the header", func(t *testing.T) { verified(t, provider, issuer, idToken(t, oauth2.AuthStyleInHeader)) })
	t.Run("not for others", func(t *testing.T) {
		raw := idToken(t, oauth2.AuthStyleInParams)
		for why, c := range map[string]struct {
			raw      string
			verifier *oidc.IDTokenVerifier
		}{
			"audience":  {raw, provider.Verifier(&oidc.Config{ClientID: "somebody-else"})},
			"signature": {raw[:strings.LastIndex(raw, ".")+1] + strings.Repeat("A", 342), provider.Verifier(&oidc.Config{ClientID: entra.ClientID})},
			"expired":   {raw, provider.Verifier(&oidc.Config{ClientID: entra.ClientID, Now: func() time.Time { return time.Now().Add(2 * time.Hour) }})},
			"issuer":    {raw, oidc.NewVerifier("https://login.microsoftonline.com/"+entra.TenantID+"/v2.0", oidc.NewRemoteKeySet(ctx, more.JWKS), &oidc.Config{ClientID: entra.ClientID})},
		} {
			if _, err := c.verifier.Verify(ctx, c.raw); err == nil {
				t.Errorf("%s: taken", why)
			}
		}
	})
	t.Run("common", func(t *testing.T) {
		template := sandbox["login"] + "/{tenantid}/v2.0"
		common := oidc.InsecureIssuerURLContext(ctx, template)
		provider, err := oidc.NewProvider(common, sandbox["login"]+"/common/v2.0")
		if err != nil {
			t.Fatal(err)
		}
		raw := idToken(t, oauth2.AuthStyleInParams)
		if _, err := provider.Verifier(&oidc.Config{ClientID: entra.ClientID}).Verify(ctx, raw); err == nil {
			t.Error("an issuer was taken for its template")
		}
		if _, err := provider.Verifier(&oidc.Config{ClientID: entra.ClientID, SkipIssuerCheck: true}).Verify(ctx, raw); err != nil {
			t.Error(err)
		}
	})
}

// verified verifies an id_token completely.
func verified(t *testing.T, provider *oidc.Provider, issuer, raw string) {
	t.Helper()
	got, err := provider.Verifier(&oidc.Config{ClientID: entra.ClientID}).Verify(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Tenant   string `json:"tid"`
		Object   string `json:"oid"`
		Username string `json:"preferred_username"`
		Version  string `json:"ver"`
	}
	if err := got.Claims(&claims); err != nil || claims.Tenant != entra.TenantID || claims.Object == "" || claims.Username != entra.Mailbox || claims.Version != "2.0" {
		t.Errorf("%+v, %v", claims, err)
	}
	if got.Nonce != "n-1" || got.Issuer != issuer || got.Subject == "" {
		t.Errorf("nonce %q, issuer %q", got.Nonce, got.Issuer)
	}
}

// curl runs curl and returns its exit status and output.
func curl(t *testing.T, in string, args ...string) (status int, out string) {
	t.Helper()
	cmd := exec.Command("curl", append([]string{"--silent", "--show-error", "--max-time", "60"}, args...)...)
	cmd.Stdin = strings.NewReader(in)
	said, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), string(said)
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0, string(said)
}

// Exit codes of curl, see curl(1).
const (
	weirdReply   = 8
	sendFailed   = 55
	untrustedTLS = 60
	loginDenied  = 67
)

// TestClientsCurl checks that curl sends with STARTTLS and fetches the message.
func TestClientsCurl(t *testing.T) {
	sandbox := startSandbox(t)
	good, _ := entra.Issue(time.Now(), entra.Mailbox, mailScopes...)
	fetchOnly, _ := entra.Issue(time.Now(), entra.Mailbox, azure.ScopeIMAP)
	expired, _ := entra.Issue(time.Now().Add(-2*time.Hour), entra.Mailbox, mailScopes...)
	smtp, imap := "smtp://"+sandbox["smtp"], sandbox["imap"]
	trust := []string{"--cacert", sandbox["ca_file"]}
	bearer := func(user, token string) []string { return append(trust, "--user", user, "--oauth2-bearer", token) }
	send := func(from string) []string {
		return []string{"--url", smtp, "--ssl-reqd", "--mail-from", from, "--mail-rcpt", entra.Mailbox, "--upload-file", "-"}
	}
	mail := func(from string) string {
		return "From: " + from + "\r\nTo: " + entra.Mailbox + "\r\nSubject: curl\r\nMessage-ID: <curl@realtest.invalid>\r\n\r\nHello\r\n"
	}
	forced := []string{"--login-options", "AUTH=XOAUTH2"}
	for name, c := range map[string]struct {
		want int
		args []string
		in   string
	}{
		"SMTP":                      {0, append(send(entra.Mailbox), bearer(entra.Mailbox, good)...), mail(entra.Mailbox)},
		"SMTP, XOAUTH2 forced":      {0, slices.Concat(send(entra.Mailbox), bearer(entra.Mailbox, good), forced), mail(entra.Mailbox)},
		"SMTP, initial response":    {0, slices.Concat(send(entra.Mailbox), bearer(entra.Mailbox, good), forced, []string{"--sasl-ir"}), mail(entra.Mailbox)},
		"SMTP, garbage":             {loginDenied, slices.Concat(send(entra.Mailbox), bearer(entra.Mailbox, "garbage"), forced), mail(entra.Mailbox)},
		"SMTP, expired":             {loginDenied, slices.Concat(send(entra.Mailbox), bearer(entra.Mailbox, expired)), mail(entra.Mailbox)},
		"SMTP, token to fetch only": {loginDenied, slices.Concat(send(entra.Mailbox), bearer(entra.Mailbox, fetchOnly)), mail(entra.Mailbox)},
		"SMTP, password":            {loginDenied, slices.Concat(send(entra.Mailbox), trust, []string{"--user", entra.Mailbox + ":password"}), mail(entra.Mailbox)},
		"SMTP, nobody signs in":     {sendFailed, append(send(entra.Mailbox), trust...), mail(entra.Mailbox)},
		"SMTP, other sender":        {weirdReply, append(send("someone.else@client.fr"), bearer(entra.Mailbox, good)...), mail("someone.else@client.fr")},
		"SMTP, unknown authority":   {untrustedTLS, append(send(entra.Mailbox), "--user", entra.Mailbox, "--oauth2-bearer", good), mail(entra.Mailbox)},
		"IMAP, garbage":             {loginDenied, slices.Concat([]string{imap + "/INBOX"}, bearer(entra.Mailbox, "garbage"), forced), ""},
		"IMAP, expired":             {loginDenied, slices.Concat([]string{imap + "/INBOX"}, bearer(entra.Mailbox, expired)), ""},
		"IMAP, other mailbox":       {loginDenied, slices.Concat([]string{imap + "/INBOX"}, bearer("someone.else@client.fr", good)), ""},
		"IMAP, unknown authority":   {untrustedTLS, []string{imap + "/INBOX", "--user", entra.Mailbox, "--oauth2-bearer", good}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if status, out := curl(t, c.in, c.args...); status != c.want {
				t.Errorf("exit %d, want %d: %s", status, c.want, out)
			}
		})
	}
	t.Run("IMAP, what was sent", func(t *testing.T) {
		status, out := curl(t, "", append([]string{imap + "/INBOX", "--request", `SEARCH HEADER Message-ID "<curl@realtest.invalid>"`}, bearer(entra.Mailbox, good)...)...)
		if status != 0 || strings.TrimSpace(out) != "* SEARCH 1 2 3" {
			t.Errorf("exit %d, found %q", status, out)
		}
		status, out = curl(t, "", slices.Concat([]string{imap + "/INBOX;UID=2"}, bearer(entra.Mailbox, good), forced)...)
		if status != 0 || out != mail(entra.Mailbox) {
			t.Errorf("exit %d, fetched %q", status, out)
		}
		status, out = curl(t, "", append([]string{imap + "/INBOX;MAILINDEX=1;SECTION=HEADER"}, bearer(entra.Mailbox, good)...)...)
		if status != 0 || !strings.Contains(out, "Subject: curl") || strings.Contains(out, "Hello") {
			t.Errorf("exit %d, header %q", status, out)
		}
		status, out = curl(t, "", append([]string{imap + "/"}, bearer(entra.Mailbox, good)...)...)
		if status != 0 || !strings.Contains(out, `"/" INBOX`) {
			t.Errorf("exit %d, list %q", status, out)
		}
	})
}

// TestClientsPython runs a script with Debian's smtplib and imaplib, which has
// the assertions.
func TestClientsPython(t *testing.T) {
	sandbox := startSandbox(t)
	token, _ := entra.Issue(time.Now(), entra.Mailbox, mailScopes...)
	port := func(address string) string { return address[strings.LastIndex(address, ":")+1:] }
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/usr/bin/python3", "-I", filepath.Join("testdata", "mail.py"), port(sandbox["smtp"]), port(sandbox["imap"]), sandbox["ca_file"], entra.Mailbox)
	cmd.Stdin = strings.NewReader(token)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
