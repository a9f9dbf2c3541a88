package entra

import (
	"net/http"

	"github.com/openfire-fr/openfire-o365/azure"
)

// metadata is the OpenID configuration in the order that was recorded.
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
	tenant := r.PathValue("tenant")
	id := resolve(tenant)
	if id == "" {
		f, _ := azure.FaultByID("aadsts90002")
		s.refuse(w, f, s.fill(f, tenant, "", ""), "")
		return
	}
	root := s.Address + "/" + tenant
	m := metadata{
		TokenEndpoint: root + "/oauth2/v2.0/token", AuthMethods: []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		JWKS: root + "/discovery/v2.0/keys", ResponseModes: []string{"query", "fragment", "form_post"}, SubjectTypes: []string{"pairwise"},
		Algorithms: []string{"RS256"}, ResponseTypes: []string{"code", "id_token", "code id_token", "id_token token"},
		Scopes: []string{"openid", "profile", "email", "offline_access"}, Issuer: s.Address + "/" + id + "/v2.0",
		AuthorizationEndpoint: root + "/oauth2/v2.0/authorize", EndSession: root + "/oauth2/v2.0/logout",
		Claims:        []string{"sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver", "email"},
		CloudInstance: "microsoftonline.com", GraphHost: "graph.microsoft.com",
	}
	if id == TenantID {
		region := "EU"
		m.Region = &region
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	writeJSON(w, http.StatusOK, m)
}
