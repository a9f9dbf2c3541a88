// Package transfer implements apply: it signs in to a base, shows how it differs
// from the token file, writes the differences after a confirmation, puts the mail
// servers in order, and lets the base send a test message. It can also create a
// token file from a connected base.
package transfer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/apply"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
	"github.com/openfire-fr/openfire-o365/wizard/dialog"
)

// Transfer writes the values of a token file to its base through the remote API of
// the base. The fields up to Timeout are required.
type Transfer struct {
	*tokens.Refresher
	Dialog  *dialog.Dialog
	List    *ui.Printer   // where differences are listed
	Timeout time.Duration // of one network attempt

	DB   string                     // database of the base; empty: the first label of its host
	Open func(address string) error // opens the browser; nil: the address is only printed

	DryRun bool // only show the differences
	Force  bool // replace the tokens of the base, and add a second account
	Yes    bool // write without a confirmation
	Brief  bool // the user has agreed already: neither list the values nor ask
}

// minLifetime is the minimum remaining lifetime of a written access token.
const minLifetime = 5 * time.Minute

// target is a base that apply is signed in to.
type target struct {
	*Transfer
	base          openfire.Base
	client        *openfire.Client
	config        openfire.MailConfig
	file          tokenfile.File
	tokensWritten bool // the tokens of the file were written to the base
}

// Run shows the differences, writes them, and tests the result. Errors are *problem.Problem,
// *faults.Refusal, *prompt.Missing, prompt.ErrInterrupted, those of Valid, *disk.Error, or the
// context's.
func (t *Transfer) Run(ctx context.Context, to openfire.Base) error {
	file, err := t.Store.Load(to)
	if err == nil && !file.Complete() {
		err = &problem.Problem{Exit: problem.Usage, ID: "token.file",
			What: i18n.T("%s: setup is not finished, so there are no tokens yet.", to.Host()),
			Do: i18n.T("Run \"openfire-o365 setup %s\", or let the base connect itself with \"apply %[1]s "+
				"--native\".", to.Name())}
	}
	if err != nil {
		return err
	}
	t.Dialog.Book.Show(dialog.GuideValues(to, file, t.Cloud))
	b, err := t.signIn(ctx, to, file)
	if err != nil {
		return err
	}
	needed := t.Force || apply.NeedsTokens(b.config, b.file)
	if needed && !t.DryRun {
		if b.file, err = t.Valid(ctx, to, tokens.Due{Margin: minLifetime}); err != nil {
			return err
		}
	}
	plan := apply.NewPlan(b.config, b.file)
	if needed {
		plan = apply.NewTokenPlan(b.config, b.file)
	}
	b.list(plan)
	if !plan.Tokens {
		b.List.Print(i18n.T("The base keeps its own tokens and renews them by itself (--force replaces them)."))
	}
	if t.DryRun {
		return b.foresee(ctx, plan)
	}
	if err := b.write(ctx, plan); err != nil {
		return err
	}
	return b.finish(ctx)
}

// signIn asks for the credentials, signs in, rejects a base that must not be
// written to, and asks before adding a second account.
func (t *Transfer) signIn(ctx context.Context, to openfire.Base, file tokenfile.File) (*target, error) {
	b, err := t.connect(ctx, to, file)
	if err != nil {
		return nil, err
	}
	if err := apply.CheckWritable(b.config, to); err != nil {
		return nil, err
	}
	others := b.config.OtherConnected(file.Accounts()...)
	if len(others) == 0 {
		return b, nil
	}
	return b, b.override(ctx, i18n.T("Add %s as a second account?", file.Mailbox()),
		&problem.Problem{Exit: problem.Safety, ID: "base.account",
			What: i18n.T("%s already sends with another account: %s.", to.Host(), others[0].User()),
			Do:   i18n.T("Archive that server in OpenFire, or use --force to add a second one.")})
}

// maxLogins is how often the login and the password are asked for.
const maxLogins = 3

// connect is signIn for reading only. After a wrong login or password it asks again.
func (t *Transfer) connect(ctx context.Context, to openfire.Base, file tokenfile.File) (*target, error) {
	cred := openfire.Credentials{DB: cmp.Or(t.DB, to.Database())}
	client, err := t.login(ctx, to, &cred)
	for tries := 1; tries < maxLogins && !t.Dialog.Unattended(); tries++ {
		refused, is := errors.AsType[*problem.Problem](err)
		if !is || refused.ID != openfire.BadLogin {
			break
		}
		t.Dialog.Tell.Problem(refused)
		client, err = t.login(ctx, to, &cred)
		if _, nobody := errors.AsType[*prompt.Missing](err); nobody { // the input of a pipe has ended
			return nil, refused
		}
	}
	if err != nil {
		return nil, err
	}
	defer t.Dialog.Tell.Wait(i18n.T("Reading the mail settings of %s", to.Host()))()
	b := &target{Transfer: t, base: to, client: client, file: file}
	t.Dialog.Tell.Done(i18n.T("%s, Odoo %s: signed in as %s.", to.URL(), client.Version, cred.Login))
	return b, b.read(ctx)
}

// read reads the base's mail configuration.
func (t *target) read(ctx context.Context) (err error) {
	t.config, err = t.client.MailConfig(ctx, t.file.Client.Secret)
	return err
}

// login asks for an administrator's credentials and logs in. Going back from the
// password asks for the login again.
func (t *Transfer) login(
	ctx context.Context, to openfire.Base, cred *openfire.Credentials,
) (client *openfire.Client, err error) {
	for {
		if cred.Login, err = t.Dialog.Ask(ctx, prompt.Question{ID: "login", Default: cred.Login,
			Title: i18n.T("Login of an administrator of %s", to.Host()),
			Help: i18n.T("Your OpenFire login. The account needs the access right Administration: Settings. It " +
				"is not stored.")}); err != nil {
			return nil, err
		}
		cred.Key, err = t.Dialog.AskSecret(ctx, prompt.Question{ID: "api-key", Back: true,
			Title: i18n.T("Password or API key (Odoo 14 and later)")})
		if !errors.Is(err, prompt.ErrBack) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	defer t.Dialog.Tell.Wait(i18n.T("Signing in to %s", to.Host()))()
	return openfire.Connect(ctx, t.HTTP, t.Cloud, to, *cred)
}

// override shows a refusal and asks whether to continue anyway. With --force it does
// not ask.
func (t *target) override(ctx context.Context, title i18n.Text, refusal *problem.Problem) error {
	switch {
	case t.Force:
		return nil
	case t.Dialog.Unattended() || t.DryRun || t.Yes:
		return refusal
	}
	t.Dialog.Tell.Problem(refusal)
	return t.Dialog.Confirm(ctx, prompt.Question{ID: "confirm", Default: prompt.No, Title: title}, refusal)
}

// write asks for a confirmation, then writes in the order of the plan. After an
// interruption the next run writes the rest.
func (t *target) write(ctx context.Context, plan apply.Plan) error {
	if err := t.agree(ctx, plan); err != nil {
		return err
	}
	for _, w := range plan.Writes {
		if _, err := w.Do(ctx, t.client); err != nil {
			return err
		}
		if !t.Brief {
			t.Dialog.Tell.Done(i18n.T("%s written.", w.Model))
		}
	}
	if t.Brief && !plan.Empty() {
		t.Dialog.Tell.Done(i18n.T("The values are in %s.", t.base.Host()))
	}
	if !plan.Tokens {
		return nil
	}
	t.tokensWritten = true
	issued := t.file.Azure.RefreshIssued
	file, err := t.Store.Edit(ctx, t.base, func(f *tokenfile.File) { f.Azure.BaseRefreshIssued = issued })
	if err == nil {
		t.file = file
	}
	return err
}

// agree asks before anything is written.
func (t *target) agree(ctx context.Context, plan apply.Plan) error {
	switch {
	case plan.Empty() || t.Yes || t.Brief:
		return nil
	case t.Dialog.Unattended():
		return dialog.Missing("yes")
	}
	return t.Dialog.Confirm(ctx, prompt.Question{ID: "confirm", Default: prompt.Yes,
		Title: i18n.T("Write these values to %s?", t.base.Host())},
		&problem.Problem{Exit: problem.Usage, ID: "yes", What: i18n.T("Nothing was written.")})
}

// list prints the differences. It does not print the values of secrets.
func (t *target) list(plan apply.Plan) {
	if plan.Empty() {
		t.List.Done(i18n.T("The base already has all the values of the token file."))
	}
	for _, w := range plan.Writes {
		title := i18n.T("%s, new:", w.Model)
		if w.ID > 0 {
			title = i18n.T("%s (id %d):", w.Model, w.ID)
		} else if w.Model == openfire.ParamModel {
			title = i18n.T("%s:", w.Model)
		}
		if !t.Brief {
			t.List.Print(title)
		}
		for _, c := range w.Changes {
			if !t.Brief {
				t.List.Detail(lineOf(c))
			}
			t.report("change", map[string]any{
				"model": w.Model, "record": w.ID, "field": c.Field, "secret": c.Secret, "dry_run": t.DryRun,
			})
		}
	}
}

// report writes a JSON line for the program that runs this one.
func (t *target) report(kind string, fields map[string]any) {
	fields["base"] = t.base.Host()
	t.Dialog.Machine.Report(kind, fields)
}

// lineOf returns the text of one change.
func lineOf(c apply.Change) i18n.Text {
	hidden := i18n.T("(secret, not shown)")
	had, _ := c.Old.(bool)
	switch {
	case c.Secret && c.New == "" && had:
		return i18n.T("%s: cleared", c.Field)
	case c.Secret && c.New == "":
		return i18n.T("%s: empty", c.Field)
	case c.Secret:
		return i18n.T("%s: %s", c.Field, hidden)
	case c.Old == nil || c.Old == "":
		return i18n.T("%s: %s", c.Field, shown(c.New))
	}
	return i18n.T("%s: %s → %s", c.Field, shown(c.Old), shown(c.New))
}

// shown returns the text of an old or new value.
func shown(v any) i18n.Text {
	switch v {
	case true:
		return i18n.T("yes")
	case false:
		return i18n.T("(empty)")
	}
	return i18n.Literal(sanitize.Line(fmt.Sprint(v)))
}
