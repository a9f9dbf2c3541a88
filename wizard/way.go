package wizard

import (
	"context"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// whichWay asks, with the plan before the person's eyes, whether the
// application is made for them.
func (s *session) whichWay(ctx context.Context) (auto bool, err error) {
	incoming, err := s.wantsMail(ctx)
	if err != nil {
		return false, err
	}
	return s.automatic(ctx, i18n.T("Make all this for me?"), func() {
		s.plan(s.needs(incoming))
		s.agreed = true
	})
}

// automatic asks once which way to go, after it has shown what that means. Who
// answered with an application's own values goes by hand; so does nobody,
// unless told otherwise.
func (s *session) automatic(ctx context.Context, title i18n.Text, show func()) (bool, error) {
	if s.way != "" {
		return s.way == ui.Yes, nil
	}
	_, told := s.Given["register"]
	for _, id := range []string{"client-id", "client-secret"} {
		if _, given := s.Given[id]; given && !told {
			return false, nil
		}
	}
	if s.Alone && !told {
		return false, nil
	}
	if show != nil && !told {
		show()
	}
	way, err := s.ask(ctx, ui.Question{ID: "register", Default: ui.Yes, Title: title,
		Help: i18n.T("Yes: you sign in once as administrator, and within a minute all is done. No: each value is shown to you and you enter it in the portal yourself.")})
	s.way = way
	return way == ui.Yes, err
}

// needs are the permissions the application is to have.
func (s *session) needs(incoming bool) azure.PermissionNeeds {
	if s.Article {
		return azure.ArticlePermissions(s.file.Major())
	}
	return azure.MinimalPermissions(s.file.Major(), incoming)
}

// redirects are the redirect URIs the application is to have.
func (s *session) redirects() []string {
	return []string{s.base.RedirectURI(), azure.LoopbackRedirect}
}

// plan shows what will be made at Microsoft, before anybody signs in.
func (s *session) plan(n azure.PermissionNeeds) {
	t := s.Tell
	t.Print(i18n.T("This will be made in your Microsoft directory, and nothing else:"))
	t.Fact(i18n.T("a multitenant application, and its enterprise application"), azure.ApplicationName)
	t.Fact(i18n.T("its redirect URIs (platform Web)"), s.redirects()...)
	t.Fact(i18n.T("delegated permissions of Microsoft Graph, granted for everybody"), strings.Join(n.Graph, " "))
	t.Fact(i18n.T("delegated permissions of Office 365 Exchange Online, granted for everybody"), strings.Join(n.Exchange, " "))
	if len(n.Roles) > 0 {
		t.Fact(i18n.T("application permissions of Office 365 Exchange Online"), strings.Join(n.Roles, " "))
	}
	t.Fact(i18n.T("a client secret, of the longest life that is allowed"), i18n.T("730 days").In(t.Lang))
	t.Print(i18n.T("If the directory requires assignment, the mailbox will be assigned to the application."))
	if !s.Article && !s.DryRun {
		t.Print(i18n.T("OpenFire's article asks for other permissions, which your base does not use; \"setup --dry-run\" says why."))
	}
}

// unneeded says why the article's other permissions are not asked for.
func (s *session) unneeded(n azure.PermissionNeeds) {
	s.Tell.Print(i18n.T("OpenFire's article asks for more. The base does not need it (--permissions article grants it all the same):"))
	for _, u := range azure.UnneededPermissions() {
		if !slices.Contains(n.Graph, u.Name) {
			s.Tell.Note(i18n.T("%s: %s", u.Name, u.Why))
		}
	}
}

// preview shows what set-up would make at Microsoft, and stops.
func (s *session) preview(ctx context.Context) error {
	incoming, err := s.wantsMail(ctx)
	if err != nil {
		return err
	}
	if s.registered() && s.keyed() {
		s.Tell.Print(i18n.T("The application of %s is registered (%s): there is nothing to make, at most a secret to renew.", s.base.URL(), s.file.Client.ID))
		return nil
	}
	needs := s.needs(incoming)
	s.plan(needs)
	if !s.Article {
		s.unneeded(needs)
	}
	return nil
}

// agreeToPlan wants a yes to the plan, unless it was given with the choice of
// this way.
func (s *session) agreeToPlan(ctx context.Context, n azure.PermissionNeeds) error {
	if s.agreed {
		return nil
	}
	s.plan(n)
	return s.agree(ctx, i18n.T("Make all this?"))
}
