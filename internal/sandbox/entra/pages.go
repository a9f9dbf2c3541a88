package entra

import (
	_ "embed"
	"html/template"
	"net/http"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

//go:embed pages.html
var pagesHTML string

// view is the data of a page's template.
type view map[string]any

// scopeTexts are Microsoft's descriptions of the scopes that this program requests.
var scopeTexts = map[string]i18n.Text{
	"openid":         i18n.T("Sign you in"),
	"profile":        i18n.T("View your basic profile"),
	"email":          i18n.T("View your email address"),
	"offline_access": i18n.T("Maintain access to data you have given it access to"),
	azure.ScopeSMTP:  i18n.T("Access to sending emails from your mailbox"),
	azure.ScopeIMAP:  i18n.T("Read and write access to your mail"),

	azure.GraphResource + "User.Read":                              i18n.T("Read your profile"),
	azure.GraphResource + "User.ReadBasic.All":                     i18n.T("Read all users' basic profiles"),
	azure.GraphResource + "Application.ReadWrite.All":              i18n.T("Read and write applications"),
	azure.GraphResource + "DelegatedPermissionGrant.ReadWrite.All": i18n.T("Manage all delegated permission grants"),
	azure.GraphResource + "AppRoleAssignment.ReadWrite.All": i18n.T(
		"Manage app permission grants and app role assignments"),
}

// faultGroup lists the faults that one group of people can fix.
type faultGroup struct {
	Title  string
	Faults []faults.Fault
}

// language returns French unless the browser prefers English.
func language(r *http.Request) i18n.Lang {
	preferred := r.URL.Query().Get("mkt") + r.URL.Query().Get("ui_locales")
	if preferred == "" {
		preferred, _, _ = strings.Cut(strings.ToLower(r.Header.Get("Accept-Language")), ",")
	}
	if strings.HasPrefix(preferred, "en") {
		return i18n.English
	}
	return i18n.French
}

// show writes one page. html/template escapes all values from the request, and the
// page loads nothing from other servers.
func (s *Server) show(w http.ResponseWriter, r *http.Request, name string, v view) {
	translate := i18n.Func(language(r))
	v["Lang"] = language(r)
	pages := template.Must(template.New("").Funcs(template.FuncMap{
		"T": func(format string, args ...any) template.HTML { return template.HTML(translate(format, args...)) },
		"bold": func(s string) template.HTML {
			return template.HTML("<strong>" + template.HTMLEscapeString(s) + "</strong>")
		},
	}).Parse(pagesHTML))
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	_ = pages.ExecuteTemplate(w, name, v) // fails only if the browser has disconnected
}

// page returns the handler of a page that does not depend on the request.
func (s *Server) page(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { s.show(w, r, name, view{}) }
}

// formAction returns the address of the page itself, whose query contains the
// request.
func formAction(r *http.Request) string { return r.URL.Path + "?" + r.URL.RawQuery }

func (s *Server) signInPage(w http.ResponseWriter, r *http.Request) {
	mailbox := r.URL.Query().Get("login_hint")
	_, domain, found := strings.Cut(mailbox, "@")
	if !found {
		domain = tenant.Domain
	}
	s.show(w, r, "signin", view{
		"Action": formAction(r), "Mailbox": mailbox, "Domain": domain,
		"Groups": faultGroups(language(r)), "Scenarios": scenarios(),
	})
}

func (s *Server) consentPage(w http.ResponseWriter, r *http.Request, mailbox string) {
	q := r.URL.Query()
	app := azure.ApplicationName
	if q.Get("client_id") == azure.GraphCommandLine {
		app = "Microsoft Graph Command Line Tools"
	}
	s.show(w, r, "consent", view{
		"Action": formAction(r), "App": app, "Mailbox": mailbox, "Redirect": q.Get("redirect_uri"),
		"Scopes": strings.Fields(q.Get("scope")), "Texts": scopeTexts,
	})
}

// errorPage has status 200 and contains the error also as data, like Entra's page.
func (s *Server) errorPage(w http.ResponseWriter, r *http.Request, f faults.Fault, mailbox string) {
	s.show(w, r, "error", view{"Text": s.message(r, f, mailbox)})
}

// faultGroups returns the faults of the catalog, grouped by who can fix them.
func faultGroups(l i18n.Lang) (groups []faultGroup) {
	for _, who := range faults.Actors() {
		title := []rune(who.Text().In(l))
		g := faultGroup{Title: strings.ToUpper(string(title[:1])) + string(title[1:])}
		for _, f := range faults.Catalogue() {
			if f.Who == who {
				g.Faults = append(g.Faults, f)
			}
		}
		groups = append(groups, g)
	}
	return groups
}
