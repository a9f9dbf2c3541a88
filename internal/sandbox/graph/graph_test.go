package graph_test

import (
	"encoding/json"
	"fmt"
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

// body decodes an answer, which must be JSON whatever the request was.
func body(t *testing.T, w *httptest.ResponseRecorder) (got map[string]any) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		t.Fatalf("%v: %d %s", err, w.Code, w.Body)
	}
	return got
}

func TestListsHavePagesAndSelectedProperties(t *testing.T) {
	t.Parallel()
	h := graph.New(time.Now, 0).Handler()
	good := token("Application.ReadWrite.All")
	for i := range 5 {
		made := ask(h, good, "POST", "/applications", fmt.Sprintf(`{"displayName":"App %d"}`, i))
		app := body(t, made)
		at := strings.TrimPrefix(made.Header().Get("Location"), "http://example.com/v1.0")
		if got := body(t, ask(h, good, "GET", at, "")); got["id"] != app["id"] || got["displayName"] != fmt.Sprintf("App %d", i) {
			t.Errorf("%q leads to %v", at, got)
		}
	}
	var names []string
	next := "/applications?$top=2&$select=displayName"
	for pages := 0; next != "" && pages < 4; pages++ {
		page := body(t, ask(h, good, "GET", next, ""))
		for _, value := range page["value"].([]any) {
			app := value.(map[string]any)
			if len(app) != 1 {
				t.Errorf("not only the selected property: %v", app)
			}
			names = append(names, fmt.Sprint(app["displayName"]))
		}
		link, _ := page["@odata.nextLink"].(string)
		next = strings.TrimPrefix(link, "http://example.com/v1.0")
	}
	if got := strings.Join(names, ","); got != "App 0,App 1,App 2,App 3,App 4" {
		t.Errorf("the pages have %s", got)
	}
	for path, status := range map[string]int{
		"/applications?$top=999": 200, "/applications?$top=1000": 400, "/applications?$top=x": 400, "/applications?$top=0": 400,
		"/applications?$skiptoken=7": 400, "/applications?$select=displayName,id": 200, "/applications?$select=diplayName": 400,
		"/nothing": 400, "/nothing/at/all": 400, "/": 400, "/applications/x/y/z": 400,
	} {
		if w := ask(h, good, "GET", path, ""); w.Code != status || (body(t, w)["error"] != nil) != (status == 400) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := ask(h, "bad", "PUT", "/nothing/at/all", ""); w.Code != 401 || body(t, w)["error"] == nil {
		t.Errorf("without a token: %d %s", w.Code, w.Body)
	}
}
