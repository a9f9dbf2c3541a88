// Package draft manages the token file of a base while setup fills it in. Each
// answer is saved immediately, so that setup can be interrupted and run again. The
// package also asks the two questions that several steps need: the mailbox, and
// whether incoming mail is fetched.
package draft

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/check/expiry"
	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile/store"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
)

// Draft is the token file of one base during setup.
type Draft struct {
	*tokens.Refresher
	Dialog *dialog.Dialog
	Base   openfire.Base
	File   tokenfile.File // as last read or written
	Exists bool           // on disk

	// AskMailboxAgain means that the sign-in of the mailbox failed.
	AskMailboxAgain bool

	incoming string // the answer; "" if not asked yet
}

// Load reads the file. If it does not exist, File is a new one.
func (d *Draft) Load() error {
	file, err := d.Store.Load(d.Base)
	if errors.Is(err, fs.ErrNotExist) {
		file = tokenfile.New(d.Base, "")
	} else if err != nil {
		return err
	}
	d.File, d.Exists = file, err == nil
	d.Dialog.Book.Show(d.GuideValues())
	return nil
}

// Save applies a change to the file under its lock, and reloads it. A file that was
// deleted in the meantime is written again: its secret cannot be retrieved anew.
func (d *Draft) Save(ctx context.Context, change func(*tokenfile.File)) error {
	err := d.Store.Update(ctx, d.Base, func(_ context.Context, _ tokenfile.File, exists bool) (store.Change, error) {
		if exists {
			return change, nil
		}
		known := d.File
		return func(f *tokenfile.File) { *f = known; change(f) }, nil
	})
	if err != nil {
		return err
	}
	return d.Load()
}

// Connected reports whether the file has tokens for the requested mailbox.
func (d *Draft) Connected() bool {
	return d.File.Complete() && !d.Dialog.Differs("mailbox", d.File.Mailbox()) &&
		!d.Dialog.Differs("incoming", prompt.YesOrNo(d.File.Fetch != nil))
}

// Mailbox is the mailbox to connect.
type Mailbox struct {
	Address  string
	Incoming bool // incoming mail is fetched too
}

// AskMailbox asks for the mailbox and whether incoming mail is fetched. It saves
// the answers unless the file has the tokens of another mailbox: those keep working
// until the new tokens are saved.
func (d *Draft) AskMailbox(ctx context.Context) (m Mailbox, err error) {
	m.Address = d.File.Mailbox()
	if m.Address == "" || d.Dialog.Differs("mailbox", m.Address) || d.AskMailboxAgain {
		m.Address, err = d.Dialog.Ask(ctx, prompt.Question{ID: "mailbox", Default: m.Address,
			Title: i18n.T("Which mailbox will send the mail?"),
			Help:  i18n.T("A licensed mailbox, for example compta@client.fr (a shared mailbox cannot sign in).")})
		if err != nil {
			return m, err
		}
	}
	d.AskMailboxAgain = false
	if m.Incoming, err = d.AskIncoming(ctx); err != nil {
		return m, err
	}
	if d.File.Complete() {
		return m, d.agreeToReplace(ctx, m.Address)
	}
	return m, d.Save(ctx, func(f *tokenfile.File) { f.SetMailbox(m.Address, m.Incoming) })
}

// AskIncoming asks once whether incoming mail is fetched.
func (d *Draft) AskIncoming(ctx context.Context) (incoming bool, err error) {
	current := prompt.YesOrNo(d.File.Fetch != nil)
	if d.incoming == "" {
		d.incoming = d.Remembered("incoming")
	}
	if !d.incomingKnown() {
		if d.File.Complete() && !d.Dialog.Differs("incoming", current) {
			return current == prompt.Yes, nil
		}
		d.incoming, err = d.Dialog.Ask(ctx, prompt.Question{ID: "incoming", Default: current,
			Title: i18n.T("Does your base also fetch incoming mail (IMAP)?"),
			Help: i18n.T("Answer no if it only sends mail. An administrator must consent to IMAP: " +
				"setup does it if it creates the application, or shows where.")})
		if err == nil {
			d.Remember("incoming", d.incoming)
		}
	}
	return d.incoming == prompt.Yes, err
}

// Remember saves an answer that the token file does not contain, for a setup that
// continues after an interruption.
func (d *Draft) Remember(question, answer string) {
	state := d.Store.State(d.Base)
	answers, _ := url.ParseQuery(state.Answers)
	answers.Set(question, answer)
	state.Answers = answers.Encode()
	_ = d.Store.SaveState(d.Base, state) // if it is lost, the next setup asks again
}

// Remembered returns the saved answer of an unfinished setup, or "" if the question
// must be asked.
func (d *Draft) Remembered(question string) string {
	if _, given := d.Dialog.Given(question); given || d.File.Complete() || d.Dialog.Reopened(question) {
		return ""
	}
	answers, _ := url.ParseQuery(d.Store.State(d.Base).Answers)
	return answers.Get(question)
}

// agreeToReplace asks before another mailbox replaces a working one.
func (d *Draft) agreeToReplace(ctx context.Context, mailbox string) error {
	old := d.File.Mailbox()
	if strings.EqualFold(old, mailbox) {
		return nil
	}
	since := expiry.Day(d.File.Azure.RefreshIssued)
	return d.Dialog.Confirm(ctx, prompt.Question{ID: "yes", Default: prompt.No,
		Title: i18n.T("This base already sends with %s (tokens issued on %s). Replace it with %s?",
			old, since, mailbox)},
		&problem.Problem{Exit: problem.Usage, ID: "mailbox",
			What: i18n.T("Nothing was changed: %s stays connected.", old),
			Do:   i18n.T("To replace it with %s, answer yes or use --yes.", mailbox)})
}

func (d *Draft) incomingKnown() bool { return d.incoming != "" && !d.Dialog.Reopened("incoming") }

// ShowPage prints the address of a page of the guide and returns the page.
func (d *Draft) ShowPage(id string) guide.Page { return d.Dialog.ShowPage(id, d.GuideValues()) }

// GuideValues returns the values for the guide. They include incoming mail unless
// it is known that none is fetched.
func (d *Draft) GuideValues() guide.Values {
	v := dialog.GuideValues(d.Base, d.File, d.Cloud)
	v.Incoming = v.Incoming || !d.File.Complete()
	if d.incomingKnown() {
		v.Incoming = d.incoming == prompt.Yes
	}
	return v
}

// retries says how long and how often Entra is asked about a secret.
type retries struct{ limit, first, longest time.Duration }

// ProveTyped verifies a typed secret with Entra. Entra may not know a secret that
// was just created in the portal, so it retries until limit. Only a wrong or
// expired secret is an error.
func (d *Draft) ProveTyped(ctx context.Context, candidate tokenfile.File, limit time.Duration) error {
	err := d.prove(ctx, candidate, retries{limit, limit / 12, limit / 12}, faults.WrongSecret)
	refusal, refused := faults.AsRefusal(err)
	if refused && refusal.Code != faults.WrongSecret && refusal.Code != faults.ExpiredSecret {
		return ctx.Err()
	}
	return err
}

// ProveMade waits until Entra knows a secret and an application that were just
// created, which can take about a minute.
func (d *Draft) ProveMade(ctx context.Context, candidate tokenfile.File) error {
	return d.prove(ctx, candidate, retries{3 * time.Minute, time.Second, 10 * time.Second},
		faults.WrongSecret, faults.UnknownApplication)
}

// prove asks Entra until the answer is not one of the codes again. It returns the
// refusal or the error of the context, and nil for any other answer.
func (d *Draft) prove(ctx context.Context, candidate tokenfile.File, t retries, again ...int) error {
	defer d.Dialog.Tell.Wait(i18n.T("Checking the secret with Microsoft"))()
	end := d.Now().Add(t.limit)
	for pause := t.first; ; pause = min(2*pause, t.longest) {
		refusal, refused := faults.AsRefusal(d.Prove(ctx, candidate))
		switch {
		case !refused:
			return ctx.Err()
		case !slices.Contains(again, refusal.Code) || !d.Now().Before(end):
			return refusal
		}
		d.Dialog.Tell.SetReason(i18n.T("Microsoft does not know this secret yet: a new secret can take a minute"))
		if err := d.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}
