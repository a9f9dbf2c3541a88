// Package apply writes the values of a token file into a base, reads them from a
// base, and exports them as files. It does not check that the base then works.
package apply

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// Change is one value that differs. If Secret is set, only Field may be shown. Old
// is nil in a new record.
type Change struct {
	Field    string
	Old, New any // New is a string, secret.String, int, int64 or bool
	Secret   bool
}

// Write is one write into the base. It creates a record (ID 0), changes one, or
// sets a system parameter.
type Write struct {
	Model   string
	ID      int
	Changes []Change
}

// Plan lists, in order, the writes that give the base the values of the token file.
// The client ID is written last, because the tokens in the base may belong to
// another client until then.
type Plan struct {
	Writes []Write
	Tokens bool // the plan writes the file's tokens
}

// Empty reports whether the base already has the values of the file.
func (p Plan) Empty() bool { return len(p.Writes) == 0 }

// NeedsTokens reports whether the file's tokens must be written into the base: it
// has none, uses another client, or does not store the tokens that it refreshes.
// Otherwise the base keeps its own tokens.
func NeedsTokens(c openfire.MailConfig, f tokenfile.File) bool {
	server, found := c.OutgoingServer(f.Accounts()...)
	if !found || !server.Connected || c.Params[openfire.ParamClientID] != f.Client.ID ||
		!c.Features().Has(openfire.StoresRotatedToken) {
		return true
	}
	fetch, found := c.IncomingServer(f.Accounts()...)
	return f.Fetch != nil && (!found || !fetch.Connected)
}

// NewPlan compares the base with the file and plans the writes, without tokens.
func NewPlan(c openfire.MailConfig, f tokenfile.File) Plan { return newPlan(c, f, nil, nil) }

// NewTokenPlan is NewPlan with all tokens of the file.
func NewTokenPlan(c openfire.MailConfig, f tokenfile.File) Plan {
	var fetching []tokenfile.Field
	if f.Fetch != nil {
		fetching = f.Fetch.Tokens.Fields()
	}
	plan := newPlan(c, f, f.Mail.Tokens.Fields(), fetching)
	plan.Tokens = true
	return plan
}

func newPlan(c openfire.MailConfig, f tokenfile.File, sending, fetching []tokenfile.Field) Plan {
	var plan Plan
	add := func(w Write) {
		if len(w.Changes) > 0 {
			plan.Writes = append(plan.Writes, w)
		}
	}
	param := func(c Change) { add(Write{Model: openfire.ParamModel, Changes: []Change{c}}) }
	// First, so that no token and no secret is sent to another endpoint.
	if old := c.Params[openfire.ParamEndpoint]; old != f.Client.Endpoint && (f.Client.Endpoint != "" || c.Foreign) {
		param(Change{openfire.ParamEndpoint, old, f.Client.Endpoint, false})
	}
	server, _ := c.OutgoingServer(f.Accounts()...)
	add(compare(openfire.MailModel, server, outgoing(c, f), sending))
	if f.Fetch != nil {
		fetch, _ := c.IncomingServer(f.Accounts()...)
		in := *f.Fetch
		in.User = unlessCase(fetch.User(), in.User)
		add(compare(openfire.FetchModel, fetch, in.Fields(c.ServerFeatures(openfire.FetchModel)), fetching))
	}
	if !c.HasSecret {
		param(Change{openfire.ParamSecret, nil, f.Client.Secret, true})
	}
	if old := c.Params[openfire.ParamClientID]; old != f.Client.ID {
		param(Change{openfire.ParamClientID, old, f.Client.ID, false})
	}
	return plan
}

// outgoing returns the fields of the file's outgoing server, under the names that
// this base uses. It keeps the base's from_filter if that contains the file's: Odoo
// accepts an address or a domain, from 17 on a list of them, in upper or lower case.
func outgoing(c openfire.MailConfig, f tokenfile.File) []tokenfile.Field {
	out, features := f.Mail, c.ServerFeatures(openfire.MailModel)
	server, _ := c.OutgoingServer(f.Accounts()...)
	out.User = unlessCase(server.User(), out.User)
	if !features.Has(openfire.FromFilter) {
		out.FromFilter = ""
	} else if out.FromFilter == "" {
		out.FromFilter = f.Mailbox()
	}
	have := server.Text("from_filter")
	_, domain, _ := strings.Cut(out.FromFilter, "@")
	list := []string{have}
	if openfire.Major(c.Version) >= 17 {
		list = strings.Split(have, ",")
	}
	if slices.ContainsFunc(list, func(entry string) bool {
		entry = strings.TrimSpace(entry)
		return strings.EqualFold(entry, out.FromFilter) || domain != "" && strings.EqualFold(entry, domain)
	}) {
		out.FromFilter = have
	}
	return out.Fields(features)
}

// unlessCase returns the address in the base if it differs from the file's only in
// upper and lower case, else the file's.
func unlessCase(have, want string) string {
	if strings.EqualFold(have, want) {
		return have
	}
	return want
}

// compare returns the write for the fields of a record that differ. Tokens are
// written without a comparison. The name of an existing record is not changed.
func compare(model string, have openfire.Server, want, tokens []tokenfile.Field) Write {
	w := Write{Model: model, ID: have.ID()}
	for _, field := range want {
		switch {
		case !field.Written():
		case field.Key == openfire.PasswordField(model):
			if have.Password || w.ID == 0 {
				w.Changes = append(w.Changes, Change{field.Key, have.Password, "", true})
			}
		case w.ID == 0:
			w.Changes = append(w.Changes, Change{field.Key, nil, field.Value, false})
		case field.Key != "name" && !equal(field.Value, have.Record[field.Key]):
			w.Changes = append(w.Changes, Change{field.Key, have.Record[field.Key], field.Value, false})
		}
	}
	if w.ID != 0 && !have.Active() {
		w.Changes = append(w.Changes, Change{"active", false, true, false})
	}
	for _, field := range tokens {
		w.Changes = append(w.Changes, Change{field.Key, have.Connected, field.Value, true})
	}
	return w
}

// equal compares a value of the file with one from Odoo, which stores an empty text
// as false.
func equal(want, have any) bool {
	switch want := want.(type) {
	case string:
		have, _ := have.(string)
		return have == want
	case int:
		return have == json.Number(strconv.Itoa(want))
	}
	return have == want
}

// odooValue returns a value as the API expects it: an empty text is false.
func odooValue(v any) any {
	if s, is := v.(secret.String); is {
		v = s.Reveal()
	}
	if v == "" {
		return false
	}
	return v
}

// Do performs the write and returns the id of the record, 0 for a parameter.
func (w Write) Do(ctx context.Context, base *openfire.Client) (int, error) {
	if w.Model == openfire.ParamModel {
		for _, c := range w.Changes {
			value, _ := odooValue(c.New).(string)
			if err := base.SetParam(ctx, c.Field, value); err != nil {
				return 0, err
			}
		}
		return 0, nil
	}
	values := map[string]any{}
	for _, c := range w.Changes {
		values[c.Field] = odooValue(c.New)
	}
	if w.ID == 0 {
		return base.Create(ctx, w.Model, values)
	}
	return w.ID, base.Write(ctx, w.Model, w.ID, values)
}

// Fields returns the sorted names of the fields that the plan changes.
func (p Plan) Fields() []string {
	var names []string
	for _, w := range p.Writes {
		for _, c := range w.Changes {
			names = append(names, c.Field)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// HandOver writes the file's tokens into a base that does not store the tokens that
// it refreshes, and reports whether it did. It writes nothing but tokens, and
// nothing into a base that stores its tokens. Errors are *problem.Problem or those
// of openfire.Client.
func HandOver(ctx context.Context, base *openfire.Client, f tokenfile.File) (bool, error) {
	c, err := base.MailConfig(ctx, f.Client.Secret)
	if err != nil || c.Features().Has(openfire.StoresRotatedToken) {
		return false, err
	}
	if err := CheckWritable(c, f.Base); err != nil {
		return false, err
	}
	plan := NewTokenPlan(c, f)
	for _, w := range plan.Writes {
		if w.ID == 0 && (w.Model != openfire.ParamModel || w.Changes[0].Field == openfire.ParamClientID) {
			return false, &problem.Problem{Exit: problem.Mail, ID: "base.values",
				What: i18n.T("The application and the mail server of the token file are not in the base yet."),
				Do:   i18n.T("Run \"openfire-o365 apply %s\" first.", f.Base.Name())}
		}
	}
	for _, w := range plan.Writes {
		w.Changes = slices.DeleteFunc(w.Changes, func(c Change) bool {
			return !slices.Contains(openfire.TokenFields, c.Field)
		})
		if len(w.Changes) == 0 {
			continue
		}
		if _, err := w.Do(ctx, base); err != nil {
			return false, err
		}
	}
	return true, nil
}
