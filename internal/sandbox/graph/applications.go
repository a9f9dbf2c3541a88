package graph

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// application is an application object. Its JSON encoding is that of Graph.
type application struct {
	Context        string       `json:"@odata.context,omitempty"`
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

	visibleFrom time.Time
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

// credential is a secret as Graph returns it. The text is only returned on
// creation.
type credential struct {
	Context string  `json:"@odata.context,omitempty"`
	Custom  *string `json:"customKeyIdentifier"`
	End     string  `json:"endDateTime"`
	KeyID   string  `json:"keyId"`
	Start   string  `json:"startDateTime"`
	Text    *string `json:"secretText"`
	Hint    string  `json:"hint"`
	Name    string  `json:"displayName"`

	text        string
	visibleFrom time.Time
}

// applicationBody contains the properties of an application that Graph v1.0
// accepts. Those of type RawMessage are ignored.
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

var audiences = []string{
	"AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount",
}

// validate returns Graph's error for an invalid body, or nil.
func (b applicationBody) validate() *failure {
	resource := "Application"
	var property string
	switch {
	case b.DisplayName != nil && (*b.DisplayName == "" || len(*b.DisplayName) > 256):
		property = "displayName"
	case b.SignInAudience != nil && !slices.Contains(audiences, *b.SignInAudience):
		property = "signInAudience"
	case b.Web != nil && slices.ContainsFunc(b.Web.RedirectURIs, invalidRedirectURI):
		property = "redirectUris"
	case b.Access != nil && slices.ContainsFunc(*b.Access, access.invalid):
		property, resource = "resourceAccess", "RequiredResourceAccess"
	default:
		return nil
	}
	return badRequest("Invalid value specified for property '" + property + "' of resource '" + resource + "'.")
}

// invalidRedirectURI applies Entra's rule for redirect URIs of the Web platform.
func invalidRedirectURI(uri string) bool {
	u, err := url.Parse(uri)
	return err != nil || len(uri) > 256 || strings.ContainsAny(uri, "!$'(),;*#") || u.User != nil ||
		!(u.Scheme == "https" && u.Host != "" || u.Scheme == "http" && u.Hostname() == "localhost")
}

func (a access) invalid() bool {
	return !azure.IsGUID(a.Resource) || len(a.Access) == 0 || slices.ContainsFunc(a.Access, func(p permission) bool {
		return !azure.IsGUID(p.ID) || p.Type != "Scope" && p.Type != "Role"
	})
}

// apply sets those properties of a that are in the body.
func (b applicationBody) apply(a *application) {
	set(&a.DisplayName, b.DisplayName)
	set(&a.SignInAudience, b.SignInAudience)
	set(&a.Tags, b.Tags)
	set(&a.Web, b.Web)
	set(&a.PublicClient, b.PublicClient)
	set(&a.Access, b.Access)
	if b.Fallback != nil {
		a.Fallback = b.Fallback
	}
}

func set[T any](property, value *T) {
	if value != nil {
		*property = *value
	}
}

func (s server) createApplication(_ tenant.Grant, r *http.Request) (any, *failure) {
	body, f := read[applicationBody](r)
	if f != nil {
		return nil, f
	}
	if body.DisplayName == nil {
		return nil, badRequest("A value is required for property 'displayName' of resource 'Application'.")
	}
	if f := body.validate(); f != nil {
		return nil, f
	}
	a := &application{
		ID: tenant.NewID(), AppID: newClientID(), Created: s.now().UTC().Format(time.RFC3339), Publisher: tenant.Domain,
		SignInAudience: "AzureADMyOrg", Tags: []string{}, Access: []access{}, Passwords: []credential{}, Keys: []any{},
		visibleFrom: s.visibleFrom(),
	}
	body.apply(a)
	s.apps = append(s.apps, a)
	return created{a.ID, a.entity()}, nil
}

// entity returns the application as the answer to a request for a single object.
func (a application) entity() application {
	a.Context = odataContext("applications/$entity")
	return a
}

func (s server) getApplication(a *application, _ tenant.Grant, _ *http.Request) (any, *failure) {
	return a.entity(), nil
}

// quoted returns the string literal in an OData expression between begin and end.
func quoted(expression, begin, end string) (string, bool) {
	rest, begins := strings.CutPrefix(expression, begin)
	value, ends := strings.CutSuffix(rest, end)
	return value, begins && ends && !strings.Contains(value, "'")
}

func (s server) listApplications(_ tenant.Grant, r *http.Request) (any, *failure) {
	filter := r.URL.Query().Get("$filter")
	tag, byTag := quoted(filter, "tags/any(t:t eq '", "')")
	name, byName := quoted(filter, "displayName eq '", "'")
	if filter != "" && !byTag && !byName {
		return nil, badRequest("Invalid filter clause.")
	}
	return list("applications", s.apps, func(a *application) bool {
		return (!byTag || slices.Contains(a.Tags, tag)) && (!byName || a.DisplayName == name) && s.visible(a.visibleFrom)
	}), nil
}

func (s server) patchApplication(a *application, _ tenant.Grant, r *http.Request) (any, *failure) {
	body, f := read[applicationBody](r)
	if f == nil {
		f = body.validate()
	}
	if f == nil {
		body.apply(a)
	}
	return nil, f
}

// deleteApplication deletes the application and its service principal.
func (s server) deleteApplication(a *application, _ tenant.Grant, _ *http.Request) (any, *failure) {
	s.apps = slices.DeleteFunc(s.apps, func(o *application) bool { return o == a })
	s.deleted = append(s.deleted, a.AppID)
	for _, p := range slices.Clone(s.principals) {
		if p.AppID == a.AppID {
			s.remove(p)
		}
	}
	return nil, nil
}
