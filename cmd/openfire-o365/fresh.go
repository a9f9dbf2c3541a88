package main

import (
	"context"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/lang"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/oauthflow"
)

// fresh is the one road to a live token, taken by setup, verify and token
// refresh: look, lock, look again, renew what has less than margin left,
// replace the file. Nothing due costs no lock, and no packet.
func (p *program) fresh(ctx context.Context, b openfire.Base, due func(openfire.File) bool) (openfire.File, error) {
	file, err := p.store.Load(b)
	if err != nil {
		return file, err
	}
	if !file.Complete() {
		return file, notConnected(b)
	}
	if !due(file) {
		return file, nil
	}
	var refused error
	pending := false
	err = p.store.Update(ctx, b, func(ctx context.Context, f openfire.File, _ bool) (func(*openfire.File), error) {
		file = f
		if !f.Complete() {
			return nil, notConnected(b)
		}
		if !due(f) {
			return nil, nil // another process was faster
		}
		var change func(*openfire.File)
		pending = p.store.Begin(b)
		change, refused = p.renew(ctx, f)
		if change != nil {
			change(&file)
		}
		return change, nil
	})
	if err != nil {
		return file, err
	}
	if _, answered := asRefusal(refused); refused == nil || answered && !pending {
		p.store.End(b)
	}
	return file, refused
}

func notConnected(b openfire.Base) error {
	return &lang.Problem{Exit: lang.SignIn, ID: "token.refresh",
		What: lang.Text{FR: "%s : la boîte aux lettres n'a pas encore été connectée.", EN: "%s: the mailbox has not been connected yet."}.With(b.Host()),
		Do:   lang.Text{FR: "Lancez « openfire-o365 setup %s ».", EN: "Run \"openfire-o365 setup %s\"."}.With(b.Name())}
}

// within is due with less than margin of access token left. A token that claims
// more than a day was written under a wrong clock and is due too.
func (p *program) within(margin time.Duration) func(openfire.File) bool {
	return func(f openfire.File) bool {
		for _, b := range f.Blocks() {
			if left := b.Tokens.Left(p.now()); left < margin || left > 25*time.Hour {
				return true
			}
		}
		return false
	}
}

// renew makes for each block the very POST its base will make. One refresh
// token serves all blocks, so each POST uses what the one before brought. What
// was got before a refusal is kept.
func (p *program) renew(ctx context.Context, f openfire.File) (func(*openfire.File), error) {
	config := p.oauth(f)
	refresh := f.Mail.Refresh
	got := map[bool]oauthflow.Token{}
	var failure error
	rotated := false
	for _, b := range f.Blocks() {
		token, err := config.Refresh(ctx, refresh, b.Scope, f.Base.RedirectURI())
		for _, note := range token.Notes {
			p.log().Debug("token answer", "base", f.Base.Host(), "note", note)
		}
		if !token.Refresh.Empty() {
			refresh, rotated = token.Refresh, true
		}
		if failure = err; err != nil {
			break
		}
		got[b.Incoming] = token
	}
	if len(got) == 0 && !rotated {
		return nil, failure
	}
	now := p.now()
	return func(f *openfire.File) {
		if rotated {
			f.Azure.RefreshIssued = now
		}
		for _, b := range f.Blocks() {
			b.Tokens.Refresh = refresh
			if token, ok := got[b.Incoming]; ok {
				b.Tokens.Access, b.Tokens.Expiration = token.Access, now.Add(token.Lifetime).Unix()
			}
		}
	}, failure
}

// oauth is the application of a token file, where its base knows it.
func (p *program) oauth(f openfire.File) oauthflow.Config {
	endpoint := p.cloud.Endpoint(f.Client.Endpoint)
	return oauthflow.Config{ClientID: f.Client.ID, Secret: f.Client.Secret, HTTP: p.http, Now: p.now,
		Authorize: endpoint + "authorize", Token: endpoint + "token"}
}

// proveSecret asks Entra for an empty-handed Graph token at the tenant's own
// endpoint, which it gives to whoever has the application's secret.
func (p *program) proveSecret(ctx context.Context, f openfire.File) error {
	return p.oauth(f).ClientCredentials(ctx, p.cloud.TenantTokenURL(f.Azure.TenantID), "https://graph.microsoft.com/.default")
}
