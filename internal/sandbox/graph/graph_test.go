package graph_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/sandbox/graph"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// token returns an access token for Graph with these scopes.
func token(scopes ...string) string {
	return tenant.Grant{Mailbox: "admin@client.fr", Audience: "https://graph.microsoft.com",
		Scope: strings.Join(scopes, " "), Expires: time.Now().Add(time.Hour).Unix()}.Sign(tenant.AccessPrefix)
}

func ask(h http.Handler, token, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/v1.0"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestUnknownFieldsAndInvalidValuesAreRefused(t *testing.T) {
	t.Parallel()
	h := graph.New(time.Now, 0).Handler()
	good := token("Application.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All", "AppRoleAssignment.ReadWrite.All")
	const valid = `{"displayName":"OpenFire","signInAudience":"AzureADMultipleOrgs",` +
		`"web":{"redirectUris":["https://mabase.openfire.fr/x","http://localhost/openfire-o365"]}}`
	made := ask(h, good, "POST", "/applications", valid)
	var app struct{ ID, AppID string }
	if err := json.Unmarshal(made.Body.Bytes(), &app); err != nil || made.Code != 201 || app.ID == "" ||
		made.Header().Get("request-id") == "" || made.Header().Get("OData-Version") != "4.0" {
		t.Fatalf("%v, %d %s", err, made.Code, made.Body)
	}
	for _, c := range []struct{ method, path, body string }{
		{"POST", "/applications", `{"displayName":"OpenFire","redirectUris":[]}`},
		{"POST", "/applications", `{"displayName":"OpenFire","web":{"redirectUri":[]}}`},
		{"POST", "/applications", `{"displayName":"OpenFire","passwordCredentials":[]}`},
		{"POST", "/applications", `{}`},
		{"POST", "/applications", `{"displayName":""}`},
		{"POST", "/applications", valid + valid},
		{"POST", "/applications", `{"displayName":"OpenFire","signInAudience":"everybody"}`},
		{"POST", "/applications", `{"displayName":"OpenFire","web":{"redirectUris":["http://mabase.openfire.fr/x"]}}`},
		{"POST", "/applications",
			`{"displayName":"OpenFire","requiredResourceAccess":[{"resourceAppId":"x","resourceAccess":[]}]}`},
		{"PATCH", "/applications/" + app.ID, `{"displayNames":"x"}`},
		{"POST", "/applications/" + app.ID + "/addPassword", `{"displayName":"x"}`},
		{"POST", "/applications/" + app.ID + "/addPassword", `{"passwordCredential":{"endDateTime":"2001-01-01T00:00:00Z"}}`},
		{"POST", "/applications/" + app.ID + "/removePassword", `{"keyId":"11111111-2222-4333-8444-555555555555"}`},
		{"POST", "/servicePrincipals", `{"appId":"11111111-2222-4333-8444-555555555555"}`},
		{"POST", "/servicePrincipals", `{"applicationId":"` + app.AppID + `"}`},
		{"GET", "/applications?$filter=name%20eq%201", ""},
		{"GET", "/nothing", ""},
	} {
		w := ask(h, good, c.method, c.path, c.body)
		var said struct {
			Error struct {
				Code, Message string
				Inner         map[string]string `json:"innerError"`
			}
		}
		err := json.Unmarshal(w.Body.Bytes(), &said)
		if err != nil || w.Code != 400 || said.Error.Code == "" || said.Error.Message == "" ||
			said.Error.Inner["request-id"] != w.Header().Get("request-id") {
			t.Errorf("%s %s %s: %d %s", c.method, c.path, c.body, w.Code, w.Body)
		}
	}
	if w := ask(h, "bad", "GET", "/me", ""); w.Code != 401 ||
		!strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Bearer realm") {
		t.Errorf("bad token: %d", w.Code)
	}
	if w := ask(h, good, "GET", "/me", ""); w.Code != 403 {
		t.Errorf("scope not held: %d", w.Code)
	}
	if w := ask(h, good, "GET", "/applications/11111111-2222-4333-8444-555555555555", ""); w.Code != 404 {
		t.Errorf("unknown: %d", w.Code)
	}
	first := ask(h, good, "POST", "/servicePrincipals", `{"appId":"`+app.AppID+`"}`)
	second := ask(h, good, "POST", "/servicePrincipals", `{"appId":"`+app.AppID+`"}`)
	if first.Code != 201 || second.Code != 409 {
		t.Errorf("service principals: %d, %d", first.Code, second.Code)
	}
}
