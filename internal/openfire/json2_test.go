package openfire_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sandbox"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// TestConnectUsesJSON2WithAnAPIKey checks which API the client uses, by the version of
// Odoo and by what it got as the password.
func TestConnectUsesJSON2WithAnAPIKey(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		odoo, login, password string
		gone                  bool // the base has no /jsonrpc any more
		json2                 bool
		exit                  problem.Exit
	}{
		"API key":                   {odoo: "19.0", login: "admin", password: "sandbox-api-key", json2: true},
		"password":                  {odoo: "19.0", login: "admin", password: "sandbox-admin-password"},
		"two-factor authentication": {odoo: "19.0", login: "totp", password: "sandbox-totp-api-key", json2: true},
		"key of another user":       {odoo: "19.0", login: "admin", password: "sandbox-totp-api-key", exit: problem.Mail},
		"API key before Odoo 19":    {odoo: "18.0", login: "admin", password: "sandbox-api-key"},
		"API key without /jsonrpc":  {odoo: "19.0", login: "admin", password: "sandbox-api-key", gone: true, json2: true},
		"password without /jsonrpc": {odoo: "19.0", login: "admin", password: "sandbox-admin-password", gone: true, exit: problem.Mail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, paths, err := connectToSandbox(t, c.odoo, c.login, c.password, c.gone)
			if c.exit != problem.OK {
				var p *problem.Problem
				if !errors.As(err, &p) || p.Exit != c.exit {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			*paths = nil
			writeAndRead(t, client)
			for _, path := range *paths {
				if strings.HasPrefix(path, "/json/2/") != c.json2 {
					t.Errorf("request to %s", path)
				}
			}
		})
	}
}

// connectToSandbox connects to a simulated base through a proxy that notes the paths.
func connectToSandbox(t *testing.T, odoo, login, password string, gone bool) (*openfire.Client, *[]string, error) {
	t.Helper()
	box, err := sandbox.Start(t.Context(), sandbox.Options{Odoo: odoo, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	target, _ := url.Parse(box.Cloud().Base)
	proxy, paths := httputil.NewSingleHostReverseProxy(target), &[]string{}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*paths = append(*paths, r.URL.Path)
		if gone && r.URL.Path == "/jsonrpc" {
			http.NotFound(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	hc, err := network.NewClient(network.Options{Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := openfire.ParseBase("mabase")
	cloud := box.Cloud()
	client, err := openfire.Connect(t.Context(), hc, azure.Cloud{Base: front.URL, Login: cloud.Login}, b,
		openfire.Credentials{Login: login, Key: secret.New(password)})
	return client, paths, err
}

// writeAndRead uses each method of the client.
func writeAndRead(t *testing.T, client *openfire.Client) {
	t.Helper()
	ctx := t.Context()
	id, err := client.Create(ctx, openfire.MailModel, map[string]any{"name": "Relay", "smtp_host": "smtp.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Write(ctx, openfire.MailModel, id, map[string]any{"sequence": 3}); err != nil {
		t.Error(err)
	}
	if err := client.SetParam(ctx, "x.y", "1"); err != nil {
		t.Error(err)
	}
	if got, err := client.Params(ctx, "x.y"); err != nil || got["x.y"] != "1" {
		t.Errorf("%v %v", got, err)
	}
	if err := client.SetParam(ctx, "x.y", ""); err != nil {
		t.Error(err)
	}
	config, err := client.MailConfig(ctx, secret.New("x"))
	if err != nil || len(config.Outgoing) != 1 || config.Outgoing[0].Int("sequence") != 3 || config.Params["x.y"] != "" {
		t.Errorf("%v %v", config.Outgoing, err)
	}
	if err := client.Write(ctx, openfire.MailModel, id, map[string]any{"nosuch": 3}); err == nil || !strings.Contains(err.Error(), "nosuch") {
		t.Errorf("unknown field: %v", err)
	}
	err = client.TestServer(ctx, config.Outgoing[0])
	if fault, is := errors.AsType[*openfire.Fault](err); !is || !strings.Contains(fault.Message, "Name or service not known") {
		t.Errorf("test of a server that does not exist: %v", err)
	}
	found, err := client.SearchRead(ctx, openfire.MailModel, []string{"name"}, []any{"name", "=", "Relay"})
	if err != nil || !slices.ContainsFunc(found, func(r openfire.Record) bool { return r.ID() == id }) {
		t.Errorf("%v %v", found, err)
	}
}
