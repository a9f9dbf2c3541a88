package openfire

import (
	"context"
	"encoding/json"
	"slices"
)

// Record is a record of the base: values by field, as Odoo's API gives them.
type Record map[string]any

// ID is the record's id.
func (r Record) ID() int { return int(r.Int("id")) }

// Text is a text field; an empty one is false in Odoo.
func (r Record) Text(field string) string {
	s, _ := r[field].(string)
	return s
}

// Int is a whole number, 0 for anything else.
func (r Record) Int(field string) int64 {
	n, _ := r[field].(json.Number)
	i, _ := n.Int64()
	return i
}

// Bool is a boolean field.
func (r Record) Bool(field string) bool { return r[field] == true }

// field is what a base says about a field of a model.
type field struct {
	Selection [][]any `json:"selection"`
}

// takes reports whether a selection has that value.
func (f field) takes(value string) bool {
	return slices.ContainsFunc(f.Selection, func(pair []any) bool { return len(pair) > 0 && pair[0] == value })
}

// fields asks which of the named fields a model has. Fields that the user may
// not see are left out.
func (c *Client) fields(ctx context.Context, model string, names ...string) (map[string]field, error) {
	var found map[string]field
	err := c.call(ctx, model, "fields_get", []any{names}, map[string]any{"attributes": []string{"type", "selection"}}, &found)
	return found, err
}

// SearchRead reads the records that meet all terms, archived ones too, by id.
func (c *Client) SearchRead(ctx context.Context, model string, fields []string, terms ...[]any) ([]Record, error) {
	var found []Record
	named := map[string]any{"context": map[string]any{"active_test": false}, "order": "id"}
	if err := c.call(ctx, model, "search_read", []any{append([][]any{}, terms...), fields}, named, &found); err != nil {
		return nil, err
	}
	for _, record := range found {
		if record.ID() <= 0 {
			return nil, c.Unexpected(model + ".id")
		}
	}
	return found, nil
}

// search returns the ids of the records that meet all terms, archived ones
// too: the base compares, so that a secret of its own never leaves it.
func (c *Client) search(ctx context.Context, model string, terms ...[]any) ([]int, error) {
	var found []int
	named := map[string]any{"context": map[string]any{"active_test": false}}
	err := c.call(ctx, model, "search", []any{append([][]any{}, terms...)}, named, &found)
	return found, err
}

// Create makes a record and returns its id.
func (c *Client) Create(ctx context.Context, model string, values map[string]any) (int, error) {
	var id int
	if err := c.call(ctx, model, "create", []any{values}, nil, &id); err != nil {
		return 0, err
	}
	if id <= 0 {
		return 0, c.Unexpected(model + ".create")
	}
	return id, nil
}

// Write changes a record.
func (c *Client) Write(ctx context.Context, model string, id int, values map[string]any) error {
	return c.call(ctx, model, "write", []any{[]int{id}, values}, nil, nil)
}

// SetParam writes a system parameter.
func (c *Client) SetParam(ctx context.Context, key, value string) error {
	return c.call(ctx, ParamModel, "set_param", []any{key, value}, nil, nil)
}

// Params reads system parameters; those that do not exist are left out.
func (c *Client) Params(ctx context.Context, keys ...string) (map[string]string, error) {
	found, err := c.SearchRead(ctx, ParamModel, []string{"key", "value"}, []any{"key", "in", keys})
	values := map[string]string{}
	for _, record := range found {
		values[record.Text("key")] = record.Text("value")
	}
	return values, err
}
