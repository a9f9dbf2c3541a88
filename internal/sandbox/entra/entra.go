// Package entra simulates Microsoft Entra ID: discovery, sign-in and consent pages,
// and the token endpoint, with recorded texts and formats. Its only state is the
// codes of sign-ins and, under Options.Strict, the used refresh tokens.
package entra

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/graph"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// The application and the directory of the sandbox. They are the same in every run,
// so that a token file remains valid.
const (
	TenantID  = tenant.ID
	ClientID  = "5a4db0c5-0000-4000-8000-0f1fe0365002"
	Secret    = "sbx8Q~sandbox-client-secret-not-real-000"
	OldSecret = "sbx8Q~sandbox-client-secret-expired-00"
	Mailbox   = "compta@client.fr"
	policyID  = "5a4db0c5-0000-4000-8000-0f1fe0365003"
)

// Options configure a Server.
type Options struct {
	BaseAt    string           // the base's address for the browser; http://127.0.0.1:PORT
	Strict    bool             // a refresh token is valid once; reuse revokes all tokens of the sign-in
	Directory *graph.Directory // applications registered through Graph; may be nil
	Now       func() time.Time
}

// Server simulates login.microsoftonline.com.
type Server struct {
	Options

	mu    sync.Mutex
	codes map[string]*code // issued codes, including redeemed ones
	spent map[string]bool  // with Strict: used refresh tokens, and sign-ins whose tokens are revoked
}

// New returns a server.
func New(o Options) *Server {
	return &Server{Options: o, codes: map[string]*code{}, spent: map[string]bool{}}
}

// Handler returns a handler for the paths of the v2.0 endpoints.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", s.discovery)
	mux.HandleFunc("GET /{tenant}/discovery/v2.0/keys", s.keys)
	mux.HandleFunc("GET /common/discovery/instance", s.instance)
	mux.HandleFunc("/{tenant}/oauth2/v2.0/authorize", s.authorize)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", s.token)
	mux.HandleFunc("GET /{tenant}/oauth2/v2.0/logout", s.page("logout"))
	mux.HandleFunc("GET /{tenant}/v2.0/adminconsent", s.adminConsent)
	mux.HandleFunc("GET /{tenant}/adminconsent", s.adminConsent)
	mux.HandleFunc("GET /portal/{$}", s.page("portal"))
	mux.HandleFunc("GET /{$}", s.page("portal"))
	return mux
}

// tenantID returns the GUID of the tenant in an address, or "" if there is none.
// All domains belong to the sandbox's directory, except those that end in .invalid
// (RFC 2606).
func tenantID(name string) string {
	name = strings.ToLower(name)
	switch {
	case name == "common" || name == "organizations" || name == "consumers":
		return "{tenantid}"
	case name == TenantID, strings.Contains(name, ".") && !strings.HasSuffix(name, ".invalid"):
		return TenantID
	}
	return ""
}

// client returns an application by its id: the sandbox's own, the public one with
// which administrators sign in to Graph, or one registered through Graph.
func (s *Server) client(id string) (c graph.Client, ok bool) {
	own := []string{tenant.RedirectURI, azure.LoopbackRedirect}
	switch id {
	case ClientID:
		return graph.Client{RedirectURIs: own}, true
	case azure.GraphCommandLine:
		return graph.Client{RedirectURIs: []string{"http://localhost"}}, true
	}
	if c, ok = s.Directory.Client(id); ok && c.RedirectURIs == nil {
		c.RedirectURIs = own // registered in an earlier run
	}
	return c, ok
}

// registered reports whether a redirect URI is registered. It ignores the port of a
// localhost address.
func (s *Server) registered(client, uri string) bool {
	c, _ := s.client(client)
	rest, local := strings.CutPrefix(uri, "http://localhost:")
	path := strings.TrimLeft(rest, "0123456789")
	return slices.Contains(c.RedirectURIs, uri) ||
		local && path != rest && slices.Contains(c.RedirectURIs, "http://localhost"+path)
}

// scenario is a behavior selected by a mailbox's name, in addition to the faults of
// the catalog. The sign-in page lists the scenarios.
type scenario struct {
	Name string
	What i18n.Text
}

func scenarios() []scenario {
	return []scenario{
		{"temporarily_unavailable", i18n.T("Microsoft answers 503 to a token refresh")},
		{"html", i18n.T("a captive portal answers instead of Microsoft")},
		{"norotate", i18n.T("no new refresh token in the answer to a refresh")},
		{"norefresh", i18n.T("no refresh token")},
		{"noscope", i18n.T("without the permission SMTP.Send")},
		{"createonly", i18n.T("administrator who can create the application, but cannot grant admin consent")},
		{"nopriv", i18n.T("account without administrator rights")},
		{"noregister", i18n.T("directory where users cannot register applications")},
		{"assignment", i18n.T("directory where users must be assigned to the application")},
		{"maxlife", i18n.T("directory where client secrets are limited to 180 days")},
		{"nosecrets", i18n.T("directory where client secrets are blocked")},
		{"throttled", i18n.T("Microsoft Graph answers 429 to every third request")},
		{"other", i18n.T("signs in as autre@client.fr instead")},
	}
}
