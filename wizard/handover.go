package wizard

import (
	"context"
	"errors"

	"github.com/openfire-fr/openfire-o365/internal/check/expiry"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// handOver offers to put the values into the base, then closes set-up: whatever
// became of that, the tokens are there.
func (s *session) handOver(ctx context.Context) error {
	s.Tell.Step(len(steps), names(), i18n.T("Hand over to OpenFire"))
	s.Tell.ForgetCopyables()
	s.Tell.Done(i18n.T("%s can send its mail with %s.", s.base.URL(), s.file.Mailbox()))
	applied, err := false, error(nil)
	if s.Apply != nil {
		applied, err = s.Apply(ctx, s.base, s.spoke)
	}
	if err == nil {
		err = s.retire(ctx, applied)
	}
	if errors.Is(err, errAgain) {
		err = nil
	}
	if ctx.Err() != nil {
		return firstOf(err, ctx.Err())
	}
	return firstOf(s.load(), s.summary(applied), err)
}

// summary closes set-up: what there is now, where it is, what ends when, and
// the next two commands.
func (s *session) summary(applied bool) error {
	t := s.Tell
	t.ForgetCopyables()
	t.Title(i18n.T("In short"))
	t.Fact(i18n.T("The application at Microsoft, by its application (client) ID"), s.file.Client.ID)
	uses := i18n.T("The mailbox that sends the mail")
	if s.file.Fetch != nil {
		uses = i18n.T("The mailbox that sends the mail and from which the base fetches")
	}
	t.Fact(uses, s.file.Mailbox())
	t.Value(i18n.T("The token file, which only you can read"), s.Store.Path(s.base))
	t.Title(i18n.T("What ends when"))
	for _, end := range expiry.Dates(s.file) {
		if end.Soon == 0 {
			continue // renewed by itself
		}
		_, when, _ := end.Left(s.Now())
		t.Detail(i18n.T("%s: %s", end.Title, when))
	}
	t.Title(i18n.T("And now"))
	of := " " + sanitize.Line(s.base.Name()) + s.Flags
	t.Value(i18n.T("to check the whole chain"), "openfire-o365 verify"+of)
	keep := "openfire-o365 token schedule install" + s.Flags
	if s.Practice { // nothing of a sandbox can be scheduled
		keep = "openfire-o365 token refresh" + of
	}
	t.Value(i18n.T("to keep the tokens alive, every 15 minutes"), keep)
	if s.Apply != nil && !applied && s.file.Azure.BaseRefreshIssued.IsZero() {
		t.Print(i18n.T("\"openfire-o365 apply%s\" puts these values into the base whenever you like.", i18n.Block(of)))
	}
	return nil
}
