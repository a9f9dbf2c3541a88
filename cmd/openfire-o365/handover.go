package main

import (
	"context"
	"fmt"
	"iter"
	"runtime/debug"
	"sync"

	"github.com/openfire-fr/openfire-o365/internal/apply"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
)

// credentials reads the account of the flags; without --login it is empty.
func (p *program) credentials(a account) (openfire.Credentials, error) {
	if a.login == "" {
		return openfire.Credentials{}, nil
	}
	key, err := p.apiKey(a.keyFile)
	if err == nil && key.Empty() {
		err = dialog.Missing("api-key")
	}
	return openfire.Credentials{DB: a.db, Login: a.login, Key: key}, err
}

// handOverAccount reads the account of token refresh --apply: a base of Odoo 10
// to 13 gets the newer refresh token, which it would never store by itself.
func (p *program) handOverAccount(a account) (openfire.Credentials, error) {
	cred, err := p.credentials(a)
	if err == nil && cred.Login == "" {
		err = usage("login", i18n.T("--apply wants --login and --api-key-file."))
	}
	return cred, err
}

// handOver gives bases that are behind their new tokens, a few at a time, and
// yields all outcomes.
func (p *program) handOver(ctx context.Context, outcomes iter.Seq[tokens.Outcome], cred openfire.Credentials, jobs int) iter.Seq[tokens.Outcome] {
	refresher := p.refresher()
	return func(yield func(tokens.Outcome) bool) {
		done := make(chan tokens.Outcome)
		go func() {
			defer close(done)
			var workers sync.WaitGroup
			defer workers.Wait()
			free := make(chan struct{}, jobs)
			for o := range outcomes {
				if !o.Behind {
					done <- o
					continue
				}
				free <- struct{}{}
				workers.Go(func() {
					defer func() { <-free }()
					if o := refresher.Finish(ctx, o, p.handOverBase(context.WithoutCancel(ctx), o, cred)); o.Result != "" {
						done <- o
					}
				})
			}
		}()
		wanted := true
		for o := range done {
			wanted = wanted && yield(o)
		}
	}
}

func (p *program) handOverBase(ctx context.Context, o tokens.Outcome, cred openfire.Credentials) (err error) {
	defer func() {
		if crash := recover(); crash != nil { // one base, not the run
			p.log().Debug("panic", "base", o.Base.Host(), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", crash)
		}
	}()
	r, err := openfire.Connect(ctx, p.http, p.cloud, o.Base, cred)
	if err != nil {
		return err
	}
	if done, err := apply.HandOver(ctx, r, o.File); err != nil || !done {
		return err
	}
	_, err = p.store.Edit(ctx, o.Base, func(now *tokenfile.File) { now.Azure.BaseRefreshIssued = o.File.Azure.RefreshIssued })
	return err
}
