package openfire

import (
	"bytes"
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

// Credentials sign an administrator in to a base's remote API.
type Credentials struct {
	DB, Login string
	Key       secret.String // password, or API key from Odoo 14
}

// Database is what OpenFire calls a base's database: the first label of its host.
func (b Base) Database() string {
	name, _, _ := strings.Cut(b.Host(), ".")
	name, _, _ = strings.Cut(name, ":")
	return name
}

// Client is the remote API of one base (JSON-RPC at /jsonrpc, Odoo 10 to 19),
// signed in as one user. Its errors are *problem.Problem, around a *Fault where
// the base's own code refused, or the context's.
type Client struct {
	Version string // of Odoo, "16.0", as the base says

	Base  Base
	cloud azure.Cloud
	http  *network.Client
	cred  Credentials
	uid   json.Number
	last  int
}

// Fault is an exception of the base's.
type Fault struct {
	Name    string // "odoo.exceptions.AccessError"
	Message string // sanitised
}

// Error is the exception as Python shows it.
func (f *Fault) Error() string { return f.Name + ": " + f.Message }

// Connect asks the base for its version, then signs in: an address that leads
// elsewhere shows before anything secret is sent to it.
func Connect(ctx context.Context, c *network.Client, cloud azure.Cloud, b Base, cred Credentials) (*Client, error) {
	r := &Client{Base: b, cloud: cloud, http: c, cred: cred}
	var about struct {
		Serie string `json:"server_serie"`
	}
	if err := r.ask(ctx, "common", "version", []any{}, &about); err != nil {
		return nil, err
	}
	r.Version = strings.NewReplacer("saas~", "", "saas-", "").Replace(about.Serie)
	if !IsVersion(r.Version) {
		return nil, r.Unexpected("server_serie")
	}
	var uid any
	if err := r.ask(ctx, "common", "authenticate", []any{cred.DB, cred.Login, cred.Key.Reveal(), map[string]any{}}, &uid); err != nil {
		return nil, r.noDatabase(err)
	}
	number, ok := uid.(json.Number)
	if _, err := number.Int64(); !ok || err != nil {
		return nil, &problem.Problem{Exit: problem.Mail, ID: "base.login",
			What: i18n.T("%s refuses the login %s or its password.", b.Host(), cred.Login),
			Do:   i18n.T("Give those that you type into OpenFire. With two-step sign-in an API key is needed (Odoo 14 and later: My Profile > Account Security).")}
	}
	r.uid = number
	return r, nil
}

// noDatabase tells a wrong database's name, which PostgreSQL says in its own words.
func (r *Client) noDatabase(err error) error {
	var fault *Fault
	if !errors.As(err, &fault) || !strings.Contains(fault.Name, "OperationalError") && !strings.Contains(fault.Name, "KeyError") {
		return err
	}
	return &problem.Problem{Exit: problem.Usage, ID: "db", Err: fault,
		What: i18n.T("%s has no database called \"%s\".", r.Base.Host(), r.cred.DB),
		Do:   i18n.T("Give its name with --db.")}
}

// Call runs a method of a model with arguments by place and by name, and reads
// its result into to. A method that returns None leaves to as it is.
func (r *Client) Call(ctx context.Context, model, method string, args []any, named map[string]any, to any) error {
	if named == nil {
		named = map[string]any{}
	}
	return r.ask(ctx, "object", "execute_kw", []any{r.cred.DB, r.uid, r.cred.Key.Reveal(), model, method, args, named}, to)
}

// ask makes one request and judges its answer.
func (r *Client) ask(ctx context.Context, service, method string, args []any, to any) error {
	r.last++
	body, err := PlainJSON(map[string]any{"jsonrpc": "2.0", "method": "call", "id": r.last,
		"params": map[string]any{"service": service, "method": method, "args": args}})
	if err != nil {
		return err
	}
	answer, err := post(ctx, r.http, r.cloud, r.Base, "/jsonrpc", body)
	if prob, is := network.Problem(err, r.Base.Host()); is {
		return prob
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return r.Unexpected("HTTP")
	}
	if err := r.refusedStatus(answer); err != nil {
		return err
	}
	return r.read(answer.Body, method, to)
}

// read takes the result out of an answer, or the exception.
func (r *Client) read(body []byte, method string, to any) error {
	var reply struct {
		ID     json.Number `json:"id"`
		Result any         `json:"result"`
		Error  *struct {
			Message string `json:"message"`
			Data    struct {
				Name    string `json:"name"`
				Message string `json:"message"`
			} `json:"data"`
		} `json:"error"`
	}
	raw, bad := object(body)
	if bad || strict(body, &reply) != nil || reply.ID.String() != fmt.Sprint(r.last) {
		return r.Unexpected("JSON-RPC")
	}
	if e := reply.Error; e != nil {
		return r.problem(&Fault{Name: sanitize.Line(e.Data.Name), Message: sanitize.Line(firstOf(e.Data.Message, e.Message))})
	}
	if result, there := raw["result"]; there && to != nil && strict(result, to) != nil {
		return r.Unexpected(method)
	}
	return nil
}

func firstOf(words ...string) string {
	for _, w := range words {
		if strings.TrimSpace(w) != "" {
			return w
		}
	}
	return "?"
}

// strict decodes one JSON value, numbers as they are written.
func strict(raw []byte, to any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return dec.Decode(to)
}

// refusedStatus judges what is no answer of the API at all.
func (r *Client) refusedStatus(a network.Answer) error {
	host := r.Base.Host()
	switch {
	case a.Status == http.StatusOK:
		return nil
	case a.Status/100 == 3:
		return &problem.Problem{Exit: problem.Safety, ID: "base.redirect", Err: network.ErrRedirect,
			What: i18n.T("%s sends elsewhere (%d): nothing secret follows a redirect.", host, a.Status),
			Do:   i18n.T("Give the base's exact address, as the browser shows it.")}
	case a.Status == http.StatusTooManyRequests, a.Status >= 500:
		return &problem.Problem{Exit: problem.Temporary, ID: "base.status", What: i18n.T("%s does not answer for now (HTTP %d).", host, a.Status),
			Do: i18n.T("Try again in a few minutes.")}
	}
	return &problem.Problem{Exit: problem.Mail, ID: "base.api", What: i18n.T("%s does not open its remote API (HTTP %d).", host, a.Status),
		Do: i18n.T("Ask OpenFire support to open /jsonrpc, or use \"apply --export\".")}
}

// Unexpected is an answer that no Odoo gives; of its text nothing is shown.
func (r *Client) Unexpected(what string) error {
	return &problem.Problem{Exit: problem.Mail, ID: "base.answer", What: i18n.T("%s did not answer as Odoo does (%s).", r.Base.Host(), what),
		Do: i18n.T("Perhaps a captive portal or a proxy stands between; else show this line to OpenFire support.")}
}

// problem is what the base's own code refused.
func (r *Client) problem(f *Fault) error {
	p := &problem.Problem{Exit: problem.Mail, ID: "base.refused", Err: f,
		What: i18n.T("The base refuses: %s", f.Message)}
	switch {
	case strings.HasSuffix(f.Name, "AccessError"), strings.HasSuffix(f.Name, "AccessDenied"):
		p.ID = "base.rights"
		p.What = i18n.T("The account %s has no administration rights in the base (%s).", r.cred.Login, f.Message)
		p.Do = i18n.T("Take an account with Administration / Settings (Administration : Paramètres), or ask for that right.")
	case !strings.HasSuffix(f.Name, "UserError") && !strings.HasSuffix(f.Name, "ValidationError"):
		p.What = i18n.T("The base failed (%s): %s", f.Name, f.Message)
		p.Do = i18n.T("Show this line to OpenFire support.")
	}
	return p
}

// object splits a JSON object into its members.
func object(raw json.RawMessage) (members map[string]json.RawMessage, bad bool) {
	if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		return nil, true
	}
	return members, json.Unmarshal(raw, &members) != nil
}
