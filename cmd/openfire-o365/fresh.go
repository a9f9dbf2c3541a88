package main

import (
	"context"
	"errors"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store/disk"
	"github.com/openfire-fr/openfire-o365/oauthflow"
)

// fresh is the one road to a live token, taken by setup, verify and token
// refresh: look, lock, look again, renew what has less than margin left,
// replace the file. Nothing due costs no lock, and no packet.
func (p *program) fresh(ctx context.Context, b openfire.Base, due func(tokenfile.File) bool) (tokenfile.File, error) {
	file, err := p.load(b)
	if err != nil {
		return file, err
	}
	if !due(file) {
		p.store.RemoveStale(ctx, b)
		return file, nil
	}
	file, _, err = p.replace(ctx, b, due, map[bool]bool{}, func() error { return nil })
	return file, err
}

// load reads a base's file, which must have all that a renewal needs.
func (p *program) load(b openfire.Base) (tokenfile.File, error) {
	file, err := p.store.Load(b)
	if err == nil && !file.Complete() {
		err = notConnected(b)
	}
	return file, err
}

// replace is the road from the lock on. It posts at most once for each block
// that is not in done, where it notes what it got. Posted tells whether
// Microsoft was asked: the file may be fresh because another process did. An
// error of turn, which is called right before, ends it there.
func (p *program) replace(ctx context.Context, b openfire.Base, due func(tokenfile.File) bool, done map[bool]bool, turn func() error) (file tokenfile.File, posted bool, err error) {
	var refused error
	pending := false
	err = p.store.Update(ctx, b, func(ctx context.Context, f tokenfile.File, _ bool) (func(*tokenfile.File), error) {
		file = f
		if !f.Complete() {
			return nil, notConnected(b)
		}
		if !due(f) {
			return nil, nil // another process was faster
		}
		if err := turn(); err != nil {
			return nil, err
		}
		var change func(*tokenfile.File)
		posted, pending = true, p.store.MarkRefreshStarted(b)
		change, refused = p.renew(ctx, f, done)
		if change != nil {
			change(&file)
		}
		return change, nil
	})
	var failed *disk.Error
	if errors.As(err, &failed) && failed.Kind == disk.Busy {
		if now, bad := p.load(b); bad == nil && !due(now) {
			return now, false, nil // whoever holds the lock has done it
		}
	}
	if err != nil {
		return file, posted, err
	}
	if _, answered := asRefusal(refused); refused == nil || answered && !pending {
		p.store.MarkRefreshDone(b)
	}
	return file, posted, refused
}

// afterStop is how long an answer is waited for after a signal.
const afterStop = 35 * time.Second

// flight lets a POST that is under way outlive a signal, as its answer may hold
// the only good token. The deadline of a base ends it all the same.
func flight(ctx context.Context) (context.Context, context.CancelFunc) {
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			select {
			case <-time.After(afterStop):
			case <-inner.Done():
			}
		}
		cancel()
	})
	return inner, func() { stop(); cancel() }
}

func notConnected(b openfire.Base) error {
	return &problem.Problem{Exit: problem.SignIn, ID: "token.refresh",
		What: i18n.T("%s: the mailbox has not been connected yet.", b.Host()),
		Do:   i18n.T("Run \"openfire-o365 setup %s\".", b.Name())}
}

// renew makes for each block the very POST its base will make. One refresh
// token serves all blocks, so each POST uses what the one before brought. What
// was got before a refusal, or a signal, is kept.
func (p *program) renew(ctx context.Context, f tokenfile.File, done map[bool]bool) (func(*tokenfile.File), error) {
	under, land := flight(ctx)
	defer land()
	config := p.oauth(f)
	refresh := f.Mail.Refresh
	got := map[bool]oauthflow.Token{}
	var failure error
	rotated := false
	for _, b := range f.Blocks() {
		if done[b.Incoming] {
			continue
		}
		if len(got) > 0 && ctx.Err() != nil {
			break
		}
		token, err := p.post(under, config, f, b, refresh)
		if !token.Refresh.Empty() {
			refresh, rotated = token.Refresh, true
		}
		if failure = err; err != nil {
			break
		}
		got[b.Incoming], done[b.Incoming] = token, true
	}
	if len(got) == 0 && !rotated {
		return nil, failure
	}
	now := p.now()
	return func(f *tokenfile.File) {
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

// post renews one block. Tokens of somebody else than who signed in are no
// tokens of this base.
func (p *program) post(ctx context.Context, config oauthflow.Config, f tokenfile.File, b tokenfile.Block, refresh secret.String) (oauthflow.Token, error) {
	token, err := config.Refresh(ctx, refresh, b.Scope, f.Base.RedirectURI())
	for _, note := range token.Notes {
		p.log().Debug("token answer", "base", f.Base.Host(), "note", note)
	}
	if err == nil && token.ID != nil {
		if err = token.ID.Of(f.Azure.SignedInOID, f.Azure.TenantID); err != nil {
			return oauthflow.Token{}, err
		}
	}
	return token, err
}

// oauth is the application of a token file, where its base knows it.
func (p *program) oauth(f tokenfile.File) oauthflow.Config {
	endpoint := p.cloud.Endpoint(f.Client.Endpoint)
	return oauthflow.Config{ClientID: f.Client.ID, Secret: f.Client.Secret, HTTP: p.http, Now: p.now,
		Authorize: endpoint + "authorize", Token: endpoint + "token"}
}

// proveSecret asks Entra for an empty-handed Graph token at the tenant's own
// endpoint, which it gives to whoever has the application's secret.
func (p *program) proveSecret(ctx context.Context, f tokenfile.File) error {
	return p.oauth(f).ClientCredentials(ctx, p.cloud.TenantTokenURL(f.Azure.TenantID), "https://graph.microsoft.com/.default")
}
