package wizard

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/apply"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// Apply puts a token file's values into its base, through the base's remote
// API, and lets a message sent by the base prove it. All fields but Book,
// Open, URL and Report are needed.
type Apply struct {
	*tokens.Refresher

	Ask     ui.Prompter
	Book    *Guidebook // the guide beside the questions
	Tell    *ui.Printer
	List    *ui.Printer   // where differences are listed
	Timeout time.Duration // of one network attempt
	DB      string        // the base's database; empty: the first label of its host

	Hints  map[string]string                        // values that questions offer as their default (the sandbox's own)
	Open   func(address string) error               // opens the browser; nil: the address is only shown
	URL    func(address string)                     // hands the sign-in address to a machine; nil: nobody waits for it
	Report func(kind string, fields map[string]any) // tells machines; nil: none listens

	DryRun bool // show the differences and stop
	Force  bool // hand tokens over although the base has its own; beside another account
	Yes    bool // the differences need no confirmation
	Alone  bool // nobody is there
}

// handOverMargin is how long an access token that is handed over lasts at least.
const handOverMargin = 5 * time.Minute

// base is a base that apply is signed in to.
type base struct {
	*Apply
	openfire.Base
	remote *openfire.Client
	file   tokenfile.File
	survey openfire.MailConfig
	handed bool // the base got the file's tokens just now
}

// Run shows what differs, writes it, and proves it. Errors are *problem.Problem,
// *azure.Refusal, *Missing, ErrInterrupted, those of Valid and *disk.Error, or the
// context's.
func (a *Apply) Run(ctx context.Context, to openfire.Base) error {
	file, err := a.Store.Load(to)
	if err == nil && !file.Complete() {
		err = unfinished(to)
	}
	if err != nil {
		return err
	}
	a.Book.show(to, file, file.Fetch != nil)
	b, err := a.signIn(ctx, to, file)
	if err != nil {
		return err
	}
	if err := b.mayWrite(ctx); err != nil {
		return err
	}
	needed := a.Force || apply.NeedsTokens(b.survey, b.file)
	if needed && !a.DryRun {
		if b.file, err = a.Valid(ctx, to, tokens.Due{Margin: handOverMargin}); err != nil {
			return err
		}
	}
	plan := apply.NewPlan(b.survey, b.file)
	if needed {
		plan = apply.NewTokenPlan(b.survey, b.file)
	}
	b.difference(plan)
	b.keepsItsOwn(plan)
	if a.DryRun {
		return nil
	}
	if err := b.agreed(ctx, plan); err != nil {
		return err
	}
	if err := b.write(ctx, plan); err != nil {
		return err
	}
	return b.finish(ctx)
}

// OfferApply asks at the end of set-up whether the base gets its values now.
func (s *Setup) OfferApply(ctx context.Context, to openfire.Base) (bool, error) {
	q := questions(s.Now())["apply"]
	q.Default = ui.Yes
	q.Title = i18n.T("Put these values into %s now (it takes an OpenFire administrator's account)?", to.Host())
	answer, err := s.Ask.Ask(ctx, q)
	return answer == ui.Yes, err
}

// finish is what follows the writing, whichever way the tokens came.
func (b *base) finish(ctx context.Context) error {
	if err := b.look(ctx); err != nil {
		return err
	}
	if err := b.confirmIncoming(ctx); err != nil {
		return err
	}
	if err := b.order(ctx); err != nil {
		return err
	}
	return b.prove(ctx)
}

func unfinished(b openfire.Base) error {
	return &problem.Problem{Exit: problem.Usage, ID: "token.file",
		What: i18n.T("%s: the set-up is not finished, there are no tokens yet.", b.Host()),
		Do:   i18n.T("Run \"openfire-o365 setup %s\", or connect the base itself with \"apply %[1]s --native\".", b.Name())}
}

// signIn asks for the account that is missing and looks around.
func (a *Apply) signIn(ctx context.Context, to openfire.Base, file tokenfile.File) (*base, error) {
	cred, err := a.credentials(ctx, to)
	if err != nil {
		return nil, err
	}
	defer a.Tell.Wait(i18n.T("Signing in to %s", to.Host()))()
	remote, err := openfire.Connect(ctx, a.HTTP, a.Cloud, to, cred)
	if err != nil {
		return nil, err
	}
	b := &base{Apply: a, Base: to, remote: remote, file: file}
	a.Tell.Done(i18n.T("%s, Odoo %s: signed in as %s.", to.URL(), remote.Version, cred.Login))
	return b, b.look(ctx)
}

func (b *base) look(ctx context.Context) (err error) {
	b.survey, err = b.remote.MailConfig(ctx, b.file.Client.Secret)
	return err
}

func (a *Apply) credentials(ctx context.Context, to openfire.Base) (cred openfire.Credentials, err error) {
	known := questions(a.Now())
	cred.DB = cmp.Or(a.DB, to.Database())
	login, key := known["login"], known["api-key"]
	login.Title = i18n.T("Login of an administrator of %s", to.Host())
	login.Help = i18n.T("The one you type into OpenFire; it needs Administration: Settings. It is not kept.")
	login.Default, key.Default = a.Hints[login.ID], a.Hints[key.ID]
	key.Title = i18n.T("Its password, or an API key (Odoo 14 and later)")
	key.Back = true
	key.Check = func(s string) (string, error) {
		cred.Key = secret.New(s)
		return "", nil
	}
	for {
		if cred.Login, err = a.Ask.Ask(ctx, login); err != nil {
			return cred, err
		}
		login.Default = cred.Login
		if _, err = a.Ask.Ask(ctx, key); !errors.Is(err, ui.ErrBack) {
			return cred, err
		}
	}
}

// mayWrite refuses bases in which writing would do harm, and asks before it
// puts an account beside another.
func (b *base) mayWrite(ctx context.Context) error {
	if err := b.survey.CheckWritable(b.Base); err != nil {
		return err
	}
	others := b.survey.OtherConnected(b.file.Mailbox())
	if len(others) == 0 || b.Force {
		return nil
	}
	refusal := &problem.Problem{Exit: problem.Safety, ID: "base.account",
		What: i18n.T("%s sends with another account already: %s.", b.Host(), others[0].User()),
		Do:   i18n.T("Archive that server in OpenFire, or add --force to put a second one beside it.")}
	if b.Alone || b.DryRun || b.Yes {
		return refusal
	}
	b.Tell.Problem(refusal)
	return b.confirm(ctx, i18n.T("Put %s beside it?", b.file.Mailbox()), ui.No, refusal)
}

// confirm asks; no is the error otherwise.
func (b *base) confirm(ctx context.Context, title i18n.Text, preset string, otherwise error) error {
	answer, err := b.Ask.Ask(ctx, ui.Question{ID: "confirm", Kind: ui.YesNo, Default: preset, Title: title})
	if err == nil && answer != ui.Yes {
		err = otherwise
	}
	return err
}

// agreed asks before anything is written.
func (b *base) agreed(ctx context.Context, plan apply.Plan) error {
	switch {
	case plan.Empty() || b.Yes:
		return nil
	case b.Alone:
		return &ui.Missing{IDs: []string{"yes"}}
	}
	return b.confirm(ctx, i18n.T("Write this into %s?", b.Host()), ui.Yes,
		&problem.Problem{Exit: problem.Usage, ID: "yes", What: i18n.T("Nothing was written.")})
}

// write makes the writes in their order; run again after a cut, the rest is made.
func (b *base) write(ctx context.Context, plan apply.Plan) error {
	for _, w := range plan.Writes {
		if _, err := w.Do(ctx, b.remote); err != nil {
			return err
		}
		b.Tell.Done(i18n.T("%s written.", w.Model))
	}
	if !plan.Tokens {
		return nil
	}
	b.handed = true
	issued := b.file.Azure.RefreshIssued
	file, err := b.Store.Edit(ctx, b.Base, func(f *tokenfile.File) { f.Azure.BaseRefreshIssued = issued })
	if err == nil {
		b.file = file
	}
	return err
}
