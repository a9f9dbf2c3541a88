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
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// The accounts of the base: an administrator, and somebody without rights.
const (
	Admin         = "admin"
	AdminPassword = "sandbox-admin-password"
	AdminKey      = "sandbox-api-key" // from Odoo 14
	Demo          = "demo"
	DemoPassword  = "sandbox-demo-password"
)

// Options are what a Server is made of.
type Options struct {
	Odoo     string // "16.0"
	Fields   int    // major version whose Outlook module this base has, as a back-port; 0: its own
	NoModule bool   // the base lacks the Outlook module
	Copied   bool   // it was copied from another and disarmed, as OpenFire does
	URL      string // web.base.url
	DB       string // its database
	Now      func() time.Time
}

// Server answers as one version of Odoo does.
type Server struct {
	Options
	HTTP *network.Client // how it gets to Microsoft; set before it serves

	key []byte // database.secret

	mu       sync.Mutex // one request at a time, as if all rows were locked
	cloud    azure.Cloud
	tables   map[string]*table
	sessions map[string]bool // cookies of the administrator
}

// New makes a base without any mail server of its own.
func New(o Options) *Server {
	s := &Server{Options: o, key: []byte(rand.Text()), sessions: map[string]bool{}}
	s.tables = s.models()
	s.furnish()
	return s
}

// Connect says where Microsoft is: it is started after its base.
func (s *Server) Connect(cloud azure.Cloud) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cloud = cloud
}

// odoo is the major version of Odoo, fields that of the module's fields.
func (s *Server) odoo() int { return openfire.Major(s.Odoo) }

func (s *Server) fields() int {
	if s.Fields > 0 {
		return s.Fields
	}
	return s.odoo()
}

// Handler routes as Odoo's controllers do.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /web/login", s.login)
	mux.HandleFunc("POST /web/login", s.logIn)
	mux.HandleFunc("POST /jsonrpc", s.jsonrpc)
	mux.HandleFunc("POST /web/webclient/version_info", func(w http.ResponseWriter, _ *http.Request) { reply(w, s.version()) })
	if s.odoo() >= 16 {
		mux.HandleFunc("POST /openfire/version", func(w http.ResponseWriter, _ *http.Request) { reply(w, map[string]any{"version": s.Odoo + ".1"}) })
	}
	if !s.NoModule {
		mux.HandleFunc("GET "+openfire.ConfirmPath, s.protected(s.confirm))
		if s.odoo() >= 19 {
			mux.HandleFunc("GET /microsoft_outlook/iap_confirm", s.protected(http.NotFound))
		}
		if s.odoo() >= 16 {
			mux.HandleFunc("GET /microsoft_outlook/static/description/icon.png", icon)
		}
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/web/login", http.StatusSeeOther) })
	return mux
}

func (s *Server) version() map[string]any {
	return map[string]any{"server_version": s.Odoo, "server_version_info": []any{s.odoo(), 0, 0, "final", 0, ""}, "server_serie": s.Odoo, "protocol_version": 1}
}

// protected sends whoever is not logged in to the login page: with 302 and the
// whole address until Odoo 14, with 303 from 15, with the path only from 16.
func (s *Server) protected(page http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if f, ok := faults.ByID(r.URL.Query().Get("fault")); ok && f.Where == faults.OnBase {
			refuse(w, r, f)
			return
		}
		if s.loggedIn(r) {
			page(w, r)
			return
		}
		status, back := http.StatusSeeOther, r.URL.Path+"?"+r.URL.RawQuery
		if s.odoo() < 16 {
			back = "https://" + r.Host + strings.TrimSuffix(back, "?")
		}
		if s.odoo() < 15 {
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
	body, err := json.Marshal(answer)
	if err != nil {
		http.Error(w, "internal", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// icon is the smallest PNG: one transparent dot.
func icon(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82"))
}
