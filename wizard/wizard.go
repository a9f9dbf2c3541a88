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

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/guard"
	"github.com/openfire-fr/openfire-o365/internal/lang"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/store"
)

// Setup is one guided set-up. All fields but Open and Given are needed.
type Setup struct {
	Ask   Asker
	Tell  *Teller
	Store *store.Store
	Cloud azure.Cloud
	HTTP  *guard.Client
	Now   func() time.Time

	// Fresh is the one road to a live token: it renews what has less than
	// margin left. Secret proves the client secret.
	Fresh  func(ctx context.Context, b openfire.Base, margin time.Duration) (openfire.File, error)
	Secret func(context.Context, openfire.File) error

	Sleep    func(context.Context, time.Duration) error // an error when the context ends first
	Explain  func(error) *lang.Problem                  // says what an error of store or of the network means
	Open     func(address string) error                 // opens the browser; nil: the address is only shown
	URL      func(address string)                       // hands the sign-in address to a machine; nil: nobody waits for it
	Given    map[string]string                          // answers given ahead that differ from the file make a step talk again
	Hints    map[string]string                          // values that questions offer as their default (the sandbox's own)
	Alone    bool                                       // nobody is there to try again with
	Paste    bool                                       // the sign-in comes back by a pasted address only
	SendAs   []string                                   // senders that get a test message of their own
	Flags    string                                     // what a command must repeat to mean the same files and the same Microsoft
	Patience time.Duration                              // how long a fresh secret may be refused
	Silence  time.Duration                              // how long the browser may say nothing before its page is asked about; 0 means a minute
	Timeout  time.Duration                              // of one network attempt

	// Apply offers to put the file's values into the base, and tells whether that
	// was done; nil offers nothing.
	Apply func(context.Context, openfire.Base) (done bool, err error)

	GraphClient string // public client that signs administrators in to Graph; "" for Microsoft's own
	Article     bool   // the application gets the article's permissions, not only those a base uses
	DryRun      bool   // show what would be made at Microsoft, and stop
}

// step is one part of the article: what must be in the file, which checks
// prove it, and what is said when they do not pass.
type step struct {
	title  lang.Text
	has    func(*session) bool
	proofs []check.ID
	talk   func(context.Context, *session, []check.Result) error
}

var steps = []step{
	{lang.Text{FR: "Prérequis", EN: "Prerequisites"}, (*session).known,
		[]check.ID{check.BaseName, check.BaseReach, check.BaseModule}, prerequisites},
	{lang.Text{FR: "Inscription de l'application (étape 1 de l'article)", EN: "App registration (step 1 of the article)"}, (*session).registered,
		[]check.ID{check.EntraTenant}, registration},
	{lang.Text{FR: "Secret client (étape 2)", EN: "Client secret (step 2)"}, (*session).keyed,
		[]check.ID{check.EntraApp, check.EntraSecret, check.EntraExpiry}, secret},
	{lang.Text{FR: "Connexion de la boîte aux lettres (étape 4)", EN: "Sign-in of the mailbox (step 4)"}, (*session).connected,
		[]check.ID{check.TokenFile, check.TokenRefresh}, consent},
	{lang.Text{FR: "Permissions et message de test (étape 3)", EN: "Permissions and test message (step 3)"}, (*session).tested,
		[]check.ID{check.SMTPConnect, check.SMTPTLS, check.SMTPAuth, check.IMAPAuth}, test},
}

// Run leads through the steps that are not done yet and ends with the hand
// over. What was answered is in the token file at once, so that set-up can be
// stopped and run again at any time. Errors are *lang.Problem, *azure.Refusal,
// *Missing, ErrInterrupted, *store.Error or the context's.
func (s *Setup) Run(ctx context.Context, base openfire.Base) error {
	run := &session{Setup: s, base: base}
	defer run.forget()
	if err := run.load(); err != nil {
		return err
	}
	if s.DryRun {
		return run.preview(ctx)
	}
	results := check.Run(ctx, run.env(), nil, allProofs()...)
	for i, st := range steps {
		if run.spoke {
			results = check.Run(ctx, run.env(), nil, st.proofs...)
		}
		if err := run.step(ctx, i, st, results); err != nil {
			return err
		}
	}
	return run.handOver(ctx)
}

func allProofs() []check.ID {
	var ids []check.ID
	for _, st := range steps {
		ids = append(ids, st.proofs...)
	}
	return ids
}

// step talks until the step's checks pass. A trouble that only time heals, or
// that is a matter of safety, ends set-up: no answer would help.
func (s *session) step(ctx context.Context, i int, st step, results []check.Result) error {
	bad := failures(st, results)
	if len(bad) == 0 && st.has(s) {
		s.Tell.Done(st.title)
		return nil
	}
	s.Tell.Step(i+1, len(steps)+1, st.title)
	for {
		if p := hopeless(bad); p != nil {
			return p
		}
		s.spoke = true
		if err := st.talk(ctx, s, bad); err != nil && !errors.Is(err, errAgain) {
			return err
		}
		bad = failures(st, check.Run(ctx, s.env(), nil, st.proofs...))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if len(bad) == 0 && st.has(s) {
			return nil
		}
		for _, r := range bad {
			s.Tell.Result(r)
		}
		if len(bad) > 0 && s.Alone {
			return problem(bad[0])
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
		if r.Exit == lang.Temporary || r.Exit == lang.Safety || r.Exit == lang.Disk || r.Exit == lang.Permission || r.ID == check.BaseModule {
			return problem(r)
		}
	}
	return nil
}

// errAgain says that the step's conversation starts anew: the trouble was told.
var errAgain = errors.New("again")

// again tells a refusal and starts the step anew, or ends set-up with it when
// nobody is there to answer otherwise.
func (s *session) again(refusal *azure.Refusal) error {
	if s.Alone {
		return refusal
	}
	s.Tell.Problem(refusal.Problem())
	s.Tell.Say(lang.Text{FR: "Microsoft : %s", EN: "Microsoft: %s"}.With(refusal.Detail))
	if link := s.Cloud.Link(refusal.Fault, s.file.Client.ID); link != "" {
		s.Tell.Address(link)
	}
	return errAgain
}

// problem is a failed check as an error.
func problem(r check.Result) error {
	id := r.Fault
	if id == "" {
		id = string(r.ID)
	}
	what := lang.Text{FR: "%s : %s", EN: "%s: %s"}.With(r.Title, r.What)
	return &lang.Problem{Exit: cmp.Or(r.Exit, lang.Temporary), ID: id, What: what, Do: r.Do}
}
