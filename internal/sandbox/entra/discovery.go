package entra

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure/faults"
)

// address returns the base URL at which the client reached this server, which may
// be that of a proxy or of Microsoft.
func address(r *http.Request) string {
	if r.Header.Get("X-Forwarded-Proto") == "https" {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// metadata is the OpenID configuration. The fields are in the recorded order.
type metadata struct {
	TokenEndpoint         string   `json:"token_endpoint"`
	AuthMethods           []string `json:"token_endpoint_auth_methods_supported"`
	JWKS                  string   `json:"jwks_uri"`
	ResponseModes         []string `json:"response_modes_supported"`
	SubjectTypes          []string `json:"subject_types_supported"`
	Algorithms            []string `json:"id_token_signing_alg_values_supported"`
	ResponseTypes         []string `json:"response_types_supported"`
	Scopes                []string `json:"scopes_supported"`
	Issuer                string   `json:"issuer"`
	RequestURI            bool     `json:"request_uri_parameter_supported"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	EndSession            string   `json:"end_session_endpoint"`
	Claims                []string `json:"claims_supported"`
	Region                *string  `json:"tenant_region_scope"`
	CloudInstance         string   `json:"cloud_instance_name"`
	GraphHost             string   `json:"msgraph_host"`
}

func (s *Server) discovery(w http.ResponseWriter, r *http.Request) {
	id := tenantID(r.PathValue("tenant"))
	if id == "" {
		s.writeError(w, r, fault(faults.UnknownTenant), "")
		return
	}
	root := address(r) + "/" + r.PathValue("tenant")
	m := metadata{
		TokenEndpoint: root + "/oauth2/v2.0/token",
		AuthMethods:   []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		JWKS:          root + "/discovery/v2.0/keys",
		ResponseModes: []string{"query", "fragment", "form_post"}, SubjectTypes: []string{"pairwise"},
		Algorithms: []string{"RS256"}, ResponseTypes: []string{"code", "id_token", "code id_token", "id_token token"},
		Scopes: []string{"openid", "profile", "email", "offline_access"}, Issuer: address(r) + "/" + id + "/v2.0",
		AuthorizationEndpoint: root + "/oauth2/v2.0/authorize", EndSession: root + "/oauth2/v2.0/logout",
		Claims: []string{
			"sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver", "email",
		},
		CloudInstance: "microsoftonline.com", GraphHost: "graph.microsoft.com",
	}
	if id == TenantID {
		region := "EU"
		m.Region = &region
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	writeJSON(w, http.StatusOK, m)
}

// hosts are the public cloud's sign-in hosts. The first one is used for requests.
var hosts = [...]string{"login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"}

// instances is the answer to instance discovery, with which MSAL finds out whether
// a host is Microsoft's and which hosts belong to the same cloud.
type instances struct {
	TenantDiscovery string     `json:"tenant_discovery_endpoint"`
	Version         string     `json:"api-version"`
	Metadata        []instance `json:"metadata"`
}

type instance struct {
	Network string   `json:"preferred_network"`
	Cache   string   `json:"preferred_cache"`
	Aliases []string `json:"aliases"`
}

// instance handles instance discovery. It accepts the hosts of the public cloud and
// this server.
func (s *Server) instance(w http.ResponseWriter, r *http.Request) {
	asked, err := url.Parse(r.URL.Query().Get("authorization_endpoint"))
	if err != nil || !slices.Contains(hosts[:], asked.Host) && asked.Host != r.Host {
		s.writeError(w, r, fault(faults.InvalidInstance), "")
		return
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(asked.Path, "/"), "/")
	writeJSON(w, http.StatusOK, instances{address(r) + "/" + tenant + "/v2.0/.well-known/openid-configuration", "1.1",
		[]instance{{hosts[0], hosts[1], hosts[:]}}})
}
