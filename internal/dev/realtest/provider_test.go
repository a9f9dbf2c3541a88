package realtest

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// The application and the accounts of the provider.
const (
	tenantID     = "7a1c0b52-3d4e-4f60-8a91-b2c3d4e5f607"
	clientID     = "0c9d8e7f-6a5b-4c3d-9e2f-1a0b9c8d7e6f"
	clientSecret = "Q8x~real-but-worthless-value-of-a-secret-0"
	password     = "correct horse"
	mailbox      = "compta@client.fr"
	sender       = "anna@client.fr"
	redirect     = "https://mabase.openfire.fr/microsoft_outlook/confirm"
)

// provider is zitadel's OpenID provider with the paths of Entra.
type provider struct {
	url     string
	storage *entraStorage
}

// startProvider starts a provider on its own port.
func startProvider(t *testing.T) *provider {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	at := "http://" + server.Listener.Addr().String()
	issuer := at + "/" + tenantID + "/v2.0"
	client := storage.WebClient(clientID, clientSecret, redirect)
	p := &provider{at, &entraStorage{Storage: storage.NewStorageWithClients(accounts{}, map[string]*storage.Client{clientID: client})}}
	router := exampleop.SetupServer(issuer, p.storage, slog.New(slog.DiscardHandler), false,
		op.WithCustomAuthEndpoint(op.NewEndpoint("authorize")), op.WithCustomTokenEndpoint(op.NewEndpoint("token")))
	server.Config.Handler = entraPaths(router)
	server.Start()
	t.Cleanup(server.Close)
	return p
}

// entraPaths maps /TENANT/oauth2/v2.0/x and /TENANT/v2.0/x, for any tenant, to
// the provider's /x.
func entraPaths(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 2)
		if len(parts) == 2 && parts[0] != "login" {
			r.URL.Path = "/" + strings.TrimPrefix(strings.TrimPrefix(parts[1], "oauth2/"), "v2.0/")
		}
		next.ServeHTTP(w, r)
	})
}

// entraStorage adds to zitadel's example storage what Entra has: the tenant in the
// id_token, and a loopback redirect URI with any port.
type entraStorage struct {
	*storage.Storage
	withheld string // a scope that is never granted
}

func (s *entraStorage) SetUserinfoFromRequest(ctx context.Context, info *oidc.UserInfo, request op.IDTokenRequest, scopes []string) error {
	err := s.Storage.SetUserinfoFromRequest(ctx, info, request, scopes)
	info.AppendClaims("tid", tenantID)
	info.AppendClaims("oid", request.GetSubject())
	return err
}

// SetIntrospectionFromToken names the mailbox even if the token has no profile
// scope, as Exchange knows it from the token.
func (s *entraStorage) SetIntrospectionFromToken(ctx context.Context, answer *oidc.IntrospectionResponse, tokenID, subject, client string) error {
	err := s.Storage.SetIntrospectionFromToken(ctx, answer, tokenID, subject, client)
	answer.Username = subject
	return err
}

// TokenRequestByRefreshToken returns a copy: the example provider narrows a
// refresh token to the scopes of the last request, against RFC 6749 section 6,
// and revokes the previous access token; Entra does neither.
func (s *entraStorage) TokenRequestByRefreshToken(ctx context.Context, token string) (op.RefreshTokenRequest, error) {
	request, err := s.Storage.TokenRequestByRefreshToken(ctx, token)
	if err != nil {
		return nil, err
	}
	held := request.(*storage.RefreshTokenRequest).RefreshToken
	held.AccessToken = ""
	copied := *held
	return storage.RefreshTokenRequestFromBusiness(&copied), nil
}

func (s *entraStorage) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	c, err := s.Storage.GetClientByClientID(ctx, id)
	return entraClient{c, s.withheld}, err
}

// ClientCredentials accepts the application's own secret, as Entra does.
func (s *entraStorage) ClientCredentials(ctx context.Context, id, given string) (op.Client, error) {
	if err := s.AuthorizeClientIDSecret(ctx, id, given); err != nil {
		return nil, err
	}
	return s.GetClientByClientID(ctx, id)
}

func (s *entraStorage) ClientCredentialsTokenRequest(_ context.Context, id string, scopes []string) (op.TokenRequest, error) {
	return &oidc.JWTTokenRequest{Subject: id, Audience: []string{id}, Scopes: scopes}, nil
}

type entraClient struct {
	op.Client
	withheld string
}

func (entraClient) RedirectURIGlobs() []string           { return []string{"http://localhost:*/openfire-o365"} }
func (entraClient) PostLogoutRedirectURIGlobs() []string { return nil }
func (entraClient) AuthMethod() oidc.AuthMethod          { return oidc.AuthMethodPost }
func (entraClient) IDTokenUserinfoClaimsAssertion() bool { return true }
func (c entraClient) GrantTypes() []oidc.GrantType {
	return append(c.Client.GrantTypes(), oidc.GrantTypeClientCredentials)
}
func (c entraClient) IsScopeAllowed(scope string) bool {
	return scope != c.withheld && slices.Contains([]string{"https://outlook.office.com/SMTP.Send", "https://outlook.office.com/IMAP.AccessAsUser.All"}, scope)
}

// revoke revokes a token at the provider's revocation endpoint (RFC 7009).
func (p *provider) revoke(t *testing.T, token string) {
	t.Helper()
	res, err := http.PostForm(p.url+"/"+tenantID+"/v2.0/revoke", url.Values{"token": {token}, "client_id": {clientID}, "client_secret": {clientSecret}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("the provider did not revoke: %s", res.Status)
	}
}

// accounts are the users of the provider.
type accounts struct{}

func (accounts) GetUserByID(id string) *storage.User {
	return &storage.User{ID: id, Username: id, Password: password, FirstName: "Client", LastName: "SARL", Email: id, EmailVerified: true}
}

func (a accounts) GetUserByUsername(name string) *storage.User { return a.GetUserByID(name) }

func (accounts) ExampleClientID() string { return "service" }
