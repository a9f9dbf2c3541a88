package wizard

import (
	"context"
	"errors"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/check"
	"github.com/openfire-fr/openfire-o365/internal/check/expiry"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/tokens"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/oauthflow"
)

// connected: the file has live tokens for the mailbox asked for.
func (s *session) connected() bool {
	incoming := ui.No
	if s.file.Fetch != nil {
		incoming = ui.Yes
	}
	return s.file.Complete() && !s.differs("mailbox", s.file.Mailbox()) && !s.differs("incoming", incoming)
}

// consent signs the mailbox in, looks at who came back, saves the tokens at
// once, and renews them as the base will do it.
func consent(ctx context.Context, s *session, _ []check.Result) error {
	mailbox, incoming, err := s.whichMailbox(ctx)
	if err != nil {
		return err
	}
	// What would stop the save must show before anybody signs in.
	if err := s.save(ctx, func(*tokenfile.File) {}); err != nil {
		return err
	}
	token, err := s.signIn(ctx, mailbox, incoming)
	if err != nil {
		return err
	}
	if err := s.keepTokens(ctx, mailbox, incoming, token); err != nil {
		return err
	}
	s.settled()
	s.Tell.Done(i18n.T("%s is connected, the tokens are saved.", mailbox))
	done := s.Tell.Wait(i18n.T("First renewal of the tokens, as your base will do it"))
	s.file, err = s.Valid(ctx, s.base, tokens.Due{Always: true})
	done()
	if refusal, is := faults.AsRefusal(err); is {
		return s.anew(refusal)
	}
	if err != nil {
		return err
	}
	s.Tell.Done(i18n.T("Microsoft has renewed the tokens as your base will."))
	return nil
}

// whichMailbox asks for the mailbox and whether mail is fetched too. The answer
// is kept unless the file holds another mailbox's tokens: those go on working
// until the new ones are there.
func (s *session) whichMailbox(ctx context.Context) (mailbox string, incoming bool, err error) {
	mailbox = s.file.Mailbox()
	if mailbox == "" || s.differs("mailbox", mailbox) || !s.file.Complete() && !s.named {
		mailbox, err = s.ask(ctx, ui.Question{ID: "mailbox", Default: mailbox,
			Title: i18n.T("Which mailbox will send the mail?"),
			Help:  i18n.T("A licensed mailbox, for example compta@client.fr (a shared mailbox cannot sign in).")})
		if err != nil {
			return "", false, err
		}
	}
	s.named = false
	if incoming, err = s.wantsMail(ctx); err != nil {
		return "", false, err
	}
	if s.file.Complete() {
		return mailbox, incoming, s.replace(ctx, mailbox)
	}
	return mailbox, incoming, s.save(ctx, func(f *tokenfile.File) { f.SetMailbox(mailbox, incoming) })
}

// wantsMail asks, once, whether mail is fetched too.
func (s *session) wantsMail(ctx context.Context) (incoming bool, err error) {
	was := ui.No
	if s.file.Fetch != nil {
		was = ui.Yes
	}
	if s.incoming == "" && s.file.Complete() && !s.differs("incoming", was) {
		return was == ui.Yes, nil
	}
	if s.incoming == "" {
		s.incoming, err = s.ask(ctx, ui.Question{ID: "incoming", Default: was,
			Title: i18n.T("Does your base also fetch incoming mail (IMAP)?"),
			Help:  i18n.T("No if it only sends. \"setup --incoming yes\" adds it later.")})
	}
	return s.incoming == ui.Yes, err
}

// replace asks before a working mailbox gives way to another.
func (s *session) replace(ctx context.Context, mailbox string) error {
	old := s.file.Mailbox()
	if strings.EqualFold(old, mailbox) {
		return nil
	}
	answer, err := s.ask(ctx, ui.Question{ID: "yes", Default: ui.No,
		Title: i18n.T("This base already sends with %s (tokens of %s). Replace it by %s?", old, expiry.Day(s.file.Azure.RefreshIssued), mailbox)})
	if err == nil && answer != ui.Yes {
		err = &problem.Problem{Exit: problem.Usage, ID: "mailbox", What: i18n.T("Nothing was changed: %s stays connected.", old),
			Do: i18n.T("To replace it by %s, answer yes, or give --yes.", mailbox)}
	}
	return err
}

// signIn goes through the browser until the right account has come back with a
// whole token.
func (s *session) signIn(ctx context.Context, mailbox string, incoming bool) (oauthflow.Token, error) {
	config := s.Client(s.file)
	request := oauthflow.AuthOptions{Scopes: azure.ConsentScopes(s.file.Major(), incoming), LoginHint: mailbox}
	back, err := s.browse(ctx, config, request, visit{path: "/openfire-o365", own: true,
		words: i18n.T("Sign in as the mailbox %s at this address (5 minutes):", mailbox)})
	if err != nil {
		return oauthflow.Token{}, s.explain(err)
	}
	token, err := s.exchange(ctx, config, back)
	if err == nil {
		err = s.acceptable(ctx, token, mailbox, incoming)
	}
	back.Finish(err == nil)
	back.Wait() // the browser is told before the program may end
	if err != nil {
		return oauthflow.Token{}, s.explain(err)
	}
	return token, nil
}

// exchange turns what came back from the browser into tokens.
func (s *session) exchange(ctx context.Context, config oauthflow.Config, back *oauthflow.Callback) (oauthflow.Token, error) {
	defer s.Tell.Wait(i18n.T("Microsoft issues the tokens"))()
	token, err := config.Exchange(ctx, back)
	return token, tokens.Refusal(err)
}

// explain tells a refusal by Microsoft and starts anew; other errors end set-up.
func (s *session) explain(err error) error {
	if refusal, is := faults.AsRefusal(err); is {
		return s.anew(refusal)
	}
	return err
}

// acceptable looks at what came back before anything is saved: a token to
// refresh with, the mail permissions, and the account that signed in.
func (s *session) acceptable(ctx context.Context, token oauthflow.Token, mailbox string, incoming bool) error {
	wanted := []string{azure.ScopeSMTP}
	if incoming {
		wanted = append(wanted, azure.ScopeIMAP)
	}
	permissions := i18n.T("OpenFire application > API permissions: add it, grant consent, then run setup again.")
	if token.Refresh.Empty() {
		return &problem.Problem{Exit: problem.Application, ID: "offline_access", Do: permissions,
			What: i18n.T("Microsoft gave no refresh token: the permission offline_access is missing.")}
	}
	if lacks := azure.MissingScopes(token.Scope, wanted...); len(lacks) > 0 {
		return &problem.Problem{Exit: problem.Application, ID: "scope", Do: permissions,
			What: i18n.T("Microsoft did not grant the permission %s.", strings.Join(lacks, ", "))}
	}
	if token.ID == nil || strings.EqualFold(token.ID.Username, mailbox) || strings.EqualFold(token.ID.Email, mailbox) {
		return nil
	}
	return s.otherAccount(ctx, token.ID.Username, mailbox)
}

// otherAccount asks whether tokens of another account than the mailbox are
// meant. A code that somebody slipped in would show here, and only here.
func (s *session) otherAccount(ctx context.Context, who, mailbox string) error {
	refused := &problem.Problem{Exit: problem.Safety, ID: "token.account",
		What: i18n.T("%s signed in, but the mailbox asked for is %s. Nothing was saved.", who, mailbox),
		Do:   i18n.T("Run setup again and choose the right account (a private window helps), or accept it with --accept-account %s.", who)}
	if accepted, ok := s.Given["accept-account"]; ok && strings.EqualFold(accepted, who) {
		return nil
	}
	if s.Alone {
		return refused
	}
	answer, err := s.ask(ctx, ui.Question{ID: "other-account", Kind: ui.YesNo, Default: ui.No,
		Title: i18n.T("%s signed in, the mailbox is %s. Is this meant?", who, mailbox),
		Help:  i18n.T("Yes only if this account has full rights on the mailbox.")})
	if err == nil && answer != ui.Yes {
		return refused
	}
	return err
}

// keepTokens writes the tokens at once: whatever happens next, the consent is
// not lost. One refresh token serves both directions, as it belongs to user
// and client.
func (s *session) keepTokens(ctx context.Context, mailbox string, incoming bool, token oauthflow.Token) error {
	now := s.Now()
	return s.save(ctx, func(f *tokenfile.File) {
		f.SetMailbox(mailbox, incoming)
		f.Azure.RedirectURI, f.Azure.RefreshIssued = s.base.RedirectURI(), now
		if token.ID != nil {
			f.Azure.SignedInAs, f.Azure.SignedInOID = token.ID.Username, token.ID.ObjectID
		}
		for _, b := range f.Blocks() {
			*b.Tokens = tokenfile.Tokens{Refresh: token.Refresh, Access: token.Access, Expiration: now.Add(token.Lifetime).Unix()}
		}
	})
}

// errPaste asks for the sign-in to start again with the base's own redirect URI.
var errPaste = errors.New("start again by paste")
