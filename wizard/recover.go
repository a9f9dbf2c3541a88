package wizard

import (
	"context"
	"errors"
	"slices"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/report"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
)

// failedCheck is a failed check as an error.
type failedCheck struct{ check.Result }

// Error returns the check and what it found.
func (f failedCheck) Error() string { return string(f.ID) + ": " + f.What.In(i18n.English) }

// Unwrap returns the check as a problem for a person.
func (f failedCheck) Unwrap() error { return resultProblem(f.Result) }

// stopped is the ID of the problem that says that the user stops here.
const stopped = "stopped"

// ends reports whether an error ends setup: of the person, of the context, a bug, or
// any if nobody can be asked.
func (r *run) ends(ctx context.Context, err error) bool {
	_, missing := errors.AsType[*prompt.Missing](err)
	p := r.Problem(err)
	return missing || errors.Is(err, prompt.ErrBack) || errors.Is(err, prompt.ErrInterrupted) || ctx.Err() != nil ||
		r.Dialog.Unattended() || p.Exit == problem.Usage || p.Exit == problem.Bug || p.ID == stopped
}

// recover shows an error of a step in one block and returns nil if the step can start
// again, where its next question follows. If no question would follow, it asks whether
// to try again. An error that ends setup is returned.
func (r *run) recover(ctx context.Context, err error) error {
	if r.ends(ctx, err) {
		return err
	}
	p := r.Problem(err)
	r.show(err)
	_, isCheck := errors.AsType[failedCheck](err)
	if !isCheck && !slices.Contains([]problem.Exit{problem.Temporary, problem.Disk, problem.Permission}, p.Exit) {
		return nil
	}
	err = r.Dialog.Confirm(ctx, prompt.Question{ID: "again", Default: prompt.Yes,
		Page: steps[r.Dialog.Step].page, Title: i18n.T("Try again now?")},
		&problem.Problem{Exit: p.Exit, ID: stopped, What: i18n.T("Setup is not finished."),
			Do: i18n.T("Your answers are saved: run setup again to continue from here.")})
	if _, nobody := errors.AsType[*prompt.Missing](err); nobody { // the input of a pipe has ended
		return p
	}
	return err
}

// show prints an error: what failed, in whose words, what to do, who does it if it is
// not the person here, and where.
func (r *run) show(err error) {
	tell := r.Dialog.Tell
	if failed, is := errors.AsType[failedCheck](err); is {
		report.Result(tell, failed.Result)
		return
	}
	refusal, is := faults.AsRefusal(err)
	if !is {
		tell.Problem(r.Problem(err))
		return
	}
	said := refusal.Problem()
	if refusal.Who != faults.User && refusal.Who != faults.Nobody {
		said.Who = refusal.Who
	}
	tell.Problem(said)
	words := i18n.T("Microsoft: %s", refusal.Detail)
	if refusal.Where == faults.OnBase {
		words = i18n.T("OpenFire: %s", refusal.Detail)
	}
	if refusal.Detail != refusal.Name() {
		tell.Indented("  ", words.In(tell.Lang))
	}
	if link := refusal.URL(r.Cloud, r.draft.File.Client.ID); link != "" {
		tell.Address(link)
	}
}
