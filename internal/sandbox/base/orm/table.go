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
	model     string // of the records that a many2one refers to
	private   bool   // hidden from users without base.group_system
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
	check       func(int, Row) error
	Compute     func(int, Row) // adds the computed fields to a row
}

// IDs returns the ids of all records in ascending order.
func (t *Table) IDs() []int { return slices.Sorted(maps.Keys(t.Rows)) }

// Row returns the record with that id.
func (t *Table) Row(id int) (Row, error) {
	if r, ok := t.Rows[id]; ok {
		return r, nil
	}
	return nil, Raise("MissingError",
		"Record does not exist or has been deleted.\n(Record: %s(%d,), User: %d)", t.Name, id, AdminUID)
}

// normal returns a value in the form in which the database stores it.
func (t *Table) normal(name string, v any) (any, error) {
	f, ok := t.columns[name]
	if !ok || f.computed {
		return nil, t.noField(name, "in")
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
	if f.kind == "integer" {
		return nil, t.db.ValueError("invalid literal for int() with base 10: '%v'", v)
	}
	return nil, t.db.ValueError("Wrong value for %s.%s: '%v'", t.Name, name, v)
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
	} else {
		fresh = maps.Clone(t.Rows[id])
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
			return 0, t.mandatory(name, f)
		}
	}
	if t.check != nil {
		if err := t.check(id, fresh); err != nil {
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

// Read returns records as the API's read does. It omits missing ones.
func (t *Table) Read(ids []int, names []string) ([]map[string]any, error) {
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(t.columns))
	}
	found := []map[string]any{}
	for _, id := range ids {
		stored, ok := t.Rows[id]
		if !ok {
			continue
		}
		full := maps.Clone(stored)
		full["id"] = id
		if t.Compute != nil {
			t.Compute(id, full)
		}
		shown := map[string]any{"id": id}
		for _, name := range names {
			if shown[name], ok = full[name]; !ok {
				return nil, t.noField(name, "on")
			}
			if other, is := shown[name].(int64); is && t.columns[name].model != "" {
				shown[name] = []any{other, t.db.label(t.columns[name].model, int(other))}
			}
		}
		found = append(found, shown)
	}
	return found, nil
}

// label returns the name of a record as other records show it.
func (db *Database) label(model string, id int) string {
	if t := db.Tables[model]; t != nil && t.Rows[id]["name"] != nil {
		return Text(t.Rows[id]["name"])
	}
	return "Administrator"
}

// Search returns the ids of the records for which all (field, operator, value)
// terms of domain hold. It omits archived records unless the context or a term
// about "active" includes them.
func (t *Table) Search(domain []any, context map[string]any) ([]int, error) {
	archived := context["active_test"] == false || slices.ContainsFunc(domain, func(term any) bool {
		parts, ok := term.([]any)
		return ok && len(parts) == 3 && parts[0] == "active"
	})
	for _, term := range domain {
		if err := t.checkTerm(term); err != nil {
			return nil, err
		}
	}
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

// checkTerm returns the error for a term that no (field, operator, value) is.
func (t *Table) checkTerm(term any) error {
	parts, ok := term.([]any)
	if !ok || len(parts) != 3 {
		return t.db.ValueError("Invalid leaf %v", term)
	}
	name, _ := parts[0].(string)
	if _, ok := t.columns[name]; ok || name == "id" {
		return nil
	}
	word := "leaf"
	if t.db.Major >= 19 {
		word = "condition"
	}
	return t.db.ValueError("Invalid field %s.%s in %s ('%s', '%v', %v)", t.Name, name, word, name, parts[1], parts[2])
}

// holds reports whether a term holds for a record.
func (t *Table) holds(id int, term any) (bool, error) {
	parts, _ := term.([]any)
	name, _ := parts[0].(string)
	operator, _ := parts[1].(string)
	have := t.Rows[id][name]
	if name == "id" {
		have = id
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
	case operator == ">":
		n, _ := have.(int64)
		least, _ := parts[2].(json.Number)
		limit, _ := least.Int64()
		return n > limit, nil
	case operator == "=ilike":
		return strings.EqualFold(fmt.Sprint(have), fmt.Sprint(parts[2])), nil
	}
	return false, t.db.ValueError("Invalid operator %q", operator)
}

// Write changes all records that exist. If it returns an error, none was changed.
func (t *Table) Write(ids []int, values map[string]any) (any, error) {
	before := maps.Clone(t.Rows)
	for _, id := range ids {
		if t.Rows[id] == nil {
			continue
		}
		if _, err := t.Put(id, values); err != nil {
			t.Rows = before
			return nil, err
		}
	}
	return true, nil
}

// Private reports whether a field is hidden from users without base.group_system.
func (t *Table) Private(name string) bool { return t.columns[name].private }

// FieldsGet returns the named attributes of the named fields, as fields_get does.
func (t *Table) FieldsGet(names, attributes []string) map[string]any {
	found := map[string]any{}
	for name, f := range t.columns {
		if len(names) > 0 && !slices.Contains(names, name) {
			continue
		}
		about := map[string]any{"type": f.kind, "string": f.label, "required": f.required, "readonly": f.computed}
		if f.kind == "selection" {
			var pairs [][2]string
			for _, key := range f.selection {
				pairs = append(pairs, [2]string{key, t.db.option(key)})
			}
			about["selection"] = pairs
		}
		maps.DeleteFunc(about, func(name string, _ any) bool {
			return len(attributes) > 0 && !slices.Contains(attributes, name)
		})
		found[name] = about
	}
	return found
}
