package tokens

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/oauthflow"
)

const (
	tries       = 3                // per base
	maxPause    = time.Minute      // the longest pause that a run waits for
	maxFailures = 20               // consecutive failures after which nothing is sent to a host
	maxSilence  = 90 * time.Second // time without a useful answer, after which nothing is sent to a host
)

// backoff holds the longest waits before the second and the third try. The actual
// wait is a random part of that, so that bases which failed together do not retry
// together.
var backoff = [...]time.Duration{time.Second, 4 * time.Second}

// limiter limits what one run sends to token endpoints. All workers share what it
// learns: a pause requested by a host or a tenant, a refused application, a host
// that does not answer (circuit breaker).
type limiter struct {
	now   func() time.Time
	sleep func(ctx context.Context, d time.Duration) error // an error if ctx ends first

	mu    sync.Mutex
	hosts map[string]*host
	apps  map[appKey]*app
}

// skippedError reports that nothing was sent because of an earlier failure of
// another base, the embedded error. open reports that the host answers no request
// at all, so the remaining bases are left to the next run.
type skippedError struct {
	error
	open bool
}

func (e *skippedError) Unwrap() error { return e.error }

// appKey is a client ID with its secret, where known. The secret is part of the
// key: a base with the new secret must not be stopped because another base still
// has the old one.
type appKey struct {
	host, client string
	secret       secret.String
}

// app is the state of an application. Until Entra has accepted or refused it once,
// its bases post one at a time, so that an expired secret is sent once and not for
// thousands of bases.
type app struct {
	turn    chan struct{}
	known   chan struct{} // closed by settled
	settled sync.Once
	refused error
}

// caller is the host, application and tenant of a POST.
type caller struct {
	key    appKey
	tenant string
}

// errPaused reports that the server asked for a pause while a caller waited for its
// turn.
var errPaused = errors.New("paused while waiting")

// do calls try, which posts at most once, and calls it again after a temporary
// failure, up to three times in all. try must call turn immediately before it posts
// and return its error: a caller must not hold a turn while it waits for something
// else, such as a lock. do returns the last error of try, or a *skippedError.
// tenant is the tenant that a "too many requests" answer applies to; it may be
// empty.
func (p *limiter) do(ctx context.Context, c oauthflow.Config, tenant string, try func(turn func() error) error) error {
	who := caller{appKey{c.Token, c.ClientID, c.Secret}, strings.ToLower(tenant)}
	if u, err := url.Parse(c.Token); err == nil {
		who.key.host = u.Host
	}
	var last error
	end := p.now().Add(perBase)
	for n := 0; n < tries; {
		asked, leave := false, func() {}
		err := p.enter(ctx, who, end)
		if err == nil {
			err = try(func() (err error) {
				leave, err = p.turn(ctx, who)
				asked = err == nil
				return err
			})
		}
		var skipped *skippedError
		var tooLong *PauseError
		switch {
		case errors.Is(err, errPaused):
			continue
		case !asked && errors.As(err, &tooLong):
			return err
		case !asked && last != nil && err != nil && (!errors.As(err, &skipped) || skipped.open):
			return last // this base's own error, not that of another base
		case !asked:
			return err
		}
		last = err
		wait, again := p.learn(who, err, n)
		leave()
		if n++; !again || wait > 0 && p.sleep(ctx, wait) != nil {
			break
		}
	}
	return last
}

// enter waits for the pauses that apply to the caller. It returns a *skippedError
// if the caller must not post at all, or a *PauseError if the pause lasts beyond
// end.
func (p *limiter) enter(ctx context.Context, who caller, end time.Time) error {
	p.app(who.key)
	for {
		wait, err := p.judge(who)
		if err != nil || wait.why == nil {
			return err
		}
		if wait.until.After(end) {
			return &PauseError{wait.until, wait.why}
		}
		if p.sleep(ctx, wait.until.Sub(p.now())) != nil {
			return &skippedError{error: wait.why}
		}
	}
}

// turn waits for the caller's turn while it is unknown whether Entra accepts the
// application. The caller must call leave after learn.
func (p *limiter) turn(ctx context.Context, who caller) (leave func(), err error) {
	a := p.app(who.key)
	leave = func() {}
	select {
	case <-a.known:
	case a.turn <- struct{}{}:
		leave = func() { <-a.turn }
	case <-ctx.Done():
		return leave, ctx.Err()
	}
	wait, err := p.judge(who)
	err = cmp.Or(err, ctx.Err()) // the turn and the cancellation may come together
	if err == nil && wait.why != nil {
		err = errPaused
	}
	if err != nil {
		leave()
	}
	return leave, err
}

func (p *limiter) app(key appKey) *app {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.apps == nil {
		p.apps, p.hosts = map[appKey]*app{}, map[string]*host{}
	}
	if p.apps[key] == nil {
		p.apps[key] = &app{turn: make(chan struct{}, 1), known: make(chan struct{})}
	}
	if p.hosts[key.host] == nil {
		p.hosts[key.host] = &host{tenants: map[string]*trouble{}, failing: map[string]bool{}}
	}
	return p.apps[key]
}

// judge returns the pause that applies to a caller, zero if there is none, or a
// *skippedError if it must not post at all.
func (p *limiter) judge(who caller) (pause, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h, now := p.hosts[who.key.host], p.now()
	if refused := p.apps[who.key].refused; refused != nil {
		return pause{}, &skippedError{error: refused}
	}
	tenant := h.tenant(who.tenant)
	for _, t := range []*trouble{&h.trouble, tenant} {
		if t.open(now) {
			return pause{}, &skippedError{error: t.last, open: true}
		}
	}
	wait := h.paused
	if tenant.paused.until.After(wait.until) {
		wait = tenant.paused
	}
	switch left := wait.until.Sub(now); {
	case left <= 0:
		return pause{}, nil
	case left > maxPause:
		return pause{}, &PauseError{wait.until, wait.why}
	}
	return wait, nil
}

// learn records what the outcome of try n says about the host, the tenant and the
// application. It returns whether to try again and after which wait.
func (p *limiter) learn(who caller, err error, n int) (wait time.Duration, again bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h, now := p.hosts[who.key.host], p.now()
	more := n < len(backoff)
	if more {
		wait = 1 + rand.N(backoff[n])
	}
	var refused *oauthflow.Error
	var broken *network.TransportError
	switch {
	case err == nil:
		h.answer(who.tenant)
		p.settle(who.key, nil)
	case errors.As(err, &refused) && refused.Temporary():
		h.failTenant(now, who.tenant, err)
		asked := max(refused.RetryAfter, wait)
		if refused.RetryAfter > 0 || refused.Status == http.StatusTooManyRequests {
			h.tenant(who.tenant).pause(pause{now.Add(asked), refused})
			return 0, more // enter waits for the pause or returns a PauseError
		}
		return wait, more
	case errors.As(err, &refused):
		h.answer(who.tenant)
		if refused.Code == "invalid_client" || refused.Code == "unauthorized_client" {
			p.settle(who.key, refused)
		} else {
			p.settle(who.key, nil)
		}
	case errors.Is(err, context.Canceled):
	case errors.As(err, &broken):
		h.fail(now, err)
		return wait, more && !broken.Untrusted && !h.open(now)
	case errors.Is(err, oauthflow.ErrNotTokenAnswer), errors.Is(err, network.ErrRedirect),
		errors.Is(err, network.ErrTooLarge):
		h.fail(now, err) // from a captive portal or a proxy: an immediate retry would get the same answer
	}
	return 0, false
}

// settle records that Entra has accepted an application, or refused it.
func (p *limiter) settle(key appKey, refused error) {
	a := p.apps[key]
	a.refused = cmp.Or(refused, a.refused)
	a.settled.Do(func() { close(a.known) })
}
