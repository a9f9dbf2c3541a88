package base

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/sandbox/base/orm"
)

// call is one request of the API.
type call struct {
	Service string `json:"service"`
	Method  string `json:"method"`
	Args    []any  `json:"args"`
}

// jsonrpc is Odoo's route of that name (odoo/addons/base/controllers/rpc.py).
// A result that is None is no result at all.
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
	argument := func(i int) string {
		if i < len(c.Args) {
			return orm.Text(c.Args[i])
		}
		return ""
	}
	switch {
	case c.Service == "common" && c.Method == "version":
		return s.VersionInfo(), nil
	case argument(0) != s.DB && (c.Method == "authenticate" || c.Method == "execute_kw"):
		return nil, orm.NewException("psycopg2.OperationalError", fmt.Sprintf("FATAL:  database %q does not exist\n", argument(0)))
	case c.Service == "common" && c.Method == "authenticate" && len(c.Args) == 4:
		if uid := s.uid(argument(1), argument(2)); uid != 0 {
			return uid, nil
		}
		return false, nil
	case c.Service == "object" && c.Method == "execute_kw" && len(c.Args) >= 6:
		return s.execute(r, c)
	}
	return nil, orm.NewException("builtins.Exception", "Method not found: "+c.Method)
}

// execute runs one method of one model, for whoever the password says.
func (s *Server) execute(r *http.Request, c call) (any, error) {
	password, model, method := orm.Text(c.Args[2]), orm.Text(c.Args[3]), orm.Text(c.Args[4])
	login := map[string]string{fmt.Sprint(orm.AdminUID): Admin, fmt.Sprint(orm.DemoUID): Demo}[fmt.Sprint(c.Args[1])]
	if s.uid(login, password) == 0 {
		return nil, orm.Raise("AccessDenied", "Access Denied")
	}
	args, _ := c.Args[5].([]any)
	kwargs := map[string]any{}
	if len(c.Args) > 6 {
		kwargs, _ = c.Args[6].(map[string]any)
	}
	t, ok := s.Tables[model]
	switch {
	case strings.HasPrefix(method, "_"):
		return nil, orm.Raise("AccessError", "Private methods (such as %s) cannot be called remotely.", method)
	case !ok && s.Major < 14:
		return nil, orm.UserError("Object %s doesn't exist", model)
	case !ok:
		return nil, orm.NewException("builtins.KeyError", model)
	case login != Admin && !t.Public && method != "fields_get":
		return nil, t.Forbidden()
	}
	return s.method(r, t, method, arguments{args, kwargs})
}

// arguments are a method's, by place or by name.
type arguments struct {
	places []any
	names  map[string]any
}

func (a arguments) get(i int, name string) any {
	if i < len(a.places) {
		return a.places[i]
	}
	return a.names[name]
}

func (a arguments) list(i int, name string) []any {
	list, _ := a.get(i, name).([]any)
	return list
}

func (a arguments) values(i int, name string) map[string]any {
	values, _ := a.get(i, name).(map[string]any)
	return values
}

// ids are the records a method is called on.
func (a arguments) ids() []int {
	var ids []int
	list, isList := a.get(0, "ids").([]any)
	if !isList {
		list = []any{a.get(0, "ids")}
	}
	for _, v := range list {
		if number, ok := v.(json.Number); ok {
			id, _ := number.Int64()
			ids = append(ids, int(id))
		}
	}
	return ids
}

// words are a list of names.
func (a arguments) words(i int, name string) []string {
	var words []string
	for _, v := range a.list(i, name) {
		words = append(words, orm.Text(v))
	}
	return words
}

// context is the caller's.
func (a arguments) context() map[string]any {
	context, _ := a.names["context"].(map[string]any)
	return context
}
