package apply

import (
	"context"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/openfire/input"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// Pull reads the configuration of one mailbox from a connected base, by the user of
// its server. It is the only function that reads secrets from a base.
func Pull(ctx context.Context, base *openfire.Client, c openfire.MailConfig, user string) (tokenfile.File, error) {
	f := tokenfile.New(base.Base, base.Version)
	fetch, fetching := c.IncomingServer(user)
	fetching = fetching && fetch.Active() && fetch.Outlook && fetch.Connected
	server, _ := c.OutgoingServer(user)
	mailbox, err := input.ParseMailbox(server.Text("from_filter"))
	if err != nil { // empty, a domain or a list
		mailbox = user
	}
	f.SetMailbox(mailbox, fetching)
	f.SetUser(user)
	f.Azure.RedirectURI = base.Base.RedirectURI()
	params, err := base.Params(ctx, openfire.ParamClientID, openfire.ParamSecret, openfire.ParamEndpoint)
	if err != nil {
		return f, err
	}
	f.Client = tokenfile.Client{
		ID:       strings.ToLower(params[openfire.ParamClientID]),
		Secret:   secret.New(params[openfire.ParamSecret]),
		Endpoint: params[openfire.ParamEndpoint],
	}
	if f.Client.ID == "" || f.Client.Secret.Empty() {
		return f, &problem.Problem{Exit: problem.Mail, ID: "base.values",
			What: i18n.T("The application ID or secret is missing in the base (system parameters " +
				"microsoft_outlook_client_…).")}
	}
	f.Mail.Name = server.Text("name")
	if f.Mail.Tokens, err = pullTokens(ctx, base, server); err != nil || !fetching {
		return f, err
	}
	f.Fetch.Name = fetch.Text("name")
	f.Fetch.Tokens, err = pullTokens(ctx, base, fetch)
	return f, err
}

func pullTokens(ctx context.Context, base *openfire.Client, server openfire.Server) (t tokenfile.Tokens, err error) {
	found, err := base.SearchRead(ctx, server.Model, openfire.TokenFields, []any{"id", "=", server.ID()})
	if err != nil {
		return t, err
	}
	if len(found) != 1 || found[0].Text(openfire.RefreshTokenField) == "" {
		return t, base.Unexpected(openfire.RefreshTokenField)
	}
	return tokenfile.Tokens{
		Refresh:    secret.New(found[0].Text(openfire.RefreshTokenField)),
		Access:     secret.New(found[0].Text(openfire.AccessTokenField)),
		Expiration: found[0].Int(openfire.ExpirationField),
	}, nil
}
