// Package check diagnoses the connection between a base and its mailbox. Each
// part of it has a check with an ID that never changes. Setup and verify use the
// same checks. The package prints nothing; it writes a token file only to refresh
// an access token that is due.
package check

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/exchange"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/check/reach"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
)

// Env is what the checks of one base work with: the refresher gives them the
// token file, Microsoft and the clock.
type Env struct {
	*tokens.Refresher

	Base           openfire.Base
	Account        openfire.Credentials // signs in to the base; without Login its contents are not checked
	Margin         time.Duration        // refresh an access token with less than this left
	FixPermissions bool                 // remove other accounts' access to the token file, before it is loaded

	Offline bool          // send nothing to the network
	Send    []string      // send one test message to each of these addresses
	From    string        // its sender; empty: the mailbox
	Timeout time.Duration // of one network attempt
	Lang    i18n.Lang     // of the test message
}

func (e Env) host(ctx context.Context) *reach.Host {
	return reach.New(ctx, e.HTTP, e.Cloud, e.Now, e.Timeout)
}

// run is one pass over the checks of a base. Each function in it is a
// sync.OnceValue: the first check that needs an answer asks for it, the others
// wait for the same answer.
type run struct {
	Env
	host    *reach.Host
	copies  func() ([]store.StrayCopy, error) // in the folder, of all bases; nil in setup, which leaves more to verify
	remote  string                            // the folder's network file system; empty: a local disk
	results map[ID]func() Result
	file    func() (tokenfile.File, error)
	module  func() (openfire.Module, error)
	entra   func() error
	account func() (account, error)
	smtp    func() (exchange.Stage, error)
	fixed   []string                       // the commands that Env.FixPermissions replaced; set by file
	last    atomic.Pointer[tokenfile.File] // the token file as last read or written
	sent    map[string]string              // recipient to Message-ID; written by smtp.send, read by checks that need it
}

// account is the base as Env.Account sees it.
type account struct {
	openfire.MailConfig
	client *openfire.Client
}

// newRun returns a run that has not started any check.
func newRun(ctx context.Context, env Env, h *reach.Host) *run {
	r := &run{Env: env, host: h, results: map[ID]func() Result{}, sent: map[string]string{}}
	for _, e := range catalogue() {
		r.results[e.id] = sync.OnceValue(func() Result { return r.result(ctx, e) })
	}
	r.file = sync.OnceValues(r.load)
	r.module = sync.OnceValues(func() (openfire.Module, error) {
		return openfire.Probe(ctx, env.HTTP, env.Cloud, env.Base)
	})
	r.entra = sync.OnceValue(func() error {
		file, _ := r.file()
		return env.Prove(ctx, file)
	})
	r.account = sync.OnceValues(func() (a account, err error) {
		if a.client, err = openfire.Connect(ctx, r.HTTP, r.Cloud, r.Base, r.Account); err == nil {
			file, _ := r.file()
			a.MailConfig, err = a.client.MailConfig(ctx, file.Client.Secret)
		}
		return a, err
	})
	r.smtp = sync.OnceValues(func() (exchange.Stage, error) { return r.signIn(ctx) })
	return r
}

// Run runs the checks with these ids, all when there are none, in parallel
// where one does not need the other. It yields the results in the order
// of catalogue, each as soon as those before it were yielded. When ctx ends, the
// remaining checks are skipped. A panic in a check is raised when its result is
// yielded.
func Run(ctx context.Context, env Env, ids ...ID) iter.Seq[Result] {
	return newRun(ctx, env, env.host(ctx)).yield(ids...)
}

func (r *run) yield(ids ...ID) iter.Seq[Result] {
	return func(yield func(Result) bool) {
		var wanted []func() Result
		for _, e := range catalogue() {
			if len(ids) == 0 || slices.Contains(ids, e.id) {
				wanted = append(wanted, r.results[e.id])
				start(r.results[e.id])
			}
		}
		for _, result := range wanted {
			if !yield(result()) {
				return
			}
		}
	}
}

// result runs a check after those it depends on, sets its id and title, and
// sanitizes the text of other origin.
func (r *run) result(ctx context.Context, e entry) Result {
	res := r.evaluate(ctx, e)
	res.ID, res.Title = e.id, e.title
	res.Detail, res.Link = sanitize.Line(res.Detail), sanitize.Text(res.Link)
	if res.Status == Failed && res.Exit == problem.OK {
		res.Exit = problem.Bug
	}
	return res
}

func (r *run) evaluate(ctx context.Context, e entry) Result {
	if r.Offline && e.online {
		return skipped(i18n.T("requires the network (--offline)."))
	}
	for _, id := range e.needs {
		if !r.good(id) {
			return r.dependsOn(id)
		}
	}
	if e.https && !r.Offline && r.blamed() != "" {
		return r.dependsOn(r.blamed())
	}
	for _, id := range e.after {
		if r.results[id]().Status == Failed {
			return r.dependsOn(id)
		}
	}
	if ctx.Err() == nil {
		if res := e.run(ctx, r); ctx.Err() == nil || res.Status != Failed {
			return res
		}
	}
	return skipped(i18n.T("interrupted."))
}

// dependsOn returns the result of a check that cannot run because of another one, or
// because of the check that kept that one from running.
func (r *run) dependsOn(id ID) Result {
	other := r.results[id]()
	cause := cmp.Or(other.Cause, &other)
	res := skipped(i18n.T("depends on \"%s\".", cause.Title))
	res.Cause = cause
	return res
}

// good waits for a check and reports whether the checks that need it can run.
func (r *run) good(id ID) bool {
	status := r.results[id]().Status
	return status == OK || status == Warning
}

// load reads the token file, after its permissions were fixed where that is
// wanted. An error is a *problem.Problem, or fs.ErrNotExist.
func (r *run) load() (file tokenfile.File, err error) {
	if r.FixPermissions {
		r.fixed, err = r.Store.FixPermissions(r.Base)
	}
	if err == nil {
		file, err = r.Store.Load(r.Base)
		r.last.Store(&file)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		err = r.Problem(err)
	}
	return file, err
}

// valid returns the token file with an access token that is not due. An
// error is a *faults.Refusal, in verify else a *problem.Problem: setup goes on to
// the sign-in after an answer that it cannot use.
func (r *run) valid(ctx context.Context, when tokens.Due) (tokenfile.File, error) {
	file, err := r.Valid(ctx, r.Base, when)
	r.last.Store(&file)
	if _, refused := faults.AsRefusal(err); err != nil && !refused && r.copies != nil {
		err = r.Problem(err)
	}
	return file, err
}

// live returns the token file with the access token that token.refresh or a
// refusal of Exchange led to, and true; without one, the file as it was read.
func (r *run) live() (tokenfile.File, bool) {
	if !r.Offline && r.good(TokenRefresh) {
		return *r.last.Load(), true
	}
	file, _ := r.file()
	return file, false
}
