package wizard

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/guard"
	"github.com/openfire-fr/openfire-o365/internal/lang"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/oauthflow"
)

// The two ways to an application, as --register names them.
const (
	Automatic = "auto"
	ByHand    = "manual"
)

// automatic asks once which way to go. Who answered with an application's own
// values goes by hand; so does nobody, unless told otherwise.
func (s *session) automatic(ctx context.Context, title lang.Text) (bool, error) {
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
	way, err := s.ask(ctx, Question{ID: "register", Default: Yes, Title: title,
		Help: lang.Text{FR: "Vous vous connectez une fois en administrateur, en moins d'une minute tout est fait. Non : chaque valeur vous est montrée, vous la saisissez dans le portail.",
			EN: "You sign in once as administrator, and within a minute all is done. No: each value is shown to you, and you enter it in the portal."}})
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
	t.Value(lang.Text{FR: "une application pour tout annuaire (multilocataire), et son application d'entreprise", EN: "a multitenant application, and its enterprise application"}, azure.ApplicationName)
	t.Value(lang.Text{FR: "ses URI de redirection (plateforme Web)", EN: "its redirect URIs (platform Web)"}, strings.Join(s.redirects(), "  "))
	t.Value(lang.Text{FR: "autorisations déléguées de Microsoft Graph, consenties pour tous", EN: "delegated permissions of Microsoft Graph, consented for everybody"}, strings.Join(n.Graph, " "))
	t.Value(lang.Text{FR: "autorisations déléguées d'Office 365 Exchange Online, consenties pour tous", EN: "delegated permissions of Office 365 Exchange Online, consented for everybody"}, strings.Join(n.Exchange, " "))
	if len(n.Roles) > 0 {
		t.Value(lang.Text{FR: "autorisations d'application d'Office 365 Exchange Online", EN: "application permissions of Office 365 Exchange Online"}, strings.Join(n.Roles, " "))
	}
	t.Value(lang.Text{FR: "un secret client, de la plus longue durée permise", EN: "a client secret, of the longest life that is allowed"}, lang.Text{FR: "730 jours", EN: "730 days"}.In(t.Lang))
	t.Say(lang.Text{FR: "Si l'annuaire exige une affectation (Assignment required), la boîte aux lettres sera affectée à l'application.", EN: "If the directory requires assignment, the mailbox will be assigned to the application."})
	if s.Article {
		return
	}
	t.Say(lang.Text{FR: "L'article d'OpenFire en demande davantage. La base n'en a pas besoin (--permissions article les accorde quand même) :", EN: "OpenFire's article asks for more. The base does not need it (--permissions article grants it all the same):"})
	for _, u := range azure.UnneededPermissions() {
		if !slices.Contains(n.Graph, u.Name) {
			t.Note(lang.Text{FR: "%s : %s", EN: "%s: %s"}.With(u.Name, u.Why))
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
	s.plan(s.needs(incoming))
	return nil
}

// agree wants a yes to what was shown.
func (s *session) agree(ctx context.Context, title lang.Text) error {
	answer, err := s.ask(ctx, Question{ID: "yes", Kind: YesNo, Default: s.eager(), Title: title})
	if err == nil && answer != Yes {
		err = &lang.Problem{Exit: lang.Usage, ID: "yes", What: lang.Text{FR: "Rien n'a été changé.", EN: "Nothing was changed."}}
	}
	return err
}

// eager is the default of a yes: a person may just press Enter, while without
// one the answer must have been given.
func (s *session) eager() string {
	if s.Alone {
		return ""
	}
	return Yes
}

// admin is Graph on behalf of an administrator, who signs in the first time and
// when more is needed. The token stays in memory.
func (s *session) admin(ctx context.Context, assigning bool) (*azure.Graph, error) {
	if s.graph != nil && (s.assigning || !assigning) {
		return s.graph, nil
	}
	s.Tell.Say(lang.Text{
		FR: "La page de Microsoft parlera de « Microsoft Graph Command Line Tools », l'outil public de Microsoft par lequel passe cette connexion. Ne cochez pas « Consentement au nom de votre organisation » : votre seul accord suffit, et il se retire ensuite dans Applications d'entreprise (Enterprise applications) > Microsoft Graph Command Line Tools > Autorisations (Permissions) > Consentement de l'utilisateur.",
		EN: "Microsoft's page will speak of \"Microsoft Graph Command Line Tools\", Microsoft's public tool that this sign-in goes through. Do not tick \"Consent on behalf of your organization\": your own consent is enough, and it can be taken back afterwards in Enterprise applications > Microsoft Graph Command Line Tools > Permissions > User consent."})
	endpoint := s.Cloud.Login + "/" + cmp.Or(s.tenant(), "organizations") + "/oauth2/v2.0/"
	config := oauthflow.Config{ClientID: cmp.Or(s.GraphClient, azure.GraphCommandLine), HTTP: s.HTTP, Now: s.Now, Authorize: endpoint + "authorize", Token: endpoint + "token"}
	back, err := s.browse(ctx, config, oauthflow.Request{Scopes: azure.AdminScopes(assigning)}, visit{
		words: lang.Text{FR: "Connectez-vous avec votre compte administrateur à cette adresse (5 minutes) :", EN: "Sign in as administrator at this address (5 minutes):"}})
	if err != nil {
		return nil, err
	}
	token, err := config.Exchange(ctx, back)
	if err == nil {
		err = s.belongs(ctx, token)
	}
	back.Finish(err == nil)
	back.Wait()
	if err != nil {
		return nil, err
	}
	s.graph, s.assigning = &azure.Graph{Cloud: s.Cloud, HTTP: s.HTTP, Token: token.Access, Now: s.Now, Pause: s.Sleep, Wait: s.waiting}, assigning
	return s.graph, nil
}

// tenant is the directory, where it is known or was given.
func (s *session) tenant() string {
	return cmp.Or(s.file.Azure.TenantID, guard.Pasted(s.Given["tenant"]))
}

// belongs wants the administrator to be one of the base's directory, where that
// is known, and remembers it.
func (s *session) belongs(ctx context.Context, token oauthflow.Token) error {
	if token.ID == nil || token.ID.TenantID == "" {
		return &lang.Problem{Exit: lang.Temporary, ID: "id_token", What: lang.Text{FR: "Microsoft n'a pas dit de quel annuaire est ce compte.", EN: "Microsoft did not tell which directory this account belongs to."}}
	}
	got, want := token.ID.TenantID, s.tenant()
	if strings.Contains(want, ".") {
		id, err := azure.Tenant(ctx, s.HTTP, s.Cloud, want)
		if err != nil {
			return err
		}
		want = id
	}
	if want != "" && !strings.EqualFold(got, want) {
		return &lang.Problem{Exit: lang.Safety, ID: "tenant",
			What: lang.Text{FR: "%s est de l'annuaire %s, l'application de cette base est dans %s. Rien n'a été changé.", EN: "%s belongs to directory %s, this base's application is in %s. Nothing was changed."}.With(token.ID.Username, guard.Line(got), guard.Line(want)),
			Do:   lang.Text{FR: "Connectez-vous avec un administrateur du bon annuaire (une fenêtre privée aide).", EN: "Sign in as an administrator of the right directory (a private window helps)."}}
	}
	s.directory = got
	return nil
}

// waiting tells what is waited for, once a change of it.
func (s *session) waiting(what lang.Text, pause time.Duration) {
	s.Tell.Say(lang.Text{FR: "%s. Nouvel essai dans %s…", EN: "%s. Trying again in %s…"}.With(what, pause.Round(time.Second/10)))
}

// trouble tells what went wrong on the automatic way and asks anew which way to
// go; without a person, and for what only time or care mends, set-up ends.
func (s *session) trouble(err error) error {
	s.way = ""
	if refusal, is := azure.AsRefusal(err); is {
		return s.again(refusal)
	}
	var p *lang.Problem
	if !errors.As(err, &p) || s.Alone || p.Exit != lang.SignIn && p.Exit != lang.Application {
		return err
	}
	if azure.Denied(err) {
		s.graph = nil // another account may have the rights
	}
	s.Tell.Problem(p)
	return errAgain
}

// marks: what set-up has made at Microsoft is in the token file as it is made.

// intend notes that a thing is about to be made.
func (s *session) intend(ctx context.Context, kind string) error {
	return s.save(ctx, func(f *openfire.File) { f.Azure.Created = marked(f.Azure.Created, kind+"?", "") })
}

// intended reports a thing that was about to be made when set-up was stopped.
func (s *session) intended(kind string) bool { return slices.Contains(s.file.Azure.Created, kind+"?") }

// made notes that a thing was made, and what else is known by it.
func (s *session) made(ctx context.Context, kind, id string, change func(*openfire.File)) error {
	return s.save(ctx, func(f *openfire.File) {
		f.Azure.Created = marked(f.Azure.Created, kind+":"+id, kind+"?")
		if change != nil {
			change(f)
		}
	})
}

// unmade takes the note back where Graph has surely made nothing.
func (s *session) unmade(ctx context.Context, kind string, err error) error {
	if !azure.Refused(err) {
		return err
	}
	return firstOf(s.save(ctx, func(f *openfire.File) { f.Azure.Created = marked(f.Azure.Created, "", kind+"?") }), err)
}

// settle notes what was found: made by this program if it was about to.
func (s *session) settle(ctx context.Context, kind, id string, change func(*openfire.File)) error {
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
