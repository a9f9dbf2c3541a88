package base

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// raised is an exception of Odoo's: its class and what it says.
type raised struct{ class, message string }

func (e *raised) Error() string { return e.message }

// fault is one of odoo.exceptions.
func (s *Server) fault(class, format string, args ...any) error {
	return &raised{"odoo.exceptions." + class, fmt.Sprintf(format, args...)}
}

// valueError is Python's own, under its name in Python 2 or 3.
func (s *Server) valueError(format string, args ...any) error {
	module := "builtins."
	if s.odoo() < 11 {
		module = "exceptions."
	}
	return &raised{module + "ValueError", fmt.Sprintf(format, args...)}
}

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
		answer["error"] = s.describe(err)
	case result != nil:
		answer["result"] = result
	}
	send(w, answer)
}

// describe is odoo.http.serialize_exception; exception_type went with Odoo 14.
func (s *Server) describe(err error) map[string]any {
	exception := &raised{"builtins.Exception", err.Error()}
	errors.As(err, &exception)
	short := exception.class[strings.LastIndexByte(exception.class, '.')+1:]
	data := map[string]any{"name": exception.class, "message": exception.message, "arguments": []any{exception.message},
		"debug": "Traceback (most recent call last):\n  File \"/odoo/odoo/http.py\", line 1, in dispatch\n" + exception.class + ": " + exception.message + "\n"}
	if s.odoo() < 14 {
		data["exception_type"] = map[string]string{"AccessError": "access_error", "AccessDenied": "access_denied", "UserError": "user_error", "ValidationError": "validation_error", "MissingError": "missing_error"}[short]
	} else {
		data["context"] = map[string]any{}
	}
	return map[string]any{"code": 200, "message": "Odoo Server Error", "data": data}
}

func (s *Server) dispatch(r *http.Request, c call) (any, error) {
	argument := func(i int) string {
		if i < len(c.Args) {
			return text(c.Args[i])
		}
		return ""
	}
	switch {
	case c.Service == "common" && c.Method == "version":
		return s.version(), nil
	case argument(0) != s.DB && (c.Method == "authenticate" || c.Method == "execute_kw"):
		return nil, &raised{"psycopg2.OperationalError", fmt.Sprintf("FATAL:  database %q does not exist\n", argument(0))}
	case c.Service == "common" && c.Method == "authenticate" && len(c.Args) == 4:
		if uid := s.uid(argument(1), argument(2)); uid != 0 {
			return uid, nil
		}
		return false, nil
	case c.Service == "object" && c.Method == "execute_kw" && len(c.Args) >= 6:
		return s.execute(r, c)
	}
	return nil, &raised{"builtins.Exception", "Method not found: " + c.Method}
}

// execute runs one method of one model, for whoever the password says.
func (s *Server) execute(r *http.Request, c call) (any, error) {
	password, model, method := text(c.Args[2]), text(c.Args[3]), text(c.Args[4])
	login := map[string]string{fmt.Sprint(uidAdmin): Admin, fmt.Sprint(uidDemo): Demo}[fmt.Sprint(c.Args[1])]
	if s.uid(login, password) == 0 {
		return nil, s.fault("AccessDenied", "Access Denied")
	}
	args, _ := c.Args[5].([]any)
	kwargs := map[string]any{}
	if len(c.Args) > 6 {
		kwargs, _ = c.Args[6].(map[string]any)
	}
	t, ok := s.tables[model]
	switch {
	case strings.HasPrefix(method, "_"):
		return nil, s.fault("AccessError", "Private methods (such as %s) cannot be called remotely.", method)
	case !ok && s.odoo() < 14:
		return nil, s.fault("UserError", "Object %s doesn't exist", model)
	case !ok:
		return nil, &raised{"builtins.KeyError", model}
	case login != Admin && !t.open && method != "fields_get":
		return nil, s.forbidden(t)
	}
	return s.method(r, t, method, arguments{args, kwargs})
}

// forbidden is what somebody without base.group_system is told.
func (s *Server) forbidden(t *table) error {
	if s.odoo() < 13 {
		return s.fault("AccessError", "Sorry, you are not allowed to access this document. Only users with the following access level are currently allowed to do that:\n- Administration/Settings\n\n(Document model: %s)", t.name)
	}
	return s.fault("AccessError", "You are not allowed to access '%s' (%s) records.\n\nThis operation is allowed for the following groups:\n\t- Administration/Settings\n\nContact your administrator to request access if necessary.", t.label, t.name)
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
		words = append(words, text(v))
	}
	return words
}

// all: the caller wants the records that are not active too.
func (a arguments) all() bool {
	context, _ := a.names["context"].(map[string]any)
	return context["active_test"] == false
}

// described are the fields asked for, as fields_get tells them.
func (t *table) described(names []string) map[string]any {
	found := map[string]any{}
	for name, f := range t.fields {
		if len(names) > 0 && !slices.Contains(names, name) {
			continue
		}
		about := map[string]any{"type": f.kind, "string": f.label, "required": f.required, "readonly": f.computed}
		if f.kind == "selection" {
			var pairs [][2]string
			for _, key := range f.selection {
				pairs = append(pairs, [2]string{key, key})
			}
			about["selection"] = pairs
		}
		found[name] = about
	}
	return found
}
