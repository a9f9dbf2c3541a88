package entra

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

func serve(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(New(Options{Now: time.Now}).Handler())
	t.Cleanup(server.Close)
	return server
}

// answer sends a request and decodes the answer.
func answer(t *testing.T, r *http.Request, into any) *http.Response {
	t.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
	return res
}

// form returns a POST request to the token endpoint.
func form(t *testing.T, server *httptest.Server, values url.Values) *http.Request {
	t.Helper()
	address := server.URL + "/" + TenantID + "/oauth2/v2.0/token"
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(values.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// signIn signs in and returns the query of the redirect.
func signIn(t *testing.T, server *httptest.Server, more url.Values) url.Values {
	t.Helper()
	q := url.Values{"client_id": {ClientID}, "response_type": {"code"},
		"redirect_uri": {azure.LoopbackRedirect}, "scope": {azure.ScopeSMTP}}
	for name, values := range more {
		q[name] = values
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.PostForm(server.URL+"/common/oauth2/v2.0/authorize?"+q.Encode(),
		url.Values{"mailbox": {Mailbox}, "step": {"accept"}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	to, err := res.Location()
	if err != nil {
		t.Fatal(err)
	}
	return to.Query()
}

func TestOpenIDScopesMayBeAddedWithTheCode(t *testing.T) {
	server := serve(t)
	redeem := func(scope string) url.Values {
		return url.Values{"client_id": {ClientID}, "client_secret": {Secret},
			"grant_type": {"authorization_code"}, "redirect_uri": {azure.LoopbackRedirect},
			"code": {signIn(t, server, nil).Get("code")}, "scope": {scope}, "client_info": {"1"}}
	}
	var got tokenResponse
	answer(t, form(t, server, redeem(azure.ScopeSMTP+" openid offline_access profile")), &got)
	if got.RefreshToken == "" || got.IDToken == "" || got.Scope != azure.ScopeSMTP+" openid profile" {
		t.Errorf("%+v", got)
	}
	info, err := base64.RawURLEncoding.DecodeString(got.ClientInfo)
	want := fmt.Sprintf(`{"uid":%q,"utid":%q}`, tenant.AccountID(Mailbox), TenantID)
	if err != nil || string(info) != want {
		t.Errorf("client_info %s, want %s", info, want)
	}
	var no errorResponse
	answer(t, form(t, server, redeem(azure.ScopeIMAP)), &no)
	if !slices.Equal(no.Codes, []int{65001}) {
		t.Errorf("a permission that nobody gave: %+v", no)
	}
}

func TestClientSecretIsAcceptedInTheHeader(t *testing.T) {
	server := serve(t)
	for secret, status := range map[string]int{url.QueryEscape(Secret): 200, "wrong": 401, "%zz": 401} {
		r := form(t, server, url.Values{
			"grant_type": {"client_credentials"}, "scope": {"https://graph.microsoft.com/.default"}})
		r.SetBasicAuth(ClientID, secret)
		var got map[string]any
		if res := answer(t, r, &got); res.StatusCode != status {
			t.Errorf("%q: status %d, %v", secret, res.StatusCode, got)
		}
	}
}

func TestCorrelationIDIsTheClientsRequestID(t *testing.T) {
	server := serve(t)
	for sent, want := range map[string]bool{
		"5a4db0c5-0000-4000-8000-0f1fe03650aa": true, "5A4DB0C5-0000-4000-8000-0F1FE03650AA": true, "<b>": false,
	} {
		r := form(t, server, url.Values{"client_id": {ClientID}, "client_secret": {"wrong"},
			"grant_type": {"refresh_token"}, "scope": {"x"}})
		r.Header.Set("client-request-id", sent)
		var got errorResponse
		answer(t, r, &got)
		if strings.EqualFold(got.CorrelationID, sent) != want || !azure.IsGUID(got.CorrelationID) {
			t.Errorf("%s: %s", sent, got.CorrelationID)
		}
	}
}

func TestPolicyErrorNamesThePolicyInTheClaims(t *testing.T) {
	server := serve(t)
	_, refresh := Issue(time.Now(), "aadsts53003@client.fr", azure.ScopeSMTP)
	var got errorResponse
	answer(t, form(t, server, url.Values{"client_id": {ClientID}, "client_secret": {Secret},
		"grant_type": {"refresh_token"}, "scope": {azure.ScopeSMTP}, "refresh_token": {refresh}}), &got)
	var claims struct {
		AccessToken struct {
			Policies struct{ Values []string } `json:"capolids"`
		} `json:"access_token"`
	}
	err := json.Unmarshal([]byte(got.Claims), &claims)
	if err != nil || !slices.Equal(claims.AccessToken.Policies.Values, []string{policyID}) {
		t.Errorf("%q: %v", got.Claims, err)
	}
}

func TestInstanceDiscoveryAcceptsMicrosoftsHostsOnly(t *testing.T) {
	server := serve(t)
	for host, status := range map[string]int{
		"login.microsoftonline.com": 200, "sts.windows.net": 200, strings.TrimPrefix(server.URL, "http://"): 200,
		"login.example.net": 400, "": 400,
	} {
		address := server.URL + "/common/discovery/instance?api-version=1.1&authorization_endpoint=" +
			url.QueryEscape("https://"+host+"/client.fr/oauth2/v2.0/authorize")
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Forwarded-Proto", "https")
		var got struct {
			instances
			Error string
		}
		if res := answer(t, r, &got); res.StatusCode != status || (status == 400) != (got.Error == "invalid_instance") {
			t.Errorf("%s: status %d, %+v", host, res.StatusCode, got)
		}
		want := strings.Replace(server.URL, "http:", "https:", 1) + "/client.fr/v2.0/.well-known/openid-configuration"
		if status == 200 && got.TenantDiscovery != want {
			t.Errorf("%s: %s, want %s", host, got.TenantDiscovery, want)
		}
	}
}

func TestStateIsReturnedUnchanged(t *testing.T) {
	server := serve(t)
	if got := signIn(t, server, url.Values{"state": {"a b&c"}}); got.Get("state") != "a b&c" {
		t.Errorf("state %q", got.Get("state"))
	}
	if got := signIn(t, server, nil); got.Has("state") {
		t.Errorf("a state out of nothing: %v", got)
	}
}

// redeem redeems a code, with the nonce of its request if there is one.
func redeem(t *testing.T, server *httptest.Server, nonce string) (got tokenResponse) {
	t.Helper()
	q := url.Values{"scope": {"openid offline_access " + azure.ScopeSMTP}}
	if nonce != "" {
		q.Set("nonce", nonce)
	}
	answer(t, form(t, server, url.Values{"client_id": {ClientID}, "client_secret": {Secret},
		"grant_type": {"authorization_code"}, "redirect_uri": {azure.LoopbackRedirect},
		"code": {signIn(t, server, q).Get("code")}}), &got)
	return got
}

// refreshed returns a request that refreshes a token.
func refreshed(t *testing.T, server *httptest.Server, token string) *http.Request {
	t.Helper()
	return form(t, server, url.Values{"client_id": {ClientID}, "client_secret": {Secret},
		"grant_type": {"refresh_token"}, "scope": {"openid " + azure.ScopeSMTP}, "refresh_token": {token}})
}

// MSAL for Node and openid-client refuse an id_token with a nonce that they did not
// request.
func TestIDTokenHasANonceOnlyIfItWasRequested(t *testing.T) {
	server := serve(t)
	var renewed tokenResponse
	answer(t, refreshed(t, server, redeem(t, server, "n1").RefreshToken), &renewed)
	for want, token := range map[string]string{"n1": redeem(t, server, "n1").IDToken, "none": redeem(t, server, "").IDToken,
		"none on refresh": renewed.IDToken} {
		body, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
		if err != nil {
			t.Fatal(err)
		}
		var claims map[string]any
		if err := json.Unmarshal(body, &claims); err != nil {
			t.Fatal(err)
		}
		if nonce, has := claims["nonce"]; has != (want == "n1") || has && nonce != want {
			t.Errorf("%s: %s", want, body)
		}
	}
}

func TestReusedRefreshTokenRevokesItsSignInOnly(t *testing.T) {
	server := httptest.NewServer(New(Options{Now: time.Now, Strict: true}).Handler())
	t.Cleanup(server.Close)
	status := func(token string) int {
		var got map[string]any
		return answer(t, refreshed(t, server, token), &got).StatusCode
	}
	first, second := redeem(t, server, "").RefreshToken, redeem(t, server, "").RefreshToken
	var next tokenResponse
	answer(t, refreshed(t, server, first), &next)
	for i, c := range []struct {
		token string
		want  int
	}{{first, 400}, {next.RefreshToken, 400}, {second, 200}, {redeem(t, server, "").RefreshToken, 200}} {
		if got := status(c.token); got != c.want {
			t.Errorf("token %d: status %d, want %d", i, got, c.want)
		}
	}
}

func TestClientCredentialsTakeTheDefaultScopeOnly(t *testing.T) {
	server := serve(t)
	for scope, code := range map[string]int{"https://outlook.office365.com/.default": 0, azure.ScopeSMTP: 1002012, "": 900144, "/.default": 1002012} {
		var got struct {
			errorResponse
			Token string `json:"access_token"`
		}
		answer(t, form(t, server, url.Values{"client_id": {ClientID}, "client_secret": {Secret},
			"grant_type": {"client_credentials"}, "scope": {scope}}), &got)
		if (code == 0) != (got.Token != "") || code != 0 && !slices.Equal(got.Codes, []int{code}) {
			t.Errorf("%s: %+v", scope, got)
		}
	}
}
