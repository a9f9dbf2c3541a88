package openfire

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/network"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// Credentials are the login of an administrator for a base's remote API.
type Credentials struct {
	DB, Login string        // DB may be empty: Base.Database
	Key       secret.String // password, or an API key from Odoo 14 on
}

// Database returns the default name of the base's database at OpenFire: the first
// label of its host.
func (b Base) Database() string {
	return strings.FieldsFunc(b.Host(), func(r rune) bool { return r == '.' || r == ':' })[0]
}

// Client is a client for the remote API of one base (JSON-RPC at /jsonrpc, Odoo 10
// to 19; JSON-2 with an API key, Odoo 19 and later), logged in as one user. Its errors are those of the context, or
// *problem.Problem, which wraps a *Fault if the base raised an exception.
type Client struct {
	Version string // of Odoo, as reported by the base: "16.0"

	Base  Base
	cloud azure.Cloud
	http  *network.Client
	cred  Credentials
	uid   json.Number
	last  int
	json2 bool
}

// Fault is an exception raised by the base.
type Fault struct {
	Name    string // "odoo.exceptions.AccessError"
	Message string // sanitized
}

// Error returns the exception as Python prints it.
func (f *Fault) Error() string { return f.Name + ": " + f.Message }

// Connect requests the version of the base, then logs in. A wrong address is thus
// detected before a secret is sent to it.
func Connect(ctx context.Context, hc *network.Client, cloud azure.Cloud, b Base, cred Credentials) (*Client, error) {
	cred.DB = cmp.Or(cred.DB, b.Database())
	c := &Client{Base: b, cloud: cloud, http: hc, cred: cred}
	var about struct {
		Serie string `json:"server_serie"`
	}
	err := c.ask(ctx, "common", "version", []any{}, &about)
	if p, is := errors.AsType[*problem.Problem](err); is && p.ID == noAPI {
		about.Serie = askVersion(ctx, hc, cloud, b) // without /jsonrpc, which later versions lack
	}
	if err != nil && about.Serie == "" {
		return nil, err
	}
	c.Version = strings.NewReplacer("saas~", "", "saas-", "").Replace(about.Serie)
	if !IsVersion(c.Version) {
		return nil, c.Unexpected("server_serie")
	}
	if FeaturesOf(Major(c.Version)).Has(JSON2) {
		if c.useKey(ctx); c.json2 {
			return c, nil
		}
	}
	var uid any
	args := []any{cred.DB, cred.Login, cred.Key.Reveal(), map[string]any{}}
	if err := c.ask(ctx, "common", "authenticate", args, &uid); err != nil {
		return nil, err
	}
	number, ok := uid.(json.Number)
	if _, err := number.Int64(); !ok || err != nil {
		return nil, c.badLogin()
	}
	c.uid = number
	return c, nil
}

// BadLogin is the ID of the problem that badLogin returns.
const BadLogin = "base.login"

// badLogin returns the problem for a login, password or API key that is wrong.
func (c *Client) badLogin() error {
	return &problem.Problem{Exit: problem.Mail, ID: BadLogin,
		What: i18n.T("%s does not accept the login %s or its password.", c.Base.Host(), c.cred.Login),
		Do: i18n.T("Enter the login and password that you use in OpenFire. With two-factor authentication, an API " +
			"key is required (Odoo 14 and later: My Profile > Account Security).")}
}

// databaseProblem returns the problem for an exception of PostgreSQL or Odoo that
// shows that the database cannot be used, or nil. The same exception says that a
// database does not exist, that it is closed, and that PostgreSQL does not run; its
// words may be French.
func (c *Client) databaseProblem(f *Fault) *problem.Problem {
	p := &problem.Problem{Exit: problem.Usage, ID: "db", Err: f, Do: i18n.T("Enter the name of the database with --db.")}
	has := func(words string) bool { return strings.Contains(f.Message, words) }
	switch name := f.Name[strings.LastIndexByte(f.Name, '.')+1:]; {
	case name == "OperationalError" && !has("does not exist") && !has("n'existe pas"):
		p.Exit, p.ID = problem.Temporary, Unavailable
		p.What = i18n.T("The database \"%s\" of %s is closed or does not answer: %s", c.cred.DB, c.Base.Host(), f.Message)
		p.Do = tryLater
	case name == "OperationalError":
		p.What = i18n.T("%s has no database called \"%s\".", c.Base.Host(), c.cred.DB)
	case name == "KeyError" && has("res.users"):
		p.What = i18n.T("The database \"%s\" of %s does not belong to Odoo.", c.cred.DB, c.Base.Host())
	case name == "UndefinedTable", name == "UndefinedColumn", name == "ProgrammingError":
		p.What = i18n.T("The database \"%s\" does not belong to the version of Odoo that runs at %s (%s).",
			c.cred.DB, c.Base.Host(), c.Version)
	default:
		return nil
	}
	return p
}

// call calls a method of a model with positional and named arguments, and decodes
// its result into to. If the method returns None, to is unchanged.
func (c *Client) call(ctx context.Context, model, method string, args []any, named map[string]any, to any) error {
	if c.json2 {
		return c.call2(ctx, model, method, args, named, to)
	}
	if named == nil {
		named = map[string]any{}
	}
	args = []any{c.cred.DB, c.uid, c.cred.Key.Reveal(), model, method, args, named}
	return c.ask(ctx, "object", "execute_kw", args, to)
}

// ask sends one request and reads the answer.
func (c *Client) ask(ctx context.Context, service, method string, args []any, to any) error {
	c.last++
	body, err := PlainJSON(map[string]any{"jsonrpc": "2.0", "method": "call", "id": c.last,
		"params": map[string]any{"service": service, "method": method, "args": args}})
	if err != nil {
		return err
	}
	answer, err := request(ctx, c.http, c.cloud, c.Base, "/jsonrpc", body)
	if prob, is := network.Problem(err, c.Base.Host()); is {
		return prob
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return c.Unexpected("HTTP")
	}
	if err := c.refusedStatus(answer); err != nil {
		return err
	}
	return c.read(answer.Body, method, to)
}

// read decodes the result of an answer into to, or returns the exception in it.
func (c *Client) read(body []byte, method string, to any) error {
	var reply struct {
		ID     json.Number     `json:"id"`
		Result json.RawMessage `json:"result"`
		Error  *struct {
			Message string `json:"message"`
			Data    struct {
				Name    string `json:"name"`
				Message string `json:"message"`
			} `json:"data"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &reply) != nil || reply.ID.String() != fmt.Sprint(c.last) {
		return c.Unexpected("JSON-RPC")
	}
	if e := reply.Error; e != nil {
		return c.problem(e.Data.Name, cmp.Or(strings.TrimSpace(e.Data.Message), e.Message))
	}
	return c.decode(reply.Result, method, to)
}

// decode decodes a result into to. If the method returned None, to is unchanged.
func (c *Client) decode(result []byte, method string, to any) error {
	if result == nil || to == nil {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(result))
	dec.UseNumber()
	if dec.Decode(to) != nil {
		return c.Unexpected(method)
	}
	return nil
}

// refusedStatus returns an error if the HTTP status shows that the answer is not
// from the API.
func (c *Client) refusedStatus(a network.Answer) error {
	host := c.Base.Host()
	switch {
	case a.Status == http.StatusOK:
		return nil
	case a.Status == http.StatusTooManyRequests, a.Status >= 500:
		return unavailable(c.Base, a)
	case a.Status/100 == 3:
		return &problem.Problem{Exit: problem.Safety, ID: "base.redirect", Err: network.ErrRedirect,
			What: i18n.T("%s redirects to another address (%d). No secret was sent to that address.", host, a.Status),
			Do:   i18n.T("Enter the exact address of the base, as shown in the browser.")}
	}
	return &problem.Problem{Exit: problem.Mail, ID: noAPI, What: i18n.T(
		"The remote API of %s is not accessible (HTTP %d).", host, a.Status),
		Do: i18n.T("Ask OpenFire support to allow access to /jsonrpc, or use \"apply --export\".")}
}

// Unavailable is the ID of the problem of a base whose server or database does not
// work at the moment.
const Unavailable = "base.status"

var tryLater = i18n.T("Try again in a few minutes. If the error persists, ask OpenFire support.")

// unavailable returns a problem if the HTTP status shows that the base is overloaded
// or that its proxy cannot reach it.
func unavailable(b Base, a network.Answer) error {
	if a.Status < 500 && a.Status != http.StatusTooManyRequests {
		return nil
	}
	return &problem.Problem{Exit: problem.Temporary, ID: Unavailable, Do: tryLater,
		What: i18n.T("%s is temporarily unavailable (HTTP %d).", b.Host(), a.Status)}
}

// Unexpected returns an error for an answer that Odoo never sends. It does not
// quote the answer.
func (c *Client) Unexpected(what string) error {
	return &problem.Problem{Exit: problem.Mail, ID: "base.answer", What: i18n.T(
		"The answer from %s does not come from Odoo (%s).", c.Base.Host(), what),
		Do: i18n.T("A captive portal or a proxy may be intercepting the connection. If not, send this line to " +
			"OpenFire support.")}
}

// noAPI is the ID of the problem of a base whose remote API is not accessible.
const noAPI = "base.api"

// problem returns the problem for an exception raised by the base.
func (c *Client) problem(name, message string) error {
	f := &Fault{Name: sanitize.Line(name), Message: sanitize.Line(cmp.Or(strings.TrimSpace(message), "?"))}
	if p := c.databaseProblem(f); p != nil {
		return p
	}
	p := &problem.Problem{Exit: problem.Mail, ID: "base.refused", Err: f,
		What: i18n.T("The base refused the request: %s", f.Message)}
	switch {
	case strings.HasSuffix(f.Name, "AccessError"), strings.HasSuffix(f.Name, "AccessDenied"):
		p.ID = "base.rights"
		p.What = i18n.T("The account %s has no administration rights in the base (%s).", c.cred.Login, f.Message)
		p.Do = i18n.T("Use an account that has the access right Administration: Settings (Administration : Paramètres), " +
			"or ask for this right. In Odoo 19 it is Role: Administrator (Rôle : Administrateur).")
	case !strings.HasSuffix(f.Name, "UserError") && !strings.HasSuffix(f.Name, "ValidationError"):
		p.What = i18n.T("The base reported an error (%s): %s", f.Name, f.Message)
		p.Do = i18n.T("Send this line to OpenFire support.")
	}
	return p
}

// PlainJSON encodes v without escaping <, > and &.
func PlainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}
