package main

import (
	"context"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
	"github.com/openfire-fr/openfire-o365/wizard"
)

// check runs the checks of one base.
func (p *program) check(ctx context.Context, b openfire.Base, v verifyFlags, copies func() []store.StrayCopy, tell func(check.Result)) diagnosis {
	d := diagnosis{base: b}
	env := check.Env{
		Base: b, Cloud: p.cloud, HTTP: p.http, Now: p.now, Timeout: p.flags.timeout, Lang: p.lang, Offline: v.offline, Send: v.send,
		Load: func() (file tokenfile.File, err error) {
			file, err = wizard.Explained(func(err error) *problem.Problem { return p.explain(ctx, err) }, p.store, b)
			d.file = file
			return file, err
		},
		Fresh: func(ctx context.Context) (file tokenfile.File, err error) {
			file, err = p.freshExplained(ctx, b)
			d.file = file
			return file, err
		},
		Renew: func(ctx context.Context, refused tokenfile.File) (file tokenfile.File, err error) {
			file, err = p.fresh(ctx, b, func(f tokenfile.File) bool { return f.Mail.Access.Reveal() == refused.Mail.Access.Reveal() })
			if err == nil {
				d.file = file
			}
			return file, err
		},
		Secret:  p.proveSecret,
		Pending: func() time.Time { return p.store.State(b).RefreshStarted },
		Remote:  v.remote,
		Copies: func() (names []string) {
			for _, c := range copies() {
				if c.BelongsTo(b) {
					names = append(names, c.Name)
				}
			}
			return names
		},
	}
	if v.fixPerms {
		env.Mend = func() ([]string, error) {
			done, err := p.store.FixPermissions(b)
			if err != nil {
				return nil, p.explain(ctx, err)
			}
			return done, nil
		}
	}
	if v.survey != nil {
		env.Survey = func(ctx context.Context, f tokenfile.File) (openfire.MailConfig, error) { return v.survey(ctx, b, f) }
	}
	d.results = check.Run(ctx, env, tell)
	return d
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
