// Package wizard is set-up: the steps of OpenFire's article in its order, the
// conversation that makes each one's checks pass, and the ways to ask. It knows
// neither flags nor exit, and not which Microsoft it talks to.
package wizard

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/report"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// Setup is one guided set-up. All fields but Open, Given and Book are needed.
type Setup struct {
	*tokens.Refresher

	Ask      ui.Prompter
	Book     *Guidebook // the guide beside the conversation
	Tell     *ui.Printer
	Open     func(address string) error // opens the browser; nil: the address is only shown
	URL      func(address string)       // hands the sign-in address to a machine; nil: nobody waits for it
	Given    map[string]string          // answers given ahead that differ from the file make a step talk again
	Hints    map[string]string          // values that questions offer as their default (the sandbox's own)
	Alone    bool                       // nobody is there to try again with
	Paste    bool                       // the sign-in comes back by a pasted address only
	SendAs   []string                   // senders that get a test message of their own
	Practice bool                       // Microsoft and the base are the sandbox's, inside this process
	Flags    string                     // what a command must repeat to mean the same files and the same Microsoft
	Patience time.Duration              // how long a fresh secret may be refused
	Silence  time.Duration              // how long the browser may say nothing before its page is asked about; 0 means a minute
	Timeout  time.Duration              // of one network attempt

	// Apply puts the file's values into the base, which it offers first where
	// something was set up just now, and tells whether that was done; nil offers
	// nothing.
	Apply func(ctx context.Context, to openfire.Base, fresh bool) (done bool, err error)

	GraphClient string // public client that signs administrators in to Graph; "" for Microsoft's own
	Rename      bool   // the base's name was asked for, and may be asked again: Run then returns ErrBack
	Article     bool   // the application gets the article's permissions, not only those a base uses
	DryRun      bool   // show what would be made at Microsoft, and stop
}

// step is one part of the article: what must be in the file, which checks
// prove it, and what is said when they do not pass.
type step struct {
	name   i18n.Text // in a word or two
	title  i18n.Text
	has    func(*session) bool
	proofs []check.ID
	talk   func(context.Context, *session, []check.Result) error
}

var steps = []step{
	{i18n.T("Prerequisites"), i18n.T("Prerequisites"), (*session).known,
		[]check.ID{check.BaseName, check.BaseReach, check.BaseModule}, prerequisites},
	{i18n.T("Application"), i18n.T("App registration (step 1 of the article)"), (*session).registered,
		[]check.ID{check.EntraTenant}, registration},
	{i18n.T("Secret"), i18n.T("Client secret (step 2)"), (*session).keyed,
		[]check.ID{check.EntraApp, check.EntraSecret, check.EntraExpiry}, clientSecret},
	{i18n.T("Sign-in"), i18n.T("Sign-in of the mailbox (step 4)"), (*session).connected,
		[]check.ID{check.TokenFile, check.TokenRefresh}, consent},
	{i18n.T("Test"), i18n.T("Permissions and test message (step 3)"), (*session).tested,
		[]check.ID{check.SMTPConnect, check.SMTPTLS, check.SMTPAuth, check.IMAPAuth}, test},
}

// Run leads through the steps that are not done yet and ends with the hand
// over. What was answered is in the token file at once, so that set-up can be
// stopped and run again at any time. Errors are *problem.Problem, *azure.Refusal,
// *Missing, ErrInterrupted, ErrBack, *disk.Error or the context's.
func (s *Setup) Run(ctx context.Context, base openfire.Base) error {
	run := &session{Setup: s, base: base, reopened: map[string]string{}}
	defer run.forget()
	if err := run.load(); err != nil {
		return err
	}
	if s.DryRun {
		return run.preview(ctx)
	}
	results := run.checked(ctx, i18n.T("Checking what is in place already"), allProofs()...)
	for run.at < len(steps) {
		st := steps[run.at]
		if run.spoke {
			results = run.checked(ctx, checking, st.proofs...)
		}
		next, err := run.step(ctx, st, results)
		if err != nil {
			return err
		}
		run.at = next
	}
	run.settled()
	return run.handOver(ctx)
}

// checking is why a step waits when it looks at what came of the answers.
var checking = i18n.T("Checking the step")

// checked runs checks, with the reason why they take a moment.
func (s *session) checked(ctx context.Context, why i18n.Text, ids ...check.ID) []check.Result {
	defer s.Tell.Wait(why)()
	return slices.Collect(check.Run(ctx, s.env(), ids...))
}

// names are those of all steps, with the hand over that ends them.
func names() []i18n.Text {
	var all []i18n.Text
	for _, st := range steps {
		all = append(all, st.name)
	}
	return append(all, i18n.T("Hand over"))
}

func allProofs() []check.ID {
	var ids []check.ID
	for _, st := range steps {
		ids = append(ids, st.proofs...)
	}
	return ids
}

// step talks until the step's checks pass, and returns the step to go on with:
// the next one, or an earlier one that the person went back to. A trouble that
// only time heals, or that is a matter of safety, ends set-up: no answer would
// help.
func (s *session) step(ctx context.Context, st step, results []check.Result) (next int, err error) {
	bad := failures(st, results)
	if len(bad) == 0 && st.has(s) {
		s.Tell.Done(st.title)
		return s.at + 1, nil
	}
	s.Tell.Step(s.at, names(), st.title)
	for {
		if p := hopeless(bad); p != nil {
			return 0, p
		}
		s.spoke = true
		s.Tell.ForgetCopyables()
		err := st.talk(ctx, s, bad)
		if errors.Is(err, ui.ErrBack) {
			if to, ok := s.goBack(); ok && to == s.at {
				continue
			} else if ok {
				return to, nil
			}
		}
		if err != nil && !errors.Is(err, errAgain) {
			return 0, err
		}
		bad = failures(st, s.checked(ctx, checking, st.proofs...))
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		if err == nil {
			clear(s.reopened)
		}
		if len(bad) == 0 && st.has(s) {
			return s.at + 1, nil
		}
		for _, r := range bad {
			report.Result(s.Tell, r)
		}
		if len(bad) > 0 && s.Alone {
			return 0, resultProblem(bad[0])
		}
	}
}

// failures are the step's results that a conversation must change. A secret
// about to expire counts, every other warning does not.
func failures(st step, results []check.Result) []check.Result {
	return slices.DeleteFunc(slices.Clone(results), func(r check.Result) bool {
		renew := r.ID == check.EntraExpiry && r.Status == check.Warning
		return !slices.Contains(st.proofs, r.ID) || r.Status != check.Failed && !renew
	})
}

// hopeless returns the first trouble that no conversation can mend.
func hopeless(bad []check.Result) error {
	for _, r := range bad {
		if r.Exit == problem.Temporary || r.Exit == problem.Safety || r.Exit == problem.Disk || r.Exit == problem.Permission || r.ID == check.BaseModule {
			return resultProblem(r)
		}
	}
	return nil
}

// errAgain says that the step's conversation starts anew: the trouble was told.
var errAgain = errors.New("again")

// anew tells a refusal and starts the step anew, or ends set-up with it when
// nobody is there to answer otherwise.
func (s *session) anew(refusal *faults.Refusal) error {
	if s.Alone {
		return refusal
	}
	s.Tell.Problem(refusal.Problem())
	s.Tell.Print(i18n.T("Microsoft: %s", refusal.Detail))
	if link := refusal.URL(s.Cloud, s.file.Client.ID); link != "" {
		s.Tell.Address(link)
	}
	return errAgain
}

// resultProblem is a failed check as an error.
func resultProblem(r check.Result) error {
	id := r.Fault
	if id == "" {
		id = string(r.ID)
	}
	what := i18n.T("%s: %s", r.Title, r.What)
	return &problem.Problem{Exit: cmp.Or(r.Exit, problem.Temporary), ID: id, What: what, Do: r.Do}
}
