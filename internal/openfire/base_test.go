package openfire

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// TestParseBase checks the forms in which people enter a base's name.
func TestParseBase(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"mabase": "https://mabase.openfire.fr", " MaBase ": "https://mabase.openfire.fr", "mabase.openfire.fr": "https://mabase.openfire.fr", "https://mabase.openfire.fr/": "https://mabase.openfire.fr",
		"https://mabase.openfire.fr/web#id=1": "https://mabase.openfire.fr", "https://erp.client.fr": "https://erp.client.fr", "erp.client.fr": "https://erp.client.fr", "http://localhost:8069": "http://localhost:8069", "http://localhost": "http://localhost", "ma-base2": "https://ma-base2.openfire.fr",
	} {
		b, err := ParseBase(given)
		if err != nil || b.URL() != want {
			t.Errorf("%q: %q %v", given, b.URL(), err)
			continue
		}
		if again, err := ParseBase(b.Name()); err != nil || again != b {
			t.Errorf("%q is not read back from its name %q", want, b.Name())
		}
		if b.RedirectURI() != want+"/microsoft_outlook/confirm" || strings.ContainsAny(b.FileName(), `:/\`) {
			t.Errorf("%q: %q %q", given, b.RedirectURI(), b.FileName())
		}
	}
}

// TestProbe checks the results for each version of Odoo and for servers that are
// not Odoo.
func TestProbe(t *testing.T) {
	t.Parallel()
	version := func(serie string) string {
		return `{"jsonrpc":"2.0","id":null,"result":{"server_serie":"` + serie + `"}}`
	}
	for name, c := range map[string]struct {
		status         int
		location, info string
		iap            int
		want           Module
	}{
		"no database selected":   {404, "/web/database/selector", version("16.0"), 404, Module{Unknown, "16.0", 0, true}},
		"Odoo 10":                {302, "https://mabase.openfire.fr/web/login?redirect=x", version("10.0"), 404, Module{Yes, "10.0", 10, false}},
		"Odoo 16":                {303, "/web/login?redirect=x", version("16.0"), 404, Module{Yes, "16.0", 15, false}},
		"Odoo 19 without a word": {303, "/web/login", "", 303, Module{Yes, "", 19, false}},
		"language in the path":   {303, "/fr_FR/web/login", version("17.0"), 404, Module{Yes, "17.0", 15, false}},
		"not installed":          {404, "", version("16.0"), 404, Module{No, "16.0", 0, false}},
		"other redirect":         {303, "/fr/microsoft_outlook/confirm", "", 404, Module{Unknown, "", 0, false}},
		"hostile version":        {404, "", version(`\u001b[2J`), 404, Module{No, "", 0, false}},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Host != "mabase.openfire.fr" || r.Header.Get("Cookie")+r.Header.Get("Accept-Language") != "" {
				t.Errorf("asked as %s", r.Host)
			}
			status := c.status
			switch r.URL.Path {
			case "/web/webclient/version_info":
				_, _ = io.WriteString(w, c.info)
				return
			case "/microsoft_outlook/iap_confirm":
				status = c.iap
			}
			if c.location != "" && (status != http.StatusNotFound || r.URL.Path == "/web/login") {
				w.Header().Set("Location", c.location)
			}
			w.WriteHeader(status)
		}))
		client, err := network.NewClient(network.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b, _ := ParseBase("mabase")
		got, err := Probe(context.Background(), client, azure.Cloud{Base: server.URL}, b)
		if err != nil || got != c.want {
			t.Errorf("%s: %+v %v, want %+v", name, got, err, c.want)
		}
		server.Close()
		if _, err := Probe(context.Background(), client, azure.Cloud{Base: server.URL}, b); err == nil {
			t.Errorf("%s: a base that is gone answers", name)
		}
	}
}

// TestProbeFailsWhenOnlyTheProxyAnswers checks the answers of a proxy whose base does
// not run.
func TestProbeFailsWhenOnlyTheProxyAnswers(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 500, 502, 503, 504} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(server.Close)
		client, err := network.NewClient(network.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b, _ := ParseBase("mabase")
		m, err := Probe(context.Background(), client, azure.Cloud{Base: server.URL}, b)
		if p, is := errors.AsType[*problem.Problem](err); !is || p.ID != Unavailable || p.Exit != problem.Temporary || m.Installed != Unknown {
			t.Errorf("%d: %+v %v", status, m, err)
		}
	}
}

func FuzzParseBase(f *testing.F) {
	for _, s := range []string{"mabase", "https://mabase.openfire.fr/web", "http://localhost:8069", "../x", "a@b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, err := ParseBase(s)
		if err != nil {
			return
		}
		if again, err := ParseBase(b.URL()); err != nil || again != b {
			t.Errorf("%q became %q, which is not read back", s, b.URL())
		}
		if strings.ContainsAny(b.FileName(), "/\\:\x00%") || strings.Contains(b.FileName(), "..") {
			t.Errorf("%q is filed as %q", s, b.FileName())
		}
	})
}
