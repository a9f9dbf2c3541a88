package base

import (
	"encoding/json"
	"maps"
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

// decode reads the JSON body of a request, with numbers as json.Number. It answers a
// request that has none.
func decode(w http.ResponseWriter, r *http.Request, to any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	dec.UseNumber()
	if dec.Decode(to) == nil {
		return true
	}
	w.Header().Set("Content-Type", html)
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write([]byte("<!doctype html>\n<title>400 Bad Request</title>\n<p>Invalid JSON data</p>\n"))
	return false
}

// jsonrpc is Odoo's route of that name (odoo/addons/base/controllers/rpc.py). If a
// method returns None, the answer has no result.
func (s *Server) jsonrpc(w http.ResponseWriter, r *http.Request) {
	var request struct {
		ID     any  `json:"id"`
		Params call `json:"params"`
	}
	if !decode(w, r, &request) {
		return
	}
	s.mu.Lock()
	result, err := s.dispatch(r, request.Params)
	s.mu.Unlock()
	answer := orm.Object{"jsonrpc", "2.0", "id", request.ID}
	switch {
	case err != nil:
		code := 200
		if s.Major >= 19 {
			code = 0
		}
		answer = append(answer, "error",
			orm.Object{"code", code, "message", "Odoo Server Error", "data", s.Describe(err)})
		w.Header().Del("X-Content-Type-Options")
	case result != nil:
		answer = append(answer, "result", result)
	}
	s.send(w, http.StatusOK, answer)
}

func (s *Server) dispatch(r *http.Request, c call) (any, error) {
	args := arguments{places: c.Args}
	database := argument[string](args, 0, "db")
	if c.Method == "authenticate" || c.Method == "execute_kw" {
		if err := s.databaseError(database); err != nil {
			return nil, err
		}
	}
	switch {
	case c.Service == "common" && c.Method == "version":
		return s.VersionInfo(), nil
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

// databaseError returns the exception that a request for a database raises, or nil.
func (s *Server) databaseError(name string) error {
	failed := func(format string, args ...any) error {
		const socket = `connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: `
		return orm.NewException("psycopg2.OperationalError", socket+format, args...)
	}
	switch {
	case s.State == orm.Down:
		return failed("No such file or directory\n\tIs the server running locally and accepting connections on that socket?\n")
	case name != tenant.Database, s.State == orm.Missing:
		return failed("FATAL:  database %q does not exist\n", name)
	case s.State == orm.Closed:
		return failed("FATAL:  database %q is not currently accepting connections\n", name)
	case s.State == orm.Empty:
		return orm.NewException("builtins.KeyError", "res.users")
	case s.State == orm.OtherOdoo && s.Major < 18:
		return orm.NewException("psycopg2.errors.UndefinedTable", `relation "base_cache_signaling" does not exist`)
	case s.State == orm.OtherOdoo:
		return orm.NewException("psycopg2.errors.UndefinedColumn", "column res_users.tour_enabled does not exist")
	}
	return nil
}

// execute calls a method of a model as the user with that uid and password.
func (s *Server) execute(r *http.Request, a arguments) (any, error) {
	uid, _ := argument[json.Number](a, 1, "uid").Int64()
	user := userWith(func(u user) bool { return int64(u.id) == uid })
	if s.uid(user.login, argument[string](a, 2, "password")) == 0 {
		return nil, orm.Raise("AccessDenied", "Access Denied")
	}
	model, method := argument[string](a, 3, "model"), argument[string](a, 4, "method")
	t, ok := s.Tables[model]
	switch {
	case !ok:
		return nil, orm.UserError("Object %s doesn't exist", model)
	case strings.HasPrefix(method, "_") && s.Major != 18:
		if s.Major >= 19 {
			method = "'" + model + "." + method + "'"
		}
		return nil, orm.Raise("AccessError", "Private methods (such as %s) cannot be called remotely.", method)
	}
	return s.callAs(r, user, t, method,
		arguments{argument[[]any](a, 5, "args"), argument[map[string]any](a, 6, "kwargs")})
}

// callAs calls a public method of a model as a user.
func (s *Server) callAs(r *http.Request, u user, t *orm.Table, method string, a arguments) (any, error) {
	if method == "fields_get" {
		fields := t.FieldsGet(a.words(0, "allfields"), a.words(1, "attributes"))
		maps.DeleteFunc(fields, func(name string, _ any) bool { return t.Private(name) && !u.admin })
		return fields, nil
	}
	if !u.admin && !t.Public {
		return nil, t.Forbidden()
	}
	return s.method(r, u, t, method, a)
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
func (s *Server) method(r *http.Request, u user, t *orm.Table, method string, a arguments) (any, error) {
	switch method {
	case "search":
		return t.Search(argument[[]any](a, 0, "domain"), a.context())
	case "search_count":
		found, err := t.Search(argument[[]any](a, 0, "domain"), a.context())
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
		return t.Put(0, argument[map[string]any](a, 0, "vals_list"))
	case "write":
		return t.Write(a.ids(), argument[map[string]any](a, 1, "vals"))
	case "unlink":
		for _, id := range a.ids() {
			delete(t.Rows, id)
		}
		return true, nil
	}
	return s.special(r, u, t, method, a)
}

// special calls a method that only one model has.
func (s *Server) special(r *http.Request, u user, t *orm.Table, method string, a arguments) (any, error) {
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
	case "fetchmail.server.fetch_mail":
		return s.fetchMail(r.Context(), t, a.ids())
	case "res.users.context_get":
		return map[string]any{"lang": "en_US", "tz": false, "uid": u.id}, nil
	case "mail.mail.send":
		return nil, s.sendMails(r.Context(), t, a.ids(), orm.Text(a.context()["lang"]))
	}
	return nil, s.NoMethod(t.Name, method)
}
