package graph

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// replicationTime is how long a new object may be unknown to parts of Graph.
// Microsoft documents no limit; more than five minutes have been observed
// (microsoftgraph/msgraph-bicep-types#193).
const replicationTime = 10 * time.Minute

// notReplicated reports whether Graph may not have replicated the object yet
// (learn.microsoft.com/troubleshoot/entra/entra-id/app-integration/404-not-found-error-manage-objects-microsoft-graph).
func notReplicated(err error) bool {
	e := asError(err)
	return e.Status == http.StatusNotFound ||
		e.Status == http.StatusBadRequest && strings.Contains(e.Message, "does not reference a valid")
}

// callNew is call about a new object: it repeats until Graph has replicated the
// object. what is the reason given to Client.Wait.
func (g *Client) callNew(ctx context.Context, what i18n.Text, method, path string, in, out any) error {
	return g.retryUntil(ctx, what, replicationTime, notReplicated, func() error {
		return g.call(ctx, method, path, in, out)
	})
}

// retryUntil repeats a call while notYet holds for its result, until timeout, with
// pauses that double.
func (g *Client) retryUntil(
	ctx context.Context, what i18n.Text, timeout time.Duration, notYet func(error) bool, call func() error,
) error {
	end := g.Now().Add(timeout)
	for pause := time.Second; ; pause = min(2*pause, 30*time.Second) {
		err := call()
		if !notYet(err) || !g.Now().Add(pause).Before(end) {
			return err
		}
		g.Wait(what)
		if err := g.Pause(ctx, pause); err != nil {
			return err
		}
	}
}

// findTimeout is how long WaitUntilFound searches.
const findTimeout = 2 * time.Minute

// WaitUntilFound repeats find until it finds an object whose creation was not
// confirmed, so that it is not created a second time. It returns false after two
// minutes.
func (g *Client) WaitUntilFound(ctx context.Context, find func() (bool, error)) (found bool, err error) {
	what := i18n.T("What was made does not show yet, or is no longer there: looking for it")
	notYet := func(err error) bool { return err == nil && !found }
	err = g.retryUntil(ctx, what, findTimeout, notYet, func() (err error) {
		found, err = find()
		return err
	})
	return found, err
}
