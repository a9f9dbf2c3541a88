package base

import (
	"net/http"
	"slices"
)

// method runs a public method of a model.
func (s *Server) method(r *http.Request, t *table, method string, a arguments) (any, error) {
	switch method {
	case "fields_get":
		return t.described(a.words(0, "allfields")), nil
	case "search":
		return list(t.search(s, a.list(0, "args"), a.all()))
	case "search_count":
		found, err := t.search(s, a.list(0, "args"), a.all())
		return len(found), err
	case "search_read":
		found, err := t.search(s, a.list(0, "domain"), a.all())
		if err != nil {
			return nil, err
		}
		return list(t.read(s, found, a.words(1, "fields")))
	case "read":
		return list(t.read(s, a.ids(), a.words(1, "fields")))
	case "create":
		id, err := t.put(s, 0, a.values(0, "vals"))
		return id, err
	case "write":
		return s.write(t, a.ids(), a.values(1, "vals"))
	case "unlink":
		for _, id := range a.ids() {
			delete(t.rows, id)
		}
		return true, nil
	}
	return s.special(r, t, method, a)
}

// special are the methods that one model has.
func (s *Server) special(r *http.Request, t *table, method string, a arguments) (any, error) {
	switch t.name + "." + method {
	case "ir.config_parameter.set_param":
		return s.setParam(t, text(a.get(0, "key")), a.get(1, "value"))
	case "ir.config_parameter.get_param":
		if v := s.param(text(a.get(0, "key"))); v != "" {
			return v, nil
		}
		return false, nil
	case "ir.mail_server.test_smtp_connection":
		return s.testConnection(r.Context(), t, a.ids())
	case "ir.mail_server.open_microsoft_outlook_uri", "fetchmail.server.open_microsoft_outlook_uri":
		return s.openAddress(t, a.ids())
	case "fetchmail.server.button_confirm_login":
		return s.confirmLogin(r.Context(), t, a.ids())
	case "mail.mail.send":
		return nil, s.sendMails(r.Context(), t, a.ids())
	}
	return nil, &raised{"builtins.AttributeError", "The method '" + t.name + "." + method + "' does not exist"}
}

// list makes an empty answer a list, not nothing.
func list[T any](found []T, err error) (any, error) {
	if found == nil {
		found = []T{}
	}
	return found, err
}

// write changes all records or none.
func (s *Server) write(t *table, ids []int, values map[string]any) (any, error) {
	before := map[int]row{}
	for _, id := range ids {
		before[id] = t.rows[id]
		if _, err := t.put(s, id, values); err != nil {
			for id, old := range before {
				if old != nil {
					t.rows[id] = old
				}
			}
			return nil, err
		}
	}
	return true, nil
}

// setParam is the one of ir.config_parameter: an empty value deletes the key.
func (s *Server) setParam(t *table, key string, value any) (any, error) {
	i := slices.IndexFunc(t.ids(), func(id int) bool { return t.rows[id]["key"] == key })
	id := 0
	if i >= 0 {
		id = t.ids()[i]
	}
	if value == nil || value == false || value == "" {
		delete(t.rows, id)
		return true, nil
	}
	_, err := t.put(s, id, map[string]any{"key": key, "value": value})
	return true, err
}
