// Package wizard implements setup: the steps of OpenFire's article, in its order.
// A step is a set of checks and the questions and actions that make them pass. A
// step whose checks pass is skipped. The package does not depend on flags, exit
// codes or the Microsoft cloud in use.
package wizard

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/report"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
	"github.com/openfire-fr/openfire-o365/wizard/draft"
	"github.com/openfire-fr/openfire-o365/wizard/register"
	"github.com/openfire-fr/openfire-o365/wizard/signin"
)

// Setup is one guided setup. The fields up to Timeout are required.
type Setup struct {
	*tokens.Refresher
	Dialog  *dialog.Dialog
	Browser *signin.Browser
	Timeout time.Duration // of one network attempt

	Register register.Options
	Patience time.Duration // how long Entra may refuse a secret that was just created
	SendAs   []string      // more senders to test, with a message each
	Practice bool          // the sandbox replaces Microsoft and the base
	Flags    string        // flags that the suggested next commands must repeat
}

// run is one run of Setup over one base.
type run struct {
	*Setup
	draft   *draft.Draft
	app     *register.Registration
	changed bool // at least one step was not skipped
	tested  bool // a test message was accepted in this run
}

// newRun reads the token file. If that was deleted while its new tokens were being
// saved, newRun restores it.
func (s *Setup) newRun(ctx context.Context, base openfire.Base) (*run, error) {
	s.Dialog.Restart()
	if !s.Register.DryRun {
		from, err := s.Store.Restore(ctx, base)
		if err != nil {
			return nil, err
		}
		if from != "" {
			s.Dialog.Tell.Done(i18n.T("The token file was restored from %s.", from))
		}
	}
	d := &draft.Draft{Refresher: s.Refresher, Dialog: s.Dialog, Base: base}
	app := &register.Registration{Options: s.Register, Draft: d, Browser: s.Browser}
	return &run{Setup: s, draft: d, app: app}, d.Load()
}

// step is one part of the article: what the file must contain, the checks that
// verify it, and the function that makes them pass.
type step struct {
	name   i18n.Text // one or two words, for the step bar
	title  i18n.Text
	page   string // of the guide
	filled func(*run) bool
	checks []check.ID
	do     func(*run, context.Context, []check.Result) error
}

var steps = []step{
	{i18n.T("Prerequisites"), i18n.T("Prerequisites"), guide.Prerequisites, (*run).versionKnown,
		[]check.ID{check.BaseName, check.BaseReach, check.BaseModule}, (*run).prerequisites},
	{i18n.T("Application"), i18n.T("App registration"), guide.Registration, (*run).registered,
		[]check.ID{check.EntraTenant}, (*run).registration},
	{i18n.T("Secret"), i18n.T("Client secret"), guide.Secret, (*run).hasSecret,
		[]check.ID{check.EntraApp, check.EntraSecret, check.EntraExpiry}, (*run).clientSecret},
	{i18n.T("Sign-in"), i18n.T("Mailbox sign-in"), guide.SignIn, (*run).connected,
		[]check.ID{check.TokenFile, check.TokenRefresh}, (*run).connect},
	{i18n.T("Test"), i18n.T("Test message"), guide.Permissions, (*run).testAccepted,
		[]check.ID{check.SMTPConnect, check.SMTPTLS, check.SMTPAuth, check.IMAPAuth}, (*run).testMessage},
}

// stepNames returns the names of all steps, including the last one.
func stepNames() []i18n.Text {
	var all []i18n.Text
	for _, st := range steps {
		all = append(all, st.name)
	}
	return append(all, i18n.T("Go live"))
}

// Run runs the steps that are not done yet and returns the last one, which the
// caller closes. It returns nil after a dry run. Each answer is saved to the token
// file immediately, so that setup can be interrupted and run again. Errors are
// *problem.Problem, *faults.Refusal, *prompt.Missing,
// prompt.ErrInterrupted, prompt.ErrBack where Dialog.Reentry is set, *disk.Error or the
// context's.
func (s *Setup) Run(ctx context.Context, base openfire.Base) (*Finish, error) {
	r, err := s.newRun(ctx, base)
	if err != nil {
		return nil, err
	}
	if err := s.Cloud.CheckEndpoint(r.draft.File.Client.Endpoint); err != nil {
		return nil, err
	}
	if s.Register.DryRun {
		return nil, r.preview(ctx)
	}
	if err := r.steps(ctx); err != nil {
		return nil, err
	}
	s.Dialog.Commit()
	return r.finish(), nil
}

// Undo removes what setup created at Microsoft for a base.
func (s *Setup) Undo(ctx context.Context, base openfire.Base) error {
	r, err := s.newRun(ctx, base)
	if err != nil {
		return err
	}
	return r.app.Undo(ctx)
}

// preview prints what setup would create at Microsoft.
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
		if r.changed {
			results = r.check(ctx, checking, st.checks)
		}
		if err := r.step(ctx, st, results); err != nil {
			return err
		}
	}
	return nil
}

// checking is shown while the checks of a step run.
var checking = i18n.T("Checking this step")

func (r *run) check(ctx context.Context, why i18n.Text, ids []check.ID) []check.Result {
	defer r.Dialog.Tell.Wait(why)()
	return slices.Collect(check.Run(ctx, r.env(), ids...))
}

// env returns the environment of the checks.
func (r *run) env() check.Env {
	return check.Env{Refresher: r.Refresher, Base: r.draft.Base, Margin: time.Minute,
		Timeout: r.Timeout, Lang: r.Dialog.Tell.Lang}
}

// step runs a step until its checks pass, then advances to the next one, or
// returns after the user went back to an earlier one.
func (r *run) step(ctx context.Context, st step, results []check.Result) error {
	at, bad := r.Dialog.Step, failures(st.checks, results)
	if len(bad) == 0 && st.filled(r) {
		r.skip(st, results)
		return nil
	}
	r.Dialog.Tell.Step(at, stepNames(), st.title)
	if st.filled(r) && !fatal(bad) {
		r.showFirst(bad)
	}
	for {
		err := r.attempt(ctx, st, bad)
		if errors.Is(err, prompt.ErrBack) && r.Dialog.Back() {
			if r.Dialog.Step == at {
				continue
			}
			return nil
		}
		if err != nil {
			if err = r.recover(ctx, err); err != nil {
				return err
			}
			if !fatal(bad) {
				continue
			}
		}
		if bad, err = r.checkAgain(ctx, st); err != nil {
			return err
		}
		switch {
		case len(bad) == 0 && st.filled(r):
			r.Dialog.Step++
			return nil
		case len(bad) > 0 && r.Dialog.Unattended():
			return failedCheck{bad[0]}
		case !fatal(bad):
			r.showFirst(bad)
		}
	}
}

// skip reports a step that is done already, and advances to the next one.
func (r *run) skip(st step, results []check.Result) {
	if unanswered(st.checks, results) {
		r.Dialog.Tell.Judge(ui.Unknown, i18n.T("%s: this could not be verified.", st.title).In(r.Dialog.Tell.Lang))
	} else {
		r.Dialog.Tell.Done(st.title)
	}
	r.Dialog.Step++
}

// attempt does a step, unless no answer can fix what failed.
func (r *run) attempt(ctx context.Context, st step, bad []check.Result) error {
	if fatal(bad) {
		return failedCheck{bad[0]}
	}
	r.changed = true
	r.Dialog.Tell.Clipboard.Forget()
	return st.do(r, ctx, bad)
}

// checkAgain returns the checks of a step that fail after it was done.
func (r *run) checkAgain(ctx context.Context, st step) ([]check.Result, error) {
	bad := failures(st.checks, r.check(ctx, checking, st.checks))
	r.Dialog.Settle()
	return bad, ctx.Err()
}

// advice replaces that of failed checks whose value the next question asks for.
var advice = map[check.ID]i18n.Text{
	check.EntraTenant: i18n.T("Copy the Directory (tenant) ID from the Overview page of the application and enter it here."),
	check.EntraApp:    i18n.T("Copy the Application (client) ID from the Overview page of the application and enter it here."),
	check.EntraSecret: i18n.T("In Certificates & secrets > New client secret, create a secret, copy its Value and enter it here."),
}

// showFirst prints the first failed check: the others are often its consequences.
func (r *run) showFirst(bad []check.Result) {
	if len(bad) == 0 {
		return
	}
	first := bad[0]
	if do, asked := advice[first.ID]; asked {
		first.Do = do
	}
	report.Result(r.Dialog.Tell, first)
}

// Missing returns *prompt.Missing with the required answers that are neither in the
// token file nor given in advance. It is called first when nobody can be asked.
func (s *Setup) Missing(ctx context.Context, base openfire.Base) error {
	r, err := s.newRun(ctx, base)
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
