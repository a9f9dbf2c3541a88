package base

import (
	"crypto/rand"
	"crypto/subtle"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

// cookie is what Odoo calls its session.
const cookie = "session_id"

func (s *Server) loggedIn(r *http.Request) bool {
	c, err := r.Cookie(cookie)
	s.mu.Lock()
	defer s.mu.Unlock()
	return err == nil && s.sessions[c.Value]
}

// uid is the user of a login with his password or, from Odoo 14, an API key; 0
// for a wrong one.
func (s *Server) uid(login, password string) int {
	same := func(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
	switch {
	case login == Admin && (same(password, AdminPassword) || s.odoo() >= 14 && same(password, AdminKey)):
		return uidAdmin
	case login == Demo && same(password, DemoPassword):
		return uidDemo
	}
	return 0
}

// The users, by their number.
const (
	uidAdmin = 2
	uidDemo  = 6
)

var loginPage = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("login").Parse(`<!doctype html>
<html lang="{{if .French}}fr{{else}}en{{end}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{if .French}}Connexion{{else}}Log in{{end}} - OpenFire - SANDBOX</title>
<style>
:root { color-scheme: light dark; --page: #f3f4f6; --card: #fff; --text: #1b1d21; --line: #8b929c; --note: #fdf1d8; --on-note: #5a3a00; }
@media (prefers-color-scheme: dark) { :root { --page: #15171a; --card: #1f2226; --text: #eceef1; --line: #767d87; --note: #3a2a0a; --on-note: #f6dfa8; } }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; background: var(--page); color: var(--text); }
.sandbox { margin: 0; padding: .5rem 1rem; text-align: center; font-size: .9rem; background: var(--note); color: var(--on-note); border-bottom: 1px solid; }
main { max-width: 30rem; margin: 2.5rem auto; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
h1 { margin: 0 0 1rem; font-size: 1.5rem; }
@media (max-width: 32rem) { main { margin: 1rem; padding: 1.25rem; } }
label { display: block; margin: 1rem 0 0; }
input { display: block; width: 100%; box-sizing: border-box; font: inherit; padding: .4rem; }
button { margin-top: 1rem; font: inherit; padding: .4rem 1rem; }
</style>
</head>
<body>
<p class="sandbox"><strong>SANDBOX</strong> · {{if .French}}Base OpenFire simulée par openfire-o365, sur cette machine. Rien n'est réel.{{else}}OpenFire base simulated by openfire-o365, on this machine. Nothing is real.{{end}}</p>
<main>
<h1>OpenFire</h1>
{{if .Text}}<p>{{.Text}}</p>
{{end}}{{if .Code}}<p>{{if .French}}La connexion chez Microsoft est faite. Copiez toute l'adresse de cette page et collez-la dans openfire-o365.{{else}}The sign-in at Microsoft is done. Copy the whole address of this page and paste it into openfire-o365.{{end}}</p>
<p>{{if .French}}Avec « apply --native », connectez-vous plutôt ici : la base termine elle-même.{{else}}With "apply --native" log in here instead: the base ends it by itself.{{end}}</p>
{{end}}<form method="post">
<label>{{if .French}}Identifiant{{else}}Login{{end}} <input name="login" value="{{.Login}}" autocomplete="off"></label>
<label>{{if .French}}Mot de passe (factice){{else}}Password (make-believe){{end}} <input name="password" value="{{.Password}}" autocomplete="off"></label>
<button>{{if .French}}Se connecter{{else}}Log in{{end}}</button>
</form>
</main>
</body>
</html>
`))
})

// show writes a page; what came from the request is escaped by html/template.
func (s *Server) show(w http.ResponseWriter, r *http.Request, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'")
	_ = loginPage().Execute(w, map[string]any{
		"French": inFrench(r),
		"Code":   text == "" && strings.Contains(r.URL.Query().Get("redirect"), "code="),
		"Text":   text, "Login": Admin, "Password": AdminPassword,
	})
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) { s.show(w, r, "") }

// logIn starts a session and goes on to the page that was asked for, here:
// never to another host.
func (s *Server) logIn(w http.ResponseWriter, r *http.Request) {
	if s.uid(r.PostFormValue("login"), r.PostFormValue("password")) != uidAdmin {
		s.show(w, r, "Wrong login/password")
		return
	}
	id := rand.Text()
	s.mu.Lock()
	s.sessions[id] = true
	s.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: cookie, Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	to, err := url.Parse(r.URL.Query().Get("redirect"))
	if err != nil || to.Path != openfire.ConfirmPath {
		to = &url.URL{Path: "/web"}
	}
	http.Redirect(w, r, to.Path+"?"+to.RawQuery, http.StatusSeeOther)
}
