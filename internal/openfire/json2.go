package openfire

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/openfire-fr/openfire-o365/internal/network"
)

// useKey makes c use JSON-2 if the password is an API key of the login. In JSON-2 the
// key alone selects the user.
func (c *Client) useKey(ctx context.Context) {
	c.json2 = true
	var owner struct {
		UID json.Number `json:"uid"`
	}
	var logins json.Number
	err := c.call(ctx, "res.users", "context_get", nil, nil, &owner)
	if err == nil {
		err = c.call(ctx, "res.users", "search_count",
			[]any{[]any{[]any{"id", "=", owner.UID}, []any{"login", "=", c.cred.Login}}}, nil, &logins)
	}
	c.json2 = err == nil && logins == "1"
}

// positions are the names of positional arguments by method, for JSON-2. Other methods
// take the ids of records only.
var positions = map[string][]string{
	"search": {"domain"}, "search_count": {"domain"}, "search_read": {"domain", "fields"}, "fields_get": {"allfields"},
	"create": {"vals_list"}, "write": {"ids", "vals"}, "set_param": {"key", "value"},
}

// call2 is call by JSON-2 (addons/rpc/controllers/json2.py).
func (c *Client) call2(ctx context.Context, model, method string, args []any, named map[string]any, to any) error {
	body := map[string]any{}
	names, known := positions[method]
	if !known {
		names = []string{"ids"}
	}
	for i, value := range args {
		body[names[i]] = value
	}
	for name, value := range named {
		body[name] = value
	}
	data, err := PlainJSON(body)
	if err != nil {
		return err
	}
	answer, err := request(ctx, c.http, c.cloud, c.Base, "/json/2/"+model+"/"+method, data,
		"Authorization", "bearer "+c.cred.Key.Reveal(), "X-Odoo-Database", c.cred.DB)
	if prob, is := network.Problem(err, c.Base.Host()); is {
		return prob
	}
	var refusal struct{ Name, Message string }
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return c.Unexpected("HTTP")
	case answer.Status == http.StatusUnauthorized:
		return c.badLogin()
	case answer.Status/100 > 3 && json.Unmarshal(answer.Body, &refusal) == nil && refusal.Name != "":
		return c.problem(refusal.Name, refusal.Message)
	}
	if err := c.refusedStatus(answer); err != nil {
		return err
	}
	var ids []json.RawMessage
	if method == "create" && json.Unmarshal(answer.Body, &ids) == nil && len(ids) == 1 {
		answer.Body = ids[0]
	}
	return c.decode(answer.Body, method, to)
}
