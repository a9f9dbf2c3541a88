package wizard

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/entra"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/azure/graph"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/oauthflow"
)

// The two ways to an application, as --register names them.
const (
	Automatic = "auto"
	ByHand    = "manual"
)

// agree wants a yes to what was shown.
func (s *session) agree(ctx context.Context, title i18n.Text) error {
	answer, err := s.ask(ctx, ui.Question{ID: "yes", Kind: ui.YesNo, Default: s.eager(), Title: title})
	if err == nil && answer != ui.Yes {
		err = &problem.Problem{Exit: problem.Usage, ID: "yes", What: i18n.T("Nothing was changed.")}
	}
	return err
}

// eager is the default of a yes: a person may just press Enter, while without
// one the answer must have been given.
func (s *session) eager() string {
	if s.Alone {
		return ""
	}
	return ui.Yes
}

// admin is Graph on behalf of an administrator, who signs in the first time and
// when more is needed. The token stays in memory.
func (s *session) admin(ctx context.Context, assigning bool) (*graph.Client, error) {
	if s.graph != nil && (s.assigning || !assigning) {
		return s.graph, nil
	}
	s.Tell.Print(i18n.T("Microsoft's page will speak of \"Microsoft Graph Command Line Tools\", Microsoft's public tool that this sign-in goes through. Do not tick \"Consent on behalf of your organization\": your own consent is enough, and it can be taken back afterwards in Enterprise applications > Microsoft Graph Command Line Tools > Permissions > User consent."))
	endpoint := s.Cloud.Login + "/" + cmp.Or(s.tenant(), "organizations") + "/oauth2/v2.0/"
	config := oauthflow.Config{ClientID: cmp.Or(s.GraphClient, azure.GraphCommandLine), HTTP: s.HTTP, Now: s.Now, Authorize: endpoint + "authorize", Token: endpoint + "token"}
	back, err := s.browse(ctx, config, oauthflow.AuthOptions{Scopes: azure.AdminScopes(assigning)}, visit{
		words: i18n.T("Sign in as administrator at this address (5 minutes):")})
	if err != nil {
		return nil, err
	}
	token, err := s.exchange(ctx, config, back)
	if err == nil {
		err = s.belongs(ctx, token)
	}
	back.Finish(err == nil)
	back.Wait()
	if err != nil {
		return nil, err
	}
	s.graph, s.assigning = &graph.Client{Cloud: s.Cloud, HTTP: s.HTTP, Token: token.Access, Now: s.Now, Pause: s.Sleep, Wait: s.Tell.SetReason}, assigning
	return s.graph, nil
}

// tenant is the directory, where it is known or was given.
func (s *session) tenant() string {
	return cmp.Or(s.file.Azure.TenantID, sanitize.Pasted(s.Given["tenant"]))
}

// belongs wants the administrator to be one of the base's directory, where that
// is known, and remembers it.
func (s *session) belongs(ctx context.Context, token oauthflow.Token) error {
	if token.ID == nil || token.ID.TenantID == "" {
		return &problem.Problem{Exit: problem.Temporary, ID: "id_token", What: i18n.T("Microsoft did not tell which directory this account belongs to.")}
	}
	got, want := token.ID.TenantID, s.tenant()
	if strings.Contains(want, ".") {
		id, err := entra.Tenant(ctx, s.HTTP, s.Cloud, want)
		if err != nil {
			return err
		}
		want = id
	}
	if want != "" && !strings.EqualFold(got, want) {
		return &problem.Problem{Exit: problem.Safety, ID: "tenant",
			What: i18n.T("%s belongs to directory %s, this base's application is in %s. Nothing was changed.", token.ID.Username, got, want),
			Do:   i18n.T("Sign in as an administrator of the right directory (a private window helps).")}
	}
	s.directory = got
	return nil
}

// trouble tells what went wrong on the automatic way and asks anew which way to
// go; without a person, and for what only time or care mends, set-up ends.
func (s *session) trouble(err error) error {
	s.way = ""
	if refusal, is := faults.AsRefusal(err); is {
		return s.anew(refusal)
	}
	var p *problem.Problem
	if !errors.As(err, &p) || s.Alone || p.Exit != problem.SignIn && p.Exit != problem.Application {
		return err
	}
	if graph.IsForbidden(err) {
		s.graph = nil // another account may have the rights
	}
	s.Tell.Problem(p)
	return errAgain
}

// marks: what set-up has made at Microsoft is in the token file as it is made.

// intend notes that a thing is about to be made.
func (s *session) intend(ctx context.Context, kind string) error {
	return s.save(ctx, func(f *tokenfile.File) { f.Azure.Created = marked(f.Azure.Created, kind+"?", "") })
}

// intended reports a thing that was about to be made when set-up was stopped.
func (s *session) intended(kind string) bool { return slices.Contains(s.file.Azure.Created, kind+"?") }

// made notes that a thing was made, and what else is known by it.
func (s *session) made(ctx context.Context, kind, id string, change func(*tokenfile.File)) error {
	return s.save(ctx, func(f *tokenfile.File) {
		f.Azure.Created = marked(f.Azure.Created, kind+":"+id, kind+"?")
		if change != nil {
			change(f)
		}
	})
}

// unmade takes the note back where Graph has surely made nothing.
func (s *session) unmade(ctx context.Context, kind string, err error) error {
	if !graph.IsRefused(err) {
		return err
	}
	return firstOf(s.save(ctx, func(f *tokenfile.File) { f.Azure.Created = marked(f.Azure.Created, "", kind+"?") }), err)
}

// settle notes what was found: made by this program if it was about to.
func (s *session) settle(ctx context.Context, kind, id string, change func(*tokenfile.File)) error {
	if s.intended(kind) {
		return s.made(ctx, kind, id, change)
	}
	if change == nil {
		return nil
	}
	return s.save(ctx, change)
}

// marked is a list with one mark more and one less, each at most once.
func marked(list []string, add, drop string) []string {
	kept := slices.DeleteFunc(slices.Clone(list), func(m string) bool { return m == drop || m == add })
	if add != "" {
		kept = append(kept, add)
	}
	return kept
}
