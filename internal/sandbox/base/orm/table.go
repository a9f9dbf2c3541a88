package orm

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// column is one field of a model, as returned by fields_get.
type column struct {
	kind      string // char, text, integer, boolean, selection, many2one
	label     string
	required  bool
	selection []string
	start     any  // default value
	computed  bool // read-only
}

// Row is one record. The values are string, bool or int64 by field name; an empty
// field is false.
type Row map[string]any

// Table is one model.
type Table struct {
	db          *Database
	Name, label string
	columns     map[string]column
	Rows        map[int]Row
	last        int
	Public      bool // readable by every logged-in user
	check       func(Row) error
	Compute     func(int, Row) // adds the computed fields to a row
}

// IDs returns the ids of all records in ascending order.
func (t *Table) IDs() []int { return slices.Sorted(maps.Keys(t.Rows)) }

func (t *Table) missing(id int) error {
	return Raise("MissingError",
		"Record does not exist or has been deleted.\n(Record: %s(%d,), User: %d)", t.Name, id, AdminUID)
}

// Row returns the record with that id.
func (t *Table) Row(id int) (Row, error) {
	if r, ok := t.Rows[id]; ok {
		return r, nil
	}
	return nil, Raise("MissingError", "Record does not exist or has been deleted.")
}

// normal returns a value in the form in which the database stores it.
func (t *Table) normal(name string, v any) (any, error) {
	f, ok := t.columns[name]
	if !ok || f.computed {
		return nil, t.db.ValueError("Invalid field '%s' on model '%s'", name, t.Name)
	}
	if v == nil || v == false && f.kind != "boolean" {
		return false, nil
	}
	switch v := v.(type) {
	case bool:
		if f.kind == "boolean" {
			return v, nil
		}
	case json.Number:
		n, err := v.Int64()
		if (f.kind == "integer" || f.kind == "many2one") && err == nil && n >= -1<<31 && n < 1<<31 {
			return n, nil
		}
	case string:
		switch {
		case f.kind != "char" && f.kind != "text" && !slices.Contains(f.selection, v):
		case v == "":
			return false, nil
		default:
			return v, nil
		}
	}
	return nil, t.db.ValueError("Wrong value for %s.%s: %q", t.Name, name, fmt.Sprint(v))
}

// Put creates or changes a record. If it returns an error, nothing was changed.
func (t *Table) Put(id int, values map[string]any) (int, error) {
	fresh := Row{}
	if id == 0 {
		for name, f := range t.columns {
			if fresh[name] = f.start; f.start == nil {
				fresh[name] = false
			}
		}
	} else if old, ok := t.Rows[id]; ok {
		fresh = maps.Clone(old)
	} else {
		return 0, t.missing(id)
	}
	for name, v := range values {
		normal, err := t.normal(name, v)
		if err != nil {
			return 0, err
		}
		fresh[name] = normal
	}
	for name, f := range t.columns {
		if f.required && fresh[name] == false && f.kind != "boolean" {
			return 0, Raise("ValidationError",
				"The operation cannot be completed: mandatory field '%s' (%s) is not set.", name, t.Name)
		}
	}
	if t.check != nil {
		if err := t.check(fresh); err != nil {
			return 0, err
		}
	}
	if id == 0 {
		t.last++
		id = t.last
	}
	t.Rows[id] = fresh
	return id, nil
}

// Read returns records as the API's read does.
func (t *Table) Read(ids []int, names []string) ([]map[string]any, error) {
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(t.columns))
	}
	found := []map[string]any{}
	for _, id := range ids {
		stored, ok := t.Rows[id]
		if !ok {
			return nil, t.missing(id)
		}
		full := maps.Clone(stored)
		full["id"] = id
		if t.Compute != nil {
			t.Compute(id, full)
		}
		shown := map[string]any{"id": id}
		for _, name := range names {
			if shown[name], ok = full[name]; !ok {
				return nil, t.db.ValueError("Invalid field '%s' on model '%s'", name, t.Name)
			}
		}
		found = append(found, shown)
	}
	return found, nil
}

// Search returns the ids of the records for which all (field, operator, value)
// terms of domain hold. It omits archived records unless the context or a term
// about "active" includes them.
func (t *Table) Search(domain []any, context map[string]any) ([]int, error) {
	archived := context["active_test"] == false || slices.ContainsFunc(domain, func(term any) bool {
		parts, ok := term.([]any)
		return ok && len(parts) == 3 && parts[0] == "active"
	})
	_, has := t.columns["active"]
	found := []int{}
	for _, id := range t.IDs() {
		if has && !archived && t.Rows[id]["active"] != true {
			continue
		}
		keep := true
		for _, term := range domain {
			ok, err := t.holds(id, term)
			if err != nil {
				return nil, err
			}
			keep = keep && ok
		}
		if keep {
			found = append(found, id)
		}
	}
	return found, nil
}

func (t *Table) holds(id int, term any) (bool, error) {
	parts, ok := term.([]any)
	if !ok || len(parts) != 3 {
		return false, t.db.ValueError("Invalid leaf %v", term)
	}
	name, _ := parts[0].(string)
	operator, _ := parts[1].(string)
	have, ok := t.Rows[id][name]
	if name == "id" {
		have, ok = id, true
	}
	if !ok {
		return false, t.db.ValueError("Invalid field %s.%s in leaf %v", t.Name, name, term)
	}
	same := func(want any) bool {
		return fmt.Sprint(have) == fmt.Sprint(want) && (have == false) == (want == false || want == nil)
	}
	switch list, isList := parts[2].([]any); {
	case operator == "=":
		return same(parts[2]), nil
	case operator == "!=":
		return !same(parts[2]), nil
	case operator == "in" && isList:
		return slices.ContainsFunc(list, same), nil
	case operator == "=ilike":
		return strings.EqualFold(fmt.Sprint(have), fmt.Sprint(parts[2])), nil
	}
	return false, t.db.ValueError("Invalid operator %q", operator)
}

// Write changes all records. If it returns an error, none was changed.
func (t *Table) Write(ids []int, values map[string]any) (any, error) {
	before := maps.Clone(t.Rows)
	for _, id := range ids {
		if _, err := t.Put(id, values); err != nil {
			t.Rows = before
			return nil, err
		}
	}
	return true, nil
}

// FieldsGet returns the descriptions of the named fields, as fields_get does.
func (t *Table) FieldsGet(names []string) map[string]any {
	found := map[string]any{}
	for name, f := range t.columns {
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

// Forbidden returns the error for a user without base.group_system.
func (t *Table) Forbidden() error {
	if t.db.Major < 13 {
		return Raise("AccessError", "Sorry, you are not allowed to access this document."+
			" Only users with the following access level are currently allowed to do that:\n"+
			"- Administration/Settings\n\n(Document model: %s)", t.Name)
	}
	return Raise("AccessError", "You are not allowed to access '%s' (%s) records.\n\n"+
		"This operation is allowed for the following groups:\n\t- Administration/Settings\n\n"+
		"Contact your administrator to request access if necessary.", t.label, t.Name)
}
