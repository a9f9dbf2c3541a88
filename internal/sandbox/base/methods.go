package base

import (
	"net/http"

	"github.com/openfire-fr/openfire-o365/internal/sandbox/base/orm"
)

// method runs a public method of a model.
func (s *Server) method(r *http.Request, t *orm.Table, method string, a arguments) (any, error) {
	switch method {
	case "fields_get":
		return t.FieldsGet(a.words(0, "allfields")), nil
	case "search":
		return list(t.Search(a.list(0, "args"), a.context()))
	case "search_count":
		found, err := t.Search(a.list(0, "args"), a.context())
		return len(found), err
	case "search_read":
		found, err := t.Search(a.list(0, "domain"), a.context())
		if err != nil {
			return nil, err
		}
		return list(t.Read(found, a.words(1, "fields")))
	case "read":
		return list(t.Read(a.ids(), a.words(1, "fields")))
	case "create":
		id, err := t.Put(0, a.values(0, "vals"))
		return id, err
	case "write":
		return t.Write(a.ids(), a.values(1, "vals"))
	case "unlink":
		for _, id := range a.ids() {
			delete(t.Rows, id)
		}
		return true, nil
	}
	return s.special(r, t, method, a)
}

// special are the methods that one model has.
func (s *Server) special(r *http.Request, t *orm.Table, method string, a arguments) (any, error) {
	switch t.Name + "." + method {
	case "ir.config_parameter.set_param":
		return s.SetParam(orm.Text(a.get(0, "key")), a.get(1, "value"))
	case "ir.config_parameter.get_param":
		if v := s.Param(orm.Text(a.get(0, "key"))); v != "" {
			return v, nil
		}
		return false, nil
	case "ir.mail_server.test_smtp_connection":
		return s.testConnection(r.Context(), t, a.ids())
	case "ir.mail_server.open_microsoft_outlook_uri", "fetchmail.server.open_microsoft_outlook_uri":
		return s.signInAction(t, a.ids())
	case "fetchmail.server.button_confirm_login":
		return s.confirmLogin(r.Context(), t, a.ids())
	case "mail.mail.send":
		return nil, s.sendMails(r.Context(), t, a.ids())
	}
	return nil, orm.NewException("builtins.AttributeError", "The method '"+t.Name+"."+method+"' does not exist")
}

// list makes an empty answer a list, not nothing.
func list[T any](found []T, err error) (any, error) {
	if found == nil {
		found = []T{}
	}
	return found, err
}
