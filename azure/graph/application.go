package graph

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// applicationTag marks the applications that this program has created.
const applicationTag = "openfire-o365"

// Application is an application object
// (learn.microsoft.com/graph/api/resources/application).
type Application struct {
	ID             string                   `json:"id"` // object ID
	AppID          string                   `json:"appId"`
	DisplayName    string                   `json:"displayName"`
	SignInAudience string                   `json:"signInAudience"`
	Tags           []string                 `json:"tags"`
	Web            WebPlatform              `json:"web"`
	Access         []RequiredResourceAccess `json:"requiredResourceAccess"`
	Passwords      []Credential             `json:"passwordCredentials"`
}

// WebPlatform holds the redirect URIs of a confidential client.
type WebPlatform struct {
	RedirectURIs []string `json:"redirectUris"`
}

// RequiredResourceAccess lists the permissions of one resource that an application
// declares.
type RequiredResourceAccess struct {
	Resource    string       `json:"resourceAppId"`
	Permissions []Permission `json:"resourceAccess"`
}

// Permission is a declared permission. Type is "Scope" (delegated) or "Role".
type Permission struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

// Credential is a client secret without its text.
type Credential struct {
	KeyID string `json:"keyId"`
	Name  string `json:"displayName"`
}

// PasswordCredential is a new client secret. Graph returns its text only once.
type PasswordCredential struct {
	KeyID string
	Text  secret.String
	End   time.Time
}

const applicationFields = "$select=id,appId,displayName,signInAudience,tags,web,requiredResourceAccess," +
	"passwordCredentials"

// Application returns the application with an object ID.
func (g *Client) Application(ctx context.Context, id string) (a Application, err error) {
	err = g.call(ctx, http.MethodGet, "/applications/"+url.PathEscape(id)+"?"+applicationFields, nil, &a)
	return a, err
}

// Applications returns the applications whose display name is name, or for "" those
// that this program has created.
func (g *Client) Applications(ctx context.Context, name string) ([]Application, error) {
	filter := "tags/any(t:t eq '" + applicationTag + "')"
	if name != "" {
		filter = "displayName eq '" + strings.ReplaceAll(name, "'", "''") + "'"
	}
	return list[Application](ctx, g, waitApplication,
		"/applications?$filter="+url.QueryEscape(filter)+"&"+applicationFields)
}

// ApplicationUpdate is the body of a PATCH of an application: fields that are nil or
// empty are not changed.
type ApplicationUpdate struct {
	Audience string                    `json:"signInAudience,omitempty"`
	Web      *WebPlatform              `json:"web,omitempty"`
	Access   *[]RequiredResourceAccess `json:"requiredResourceAccess,omitempty"`
}

// CreateApplication creates a multitenant web application named
// azure.ApplicationName.
func (g *Client) CreateApplication(
	ctx context.Context, redirectURIs []string, access []RequiredResourceAccess,
) (a Application, err error) {
	body := struct {
		Name string   `json:"displayName"`
		Tags []string `json:"tags"`
		ApplicationUpdate
	}{azure.ApplicationName, []string{applicationTag},
		ApplicationUpdate{azure.Multitenant, &WebPlatform{redirectURIs}, &access}}
	err = g.call(ctx, http.MethodPost, "/applications", body, &a)
	if err == nil && (!azure.IsGUID(a.ID) || !azure.IsGUID(a.AppID)) {
		err = g.notGraphProblem(http.StatusCreated)
	}
	return a, err
}

// UpdateApplication changes the application with an object ID.
func (g *Client) UpdateApplication(ctx context.Context, id string, c ApplicationUpdate) error {
	return g.callNew(ctx, waitApplication, http.MethodPatch, "/applications/"+url.PathEscape(id), c, nil)
}

var (
	waitApplication = i18n.T("Waiting for Microsoft to replicate the application")
	waitPrincipal   = i18n.T("Waiting for Microsoft to replicate the enterprise application")
)

// AddPassword creates a client secret that expires at end.
func (g *Client) AddPassword(ctx context.Context, id, name string, end time.Time) (PasswordCredential, error) {
	body := map[string]any{
		"passwordCredential": map[string]string{"displayName": name, "endDateTime": end.UTC().Format(time.RFC3339)},
	}
	var made struct {
		KeyID string    `json:"keyId"`
		Text  string    `json:"secretText"`
		End   time.Time `json:"endDateTime"`
	}
	path := "/applications/" + url.PathEscape(id) + "/addPassword"
	err := g.callNew(ctx, waitApplication, http.MethodPost, path, body, &made)
	if err == nil && (!azure.IsGUID(made.KeyID) || len(made.Text) < 16 || len(made.Text) > 64) {
		err = g.notGraphProblem(http.StatusOK)
	}
	if made.End.IsZero() {
		made.End = end
	}
	return PasswordCredential{made.KeyID, secret.New(made.Text), made.End}, err
}

// RemovePassword removes a client secret; a missing one is not an error.
func (g *Client) RemovePassword(ctx context.Context, id, keyID string) error {
	path := "/applications/" + url.PathEscape(id) + "/removePassword"
	err := g.call(ctx, http.MethodPost, path, map[string]string{"keyId": keyID}, nil)
	if IsNotFound(err) || strings.Contains(asError(err).Message, "No password credential found") {
		return nil
	}
	return err
}

// Delete deletes an object; a missing one is not an error. The kind is "applications",
// "servicePrincipals", "oauth2PermissionGrants" or that of an assignment.
func (g *Client) Delete(ctx context.Context, kind, id string) error {
	err := g.call(ctx, http.MethodDelete, "/"+kind+"/"+url.PathEscape(id), nil, nil)
	if IsNotFound(err) {
		return nil
	}
	return err
}
