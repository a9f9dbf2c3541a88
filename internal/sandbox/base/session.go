package base

import (
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"net/url"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/base/orm"
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
	case login == Admin && (same(password, AdminPassword) || s.Supports(openfire.APIKeys) && same(password, AdminKey)):
		return orm.AdminUID
	case login == Demo && same(password, DemoPassword):
		return orm.DemoUID
	}
	return 0
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) { showLogin(w, r, "") }

// logIn starts a session and goes on to the page that was asked for, here:
// never to another host.
func (s *Server) logIn(w http.ResponseWriter, r *http.Request) {
	if s.uid(r.PostFormValue("login"), r.PostFormValue("password")) != orm.AdminUID {
		showLogin(w, r, "Wrong login/password")
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
