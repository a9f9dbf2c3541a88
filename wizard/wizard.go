// Package wizard is setup: the steps of OpenFire's article in its order. A step is
// a set of checks and the conversation that makes them pass; a step whose checks
// pass is skipped. It knows no flags, no exit codes, and not which Microsoft it
// talks to.
package wizard

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/report"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
	"github.com/openfire-fr/openfire-o365/wizard/draft"
	"github.com/openfire-fr/openfire-o365/wizard/register"
	"github.com/openfire-fr/openfire-o365/wizard/signin"
)

// Setup is one guided setup. The fields up to Timeout are needed.
type Setup struct {
	*tokens.Refresher
	Dialog  *dialog.Dialog
	Browser *signin.Browser
	Timeout time.Duration // of one network attempt

	Register register.Options
	Patience time.Duration // how long a secret that was just made in the portal may be refused
	SendAs   []string      // senders that get a test message of their own
	Practice bool          // Microsoft and the base are the sandbox's, inside this process
	Flags    string        // what a command must repeat to mean the same files and the same Microsoft
}

// run is one run of Setup over one base.
type run struct {
	*Setup
	draft  *draft.Draft
	app    *register.Registration
	spoke  bool // some step had something to say
	tested bool // a test message was accepted in this run
}

func (s *Setup) newRun(base openfire.Base) (*run, error) {
	s.Dialog.Restart()
	d := &draft.Draft{Refresher: s.Refresher, Dialog: s.Dialog, Base: base}
	app := &register.Registration{Options: s.Register, Draft: d, Browser: s.Browser}
	return &run{Setup: s, draft: d, app: app}, d.Load()
}

// step is one part of the article: what must be in the file, which checks prove
// it, and the conversation that makes them pass.
type step struct {
	name   i18n.Text // in a word or two
	title  i18n.Text
	filled func(*run) bool
	checks []check.ID
	talk   func(*run, context.Context, []check.Result) error
}

var steps = []step{
	{i18n.T("Prerequisites"), i18n.T("Prerequisites"), (*run).versionKnown,
		[]check.ID{check.BaseName, check.BaseReach, check.BaseModule}, (*run).prerequisites},
	{i18n.T("Application"), i18n.T("App registration (step 1 of the article)"), (*run).registered,
		[]check.ID{check.EntraTenant}, (*run).registration},
	{i18n.T("Secret"), i18n.T("Client secret (step 2)"), (*run).hasSecret,
		[]check.ID{check.EntraApp, check.EntraSecret, check.EntraExpiry}, (*run).clientSecret},
	{i18n.T("Sign-in"), i18n.T("Mailbox sign-in (step 4)"), (*run).connected,
		[]check.ID{check.TokenFile, check.TokenRefresh}, (*run).connect},
	{i18n.T("Test"), i18n.T("Permissions and test message (step 3)"), (*run).testAccepted,
		[]check.ID{check.SMTPConnect, check.SMTPTLS, check.SMTPAuth, check.IMAPAuth}, (*run).testMessage},
}

// stepNames returns the names of all steps, with the hand over that ends them.
func stepNames() []i18n.Text {
	var all []i18n.Text
	for _, st := range steps {
		all = append(all, st.name)
	}
	return append(all, i18n.T("Go live"))
}

// Run leads through the steps that are not done yet and opens the hand over, which
// the caller closes. It returns no HandOver after a dry run. What was answered is
// in the token file at once, so that setup can be stopped and run again at any
// time. Errors are *problem.Problem, *faults.Refusal, *prompt.Missing,
// prompt.ErrInterrupted, prompt.ErrBack where Dialog.Reentry is set, *disk.Error or the
// context's.
func (s *Setup) Run(ctx context.Context, base openfire.Base) (*HandOver, error) {
	r, err := s.newRun(base)
	if err != nil {
		return nil, err
	}
	if s.Register.DryRun {
		return nil, r.preview(ctx)
	}
	if err := r.steps(ctx); err != nil {
		return nil, err
	}
	s.Dialog.Commit()
	return r.handOver(), nil
}

// Undo removes what setup has made at Microsoft for a base.
func (s *Setup) Undo(ctx context.Context, base openfire.Base) error {
	r, err := s.newRun(base)
	if err != nil {
		return err
	}
	return r.app.Undo(ctx)
}

// preview shows what setup would make at Microsoft.
func (r *run) preview(ctx context.Context) error {
	if _, err := r.draft.AskIncoming(ctx); err != nil {
		return err
	}
	if r.registered() && r.hasSecret() {
		r.Dialog.Tell.Print(i18n.T("The application of %s is already registered (%s). There is nothing to "+
			"create, except perhaps a new secret.",
			r.draft.Base.URL(), r.draft.File.Client.ID))
		return nil
	}
	return r.app.Preview(ctx)
}

func (r *run) steps(ctx context.Context) error {
	var all []check.ID
	for _, st := range steps {
		all = append(all, st.checks...)
	}
	results := r.check(ctx, i18n.T("Checking what is already set up"), all)
	for r.Dialog.Step < len(steps) {
		st := steps[r.Dialog.Step]
		if r.spoke {
			results = r.check(ctx, checking, st.checks)
		}
		if err := r.step(ctx, st, results); err != nil {
			return err
		}
	}
	return nil
}

// checking is the reason of the wait for a step's checks.
var checking = i18n.T("Checking this step")

func (r *run) check(ctx context.Context, why i18n.Text, ids []check.ID) []check.Result {
	defer r.Dialog.Tell.Wait(why)()
	return slices.Collect(check.Run(ctx, r.env(), ids...))
}

// env returns what the checks work with.
func (r *run) env() check.Env {
	return check.Env{Refresher: r.Refresher, Base: r.draft.Base, Margin: time.Minute,
		Timeout: r.Timeout, Lang: r.Dialog.Tell.Lang}
}

// step talks until the step's checks pass, and goes on to the next step, or to an
// earlier one that the person went back to. A failure that no answer can mend ends
// setup.
func (r *run) step(ctx context.Context, st step, results []check.Result) error {
	at, bad := r.Dialog.Step, failures(st, results)
	if len(bad) == 0 && st.filled(r) {
		r.Dialog.Tell.Done(st.title)
		r.Dialog.Step++
		return nil
	}
	r.Dialog.Tell.Step(at, stepNames(), st.title)
	for {
		if p := hopeless(bad); p != nil {
			return p
		}
		r.spoke = true
		r.Dialog.Tell.Clipboard.Forget()
		err := st.talk(r, ctx, bad)
		if errors.Is(err, prompt.ErrBack) && r.Dialog.Back() {
			if r.Dialog.Step == at {
				continue
			}
			return nil
		}
		if err != nil && !errors.Is(err, dialog.ErrRestart) {
			return err
		}
		bad = failures(st, r.check(ctx, checking, st.checks))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			r.Dialog.Settle()
		}
		if len(bad) == 0 && st.filled(r) {
			r.Dialog.Step++
			return nil
		}
		for _, result := range bad {
			report.Result(r.Dialog.Tell, result)
		}
		if len(bad) > 0 && r.Dialog.Unattended() {
			return resultProblem(bad[0])
		}
	}
}

// failures returns the step's results that a conversation must change. A secret
// about to expire is one, every other warning is not.
func failures(st step, results []check.Result) []check.Result {
	return slices.DeleteFunc(slices.Clone(results), func(r check.Result) bool {
		renew := r.ID == check.EntraExpiry && r.Status == check.Warning
		return !slices.Contains(st.checks, r.ID) || r.Status != check.Failed && !renew
	})
}

// hopeless returns the first failure that no conversation can mend: only time or
// another person can, or it is a matter of safety.
func hopeless(bad []check.Result) error {
	ends := []problem.Exit{problem.Temporary, problem.Safety, problem.Disk, problem.Permission}
	for _, r := range bad {
		if slices.Contains(ends, r.Exit) || r.ID == check.BaseModule {
			return resultProblem(r)
		}
	}
	return nil
}

// resultProblem is a failed check as an error.
func resultProblem(r check.Result) error {
	return &problem.Problem{Exit: cmp.Or(r.Exit, problem.Temporary), ID: cmp.Or(r.Fault, string(r.ID)),
		What: i18n.T("%s: %s", r.Title, r.What), Do: r.Do}
}

func failed(bad []check.Result, id check.ID) bool {
	return slices.ContainsFunc(bad, func(r check.Result) bool { return r.ID == id })
}

// Lacks returns *prompt.Missing with the answers that neither the file holds nor were
// given ahead. Where nobody can be asked it is called before anything is done.
func (s *Setup) Lacks(base openfire.Base) error {
	r, err := s.newRun(base)
	if err != nil {
		return err
	}
	f := r.draft.File
	held := map[string]bool{
		"client-id": f.Client.ID != "", "tenant": f.Azure.TenantID != "", "client-secret": !f.Client.Secret.Empty(),
		"mailbox": f.Mailbox() != "", "yes": r.registered() && r.hasSecret(),
	}
	needed := []string{"client-id", "tenant", "client-secret", "mailbox"}
	if way, _ := s.Dialog.Given("register"); way == dialog.Automatic {
		needed = []string{"yes", "mailbox"}
	}
	lacks := slices.DeleteFunc(needed, func(id string) bool {
		_, given := s.Dialog.Given(id)
		return given || held[id]
	})
	if len(lacks) > 0 {
		return dialog.Missing(lacks...)
	}
	return nil
}
