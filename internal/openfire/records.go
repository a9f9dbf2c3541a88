package openfire

import (
	"context"
	"encoding/json"
	"slices"
)

// Record is a record of the base's: Odoo's values by field.
type Record map[string]any

// ID is the record's number.
func (r Record) ID() int { return int(r.Int("id")) }

// Text is a text field; an empty one is false in Odoo.
func (r Record) Text(field string) string {
	s, _ := r[field].(string)
	return s
}

// Int is a whole number, 0 for what is none.
func (r Record) Int(field string) int64 {
	n, _ := r[field].(json.Number)
	i, _ := n.Int64()
	return i
}

// Bool is a tick.
func (r Record) Bool(field string) bool { return r[field] == true }

// Field is what a base says about a field of a model.
type Field struct {
	Type      string  `json:"type"`
	Selection [][]any `json:"selection"`
}

// Takes reports whether a selection has that value.
func (f Field) Takes(value string) bool {
	return slices.ContainsFunc(f.Selection, func(pair []any) bool { return len(pair) > 0 && pair[0] == value })
}

// Fields asks which of the named fields a model has: what this base can do,
// whatever its version. Fields that the user may not see are left out.
func (r *Client) Fields(ctx context.Context, model string, names ...string) (map[string]Field, error) {
	var found map[string]Field
	err := r.Call(ctx, model, "fields_get", []any{names}, map[string]any{"attributes": []string{"type", "selection"}}, &found)
	return found, err
}

// HasModel reports whether the base has a model at all.
func (r *Client) HasModel(ctx context.Context, model string) (bool, error) {
	var count json.Number
	err := r.Call(ctx, "ir.model", "search_count", []any{[]any{[]any{"model", "=", model}}}, nil, &count)
	return count != "" && count != "0", err
}

// everything makes a search find archived records too.
func everything() map[string]any {
	return map[string]any{"context": map[string]any{"active_test": false}}
}

// SearchRead reads the records that meet all terms, archived ones too, by their number.
func (r *Client) SearchRead(ctx context.Context, model string, fields []string, terms ...[]any) ([]Record, error) {
	var found []Record
	named := everything()
	named["order"] = "id"
	err := r.Call(ctx, model, "search_read", []any{domain(terms), fields}, named, &found)
	if err != nil {
		return nil, err
	}
	for _, record := range found {
		if record.ID() <= 0 {
			return nil, r.Unexpected(model + ".id")
		}
	}
	return found, nil
}

// Search returns the numbers of the records that meet all terms: the base
// compares, so that a secret of its own never leaves it.
func (r *Client) Search(ctx context.Context, model string, terms ...[]any) ([]int, error) {
	var found []int
	err := r.Call(ctx, model, "search", []any{domain(terms)}, everything(), &found)
	return found, err
}

func domain(terms [][]any) []any {
	list := []any{}
	for _, t := range terms {
		list = append(list, t)
	}
	return list
}

// Create makes a record and returns its number.
func (r *Client) Create(ctx context.Context, model string, values map[string]any) (int, error) {
	var id int
	if err := r.Call(ctx, model, "create", []any{values}, nil, &id); err != nil {
		return 0, err
	}
	if id <= 0 {
		return 0, r.Unexpected(model + ".create")
	}
	return id, nil
}

// Write changes a record.
func (r *Client) Write(ctx context.Context, model string, id int, values map[string]any) error {
	return r.Call(ctx, model, "write", []any{[]int{id}, values}, nil, nil)
}

// SetParam writes a system parameter.
func (r *Client) SetParam(ctx context.Context, key, value string) error {
	return r.Call(ctx, "ir.config_parameter", "set_param", []any{key, value}, nil, nil)
}

// Params reads system parameters; those that do not exist are left out. It is
// not for secrets.
func (r *Client) Params(ctx context.Context, keys ...string) (map[string]string, error) {
	found, err := r.SearchRead(ctx, "ir.config_parameter", []string{"key", "value"}, []any{"key", "in", keys})
	values := map[string]string{}
	for _, record := range found {
		values[record.Text("key")] = record.Text("value")
	}
	return values, err
}
