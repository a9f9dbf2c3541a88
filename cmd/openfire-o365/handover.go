package main

import (
	"context"

	"github.com/openfire-fr/openfire-o365/internal/apply"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// credentials reads the account of the flags; without --login it is empty.
func (p *program) credentials(a account) (openfire.Credentials, error) {
	if a.login == "" {
		return openfire.Credentials{}, nil
	}
	key, err := p.apiKey(a.keyFile)
	if err == nil && key.Empty() {
		err = &ui.Missing{IDs: []string{"api-key"}}
	}
	return openfire.Credentials{DB: a.db, Login: a.login, Key: key}, err
}

// handsOver makes token refresh --apply: a base of Odoo 10 to 13 gets the newer
// refresh token, which it would never store by itself.
func (p *program) handsOver(a account) error {
	cred, err := p.credentials(a)
	if err != nil {
		return err
	}
	if cred.Login == "" {
		return usage("login", i18n.T("--apply wants --login and --api-key-file."))
	}
	p.handOver = func(ctx context.Context, b openfire.Base, f tokenfile.File) error {
		r, err := openfire.Connect(ctx, p.http, p.cloud, b, cred)
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
