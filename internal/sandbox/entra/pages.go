package entra

import (
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

//go:embed pages.html
var files embed.FS

// pages are parsed when the first one is shown, not when the program starts.
var pages = sync.OnceValue(func() *template.Template { return template.Must(template.ParseFS(files, "pages.html")) })

// The pages.
const (
	pageSignIn  = "signin"
	pageConsent = "consent"
	pageError   = "error"
	pagePost    = "post"
	pagePortal  = "portal"
	pageLogout  = "logout"
)

// view is what a page shows.
type view struct {
	French   bool
	Lang     i18n.Lang
	Title    string
	Action   string
	Mailbox  string
	App      string
	Redirect string
	Domain   string
	Scopes   []asked
	Groups   []group
	Moods    []Mood
	Text     string
	Answer   url.Values
}

// asked is a permission of the consent page; the English words are Microsoft's.
type asked struct {
	Name string
	What *words
}

type words struct{ FR, EN string }

// permission says what a scope lets the application do; nil when it is none of
// those that OpenFire asks for.
func permission(scope string) *words {
	switch scope {
	case "openid":
		return &words{"Vous connecter", "Sign you in"}
	case "profile":
		return &words{"Voir votre profil de base", "View your basic profile"}
	case "email":
		return &words{"Voir votre adresse de courriel", "View your email address"}
	case "offline_access":
		return &words{"Conserver l'accès aux données que vous lui avez ouvertes", "Maintain access to data you have given it access to"}
	case azure.ScopeSMTP:
		return &words{"Envoyer des messages depuis votre boîte aux lettres", "Access to sending emails from your mailbox"}
	case azure.ScopeIMAP:
		return &words{"Lire et modifier votre courrier", "Read and write access to your mail"}
	}
	if name, ok := strings.CutPrefix(scope, azure.GraphResource); ok {
		return administration[name]
	}
	return nil
}

// administration is what an administrator is asked for.
var administration = map[string]*words{
	"User.Read":                              {"Lire votre profil", "Read your profile"},
	"User.ReadBasic.All":                     {"Lire le profil de base de tous les utilisateurs", "Read all users' basic profiles"},
	"Application.ReadWrite.All":              {"Lire et écrire toutes les applications", "Read and write applications"},
	"DelegatedPermissionGrant.ReadWrite.All": {"Gérer les autorisations déléguées accordées", "Manage all delegated permission grants"},
	"AppRoleAssignment.ReadWrite.All":        {"Gérer les autorisations d'application et les affectations de rôle", "Manage app permission grants and app role assignments"},
}

// group is a part of the menu of faults: who must act.
type group struct {
	Title  string
	Faults []faults.Fault
}

// french: the sandbox speaks French unless the browser prefers English.
func french(r *http.Request) bool {
	if market := r.URL.Query().Get("mkt") + r.URL.Query().Get("ui_locales"); market != "" {
		return !strings.HasPrefix(market, "en")
	}
	first, _, _ := strings.Cut(strings.ToLower(r.Header.Get("Accept-Language")), ",")
	return !strings.HasPrefix(first, "en")
}

// show writes one page. Everything in it that came from the request is escaped
// by html/template, and nothing is loaded from elsewhere.
func (s *Server) show(w http.ResponseWriter, r *http.Request, name string, v view) {
	v.French, v.Lang = french(r), i18n.English
	if v.French {
		v.Lang = i18n.French
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	_ = pages().ExecuteTemplate(w, name, v) // a browser that left is no trouble
}

func (s *Server) plainPage(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { s.show(w, r, name, view{}) }
}

// action is the form's own address: the request travels in its query.
func action(r *http.Request) string { return r.URL.Path + "?" + r.URL.RawQuery }

func (s *Server) signInPage(w http.ResponseWriter, r *http.Request) {
	mailbox := r.URL.Query().Get("login_hint")
	_, domain, found := strings.Cut(mailbox, "@")
	if !found {
		_, domain, _ = strings.Cut(Mailbox, "@")
	}
	s.show(w, r, pageSignIn, view{Action: action(r), Mailbox: mailbox, Domain: domain, Groups: menu(french(r)), Moods: Moods()})
}

func (s *Server) consentPage(w http.ResponseWriter, r *http.Request, mailbox string) {
	q := r.URL.Query()
	var scopes []asked
	for _, scope := range strings.Fields(q.Get("scope")) {
		scopes = append(scopes, asked{scope, permission(scope)})
	}
	app := "OpenFire"
	if q.Get("client_id") == azure.GraphCommandLine {
		app = "Microsoft Graph Command Line Tools"
	}
	s.show(w, r, pageConsent, view{Action: action(r), App: app, Mailbox: mailbox, Redirect: q.Get("redirect_uri"), Scopes: scopes})
}

// errorPage is Entra's: status 200, the words in the page's own data too.
func (s *Server) errorPage(w http.ResponseWriter, r *http.Request, _ faults.Fault, text string) {
	s.show(w, r, pageError, view{Text: text})
}

// menu groups the catalogue by who must act.
func menu(fr bool) []group {
	var groups []group
	for _, who := range faults.Actors() {
		title := []rune(who.Text().In(i18n.English))
		if fr {
			title = []rune(who.Text().In(i18n.French))
		}
		g := group{Title: strings.ToUpper(string(title[:1])) + string(title[1:])}
		for _, f := range faults.Catalogue() {
			if f.Who == who {
				g.Faults = append(g.Faults, f)
			}
		}
		groups = append(groups, g)
	}
	return groups
}
