package wizard

import (
	"context"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/lang"
)

// whichWay asks, with the plan before the person's eyes, whether the
// application is made for them.
func (s *session) whichWay(ctx context.Context) (auto bool, err error) {
	incoming, err := s.wantsMail(ctx)
	if err != nil {
		return false, err
	}
	return s.automatic(ctx, lang.Text{FR: "Créer tout cela pour moi ?", EN: "Make all this for me?"}, func() {
		s.plan(s.needs(incoming))
		s.agreed = true
	})
}

// automatic asks once which way to go, after it has shown what that means. Who
// answered with an application's own values goes by hand; so does nobody,
// unless told otherwise.
func (s *session) automatic(ctx context.Context, title lang.Text, show func()) (bool, error) {
	if s.way != "" {
		return s.way == Yes, nil
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
	way, err := s.ask(ctx, Question{ID: "register", Default: Yes, Title: title,
		Help: lang.Text{FR: "Oui : vous vous connectez une fois en administrateur, et tout est fait en moins d'une minute. Non : chaque valeur vous est montrée et vous la saisissez vous-même dans le portail.",
			EN: "Yes: you sign in once as administrator, and within a minute all is done. No: each value is shown to you and you enter it in the portal yourself."}})
	s.way = way
	return way == Yes, err
}

// needs are the permissions the application is to have.
func (s *session) needs(incoming bool) azure.Needs {
	if s.Article {
		return azure.ArticleNeeds(s.file.Major())
	}
	return azure.LeastNeeds(s.file.Major(), incoming)
}

// redirects are the redirect URIs the application is to have.
func (s *session) redirects() []string {
	return []string{s.base.RedirectURI(), azure.LoopbackRedirect}
}

// plan shows what will be made at Microsoft, before anybody signs in.
func (s *session) plan(n azure.Needs) {
	t := s.Tell
	t.Say(lang.Text{FR: "Voici ce qui sera créé dans votre annuaire Microsoft, et rien d'autre :", EN: "This will be made in your Microsoft directory, and nothing else:"})
	t.Fact(lang.Text{FR: "une application multilocataire (Multitenant), et son application d'entreprise", EN: "a multitenant application, and its enterprise application"}, azure.ApplicationName)
	t.Fact(lang.Text{FR: "ses URI de redirection (plateforme Web)", EN: "its redirect URIs (platform Web)"}, s.redirects()...)
	t.Fact(lang.Text{FR: "autorisations déléguées de Microsoft Graph, accordées pour tous", EN: "delegated permissions of Microsoft Graph, granted for everybody"}, strings.Join(n.Graph, " "))
	t.Fact(lang.Text{FR: "autorisations déléguées d'Office 365 Exchange Online, accordées pour tous", EN: "delegated permissions of Office 365 Exchange Online, granted for everybody"}, strings.Join(n.Exchange, " "))
	if len(n.Roles) > 0 {
		t.Fact(lang.Text{FR: "autorisations d'application d'Office 365 Exchange Online", EN: "application permissions of Office 365 Exchange Online"}, strings.Join(n.Roles, " "))
	}
	t.Fact(lang.Text{FR: "un secret client, de la plus longue durée permise", EN: "a client secret, of the longest life that is allowed"}, lang.Text{FR: "730 jours", EN: "730 days"}.In(t.Lang))
	t.Say(lang.Text{FR: "Si l'annuaire exige une affectation (Assignment required), la boîte aux lettres sera affectée à l'application.", EN: "If the directory requires assignment, the mailbox will be assigned to the application."})
	if !s.Article && !s.DryRun {
		t.Say(lang.Text{FR: "L'article d'OpenFire demande d'autres autorisations, dont votre base ne se sert pas ; « setup --dry-run » dit pourquoi.", EN: "OpenFire's article asks for other permissions, which your base does not use; \"setup --dry-run\" says why."})
	}
}

// unneeded says why the article's other permissions are not asked for.
func (s *session) unneeded(n azure.Needs) {
	s.Tell.Say(lang.Text{FR: "L'article d'OpenFire en demande davantage. La base n'en a pas besoin (--permissions article les accorde quand même) :", EN: "OpenFire's article asks for more. The base does not need it (--permissions article grants it all the same):"})
	for _, u := range azure.UnneededPermissions() {
		if !slices.Contains(n.Graph, u.Name) {
			s.Tell.Note(lang.Text{FR: "%s : %s", EN: "%s: %s"}.With(u.Name, u.Why))
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
		s.Tell.Say(lang.Text{FR: "L'application de %s est inscrite (%s) : il n'y a rien à créer, tout au plus un secret à renouveler.", EN: "The application of %s is registered (%s): there is nothing to make, at most a secret to renew."}.With(s.base.URL(), s.file.Client.ID))
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
func (s *session) agreeToPlan(ctx context.Context, n azure.Needs) error {
	if s.agreed {
		return nil
	}
	s.plan(n)
	return s.agree(ctx, lang.Text{FR: "Créer tout cela ?", EN: "Make all this?"})
}
