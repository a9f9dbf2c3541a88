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
	tries       = 3                // of one base
	maxPause    = time.Minute      // the longest pause that is waited for
	maxFailures = 20               // in a row, after which a host is left alone
	maxSilence  = 90 * time.Second // of failures only, after which a host is left alone too
)

// backoff are the longest waits before the second and the third try. The wait is
// drawn between nothing and that, so that those who failed together do not come
// back together.
var backoff = [...]time.Duration{time.Second, 4 * time.Second}

// limiter limits what one run sends to token endpoints. What one worker learns,
// all obey: a pause that a host or a tenant asks for, an application that is
// refused, a host that does not answer (a circuit breaker).
type limiter struct {
	now   func() time.Time
	sleep func(ctx context.Context, d time.Duration) error // an error if ctx ends first

	mu    sync.Mutex
	hosts map[string]*host
	apps  map[appKey]*app
}

// skippedError says that nothing was sent: Err is what others met before. open
// tells that the host no longer answers anybody, so that the rest of the run is
// better left to the next one.
type skippedError struct {
	error
	open bool
}

func (e *skippedError) Unwrap() error { return e.error }

// appKey is an application with its secret, where it is known. The secret
// belongs to it: a base that has the new one is not stopped by one with the old.
type appKey struct {
	host, client string
	secret       secret.String
}

// app is what is known of an application. Until Entra has accepted or refused it
// once, its bases take turns, so that an expired secret is sent once and not by
// thousands of bases.
type app struct {
	turn    chan struct{}
	known   chan struct{} // closed by settled
	settled sync.Once
	refused error
}

// caller is the application and the tenant of a POST.
type caller struct {
	key    appKey
	tenant string
}

// errPaused tells that the server asked for a pause while a caller waited for its
// turn.
var errPaused = errors.New("paused meanwhile")

// do calls try, which posts at most once, and calls it again if the failure may
// pass: three times in all. Right before it posts, try calls turn and returns its
// error: nobody may hold a turn while it waits for something else, such as a
// lock. do returns the last error of try, or *skippedError. The tenant is the one
// that a refusal for too many requests is about; it may be empty.
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
			return last // its own error, not one of others
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

// enter waits until no pause holds up the caller. A *skippedError, or a *PauseError
// if the pause outlasts end, tells why it may not post at all.
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

// turn waits for the caller's turn while nothing is known of its application. leave
// ends the turn and must be called after learn.
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
	err = cmp.Or(err, ctx.Err()) // the turn may have come together with the signal
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

// judge returns the pause that holds up a caller, zero if there is none, or a
// *skippedError if it may not post at all.
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

// learn notes for all callers what the outcome of try n tells of the host, the
// tenant and the application, and returns whether to try again and after which
// wait.
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
			return 0, more // enter waits, or says until when
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
		h.fail(now, err) // a portal or a proxy, which would answer the same in a second
	}
	return 0, false
}

// settle notes that Entra has accepted an application, or refused it.
func (p *limiter) settle(key appKey, refused error) {
	a := p.apps[key]
	a.refused = cmp.Or(refused, a.refused)
	a.settled.Do(func() { close(a.known) })
}
