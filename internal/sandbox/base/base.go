// Package base simulates an OpenFire base: the public routes that reveal the
// Outlook module and the Odoo version, and the remote API with the models for mail,
// with Odoo's rules and messages. Like Odoo, it refreshes its own tokens and sends
// its own mail.
package base

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/base/orm"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// The administrator of the base.
const (
	Admin         = "admin"
	AdminPassword = "sandbox-admin-password"
)

// Options configure the base.
type Options = orm.Options

// State is the condition of the base.
type State = orm.State

// Server simulates a base with one version of Odoo.
type Server struct {
	*outlook

	mu      sync.Mutex // one request at a time, as if all rows were locked
	session string     // session cookie of the administrator
}

// New returns a base without mail servers. It sends its requests to Microsoft with
// client.
func New(o Options, cloud azure.Cloud, client *network.Client) *Server {
	module := &outlook{Database: orm.NewDatabase(o), cloud: cloud, http: client, key: []byte(rand.Text())}
	for _, u := range users {
		module.Tables["res.users"].Rows[u.id] = orm.Row{"login": u.login, "name": u.login,
			"email": u.login + "@" + tenant.Domain, "share": false, "active": true}
	}
	if o.State != orm.NoModule {
		for _, name := range []string{openfire.MailModel, openfire.FetchModel} {
			t := module.Tables[name]
			t.Compute = func(id int, r orm.Row) { r["microsoft_outlook_uri"] = module.signInURL(t, id) }
		}
	}
	return &Server{outlook: module, session: rand.Text()}
}

// Handler returns a handler with the routes of Odoo's controllers.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /jsonrpc", s.jsonrpc)
	mux.HandleFunc("POST /web/webclient/version_info", func(w http.ResponseWriter, _ *http.Request) {
		s.send(w, http.StatusOK, orm.Object{"jsonrpc", "2.0", "id", nil, "result", s.VersionInfo()})
	})
	mux.HandleFunc("/", s.notFound)
	switch s.State {
	case orm.NoSelection, orm.Closed, orm.Down, orm.Missing, orm.Empty, orm.OtherOdoo:
		mux.Handle("GET /web/login", http.RedirectHandler("/web/database/selector", http.StatusSeeOther))
		return s.nosniff(mux)
	case orm.Maintenance:
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	}
	mux.HandleFunc("GET /web/login", func(w http.ResponseWriter, r *http.Request) { showLogin(w, r, "") })
	mux.HandleFunc("POST /web/login", s.logIn)
	if s.Supports(openfire.JSON2) {
		mux.HandleFunc("POST /json/2/{model}/{method}", s.json2)
	}
	if s.State != orm.NoModule {
		mux.HandleFunc("GET "+openfire.ConfirmPath, s.protected(s.confirm))
		if s.Supports(openfire.IAPConfirm) {
			mux.HandleFunc("GET /microsoft_outlook/iap_confirm", s.protected(http.NotFound))
		}
	}
	if s.Major >= 16 { // served from the addons path, even if the module is not installed
		mux.HandleFunc("GET /microsoft_outlook/static/description/icon.png", icon)
	}
	mux.Handle("GET /{$}", http.RedirectHandler("/web/login", http.StatusSeeOther))
	return s.nosniff(mux)
}

// nosniff sets the header that Odoo 17 and later set, except in errors.
func (s *Server) nosniff(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.Major >= 17 {
			w.Header().Set("X-Content-Type-Options", "nosniff")
		}
		h.ServeHTTP(w, r)
	})
}

// notFound answers an unknown address. A base in English and French redirects it
// first to its address in the language of the browser (addons/http_routing).
func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	if s.State == orm.NoSelection {
		w.Header().Del("X-Content-Type-Options")
	} else if strings.HasPrefix(r.Header.Get("Accept-Language"), "fr") && !strings.HasPrefix(r.URL.Path, "/fr/") {
		http.Redirect(w, r, "/fr"+r.URL.Path, http.StatusSeeOther)
		return
	}
	w.Header().Set("Content-Type", html)
	w.WriteHeader(http.StatusNotFound)
}

// protected redirects requests without a session to the login page: up to Odoo 14
// with status 302 and the whole address, from 15 on with 303, from 16 on with only
// the path.
func (s *Server) protected(page http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if f, ok := faults.ByID(r.URL.Query().Get("fault")); ok && f.Where == faults.OnBase {
			showFault(w, r, f)
			return
		}
		if s.loggedIn(r) {
			page(w, r)
			return
		}
		status, back := http.StatusSeeOther, r.URL.Path+"?"+r.URL.RawQuery
		if s.Major < 16 {
			back = "https://" + r.Host + strings.TrimSuffix(back, "?")
		}
		if !s.Supports(openfire.SeeOther) {
			status = http.StatusFound
		}
		w.Header().Del("X-Content-Type-Options")
		http.Redirect(w, r, "/web/login?redirect="+url.QueryEscape(back), status)
	}
}

// send writes a JSON answer.
func (s *Server) send(w http.ResponseWriter, status int, answer any) {
	body, _ := json.Marshal(answer) // encoding rows cannot fail
	kind := "application/json"
	if s.Major >= 16 {
		kind += "; charset=utf-8"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
