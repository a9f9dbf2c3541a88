package base

import (
	"cmp"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/openfire-fr/openfire-o365/azure/faults"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/base/orm"
)

//go:embed login.html refusal.html
var files embed.FS

var pages = sync.OnceValue(func() *template.Template { return template.Must(template.ParseFS(files, "*.html")) })

// showLogin writes the login page with an error message, which may be empty.
func showLogin(w http.ResponseWriter, r *http.Request, message string) {
	w.Header().Set("Content-Type", html)
	w.Header().Set("Content-Security-Policy",
		"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'")
	_ = pages().ExecuteTemplate(w, "login.html", map[string]any{
		"French": inFrench(r),
		"Code":   message == "" && strings.Contains(r.URL.Query().Get("redirect"), "code="),
		"Text":   message, "Login": Admin, "Password": AdminPassword,
	})
}

// showFault writes an error page with the base's own text. Only the fault
// base-forbidden has the status 403; the others are ordinary pages or dialogs.
func showFault(w http.ResponseWriter, r *http.Request, f faults.Fault) {
	french := inFrench(r)
	text := f.Sample
	if french {
		text = cmp.Or(f.SampleFR, f.Sample)
	}
	text = strings.NewReplacer("{user}", "autre@client.fr", "{from}", "compta@client.fr").Replace(text)
	w.Header().Set("Content-Type", html)
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	if f.ID == "base-forbidden" {
		w.WriteHeader(http.StatusForbidden)
	}
	_ = pages().ExecuteTemplate(w, "refusal.html", map[string]any{"French": french, "Text": text})
}

// inFrench reports whether to answer in French, which is the default unless the
// browser prefers English.
func inFrench(r *http.Request) bool {
	return !strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "en")
}

// icon writes the smallest PNG: one transparent pixel.
func icon(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write([]byte("\x89PNG\r\n\x1a\n" +
		"\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89" +
		"\x00\x00\x00\rIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82"))
}

// html is the content type of pages.
const html = "text/html; charset=utf-8"

// cookie is the name of Odoo's session cookie.
const cookie = "session_id"

func (s *Server) loggedIn(r *http.Request) bool {
	c, err := r.Cookie(cookie)
	return err == nil && c.Value == s.session
}

// logIn starts a session and redirects to the requested page, never to another
// host.
func (s *Server) logIn(w http.ResponseWriter, r *http.Request) {
	if s.uid(r.PostFormValue("login"), r.PostFormValue("password")) != orm.AdminUID {
		showLogin(w, r, "Wrong login/password")
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookie, Value: s.session, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	to, err := url.Parse(r.URL.Query().Get("redirect"))
	if err != nil || to.Path != openfire.ConfirmPath {
		to = &url.URL{Path: "/web"}
	}
	http.Redirect(w, r, to.Path+"?"+to.RawQuery, http.StatusSeeOther)
}
