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

// pause is until when nothing is asked, and who said so.
type pause struct {
	until time.Time
	why   error
}

// open: nobody has had an answer for too long.
func (h *host) open(now time.Time) bool {
	return h.failed >= enough || h.failed > tries && now.Sub(h.since) >= tooLong
}

// fail counts an answer that did not come.
func (h *host) fail(now time.Time, err error) {
	if h.failed == 0 {
		h.since = now
	}
	h.failed, h.last = h.failed+1, err
}

// pause keeps what the server asked for. Too many requests (429) are a matter of
// one tenant, until a second one hears the same: then it is this machine that
// asks too much. Other refusals are the whole host's.
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
