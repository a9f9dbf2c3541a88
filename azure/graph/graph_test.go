package graph

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

const graphCanary = "CANARY-graph-token"

// graphOn returns a client of a server on loopback, with a token to search for; its
// pauses are recorded and skipped.
func graphOn(t *testing.T, answer http.HandlerFunc) (g *Client, pauses *[]time.Duration) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	client, err := network.NewClient(network.Options{Timeout: 20 * time.Second, UserAgent: "test", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	pauses = new([]time.Duration)
	return &Client{Cloud: azure.Cloud{Graph: server.URL}, HTTP: client, Token: secret.New(graphCanary), Now: time.Now,
		Pause: func(_ context.Context, d time.Duration) error { *pauses = append(*pauses, d); return nil },
		Wait:  func(i18n.Text) {}}, pauses
}

// refusal returns a handler that answers with an error of Graph.
func refusal(status int, code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("request-id", "5a4db0c5-1111-4000-8000-0f1fe0365001")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"error":{"code":"`+code+`","message":"`+message+`","innerError":{}}}`)
	}
}

// An error of Graph is explained by its status, with Graph's own words. An answer of
// another size or form is an error too, and the token is sent to no other server.
func TestGraphRefusalsSayWhoMustAct(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(other.Close)
	later := func(after string, status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", after)
			w.WriteHeader(status)
		}
	}
	says := func(kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = io.WriteString(w, body)
		}
	}
	redirect := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL+r.URL.Path, status) }
	}
	for name, c := range map[string]struct {
		answer   http.HandlerFunc
		exit     problem.Exit
		Says     string
		requests int64
	}{
		"V1 for another audience": {refusal(401, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience."), problem.SignIn, "Invalid audience", 1},
		"V1 expired":              {refusal(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."), problem.SignIn, "administrator's sign-in has expired", 1},
		"V2 no permission":        {refusal(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."), problem.SignIn, "does not have the required role", 1},
		"V3 no such object":       {refusal(404, "Request_ResourceNotFound", "Resource 'x' does not exist."), problem.Application, "cannot find this object", 1},
		"V4 429, 7 s":             {later("7", 429), problem.Temporary, "temporarily unavailable", 3},
		"V4 429, an hour":         {later("3600", 429), problem.Temporary, "temporarily unavailable", 1},
		"V4 503, 7 s":             {later("7", 503), problem.Temporary, "temporarily unavailable", 3},
		"V4 500":                  {refusal(500, "generalException", "x"), problem.Temporary, "temporarily unavailable", 3},
		"V5 HTML":                 {says("text/html", "<html>Please accept our conditions.</html>"), problem.Temporary, "captive portal", 1},
		"V5 HTML of a refusal":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403); _, _ = io.WriteString(w, "<html>") }, problem.Temporary, "captive portal", 1},
		"V5 cut JSON":             {says("application/json", `{"id":"5a4db0c5`), problem.Temporary, "captive portal", 1},
		"V5 a list":               {says("application/json", `["x"]`), problem.Temporary, "captive portal", 1},
		"V5 1 GiB": {func(w http.ResponseWriter, _ *http.Request) {
			block := bytes.Repeat([]byte(" "), 1<<20)
			for range 1024 {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}, problem.Temporary, "", 3},
		"V6 301": {redirect(301), problem.Safety, "", 1}, "V6 302": {redirect(302), problem.Safety, "", 1}, "V6 307": {redirect(307), problem.Safety, "", 1}, "V6 308": {redirect(308), problem.Safety, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int64
			g, pauses := graphOn(t, func(w http.ResponseWriter, r *http.Request) { requests.Add(1); c.answer(w, r) })
			_, err := g.Application(context.Background(), "5a4db0c5-0000-4000-8000-0f1fe0365002")
			var p *problem.Problem
			if !errors.As(err, &p) || p.Exit != c.exit || !strings.Contains(p.What.In(i18n.English), c.Says) || strings.Contains(p.What.In(i18n.English)+p.What.In(i18n.French)+err.Error(), graphCanary) {
				t.Errorf("%#v (%v)", p, err)
			}
			if requests.Load() != c.requests || len(*pauses) != int(c.requests)-1 {
				t.Errorf("%d requests, pauses %v", requests.Load(), *pauses)
			}
			for _, pause := range *pauses {
				if pause <= 0 || pause > maxPause {
					t.Errorf("a pause of %v", pause)
				}
			}
		})
	}
	t.Cleanup(func() {
		if n := elsewhere.Load(); n > 0 {
			t.Errorf("%d requests went elsewhere", n)
		}
	})
}

// Graph divides lists into pages, and any page may hold the object that is wanted.
func TestListsAreReadToTheLastPage(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(other.Close)
	pages := map[string]string{
		"":          `{"value":[{"id":"1","displayName":"a"}],"@odata.nextLink":"{next}?$skiptoken=two"}`,
		"two":       `{"value":[],"@odata.nextLink":"{next}?$skiptoken=three"}`,
		"three":     `{"value":[{"id":"3","consentType":"AllPrincipals","resourceId":"r","principalId":"p","appRoleId":"x"}]}`,
		"elsewhere": `{"value":[],"@odata.nextLink":"` + other.URL + `/v1.0/applications"}`,
		"again":     `{"value":[],"@odata.nextLink":"{next}?$skiptoken=again"}`,
	}
	first := ""
	g, _ := graphOn(t, func(w http.ResponseWriter, r *http.Request) {
		at := cmp.Or(r.URL.Query().Get("$skiptoken"), first)
		_, _ = io.WriteString(w, strings.ReplaceAll(pages[at], "{next}", "http://"+r.Host+r.URL.Path))
	})
	apps, err := g.Applications(t.Context(), "a")
	grant, errGrant := g.TenantGrant(t.Context(), "c", "r")
	role, errRole := g.Assignment(t.Context(), Assignment{Principal: "p", Resource: "c", Role: "x"})
	if err != nil || errGrant != nil || errRole != nil || len(apps) != 2 || apps[1].ID != "3" || grant.ID != "3" || role.ID != "3" {
		t.Errorf("%+v %v, %+v %v, %+v %v", apps, err, grant, errGrant, role, errRole)
	}
	for _, first = range []string{"elsewhere", "again"} {
		if apps, err := g.Applications(t.Context(), "a"); !errors.Is(err, errNotGraph) || apps != nil {
			t.Errorf("%s: %v, %v", first, apps, err)
		}
	}
	if elsewhere.Load() != 0 {
		t.Error("the token was sent to another server")
	}
}
