package graph

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// replicationTime is how long Microsoft may take until what was created in one of
// its directories is known in all of them: there is no promise, more than five
// minutes were seen (microsoftgraph/msgraph-bicep-types#193).
const replicationTime = 10 * time.Minute

// notReplicated reports that an object which exists is not known everywhere yet
// (learn.microsoft.com/troubleshoot/entra/entra-id/app-integration/404-not-found-error-manage-objects-microsoft-graph).
func notReplicated(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Status == http.StatusNotFound || e.Status == http.StatusBadRequest && strings.Contains(e.Message, "does not reference a valid")
}

// retryUntilReplicated repeats a call on an object that was just made until Graph knows
// it, waiting twice as long each time; what is told while it waits.
func (g *Client) retryUntilReplicated(ctx context.Context, what i18n.Text, call func() error) error {
	return g.retryUntil(ctx, what, replicationTime, notReplicated, call)
}

// retryUntil repeats a call for as long as its error says "not yet".
func (g *Client) retryUntil(ctx context.Context, what i18n.Text, patience time.Duration, notYet func(error) bool, call func() error) error {
	end := g.Now().Add(patience)
	for pause := time.Second; ; pause = min(2*pause, 30*time.Second) {
		err := call()
		if err == nil || !notYet(err) || !g.Now().Add(pause).Before(end) {
			return err
		}
		g.Wait(what)
		if err := g.Pause(ctx, pause); err != nil {
			return err
		}
	}
}

// findTimeout is how long an object is looked for that may have been made without
// an answer.
const findTimeout = 2 * time.Minute

var errNotFoundYet = errors.New("not yet")

// WaitUntilFound looks for what may have been made although its answer was lost, until
// it shows: a second one must never be made beside it.
func (g *Client) WaitUntilFound(ctx context.Context, find func() (bool, error)) (found bool, err error) {
	what := i18n.T("What was made does not show yet, or is no longer there: looking for it")
	err = g.retryUntil(ctx, what, findTimeout, func(err error) bool { return errors.Is(err, errNotFoundYet) }, func() error {
		if found, err = find(); err == nil && !found {
			return errNotFoundYet
		}
		return err
	})
	if errors.Is(err, errNotFoundYet) {
		err = nil
	}
	return found, err
}
