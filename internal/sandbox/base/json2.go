package base

import (
	"net/http"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/sandbox/base/orm"
)

// json2 is the route of that name (addons/rpc/controllers/json2.py, Odoo 19): named
// arguments, and an API key instead of a login.
func (s *Server) json2(w http.ResponseWriter, r *http.Request) {
	var named map[string]any
	if !decode(w, r, &named) {
		return
	}
	_, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	u := userWith(func(u user) bool { return u.key != "" && u.key == key })
	t, ok := s.Tables[r.PathValue("model")]
	fail := func(status int, err error) {
		w.Header().Del("X-Content-Type-Options")
		s.send(w, status, s.Describe(err))
	}
	refuse := func(status int, why string) { fail(status, orm.HTTPException(status, why)) }
	switch {
	case key == "":
		refuse(http.StatusUnauthorized, "User not authenticated, use an API Key with a Bearer Authorization header.")
		return
	case u.id == 0:
		refuse(http.StatusUnauthorized, "Invalid apikey")
		return
	case !ok:
		refuse(http.StatusNotFound, "the model '"+r.PathValue("model")+"' does not exist")
		return
	}
	s.mu.Lock()
	result, err := s.callAs(r, u, t, r.PathValue("method"), arguments{names: named})
	s.mu.Unlock()
	switch {
	case err != nil && strings.HasPrefix(err.Error(), "The method "): // NoMethod
		refuse(http.StatusNotFound, err.Error())
	case err != nil:
		fail(orm.Status(err), err)
	case r.PathValue("method") == "create":
		s.send(w, http.StatusOK, []any{result})
	default:
		s.send(w, http.StatusOK, result)
	}
}
