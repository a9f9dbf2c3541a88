package wizard

import (
	"context"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/exchange"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/report"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
	"github.com/openfire-fr/openfire-o365/oauthflow"
	"github.com/openfire-fr/openfire-o365/wizard/draft"
	"github.com/openfire-fr/openfire-o365/wizard/signin"
)

func (r *run) connected() bool { return r.draft.Connected() }

// connect signs the mailbox in, checks which account signed in, saves the tokens,
// and refreshes them once as the base will do.
func (r *run) connect(ctx context.Context, _ []check.Result) error {
	mailbox, err := r.draft.AskMailbox(ctx)
	if err != nil {
		return err
	}
	// An error of saving must show before the sign-in.
	if err := r.draft.Save(ctx, func(*tokenfile.File) {}); err != nil {
		return err
	}
	token, err := r.signIn(ctx, mailbox)
	if err != nil {
		return r.draft.Restart(err)
	}
	if err := r.saveTokens(ctx, mailbox, token); err != nil {
		return err
	}
	r.Dialog.Commit()
	r.Dialog.Tell.Done(i18n.T("%s is connected and the tokens are saved.", mailbox.Address))
	done := r.Dialog.Tell.Wait(i18n.T("Renewing the tokens once, as your base will do"))
	r.draft.File, err = r.Valid(ctx, r.draft.Base, tokens.Due{Always: true})
	done()
	if err != nil {
		return r.draft.Restart(err)
	}
	r.Dialog.Tell.Done(i18n.T("Microsoft renewed the tokens, as it will for your base."))
	return chooseUser(ctx, r)
}

// signIn signs in through the browser and returns the tokens if they are those of
// the right account and have all scopes.
func (r *run) signIn(ctx context.Context, mailbox draft.Mailbox) (oauthflow.Token, error) {
	f := r.draft.File
	return r.Browser.SignIn(ctx, signin.Request{
		Client:       r.Client(f),
		Scopes:       azure.Use{Odoo: f.Major(), Incoming: mailbox.Incoming}.ConsentScopes(),
		Mailbox:      mailbox.Address,
		Title:        i18n.T("Open this address and sign in as the mailbox %s within 5 minutes:", mailbox.Address),
		LoopbackPath: "/openfire-o365", NoLoopback: !f.Azure.Loopback, BaseURI: r.draft.Base.RedirectURI(),
	}, func(t oauthflow.Token) error {
		if err := checkGranted(t, mailbox); err != nil {
			return err
		}
		return r.checkAccount(ctx, t, mailbox.Address)
	})
}

// checkGranted refuses tokens that the base cannot use: without a refresh token or
// without the scopes for mail.
func checkGranted(token oauthflow.Token, mailbox draft.Mailbox) error {
	wanted := []string{azure.ScopeSMTP}
	if mailbox.Incoming {
		wanted = append(wanted, azure.ScopeIMAP)
	}
	permissions := i18n.T("In API permissions of the OpenFire application, add it and grant consent. Then run " +
		"setup again.")
	if token.Refresh.Empty() {
		return &problem.Problem{Exit: problem.Application, ID: "offline_access", Do: permissions,
			What: i18n.T("Microsoft did not issue a refresh token: the permission offline_access is missing.")}
	}
	// Without a scope in the answer, all were granted (RFC 6749 section 5.1).
	if lacks := azure.MissingScopes(token.Scope, wanted...); token.Scope != "" && len(lacks) > 0 {
		return &problem.Problem{Exit: problem.Application, ID: "scope", Do: permissions,
			What: i18n.T("Microsoft did not grant the permission %s.", strings.Join(lacks, ", "))}
	}
	return nil
}

// checkAccount rejects tokens issued to another account than the mailbox, unless
// the user accepts that account. No other check detects an injected authorization
// code.
func (r *run) checkAccount(ctx context.Context, token oauthflow.Token, mailbox string) error {
	if token.ID == nil || strings.EqualFold(token.ID.Username, mailbox) || strings.EqualFold(token.ID.Email, mailbox) {
		return nil
	}
	who := token.ID.Username
	refused := &problem.Problem{Exit: problem.Safety, ID: "token.account",
		What: i18n.T("%s signed in, but the mailbox is %s. No token was saved.", who, mailbox),
		Do: i18n.T("Run setup again and choose the right account, for example in a private browser window. To "+
			"accept this account, use --accept-account %s.", who)}
	if accepted, ok := r.Dialog.Given("accept-account"); ok && strings.EqualFold(accepted, who) {
		return nil
	}
	if r.Dialog.Unattended() {
		return refused
	}
	return r.Dialog.Confirm(ctx, prompt.Question{ID: "other-account", Default: prompt.No,
		Title: i18n.T("%s signed in, but the mailbox is %s. Is that what you want?", who, mailbox),
		Help:  i18n.T("Answer yes only if this account has full access to the mailbox.")}, refused)
}

// saveTokens writes the tokens immediately, so that a later failure does not lose
// the consent. Incoming and outgoing mail share the refresh token: it belongs to
// the user and the client.
func (r *run) saveTokens(ctx context.Context, mailbox draft.Mailbox, token oauthflow.Token) error {
	now := r.Now()
	return r.draft.Save(ctx, func(f *tokenfile.File) {
		f.SetMailbox(mailbox.Address, mailbox.Incoming)
		f.Azure.RedirectURI, f.Azure.RefreshIssued = r.draft.Base.RedirectURI(), now
		if token.ID != nil {
			f.Azure.SignedInAs, f.Azure.SignedInOID = token.ID.Username, token.ID.ObjectID
		}
		for _, b := range f.Blocks() {
			*b.Tokens = tokenfile.Tokens{
				Refresh: token.Refresh, Access: token.Access, Expiration: now.Add(token.Lifetime).Unix(),
			}
		}
	})
}

// testAccepted reports whether a test message was accepted since the mailbox was
// connected, and no further one is requested.
func (r *run) testAccepted() bool {
	_, to := r.Dialog.Given("test-to")
	return r.tested || !to && len(r.SendAs) == 0 && r.Store.State(r.draft.Base).Tested
}

// testMessage shows which settings Exchange needs, then sends a test message. The
// tokens are kept even if it is refused: enabling SMTP AUTH can take a day.
func (r *run) testMessage(ctx context.Context, _ []check.Result) error {
	if err := chooseUser(ctx, r); err != nil {
		return err
	}
	mailbox, base := r.draft.File.Mailbox(), r.draft.Base
	r.Dialog.Read(r.draft.ShowPage(guide.Permissions).Parts...)
	to, err := r.Dialog.Ask(ctx, prompt.Question{ID: "test-to", Default: mailbox,
		Title: i18n.T("Where should the test message be sent?")})
	if err != nil {
		return err
	}
	for _, from := range append([]string{mailbox}, r.SendAs...) {
		if err := r.send(ctx, from, to); err != nil {
			return err
		}
	}
	state := r.Store.State(base)
	state.Tested, r.tested = true, true
	_ = r.Store.SaveState(base, state) // if it is lost, the next setup tests again
	return nil
}

// chooseUser finds out which user Exchange accepts with the token: the mailbox's
// address or, if that is refused, the name that the account signed in with (its UPN).
// It saves what works. Where neither works, the test message shows why.
func chooseUser(ctx context.Context, r *run) error {
	f := r.draft.File
	mailbox, name := f.Mailbox(), f.Azure.SignedInAs
	if name == "" || strings.EqualFold(name, mailbox) {
		return nil
	}
	defer r.Dialog.Tell.Wait(i18n.T("Checking which user name Exchange accepts"))()
	box := exchange.Mailbox{Cloud: r.Cloud, Address: mailbox, Token: f.Mail.Access, Timeout: r.Timeout, Now: r.Now}
	for _, user := range []string{mailbox, name} {
		box.User = user
		stage, err := box.SMTP(ctx, nil)
		switch {
		case err == nil && strings.EqualFold(user, f.Mail.User):
			return nil
		case err == nil:
			if user == name {
				r.Dialog.Tell.Done(i18n.T("Exchange accepts this account only with its sign-in name %s, which the mail servers "+
					"will use as their user; %s stays the sender.", user, mailbox))
			}
			return r.draft.Save(ctx, func(f *tokenfile.File) { f.SetUser(user) })
		case stage != exchange.StageAuth:
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// send sends one message and waits for its arrival if the mailbox can be read.
// After a refusal the user may try again now or later.
func (r *run) send(ctx context.Context, from, to string) error {
	env := r.env()
	env.From, env.Send = from, []string{to}
	shown := []check.ID{check.SMTPSend, check.IMAPAuth, check.MailArrival}
	all := append([]check.ID{check.SMTPConnect, check.SMTPTLS, check.SMTPAuth}, shown...)
	for {
		done := r.Dialog.Tell.Wait(i18n.T("Sending the test message from %s; it can take a minute to arrive", from))
		results := slices.Collect(check.Run(ctx, env, all...))
		done()
		bad := slices.IndexFunc(results, notSent)
		for i, result := range results {
			if i == bad || slices.Contains(shown, result.ID) && result.Status != check.Skipped {
				report.Result(r.Dialog.Tell, result)
			}
		}
		if bad < 0 {
			return ctx.Err()
		}
		r.Dialog.Tell.Print(i18n.T("The tokens are saved. Run setup again to continue from here."))
		if r.Dialog.Unattended() {
			return resultProblem(results[bad])
		}
		again := prompt.Question{ID: "retry", Default: prompt.No, Title: i18n.T("Send the test message again now?")}
		if err := r.Dialog.Confirm(ctx, again, resultProblem(results[bad])); err != nil {
			return err
		}
	}
}

// notSent reports whether a check keeps the message from counting as sent. A
// message that has not arrived yet counts as sent.
func notSent(r check.Result) bool {
	return r.Status == check.Failed || r.Status == check.Unknown && r.ID != check.MailArrival
}
