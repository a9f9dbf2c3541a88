package base

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/sandbox/base/orm"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// call is one request to the API.
type call struct {
	Service string `json:"service"`
	Method  string `json:"method"`
	Args    []any  `json:"args"`
}

// jsonrpc is Odoo's route of that name (odoo/addons/base/controllers/rpc.py). If a
// method returns None, the answer has no result.
func (s *Server) jsonrpc(w http.ResponseWriter, r *http.Request) {
	var request struct {
		ID     any  `json:"id"`
		Params call `json:"params"`
	}
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	dec.UseNumber()
	if err := dec.Decode(&request); err != nil {
		http.Error(w, "<html><body>Invalid JSON data</body></html>", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	result, err := s.dispatch(r, request.Params)
	s.mu.Unlock()
	answer := map[string]any{"jsonrpc": "2.0", "id": request.ID}
	switch {
	case err != nil:
		answer["error"] = s.Describe(err)
	case result != nil:
		answer["result"] = result
	}
	send(w, answer)
}

func (s *Server) dispatch(r *http.Request, c call) (any, error) {
	args := arguments{places: c.Args}
	database := argument[string](args, 0, "db")
	switch {
	case c.Service == "common" && c.Method == "version":
		return s.VersionInfo(), nil
	case database != tenant.Database && (c.Method == "authenticate" || c.Method == "execute_kw"):
		return nil, orm.NewException("psycopg2.OperationalError", "FATAL:  database %q does not exist\n", database)
	case c.Service == "common" && c.Method == "authenticate" && len(c.Args) == 4:
		if uid := s.uid(argument[string](args, 1, "login"), argument[string](args, 2, "password")); uid != 0 {
			return uid, nil
		}
		return false, nil
	case c.Service == "object" && c.Method == "execute_kw" && len(c.Args) >= 6:
		return s.execute(r, args)
	}
	return nil, orm.NewException("builtins.Exception", "Method not found: %s", c.Method)
}

// execute calls a method of a model as the user with that uid and password.
func (s *Server) execute(r *http.Request, a arguments) (any, error) {
	model, method := argument[string](a, 3, "model"), argument[string](a, 4, "method")
	login := map[string]string{fmt.Sprint(orm.AdminUID): Admin, fmt.Sprint(orm.DemoUID): demo}[fmt.Sprint(a.places[1])]
	if s.uid(login, argument[string](a, 2, "password")) == 0 {
		return nil, orm.Raise("AccessDenied", "Access Denied")
	}
	t, ok := s.Tables[model]
	switch {
	case strings.HasPrefix(method, "_"):
		return nil, orm.Raise("AccessError", "Private methods (such as %s) cannot be called remotely.", method)
	case !ok && s.Major < 14:
		return nil, orm.UserError("Object %s doesn't exist", model)
	case !ok:
		return nil, orm.NewException("builtins.KeyError", "%s", model)
	case login != Admin && !t.Public && method != "fields_get":
		return nil, t.Forbidden()
	}
	return s.method(r, t, method, arguments{argument[[]any](a, 5, "args"), argument[map[string]any](a, 6, "kwargs")})
}

// arguments are the positional and named arguments of a method.
type arguments struct {
	places []any
	names  map[string]any
}

// argument returns one argument, or the zero value if it is missing or not a T.
func argument[T any](a arguments, i int, name string) T {
	v := a.names[name]
	if i < len(a.places) {
		v = a.places[i]
	}
	t, _ := v.(T)
	return t
}

// ids returns the ids of the records that a method is called on.
func (a arguments) ids() []int {
	var ids []int
	list := argument[[]any](a, 0, "ids")
	if list == nil {
		list = []any{argument[any](a, 0, "ids")}
	}
	for _, v := range list {
		if number, ok := v.(json.Number); ok {
			id, _ := number.Int64()
			ids = append(ids, int(id))
		}
	}
	return ids
}

// words returns an argument that is a list of names.
func (a arguments) words(i int, name string) []string {
	var words []string
	for _, v := range argument[[]any](a, i, name) {
		words = append(words, orm.Text(v))
	}
	return words
}

// context returns the caller's context.
func (a arguments) context() map[string]any {
	context, _ := a.names["context"].(map[string]any)
	return context
}

// method calls a public method of a model.
func (s *Server) method(r *http.Request, t *orm.Table, method string, a arguments) (any, error) {
	switch method {
	case "fields_get":
		return t.FieldsGet(a.words(0, "allfields")), nil
	case "search":
		return t.Search(argument[[]any](a, 0, "args"), a.context())
	case "search_count":
		found, err := t.Search(argument[[]any](a, 0, "args"), a.context())
		return len(found), err
	case "search_read":
		found, err := t.Search(argument[[]any](a, 0, "domain"), a.context())
		if err != nil {
			return nil, err
		}
		return t.Read(found, a.words(1, "fields"))
	case "read":
		return t.Read(a.ids(), a.words(1, "fields"))
	case "create":
		return t.Put(0, argument[map[string]any](a, 0, "vals"))
	case "write":
		return t.Write(a.ids(), argument[map[string]any](a, 1, "vals"))
	case "unlink":
		for _, id := range a.ids() {
			delete(t.Rows, id)
		}
		return true, nil
	}
	return s.special(r, t, method, a)
}

// special calls a method that only one model has.
func (s *Server) special(r *http.Request, t *orm.Table, method string, a arguments) (any, error) {
	switch t.Name + "." + method {
	case "ir.config_parameter.set_param":
		return s.SetParam(argument[string](a, 0, "key"), argument[any](a, 1, "value"))
	case "ir.config_parameter.get_param":
		if v := s.Param(argument[string](a, 0, "key")); v != "" {
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
	return nil, orm.NewException("builtins.AttributeError", "The method '%s.%s' does not exist", t.Name, method)
}
