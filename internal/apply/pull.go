package apply

import (
	"context"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// Pull reads what a connected base holds of one mailbox: the only call that
// takes secrets out of a base.
func Pull(ctx context.Context, r *openfire.Client, s openfire.MailConfig, mailbox string) (tokenfile.File, error) {
	f := tokenfile.New(r.Base, r.Version)
	fetch, fetching := s.IncomingServer(mailbox)
	fetching = fetching && fetch.Active() && fetch.Outlook && fetch.Connected
	f.SetMailbox(mailbox, fetching)
	f.Azure.RedirectURI = r.Base.RedirectURI()
	params, err := r.Params(ctx, openfire.ParamClientID, openfire.ParamSecret, openfire.ParamEndpoint)
	if err != nil {
		return f, err
	}
	f.Client = tokenfile.Client{ID: strings.ToLower(params[openfire.ParamClientID]), Secret: secret.New(params[openfire.ParamSecret]), Endpoint: params[openfire.ParamEndpoint]}
	if f.Client.ID == "" || f.Client.Secret.Empty() {
		return f, &problem.Problem{Exit: problem.Mail, ID: "base.values",
			What: i18n.T("The base lacks the application's identifier or secret (system parameters microsoft_outlook_client_…).")}
	}
	server, _ := s.OutgoingServer(mailbox)
	f.Mail.Name = server.Text("name")
	if f.Mail.Tokens, err = pullTokens(ctx, r, server); err != nil || !fetching {
		return f, err
	}
	f.Fetch.Name = fetch.Text("name")
	f.Fetch.Tokens, err = pullTokens(ctx, r, fetch)
	return f, err
}

func pullTokens(ctx context.Context, r *openfire.Client, server openfire.Server) (tokenfile.Tokens, error) {
	found, err := r.SearchRead(ctx, server.Model, tokenFields, []any{"id", "=", server.ID()})
	if err != nil {
		return tokenfile.Tokens{}, err
	}
	if len(found) != 1 || found[0].Text(tokenFields[0]) == "" {
		return tokenfile.Tokens{}, r.Unexpected(tokenFields[0])
	}
	return tokenfile.Tokens{Refresh: secret.New(found[0].Text(tokenFields[0])), Access: secret.New(found[0].Text(tokenFields[1])), Expiration: found[0].Int(tokenFields[2])}, nil
}
