// Package graph makes the calls to Microsoft Graph v1.0 that register an
// application: the application, its service principal, its client secrets, consent
// and assignment. Microsoft's SDK would add hundreds of packages.
package graph

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// Client calls Microsoft Graph as the administrator whose token it holds. Its
// errors are the context's, or a *problem.Problem that wraps an *Error where Graph
// has answered.
type Client struct {
	Cloud azure.Cloud
	HTTP  *network.Client
	Token secret.String
	Now   func() time.Time
	Pause func(context.Context, time.Duration) error // waits between two tries
	Wait  func(what i18n.Text)                       // is told the reason before each pause
}

// Error is an error response of Graph (learn.microsoft.com/graph/errors).
type Error struct {
	Status        int
	Code, Message string // sanitized
	RequestID     string // identifies the request to Microsoft's support

	retryAfter time.Duration
}

// Error returns the status and Graph's words.
func (e *Error) Error() string {
	return fmt.Sprintf("Graph %d %s: %s (request-id %s)", e.Status, e.Code, e.Message, e.RequestID)
}

// asError returns the error response in err, one without a status if there is none.
func asError(err error) Error {
	if e, is := errors.AsType[*Error](err); is {
		return *e
	}
	return Error{}
}

// IsForbidden reports whether the administrator lacks the rights for a request.
func IsForbidden(err error) bool { return asError(err).Status == http.StatusForbidden }

// IsRefused reports whether Graph has certainly not acted on a request.
func IsRefused(err error) bool {
	status := asError(err).Status
	return status > 0 && status < 500
}

// IsNotFound reports whether the object does not exist, or is not replicated yet.
func IsNotFound(err error) bool { return asError(err).Status == http.StatusNotFound }

// IsConflict reports whether the object exists already. Graph does not always have
// a status of its own for that.
func IsConflict(err error) bool {
	e := asError(err)
	return e.Status == http.StatusConflict || strings.Contains(e.Message, "already exist")
}

// IsLifetimePolicy reports whether a policy of the directory refuses the lifetime
// of a client secret.
func IsLifetimePolicy(err error) bool {
	return strings.HasPrefix(asError(err).Code, "CredentialInvalidLifetime")
}

// isAmbiguous reports whether Graph may or may not have acted on a request.
func isAmbiguous(err error) bool {
	_, broken := errors.AsType[*network.TransportError](err)
	return broken || asError(err).Status >= 500 || errors.Is(err, network.ErrTooLarge) || errors.Is(err, errNotGraph)
}

// errNotGraph is the error for an answer that is not from Graph but from a captive
// portal or a proxy.
var errNotGraph = errors.New("not an answer of Microsoft Graph")

// backoff is the upper limit of the random pauses between tries. Retry-After takes
// precedence.
var backoff = [...]time.Duration{time.Second, 4 * time.Second}

// maxPause is the longest Retry-After that is waited for.
const maxPause = time.Minute

// maxAnswer is the maximum size of an answer in bytes. Graph's own service
// principal lists more than a thousand permissions, each with its description.
const maxAnswer = 8 << 20

// call sends a request, encodes in and decodes the answer into out, unless they
// are nil. It repeats requests on which Graph has not acted (429, and 503 with
// Retry-After), and idempotent ones on which it may have.
func (g *Client) call(ctx context.Context, method, path string, in, out any) error {
	for n := 0; ; n++ {
		err := g.once(ctx, method, path, in, out)
		e := asError(err)
		throttled := e.Status == http.StatusTooManyRequests ||
			e.Status == http.StatusServiceUnavailable && e.retryAfter > 0
		again := throttled || isAmbiguous(err) && method != http.MethodPost &&
			!errors.Is(err, errNotGraph) && !network.Untrusted(err)
		if err == nil || !again || n == len(backoff) || ctx.Err() != nil {
			return err
		}
		pause := 1 + rand.N(backoff[n])
		if throttled && e.retryAfter > 0 {
			pause = e.retryAfter
		}
		if pause > maxPause {
			return err
		}
		g.Wait(i18n.T("Microsoft Graph asks to wait"))
		if err := g.Pause(ctx, pause); err != nil {
			return err
		}
	}
}

// once is call without repetition.
func (g *Client) once(ctx context.Context, method, path string, in, out any) error {
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return err
		}
	}
	req, err := http.NewRequest(method, g.Cloud.Graph+"/v1.0"+path, &body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+g.Token.Reveal())
	req.Header.Set("Accept", "application/json")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	answer, err := g.HTTP.DoLimit(ctx, req, maxAnswer)
	switch {
	case err != nil:
		return g.transportError(ctx, err)
	case answer.Status/100 == 3:
		return g.transportError(ctx, answer.Unexpected(network.ErrRedirect))
	case answer.Status/100 != 2:
		return g.graphError(answer)
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(answer.Body, out); err != nil {
		return g.notGraphProblem(answer.Status)
	}
	return nil
}

// transportError explains to the user why there was no answer.
func (g *Client) transportError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if p, is := network.Problem(err, g.host()); is {
		return p
	}
	return err
}

func (g *Client) host() string {
	_, host, _ := strings.Cut(g.Cloud.Graph, "://")
	host, _, _ = strings.Cut(host, "/")
	return host
}

func (g *Client) notGraphProblem(status int) error {
	return &problem.Problem{Exit: problem.Temporary, ID: "graph.answer",
		Err: fmt.Errorf("%w: status %d", errNotGraph, status),
		What: i18n.T("The answer from %s (HTTP %d) is not one that Microsoft Graph sends: a captive portal or a proxy "+
			"may be in the way.", g.host(), status),
		Do: i18n.T("Run setup again: it continues where it stopped.")}
}

// graphError reads an error response. Without a code it is not Graph's, unless
// its status is 429 or 5xx.
func (g *Client) graphError(answer network.Answer) error {
	var body struct {
		Error struct {
			Code, Message string
			Inner         struct {
				RequestID string `json:"request-id"`
			} `json:"innerError"`
		}
	}
	_ = json.Unmarshal(answer.Body, &body)
	e := &Error{Status: answer.Status, Code: sanitize.Line(body.Error.Code), Message: sanitize.Line(body.Error.Message),
		RequestID:  sanitize.Line(cmp.Or(answer.Header.Get("request-id"), body.Error.Inner.RequestID)),
		retryAfter: network.RetryAfter(answer.Header, g.Now())}
	if e.Code == "" && answer.Status != http.StatusTooManyRequests && answer.Status < 500 {
		return g.notGraphProblem(answer.Status)
	}
	return e.problem()
}

// problem returns what the error means and who must act.
func (e *Error) problem() *problem.Problem {
	p := &problem.Problem{ID: "graph." + strings.ToLower(e.Code), Err: e, Exit: problem.Application}
	said := i18n.T("%s Microsoft: %s (%s, request-id %s)")
	again := i18n.T("Run setup again: it continues where it stopped.")
	what := i18n.T("Microsoft Graph rejected the request (HTTP %d).", e.Status)
	switch {
	case e.Status == http.StatusUnauthorized:
		p.Exit, p.Do = problem.SignIn, again
		what = i18n.T("The administrator's sign-in has expired.")
	case e.Status == http.StatusForbidden:
		p.Exit = problem.SignIn
		what = i18n.T("This account does not have the required role in the directory.")
		p.Do = i18n.T("Sign in as Cloud Application Administrator, Application Administrator or Global Administrator, or register the application yourself with --register manual.")
	case e.Status == http.StatusTooManyRequests, e.Status >= 500:
		p.Exit, p.Do = problem.Temporary, again
		what = i18n.T("Microsoft Graph is temporarily unavailable (HTTP %d).", e.Status)
	case e.Status == http.StatusNotFound:
		p.Do = again
		what = i18n.T("Microsoft Graph cannot find this object.")
	}
	p.What = said.With(what, e.Message, e.Code, e.RequestID)
	return p
}

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

// callNew is call for a new object: it repeats the call until Graph has replicated
// the object. what is the reason given to Client.Wait.
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
	what := i18n.T("Checking whether Microsoft has created the object")
	notYet := func(err error) bool { return err == nil && !found }
	err = g.retryUntil(ctx, what, findTimeout, notYet, func() (err error) {
		found, err = find()
		return err
	})
	return found, err
}
