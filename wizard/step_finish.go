package wizard

import (
	"cmp"
	"context"

	"github.com/openfire-fr/openfire-o365/internal/check/expiry"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
)

// Finish is the last step of a setup, when the mailbox is connected. The caller
// may write the values of the token file to the base, then calls Close.
type Finish struct {
	Applied bool // the base has the values of the file; set by the caller

	run *run
}

func (r *run) finish() *Finish {
	r.Dialog.Tell.Step(len(steps), stepNames(), i18n.T("Go live in OpenFire"))
	r.Dialog.Tell.Clipboard.Forget()
	mailbox := r.draft.File.Mailbox()
	switch {
	case r.tested && r.Store.State(r.draft.Base).Tested:
		r.Dialog.Tell.Done(i18n.T("%s is connected, and Microsoft accepted its test message.", mailbox))
	case r.tested:
		r.Dialog.Tell.Warn(i18n.T("%s is connected, but its test message did not arrive.", mailbox))
	default:
		r.Dialog.Tell.Done(i18n.T("%s is connected.", mailbox))
	}
	if r.draft.File.Azure.BaseRefreshIssued.IsZero() {
		r.Dialog.Tell.Print(i18n.T("The base %s does not have these values yet.", r.draft.Base.URL()))
	}
	return &Finish{run: r}
}

// Offer asks whether to write the values of the token file to the base now. It does
// not ask again in a later run that changes nothing, once the answer was no or the
// values were written.
func (h *Finish) Offer(ctx context.Context) (bool, error) {
	base := h.run.draft.Base
	state := h.run.Store.State(base)
	if !h.run.changed && (state.Offered || !h.run.draft.File.Azure.BaseRefreshIssued.IsZero()) {
		return false, nil
	}
	answer, err := h.run.Dialog.Ask(ctx, prompt.Question{ID: "apply", Default: prompt.Yes,
		Title: i18n.T("Put these values into %s now?", base.Host()),
		Help:  i18n.T("You need the account of an OpenFire administrator.")})
	if state.Offered = answer == prompt.No; err == nil {
		_ = h.run.Store.SaveState(base, state) // if it is lost, the next setup asks again
	}
	return answer == prompt.Yes, err
}

// Close removes client secrets that the base no longer uses and prints the
// summary. It returns failed, the error of writing to the base, if that is not nil:
// the summary is printed even then, because the tokens exist.
func (h *Finish) Close(ctx context.Context, failed error) error {
	r := h.run
	err := failed
	switch {
	case failed != nil:
	case h.Applied:
		state := r.Store.State(r.draft.Base)
		state.Offered = true
		_ = r.Store.SaveState(r.draft.Base, state)
		err = r.app.Retire(ctx)
	default:
		err = r.app.AskRetire(ctx)
	}
	if err != nil && failed == nil && !r.ends(ctx, err) {
		r.show(err)
		err = nil
	}
	if ctx.Err() != nil {
		return cmp.Or(err, ctx.Err())
	}
	if failed := r.draft.Load(); failed != nil {
		return failed
	}
	r.summary()
	if !h.Applied && r.draft.File.Azure.BaseRefreshIssued.IsZero() {
		r.Dialog.Tell.Value(i18n.T("Put the values into the base"), "openfire-o365 apply"+r.arguments())
	}
	return err
}

// summary prints the result, the expiry dates and the next two commands.
func (r *run) summary() {
	t, f := r.Dialog.Tell, r.draft.File
	t.Clipboard.Forget()
	t.Title(i18n.T("Summary"))
	t.Fact(i18n.T("Application (client) ID"), f.Client.ID)
	uses := i18n.T("Mailbox that sends the mail")
	if f.Fetch != nil {
		uses = i18n.T("Mailbox that sends and receives the mail")
	}
	t.Fact(uses, f.Mailbox())
	t.Value(i18n.T("Token file, readable only by you"), r.Store.Path(r.draft.Base))
	t.Title(i18n.T("Expiry dates"))
	for _, end := range expiry.Dates(f, tokens.Learned{}) {
		if end.Soon == 0 {
			continue // renewed automatically
		}
		_, when, _ := end.Left(r.Now())
		t.Detail(i18n.T("%s: %s", end.Title, when))
	}
	t.Title(i18n.T("Next steps"))
	t.Value(i18n.T("Check everything"), "openfire-o365 verify"+r.arguments())
	keep := "openfire-o365 token schedule install" + r.Flags
	if r.Practice { // the sandbox cannot be scheduled
		keep = "openfire-o365 token refresh" + r.arguments()
	}
	t.Value(i18n.T("Renew the tokens every 15 minutes"), keep)
}

// arguments returns the arguments of the suggested commands for this base.
func (r *run) arguments() string { return " " + sanitize.Line(r.draft.Base.Name()) + r.Flags }
