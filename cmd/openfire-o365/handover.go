package main

import (
	"context"

	"github.com/openfire-fr/openfire-o365/internal/apply"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// remote signs in to bases as the account of the flags; nil when none is given.
func (p *program) remote(a account) (func(context.Context, openfire.Base) (*openfire.Client, error), error) {
	if a.login == "" {
		return nil, nil
	}
	key, err := p.apiKey(a.keyFile)
	if err != nil {
		return nil, err
	}
	if key.Empty() {
		return nil, &ui.Missing{IDs: []string{"api-key"}}
	}
	return func(ctx context.Context, b openfire.Base) (*openfire.Client, error) {
		cred := openfire.Credentials{DB: a.db, Login: a.login, Key: key}
		if cred.DB == "" {
			cred.DB = b.Database()
		}
		return openfire.Connect(ctx, p.http, p.cloud, b, cred)
	}, nil
}

// surveyor looks into bases for verify; nil without an account.
func (p *program) surveyor(a account) (func(context.Context, openfire.Base, tokenfile.File) (openfire.MailConfig, error), error) {
	remote, err := p.remote(a)
	if remote == nil {
		return nil, err
	}
	return func(ctx context.Context, b openfire.Base, f tokenfile.File) (openfire.MailConfig, error) {
		r, err := remote(ctx, b)
		if err != nil {
			return openfire.MailConfig{}, err
		}
		return r.MailConfig(ctx, f.Client.Secret)
	}, nil
}

// handsOver makes token refresh --apply: a base of Odoo 10 to 13 gets the newer
// refresh token, which it would never store by itself.
func (p *program) handsOver(a account) error {
	remote, err := p.remote(a)
	if err != nil {
		return err
	}
	if remote == nil {
		return usage("login", i18n.T("--apply wants --login and --api-key-file."))
	}
	p.handOver = func(ctx context.Context, b openfire.Base, f tokenfile.File) error {
		r, err := remote(ctx, b)
		if err != nil {
			return err
		}
		if done, err := apply.HandOver(ctx, r, f); err != nil || !done {
			return err
		}
		_, err = p.change(ctx, b, func(now *tokenfile.File) { now.Azure.BaseRefreshIssued = f.Azure.RefreshIssued })
		return err
	}
	return nil
}

// owes: with --apply, the base would be better off with the file's token.
func (p *program) owes(f tokenfile.File) bool {
	return p.handOver != nil && !f.Features().Has(openfire.StoresRotatedToken) && f.Complete() && f.Azure.RefreshIssued.After(f.Azure.BaseRefreshIssued)
}
