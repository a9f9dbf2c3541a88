package tokens

import (
	"errors"
	"fmt"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/oauthflow"
)

// trouble is the failure record of a server, or of one tenant at a server.
type trouble struct {
	paused pause
	failed int       // consecutive failures
	since  time.Time // the first of these failures
	last   error
}

// pause is a time until which nothing is sent, and the failure that caused it.
type pause struct {
	until time.Time
	why   error
}

// open reports whether the last useful answer was too long ago.
func (t *trouble) open(now time.Time) bool {
	return t.failed >= maxFailures || t.failed > tries && now.Sub(t.since) >= maxSilence
}

// fail counts a failure.
func (t *trouble) fail(now time.Time, err error) {
	if t.failed == 0 {
		t.since = now
	}
	t.failed, t.last = t.failed+1, err
}

// pause records p unless a longer pause is already recorded.
func (t *trouble) pause(p pause) {
	if p.until.After(t.paused.until) {
		t.paused = p
	}
}

// host is the state of one token endpoint's server.
type host struct {
	trouble
	tenants map[string]*trouble
	failing map[string]bool // the tenants that failed since the last useful answer
}

// Failures are counted per tenant. After every severalTenants further tenants that
// fail in a row, nothing is sent to the server for hostPause.
const (
	severalTenants = 3
	hostPause      = 5 * time.Second
)

func (h *host) tenant(name string) *trouble {
	if h.tenants[name] == nil {
		h.tenants[name] = &trouble{}
	}
	return h.tenants[name]
}

// failTenant records an answer that tells a tenant to retry later.
func (h *host) failTenant(now time.Time, name string, err error) {
	h.tenant(name).fail(now, err)
	first := !h.failing[name]
	h.failing[name] = true
	if len(h.failing) < severalTenants {
		return
	}
	h.fail(now, err)
	if first && len(h.failing)%severalTenants == 0 {
		h.pause(pause{now.Add(hostPause), err})
	}
}

// answer records a useful answer to a tenant, which shows that the server works.
func (h *host) answer(name string) {
	h.failed, h.tenant(name).failed = 0, 0
	clear(h.failing)
}

// PauseError reports a pause, asked for by a server or imposed after failures, that
// is longer than a base can wait.
type PauseError struct {
	Until time.Time
	Err   error // what the server answered
}

// Error returns the time and the server's answer.
func (e *PauseError) Error() string {
	return fmt.Sprintf("pause until %s: %v", e.Until.UTC().Format(time.RFC3339), e.Err)
}

// Unwrap returns the server's answer.
func (e *PauseError) Unwrap() error { return e.Err }

// problem returns the problem to show; login is the name of the server.
func (e *PauseError) problem(login string) *problem.Problem {
	answer := e.Err.Error()
	if refused, is := errors.AsType[*oauthflow.Error](e.Err); is && refused.Foreign == "" {
		answer = fmt.Sprintf("HTTP %d, %s", refused.Status, answer)
	}
	return &problem.Problem{Exit: problem.Temporary, ID: "paused", Err: e, Who: problem.Nobody,
		What: i18n.T("Nothing is sent to %s until %s UTC, after this answer: %s.",
			login, e.Until.UTC().Format(time.DateTime), answer),
		Do: i18n.T("The next run will try again.")}
}
