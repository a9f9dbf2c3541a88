package wizard

import (
	"context"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/exchange"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
	"github.com/openfire-fr/openfire-o365/oauthflow"
	"github.com/openfire-fr/openfire-o365/wizard/draft"
	"github.com/openfire-fr/openfire-o365/wizard/signin"
)

func (r *run) connected() bool { return r.draft.Connected() }

// signInStep signs a mailbox in.
type signInStep struct{ *run }

// connect signs the mailbox in, checks which account signed in, saves the tokens,
// and refreshes them once as the base will do.
func (r *run) connect(ctx context.Context, _ []check.Result) error {
	step := signInStep{r}
	mailbox, err := r.draft.AskMailbox(ctx)
	if err != nil {
		return err
	}
	// An error of saving must show before the sign-in.
	if err := r.draft.Save(ctx, func(*tokenfile.File) {}); err != nil {
		return err
	}
	token, err := step.signIn(ctx, mailbox)
	if err != nil {
		r.draft.AskMailboxAgain = !r.Dialog.Unattended()
		return err
	}
	if err := step.saveTokens(ctx, mailbox, token); err != nil {
		return err
	}
	state := r.Store.State(r.draft.Base)
	state.Tested = false // the test message was sent with the tokens of before
	_ = r.Store.SaveState(r.draft.Base, state)
	r.Dialog.Commit()
	r.Dialog.Tell.Done(i18n.T("%s is connected and the tokens are saved.", mailbox.Address))
	done := r.Dialog.Tell.Wait(i18n.T("Renewing the tokens once, as your base will do"))
	r.draft.File, err = r.Valid(ctx, r.draft.Base, tokens.Due{Always: true})
	done()
	if err != nil {
		return err
	}
	r.Dialog.Tell.Done(i18n.T("Microsoft renewed the tokens, as it will for your base."))
	return chooseUser(ctx, r)
}

// signIn signs in through the browser and returns the tokens if they are those of
// the right account and have all scopes.
func (r signInStep) signIn(ctx context.Context, mailbox draft.Mailbox) (oauthflow.Token, error) {
	f := r.draft.File
	return r.Browser.SignIn(ctx, signin.Request{
		Client:  r.Client(f),
		Scopes:  azure.Use{Odoo: f.Major(), Incoming: mailbox.Incoming}.ConsentScopes(),
		Mailbox: mailbox.Address,
		Title:   i18n.T("Open this address and sign in as the mailbox %s within 5 minutes:", mailbox.Address),
		Account: i18n.T("Microsoft asks you to sign in. Choose the mailbox %s, not your administrator account, then "+
			"accept the permissions.", mailbox.Address),
		Page: guide.SignIn, Likely: []int{faults.RedirectMismatch, faults.AdminConsentRequired, faults.NotAssigned,
			faults.UnknownApplication, faults.AccountOfOtherTenant, faults.BlockedByPolicy, faults.UnknownAccount,
			faults.UnknownTenant},
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
	permissions := i18n.T("In API permissions of the OpenFire application, add it and grant consent. Then sign " +
		"in again.")
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
func (r signInStep) checkAccount(ctx context.Context, token oauthflow.Token, mailbox string) error {
	if token.ID == nil || strings.EqualFold(token.ID.Username, mailbox) || strings.EqualFold(token.ID.Email, mailbox) {
		return nil
	}
	who := token.ID.Username
	refused := &problem.Problem{Exit: problem.Safety, ID: "token.account",
		What: i18n.T("%s signed in, but the mailbox is %s. No token was saved.", who, mailbox),
		Do:   i18n.T("Sign in as %s, for example in a private browser window.", mailbox)}
	if accepted, ok := r.Dialog.Given("accept-account"); ok && strings.EqualFold(accepted, who) {
		return nil
	}
	if r.Dialog.Unattended() {
		refused.Do = i18n.T("%s To accept this account, use --accept-account %s.", refused.Do, who)
		return refused
	}
	return r.Dialog.Confirm(ctx, prompt.Question{ID: "other-account", Default: prompt.No,
		Title: i18n.T("%s signed in, but the mailbox is %s. Is that what you want?", who, mailbox),
		Help:  i18n.T("Answer yes only if this account has full access to the mailbox.")}, refused)
}

// saveTokens writes the tokens immediately, so that a later failure does not lose
// the consent. Incoming and outgoing mail share the refresh token: it belongs to
// the user and the client.
func (r signInStep) saveTokens(ctx context.Context, mailbox draft.Mailbox, token oauthflow.Token) error {
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
