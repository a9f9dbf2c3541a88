package openfire

import (
	"context"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/guard"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// Pull reads what a connected base holds of one mailbox: the only call that
// takes secrets out of a base.
func (r *Remote) Pull(ctx context.Context, s Survey, mailbox string) (File, error) {
	f := NewFile(r.base, r.Version)
	fetch, fetching := s.Fetching(mailbox)
	fetching = fetching && fetch.Active() && fetch.Outlook && fetch.Connected
	f.SetMailbox(mailbox, fetching)
	f.Azure.RedirectURI = r.base.RedirectURI()
	params, err := r.Params(ctx, paramClientID, paramSecret, paramEndpoint)
	if err != nil {
		return f, err
	}
	f.Client = Client{ID: strings.ToLower(params[paramClientID]), Secret: guard.NewSecret(params[paramSecret]), Endpoint: params[paramEndpoint]}
	if f.Client.ID == "" || f.Client.Secret.Empty() {
		return f, &problem.Problem{Exit: problem.Mail, ID: "base.values",
			What: i18n.T("The base lacks the application's identifier or secret (system parameters microsoft_outlook_client_…).")}
	}
	server, _ := s.Ours(mailbox)
	f.Mail.Name = server.Text("name")
	if f.Mail.Tokens, err = r.tokens(ctx, server); err != nil || !fetching {
		return f, err
	}
	f.Fetch.Name = fetch.Text("name")
	f.Fetch.Tokens, err = r.tokens(ctx, fetch)
	return f, err
}

func (r *Remote) tokens(ctx context.Context, server Server) (Tokens, error) {
	found, err := r.Find(ctx, server.Model, tokenFields, []any{"id", "=", server.ID()})
	if err != nil {
		return Tokens{}, err
	}
	if len(found) != 1 || found[0].Text(tokenFields[0]) == "" {
		return Tokens{}, r.unexpected(tokenFields[0])
	}
	return Tokens{Refresh: guard.NewSecret(found[0].Text(tokenFields[0])), Access: guard.NewSecret(found[0].Text(tokenFields[1])), Expiration: found[0].Int(tokenFields[2])}, nil
}

// Adopt takes over what was pulled from the base, and keeps what the base does
// not know: what was registered, when the secret ends, keys of other people's.
func (f *File) Adopt(pulled File) {
	kept := f.Azure
	if f.Client.Secret != pulled.Client.Secret {
		kept.SecretExpires, kept.SecretKeyID = "", ""
	}
	if !strings.EqualFold(f.Mailbox(), pulled.Mailbox()) {
		kept.SignedInAs, kept.SignedInOID = "", ""
	}
	kept.TenantID, kept.RedirectURI = pulled.Azure.TenantID, pulled.Azure.RedirectURI
	f.OdooVersion, f.Client, f.Mail, f.Fetch, f.Azure = pulled.OdooVersion, pulled.Client, pulled.Mail, pulled.Fetch, kept
}
