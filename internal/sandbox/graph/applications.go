package graph

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// application is an application object; its JSON is what Graph shows of it.
type application struct {
	ID             string       `json:"id"`
	AppID          string       `json:"appId"`
	Created        string       `json:"createdDateTime"`
	DisplayName    string       `json:"displayName"`
	Publisher      string       `json:"publisherDomain"`
	SignInAudience string       `json:"signInAudience"`
	Tags           []string     `json:"tags"`
	Fallback       *bool        `json:"isFallbackPublicClient"`
	Web            web          `json:"web"`
	PublicClient   web          `json:"publicClient"`
	Access         []access     `json:"requiredResourceAccess"`
	Passwords      []credential `json:"passwordCredentials"`
	Keys           []any        `json:"keyCredentials"`

	born  born
	texts map[string]secret // by key id
}

type web struct {
	RedirectURIs []string `json:"redirectUris"`
	HomePage     *string  `json:"homePageUrl,omitempty"`
	Logout       *string  `json:"logoutUrl,omitempty"`
	Implicit     any      `json:"implicitGrantSettings,omitempty"`
}

type access struct {
	Resource string       `json:"resourceAppId"`
	Access   []permission `json:"resourceAccess"`
}

type permission struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

// credential is what Graph shows of a secret, which is all but the secret.
type credential struct {
	Custom *string `json:"customKeyIdentifier"`
	End    string  `json:"endDateTime"`
	KeyID  string  `json:"keyId"`
	Start  string  `json:"startDateTime"`
	Text   *string `json:"secretText"`
	Hint   string  `json:"hint"`
	Name   string  `json:"displayName"`
}

// applicationBody is what Graph takes of an application: the properties of
// v1.0, those that this one does not look into unread.
type applicationBody struct {
	DisplayName    *string   `json:"displayName"`
	SignInAudience *string   `json:"signInAudience"`
	Tags           *[]string `json:"tags"`
	Fallback       *bool     `json:"isFallbackPublicClient"`
	Web            *web      `json:"web"`
	PublicClient   *web      `json:"publicClient"`
	Access         *[]access `json:"requiredResourceAccess"`

	API, AppRoles, Description, IdentifierURIs, Info, Notes, OptionalClaims, SPA json.RawMessage
}

var audiences = []string{"AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"}

// invalid says what Graph would refuse in a body; "" nothing.
func (b applicationBody) invalid() string {
	if b.DisplayName != nil && (*b.DisplayName == "" || len(*b.DisplayName) > 256) {
		return "Invalid value specified for property 'displayName' of resource 'Application'."
	}
	if b.SignInAudience != nil && !slices.Contains(audiences, *b.SignInAudience) {
		return "Invalid value specified for property 'signInAudience' of resource 'Application'."
	}
	if b.Web != nil {
		for _, uri := range b.Web.RedirectURIs {
			if !redirectable(uri) {
				return "Invalid value specified for property 'redirectUris' of resource 'Application'."
			}
		}
	}
	if b.Access != nil {
		for _, a := range *b.Access {
			if !wholeGUID().MatchString(a.Resource) || len(a.Access) == 0 || slices.ContainsFunc(a.Access, func(p permission) bool {
				return !wholeGUID().MatchString(p.ID) || p.Type != "Scope" && p.Type != "Role"
			}) {
				return "Invalid value specified for property 'resourceAccess' of resource 'RequiredResourceAccess'."
			}
		}
	}
	return ""
}

// redirectable is Entra's rule for a redirect URI of the platform Web.
func redirectable(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && len(uri) <= 256 && !strings.ContainsAny(uri, "!$'(),;*#") && u.User == nil &&
		(u.Scheme == "https" && u.Host != "" || u.Scheme == "http" && u.Hostname() == "localhost")
}

// put copies what a body names.
func (b applicationBody) put(a *application) {
	for _, f := range []struct {
		from *string
		to   *string
	}{{b.DisplayName, &a.DisplayName}, {b.SignInAudience, &a.SignInAudience}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if b.Tags != nil {
		a.Tags = *b.Tags
	}
	if b.Fallback != nil {
		a.Fallback = b.Fallback
	}
	if b.Web != nil {
		a.Web = *b.Web
	}
	if b.PublicClient != nil {
		a.PublicClient = *b.PublicClient
	}
	if b.Access != nil {
		a.Access = *b.Access
	}
}

func (s *Server) createApplication(_ Caller, r *http.Request) (int, any, *failure) {
	var body applicationBody
	if f := read(r, &body); f != nil {
		return 0, nil, f
	}
	if body.DisplayName == nil {
		return 0, nil, bad("A value is required for property 'displayName' of resource 'Application'.")
	}
	if why := body.invalid(); why != "" {
		return 0, nil, bad(why)
	}
	a := &application{ID: newID(), AppID: newClientID(), Created: s.Now().UTC().Format(time.RFC3339), Publisher: s.Domain, SignInAudience: "AzureADMyOrg",
		Tags: []string{}, Access: []access{}, Passwords: []credential{}, Keys: []any{}, born: s.now(), texts: map[string]secret{}}
	body.put(a)
	s.apps = append(s.apps, a)
	return http.StatusCreated, shown(a), nil
}

// shown is an object with its context.
func shown(a *application) any {
	return struct {
		Context string `json:"@odata.context"`
		*application
	}{context("applications/$entity"), a}
}

// find is the application of an address, once everybody knows it.
func (s *Server) find(r *http.Request) (*application, *failure) {
	id := r.PathValue("id")
	for _, a := range s.apps {
		if a.ID == id && s.seen(a.born) {
			return a, nil
		}
	}
	return nil, absent(id)
}

func (s *Server) getApplication(_ Caller, r *http.Request) (int, any, *failure) {
	a, f := s.find(r)
	if f != nil {
		return 0, nil, f
	}
	return http.StatusOK, shown(a), nil
}

var (
	byTag  = sanitize.Pattern(`^tags/any\(t:t eq '([^']*)'\)$`)
	byName = sanitize.Pattern(`^displayName eq '([^']*)'$`)
)

func (s *Server) listApplications(_ Caller, r *http.Request) (int, any, *failure) {
	filter := r.URL.Query().Get("$filter")
	tag, name := byTag().FindStringSubmatch(filter), byName().FindStringSubmatch(filter)
	if filter != "" && tag == nil && name == nil {
		return 0, nil, bad("Invalid filter clause.")
	}
	values := []any{}
	for _, a := range s.apps {
		if s.seen(a.born) && (tag == nil || slices.Contains(a.Tags, tag[1])) && (name == nil || a.DisplayName == name[1]) {
			values = append(values, a)
		}
	}
	return http.StatusOK, list("applications", values), nil
}

func (s *Server) patchApplication(_ Caller, r *http.Request) (int, any, *failure) {
	a, f := s.find(r)
	var body applicationBody
	if f == nil {
		f = read(r, &body)
	}
	if f != nil {
		return 0, nil, f
	}
	if why := body.invalid(); why != "" {
		return 0, nil, bad(why)
	}
	body.put(a)
	return http.StatusNoContent, nil, nil
}

// deleteApplication takes along what the directory has of it.
func (s *Server) deleteApplication(_ Caller, r *http.Request) (int, any, *failure) {
	a, f := s.find(r)
	if f != nil {
		return 0, nil, f
	}
	s.apps = slices.DeleteFunc(s.apps, func(o *application) bool { return o == a })
	s.gone = append(s.gone, a.AppID)
	for _, p := range slices.Clone(s.principals) {
		if p.AppID == a.AppID {
			s.forget(p)
		}
	}
	return http.StatusNoContent, nil, nil
}
