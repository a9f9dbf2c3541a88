// Package check is the diagnosis: every link of the chain from a base to its
// mailbox, each as one check with an id that never changes. Set-up and verify
// share it. It prints nothing, asks nobody, and writes no file.
package check

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/exchange"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// ID names a check, for ever.
type ID string

// The checks, in the order of the chain.
const (
	HostClock     ID = "host.clock"
	HostProxy     ID = "host.proxy"
	BaseName      ID = "base.name"
	BaseReach     ID = "base.reach"
	BaseModule    ID = "base.module"
	BaseVersion   ID = "base.version"
	EntraTenant   ID = "entra.tenant"
	EntraApp      ID = "entra.app"
	EntraSecret   ID = "entra.secret"
	EntraExpiry   ID = "entra.secret-expiry"
	EntraRedirect ID = "entra.redirect"
	TokenFile     ID = "token.file"
	TokenRefresh  ID = "token.refresh"
	TokenScopes   ID = "token.scopes"
	TokenAccount  ID = "token.account"
	TokenAge      ID = "token.age"
	SMTPConnect   ID = "smtp.connect"
	SMTPTLS       ID = "smtp.tls"
	SMTPAuth      ID = "smtp.auth"
	SMTPSend      ID = "smtp.send"
	IMAPAuth      ID = "imap.auth"
	MailArrival   ID = "mail.arrival"
)

// Status is a check's verdict.
type Status string

// The verdicts. Unknown means that nothing could be told: it is never shown as
// good nor as bad.
const (
	OK      Status = "ok"
	Warning Status = "warning"
	Failed  Status = "failed"
	Skipped Status = "skipped"
	Unknown Status = "unknown"
)

// Result is what one check found.
type Result struct {
	ID     ID
	Title  i18n.Text
	Status Status
	What   i18n.Text    // what was found, one sentence
	Do     i18n.Text    // what to do about it; empty when all is well
	Who    faults.Actor // who does it
	Link   string       // where to click; may be empty
	Fault  string       // the catalogue's id, when Microsoft refused
	Detail string       // Microsoft's own words, sanitised
	Exit   problem.Exit // of a failed check; Temporary of an unknown one that the network kept from an answer
}

// Prevented reports that the network, not the chain, decided the verdict:
// nothing is known to be broken, and the next run may tell.
func (r Result) Prevented() bool { return r.Exit == problem.Temporary }

// Good reports a verdict that nobody has to act upon.
func (r Result) Good() bool { return r.Status == OK || r.Status == Skipped }

// Env is what the checks of one base work with.
type Env struct {
	Base  openfire.Base
	Cloud azure.Cloud
	HTTP  *network.Client
	Now   func() time.Time

	// Load reads the token file; Fresh gives it with an access token that is
	// good for a while, renewing it if it is due; Secret asks Entra whether it
	// takes the client secret. Their errors are *problem.Problem or *azure.Refusal.
	// Copies names the files beside the token file that hold what it holds; it
	// may be nil. All are called from several goroutines, each once.
	Load   func() (tokenfile.File, error)
	Fresh  func(context.Context) (tokenfile.File, error)
	Secret func(context.Context, tokenfile.File) error
	Copies func() []string

	// Pending is when a refresh began whose answer nobody has kept, zero when
	// there is none; it may be nil. Remote names the file system of the token
	// files when it is no disk of this machine.
	Pending func() time.Time
	Remote  string

	// Mend takes from other accounts what they may do with the token file, before
	// it is loaded, and names the commands it did the work of; nil: nothing is
	// mended.
	Mend func() ([]string, error)

	// Renew replaces an access token that was good by the clock and that Exchange
	// refused; nil: nothing is renewed but what is due.
	Renew func(context.Context, tokenfile.File) (tokenfile.File, error)

	// Survey looks into the base as an administrator; nil: no account was given.
	Survey func(context.Context, tokenfile.File) (openfire.MailConfig, error)

	Offline bool          // no packet leaves the machine
	Send    []string      // addresses that get a test message, one each
	From    string        // its sender; empty: the mailbox
	Timeout time.Duration // of one network attempt
	Lang    i18n.Lang     // of the test message
}

// entry is one row of the catalogue. A check whose needs are not met is
// skipped, so that a consequence is never a second alarm; so is one that comes
// after a check that failed.
type entry struct {
	id     ID
	title  i18n.Text
	needs  []ID // must be good
	after  []ID // must not have failed
	online bool
	run    func(context.Context, *run) Result
}

// run is one pass over the checks. Each check, and each of its questions to
// the world, is asked once, by whoever needs the answer first; everybody else
// waits for it.
type run struct {
	Env
	results map[ID]func() Result
	file    func() (tokenfile.File, error)
	fresh   func() (tokenfile.File, error)
	module  func() (openfire.Module, error)
	entra   func() error
	survey  func() (openfire.MailConfig, error) // only where there is an Env.Survey
	smtp    func() (exchange.Stage, error)
	mended  []string                       // set once file has answered
	renewed atomic.Pointer[tokenfile.File] // after Exchange refused the token of fresh
	sent    map[string]string              // Message-ID by recipient; smtp.send writes it, who needs that reads it
}

// Run runs the wanted checks (all when none is named), side by side where one
// does not need the other, and tells the results in the chain's order, each as
// soon as those before it are told. A cancelled run ends in skipped checks.
func Run(ctx context.Context, env Env, tell func(Result), wanted ...ID) []Result {
	r := newRun(ctx, env)
	var ids []ID
	for _, e := range chain() {
		if len(wanted) == 0 || slices.Contains(wanted, e.id) {
			ids = append(ids, e.id)
			go r.begin(e.id)
		}
	}
	results := make([]Result, 0, len(ids))
	for _, id := range ids {
		res := r.results[id]()
		results = append(results, res)
		if tell != nil {
			tell(res)
		}
	}
	return results
}

// Exit is the code of the first failed check in the chain's order, else 0.
func Exit(results []Result) problem.Exit {
	for _, r := range results {
		if r.Status == Failed {
			return r.Exit
		}
	}
	return problem.OK
}

// begin runs a check ahead of its turn. Should it panic, the panic is raised
// again where the result is wanted: there somebody catches it.
func (r *run) begin(id ID) {
	defer func() { _ = recover() }()
	r.results[id]()
}

// result runs a check after what it needs and stamps its identity. Whatever
// others wrote into it becomes fit to be shown here, for every reader.
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
		return skipped(i18n.T("not checked: --offline."))
	}
	for _, need := range e.needs {
		if !r.good(need) {
			return dependsOn(need)
		}
	}
	for _, cause := range e.after {
		if r.results[cause]().Status == Failed {
			return dependsOn(cause)
		}
	}
	interrupted := skipped(i18n.T("not checked: interrupted."))
	if ctx.Err() != nil {
		return interrupted
	}
	res := e.run(ctx, r)
	if ctx.Err() != nil && res.Status == Failed {
		return interrupted
	}
	return res
}

// good waits for a check and reports whether others can build on it.
func (r *run) good(id ID) bool {
	status := r.results[id]().Status
	return status == OK || status == Warning
}

func dependsOn(id ID) Result {
	return skipped(i18n.T("not checked: depends on %s.", id))
}
