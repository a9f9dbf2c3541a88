package base

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// field is one field of a model, as fields_get describes it.
type field struct {
	kind      string // char, text, integer, boolean, selection, many2one
	label     string
	required  bool
	selection []string
	start     any  // its value in a new record
	computed  bool // read only
}

// row is one record: string, bool, int64 or false by field.
type row map[string]any

// table is one model.
type table struct {
	name, label string
	fields      map[string]field
	rows        map[int]row
	last        int
	open        bool // whoever is logged in may read it
	check       func(row) error
	compute     func(int, row) // fills in what is not stored
}

func (t *table) ids() []int { return slices.Sorted(maps.Keys(t.rows)) }

// normal is a value as the database keeps it.
func (t *table) normal(s *Server, name string, v any) (any, error) {
	f, ok := t.fields[name]
	if !ok || f.computed {
		return nil, s.valueError("Invalid field '%s' on model '%s'", name, t.name)
	}
	number, isNumber := v.(json.Number)
	switch {
	case v == nil || v == false && f.kind != "boolean":
		if f.required {
			return nil, s.fault("ValidationError", "The operation cannot be completed: mandatory field '%s' (%s) is not set.", name, t.name)
		}
		return false, nil
	case f.kind == "boolean":
		if b, ok := v.(bool); ok {
			return b, nil
		}
	case f.kind == "integer" || f.kind == "many2one":
		if n, err := number.Int64(); isNumber && err == nil && n >= -1<<31 && n < 1<<31 {
			return n, nil
		}
	case f.kind == "selection":
		if text, ok := v.(string); ok && slices.Contains(f.selection, text) {
			return text, nil
		}
		return nil, s.valueError("Wrong value for %s.%s: %q", t.name, name, fmt.Sprint(v))
	default:
		if text, ok := v.(string); ok && text == "" {
			return false, nil
		} else if ok {
			return text, nil
		}
	}
	return nil, s.valueError("Wrong value for %s.%s: %q", t.name, name, fmt.Sprint(v))
}

// put makes or changes a record whole, or not at all.
func (t *table) put(s *Server, id int, values map[string]any) (int, error) {
	fresh := row{}
	if id == 0 {
		for name, f := range t.fields {
			if fresh[name] = f.start; f.start == nil {
				fresh[name] = zero(f.kind)
			}
		}
	} else if old, ok := t.rows[id]; ok {
		fresh = maps.Clone(old)
	} else {
		return 0, s.fault("MissingError", "Record does not exist or has been deleted.\n(Record: %s(%d,), User: %d)", t.name, id, uidAdmin)
	}
	for name, v := range values {
		normal, err := t.normal(s, name, v)
		if err != nil {
			return 0, err
		}
		fresh[name] = normal
	}
	for name, f := range t.fields {
		if f.required && fresh[name] == false && f.kind != "boolean" {
			return 0, s.fault("ValidationError", "The operation cannot be completed: mandatory field '%s' (%s) is not set.", name, t.name)
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
	t.rows[id] = fresh
	return id, nil
}

// zero is what an empty field reads as.
func zero(kind string) any {
	if kind == "integer" {
		return int64(0)
	}
	return false
}

// read gives records as the API shows them.
func (t *table) read(s *Server, ids []int, names []string) ([]map[string]any, error) {
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(t.fields))
	}
	var found []map[string]any
	for _, id := range ids {
		stored, ok := t.rows[id]
		if !ok {
			return nil, s.fault("MissingError", "Record does not exist or has been deleted.\n(Record: %s(%d,), User: %d)", t.name, id, uidAdmin)
		}
		full := maps.Clone(stored)
		if t.compute != nil {
			t.compute(id, full)
		}
		shown := map[string]any{"id": id}
		for _, name := range names {
			if _, ok := t.fields[name]; !ok && name != "id" {
				return nil, s.valueError("Invalid field '%s' on model '%s'", name, t.name)
			}
			if name != "id" {
				shown[name] = full[name]
			}
		}
		found = append(found, shown)
	}
	return found, nil
}

// search takes a list of (field, operator, value) that must all hold. Records
// that are not active are passed over unless the field is asked for.
func (t *table) search(s *Server, domain []any, all bool) ([]int, error) {
	var found []int
	for _, d := range domain {
		if term, ok := d.([]any); ok && len(term) == 3 && term[0] == "active" {
			all = true
		}
	}
	for _, id := range t.ids() {
		if _, has := t.fields["active"]; has && !all && t.rows[id]["active"] != true {
			continue
		}
		keep := true
		for _, d := range domain {
			ok, err := t.holds(s, id, d)
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

func (t *table) holds(s *Server, id int, term any) (bool, error) {
	parts, ok := term.([]any)
	if !ok || len(parts) != 3 {
		return false, s.valueError("Invalid leaf %v", term)
	}
	name, _ := parts[0].(string)
	operator, _ := parts[1].(string)
	var have any = json.Number(fmt.Sprint(id))
	if name != "id" {
		if _, ok := t.fields[name]; !ok {
			return false, s.valueError("Invalid field %s.%s in leaf %v", t.name, name, term)
		}
		have = t.rows[id][name]
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
	return false, s.valueError("Invalid operator %q", operator)
}
