package tokens

import (
	"net/http"
	"time"

	"github.com/openfire-fr/openfire-o365/oauthflow"
)

// host is what is known of one token endpoint's server.
type host struct {
	paused  pause
	tenants map[string]pause
	failed  int       // times in a row
	since   time.Time // the first of them
	last    error
}

// pause is until when nothing is sent, and the refusal that asked for it.
type pause struct {
	until time.Time
	why   error
}

// open reports whether the host has not answered anybody for too long.
func (h *host) open(now time.Time) bool {
	return h.failed >= maxFailures || h.failed > tries && now.Sub(h.since) >= maxSilence
}

// fail counts a failure.
func (h *host) fail(now time.Time, err error) {
	if h.failed == 0 {
		h.since = now
	}
	h.failed, h.last = h.failed+1, err
}

// pause notes a pause that the server asked for. "Too many requests" (429) pauses
// one tenant, but the whole host as soon as a second tenant gets it: then this
// machine sends too much. Other refusals pause the host.
func (h *host) pause(now time.Time, tenant string, why *oauthflow.Error, asked time.Duration) {
	whole := why.Status != http.StatusTooManyRequests || tenant == ""
	for other, t := range h.tenants {
		whole = whole || other != tenant && t.until.After(now)
	}
	until := now.Add(asked)
	if p := (pause{until, why}); !whole && until.After(h.tenants[tenant].until) {
		h.tenants[tenant] = p
	} else if whole && until.After(h.paused.until) {
		h.paused = p
	}
}
