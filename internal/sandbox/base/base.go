// Package base is the sandbox's OpenFire base: the routes that tell, with
// nobody logged in, whether the Outlook module is there and which Odoo it is,
// and the remote API with the few models that mail needs, whose rules and
// words are Odoo's. It renews its own tokens and sends its mail as Odoo does.
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
)

// The accounts of the base: an administrator, and somebody without rights.
const (
	Admin         = "admin"
	AdminPassword = "sandbox-admin-password"
	adminKey      = "sandbox-api-key" // from Odoo 14
	demo          = "demo"
	demoPassword  = "sandbox-demo-password"
)

// Options say which base it is.
type Options = orm.Options

// Server answers as one version of Odoo does.
type Server struct {
	*outlook

	mu      sync.Mutex // one request at a time, as if all rows were locked
	session string     // cookie of the administrator
}

// New makes a base without any mail server of its own, which reaches Microsoft by
// client.
func New(o Options, cloud azure.Cloud, client *network.Client) *Server {
	module := &outlook{Database: orm.NewDatabase(o), cloud: cloud, http: client, key: []byte(rand.Text())}
	if !o.NoModule {
		for _, name := range []string{openfire.MailModel, openfire.FetchModel} {
			t := module.Tables[name]
			t.Compute = func(id int, r orm.Row) { r["microsoft_outlook_uri"] = module.signInURL(t, id) }
		}
	}
	return &Server{outlook: module, session: rand.Text()}
}

// Handler routes as Odoo's controllers do.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /web/login", func(w http.ResponseWriter, r *http.Request) { showLogin(w, r, "") })
	mux.HandleFunc("POST /web/login", s.logIn)
	mux.HandleFunc("POST /jsonrpc", s.jsonrpc)
	mux.HandleFunc("POST /web/webclient/version_info", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, s.VersionInfo())
	})
	if s.Major >= 16 {
		mux.HandleFunc("POST /openfire/version", func(w http.ResponseWriter, _ *http.Request) {
			reply(w, map[string]any{"version": s.Odoo + ".1"})
		})
	}
	if !s.NoModule {
		mux.HandleFunc("GET "+openfire.ConfirmPath, s.protected(s.confirm))
		if s.Supports(openfire.IAPConfirm) {
			mux.HandleFunc("GET /microsoft_outlook/iap_confirm", s.protected(http.NotFound))
		}
		if s.Major >= 16 {
			mux.HandleFunc("GET /microsoft_outlook/static/description/icon.png", icon)
		}
	}
	mux.Handle("GET /{$}", http.RedirectHandler("/web/login", http.StatusSeeOther))
	return mux
}

// protected sends whoever is not logged in to the login page: with 302 and the
// whole address until Odoo 14, with 303 from 15, with the path only from 16.
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
		http.Redirect(w, r, "/web/login?redirect="+url.QueryEscape(back), status)
	}
}

// reply is a JSON-RPC answer to a request whose id nobody reads.
func reply(w http.ResponseWriter, result any) {
	send(w, map[string]any{"jsonrpc": "2.0", "id": nil, "result": result})
}

func send(w http.ResponseWriter, answer any) {
	body, _ := json.Marshal(answer) // rows always encode
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}
