package main

import (
	"context"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/wizard"
)

// checkEnv is what the checks work with, but for the base.
func (p *program) checkEnv(ctx context.Context, v verifyFlags) check.Env {
	env := check.Env{Account: v.credentials, Cloud: p.cloud, HTTP: p.http, Store: p.store, Now: p.now,
		Timeout: p.flags.timeout, Lang: p.lang, Offline: v.offline, Send: v.send,
		Load: func(b openfire.Base) (tokenfile.File, error) {
			return wizard.Explained(func(err error) *problem.Problem { return p.explain(ctx, err) }, p.store, b)
		},
		Fresh: p.freshExplained,
		Renew: func(ctx context.Context, refused tokenfile.File) (tokenfile.File, error) {
			return p.fresh(ctx, refused.Base, func(f tokenfile.File) bool { return f.Mail.Access.Reveal() == refused.Mail.Access.Reveal() })
		},
		Secret: p.proveSecret,
	}
	if v.fixPerms {
		env.Mend = func(b openfire.Base) ([]string, error) {
			done, err := p.store.FixPermissions(b)
			if err != nil {
				return nil, p.explain(ctx, err)
			}
			return done, nil
		}
	}
	return env
}

// freshExplained renews a token with less than five minutes left, its troubles
// told as a check wants them.
func (p *program) freshExplained(ctx context.Context, b openfire.Base) (tokenfile.File, error) {
	file, err := p.fresh(ctx, b, p.within(verifyMargin))
	if err == nil {
		return file, nil
	}
	if _, refused := asRefusal(err); refused {
		return file, err
	}
	return file, p.explain(ctx, err)
}
