package openfire

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// Record is a record of the base: values by field name, as returned by Odoo's API.
type Record map[string]any

// ID returns the record's id.
func (r Record) ID() int { return int(r.Int("id")) }

// Text returns the value of a text field, "" if it is empty (false in Odoo).
func (r Record) Text(field string) string {
	s, _ := r[field].(string)
	return s
}

// Int returns the value of an integer field, 0 for any other type.
func (r Record) Int(field string) int64 {
	n, _ := r[field].(json.Number)
	i, _ := n.Int64()
	return i
}

// Bool returns the value of a boolean field.
func (r Record) Bool(field string) bool { return r[field] == true }

// field is the description of a model's field.
type field struct {
	Selection [][]any `json:"selection"`
}

// takes reports whether a selection field has that value.
func (f field) takes(value string) bool {
	return slices.ContainsFunc(f.Selection, func(pair []any) bool { return len(pair) > 0 && pair[0] == value })
}

// fields returns those of the named fields that a model has. Fields that the user
// may not see are omitted.
func (c *Client) fields(ctx context.Context, model string, names ...string) (map[string]field, error) {
	var found map[string]field
	named := map[string]any{"attributes": []string{"type", "selection"}}
	err := c.call(ctx, model, "fields_get", []any{names}, named, &found)
	return found, err
}

// SearchRead returns the records that match all terms, including archived ones,
// ordered by id.
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

// search returns the ids of the records that match all terms, including archived
// ones. The comparison is made in the base, so that its secrets are not
// transferred.
func (c *Client) search(ctx context.Context, model string, terms ...[]any) ([]int, error) {
	var found []int
	named := map[string]any{"context": map[string]any{"active_test": false}}
	err := c.call(ctx, model, "search", []any{append([][]any{}, terms...)}, named, &found)
	return found, err
}

// Create creates a record and returns its id.
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

// Write changes the fields of a record.
func (c *Client) Write(ctx context.Context, model string, id int, values map[string]any) error {
	return c.call(ctx, model, "write", []any{[]int{id}, values}, nil, nil)
}

// SetParam sets a system parameter. It deletes it if value is empty.
func (c *Client) SetParam(ctx context.Context, key, value string) error {
	args := []any{key, value}
	if value == "" {
		args[1] = false
	}
	return c.call(ctx, ParamModel, "set_param", args, nil, nil)
}

// TestServer calls the button "Test Connection" of an outgoing server: the base signs
// in to Exchange, for which it may renew the server's token, and begins a message. Up
// to Odoo 13 the base raises its success as an exception.
func (c *Client) TestServer(ctx context.Context, s Server) error {
	err := c.call(ctx, s.Model, "test_smtp_connection", []any{[]int{s.ID()}}, nil, nil)
	if f, is := errors.AsType[*Fault](err); is && strings.HasPrefix(f.Message, "Connection Test Succeeded!") {
		return nil
	}
	return err
}

// Params returns system parameters by key. It omits those that do not exist.
func (c *Client) Params(ctx context.Context, keys ...string) (map[string]string, error) {
	found, err := c.SearchRead(ctx, ParamModel, []string{"key", "value"}, []any{"key", "in", keys})
	values := map[string]string{}
	for _, record := range found {
		values[record.Text("key")] = record.Text("value")
	}
	return values, err
}

// Company is the sender configuration of a company since Odoo 17, where it belongs
// to the company's alias domain.
type Company struct {
	AliasDomain         int    // id of the mail.alias.domain; 0: none
	DomainName          string // of the alias domain
	DefaultFrom, Bounce string // addresses, "" without an alias domain
}

// company reads the sender configuration of the main company. A base without the
// fields (they belong to the module mail) has none.
func (c *Client) company(ctx context.Context) (Company, error) {
	names := []string{"alias_domain_id", "default_from_email", "bounce_email"}
	fields, err := c.fields(ctx, "res.company", names...)
	if err != nil || len(fields) < len(names) {
		return Company{}, err
	}
	found, err := c.SearchRead(ctx, "res.company", names)
	if err != nil || len(found) == 0 {
		return Company{}, err
	}
	main := found[0]
	company := Company{DefaultFrom: main.Text("default_from_email"), Bounce: main.Text("bounce_email")}
	if domain, set := main["alias_domain_id"].([]any); set && len(domain) == 2 { // id and name
		id, _ := domain[0].(json.Number)
		n, _ := id.Int64()
		company.AliasDomain = int(n)
		company.DomainName, _ = domain[1].(string)
	}
	return company, nil
}

// ConfirmLogin calls the button "Test & Confirm" of an incoming server, which sets
// its state to "done". Without it, the base does not fetch mail from the server.
func (c *Client) ConfirmLogin(ctx context.Context, s Server) error {
	return c.call(ctx, s.Model, "button_confirm_login", []any{[]int{s.ID()}}, nil, nil)
}

// Set changes one field of a mail server.
func (c *Client) Set(ctx context.Context, s Server, field string, value any) error {
	return c.Write(ctx, s.Model, s.ID(), map[string]any{field: value})
}

// SignInURL returns the address at which a server's account signs in at Microsoft,
// from the field or, if that is empty, from the button's action.
func (c *Client) SignInURL(ctx context.Context, s Server) (string, error) {
	found, err := c.SearchRead(ctx, s.Model, []string{uriField}, []any{"id", "=", s.ID()})
	if err != nil {
		return "", err
	}
	if len(found) == 1 && found[0].Text(uriField) != "" {
		return found[0].Text(uriField), nil
	}
	var action Record
	err = c.call(ctx, s.Model, "open_microsoft_outlook_uri", []any{[]int{s.ID()}}, nil, &action)
	return action.Text("url"), err
}

// TokenExpiration returns when a connected server's access token expires, in
// Unix seconds; 0 without a token. It changes with each sign-in.
func (c *Client) TokenExpiration(ctx context.Context, s Server) (int64, error) {
	found, err := c.SearchRead(ctx, s.Model, []string{ExpirationField},
		[]any{"id", "=", s.ID()}, []any{RefreshTokenField, "!=", false})
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return found[0].Int(ExpirationField), nil
}

const mailModel = "mail.mail"

// MailState is the state of a message in the base.
type MailState struct {
	ID        int
	State     string // "outgoing", "sent", "received", "exception" or "cancel"
	Reason    string // why it could not be sent
	MessageID string
}

// Mail is a message that the base sends.
type Mail struct {
	From, To, Subject, HTML string
	Server                  int // id of the server to use; 0: the base chooses
}

// SendMail makes the base send a message. The base deletes it when it was sent: even
// an administrator may not delete a mail.mail.
func (c *Client) SendMail(ctx context.Context, m Mail) (MailState, error) {
	values := map[string]any{"subject": m.Subject, "body_html": m.HTML, "email_from": m.From, "email_to": m.To,
		"auto_delete": true}
	if m.Server != 0 {
		values["mail_server_id"] = m.Server
	}
	id, err := c.Create(ctx, mailModel, values)
	created := MailState{ID: id}
	if err == nil {
		created, err = c.MailState(ctx, created)
	}
	if err != nil {
		return created, err
	}
	return created, c.call(ctx, mailModel, "send", []any{[]int{id}}, nil, nil)
}

// MailState returns the present state of a message: sent if it is gone.
func (c *Client) MailState(ctx context.Context, was MailState) (MailState, error) {
	found, err := c.SearchRead(ctx, mailModel, []string{"state", "failure_reason", "message_id"}, []any{"id", "=", was.ID})
	if err != nil || len(found) == 0 {
		was.State = "sent"
		return was, err
	}
	r := found[0]
	return MailState{was.ID, r.Text("state"), r.Text("failure_reason"), r.Text("message_id")}, nil
}
