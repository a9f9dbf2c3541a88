// Package apply takes the values of a token file into a base, reads them back,
// and exports them as files. Its caller proves the result with checks.
package apply

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// Change is one value that differs. Secret ones show nothing; Old is nil in a
// record that is new.
type Change struct {
	Field    string
	Old, New any
	Secret   bool
}

// Write is one write into the base: a record made (ID 0) or changed, or a
// system parameter set.
type Write struct {
	Model   string
	ID      int
	Changes []Change
}

// Plan is what the base lacks of the token file, in the order in which it is
// written. The client's id comes last: as long as it is not there, a run that
// was cut knows that the tokens may be another client's.
type Plan struct {
	Writes []Write
	Tokens bool // tokens are among it
}

// Empty reports that base and file agree.
func (p Plan) Empty() bool { return len(p.Writes) == 0 }

// NeedsTokens reports whether the base is to get the file's tokens: it has
// none, was on another client, or will never store a newer one than it has.
// Otherwise it keeps its own, which it renews by itself.
func NeedsTokens(s openfire.MailConfig, f tokenfile.File) bool {
	server, found := s.OutgoingServer(f.Mailbox())
	if !found || !server.Connected || s.Params[openfire.ParamClientID] != f.Client.ID || s.Major() < openfire.RotatesSince {
		return true
	}
	fetch, found := s.IncomingServer(f.Mailbox())
	return f.Fetch != nil && (!found || !fetch.Connected)
}

// NewPlan compares the base with the file; tokens says whether they are handed
// over, all of them.
func NewPlan(s openfire.MailConfig, f tokenfile.File, tokens bool) Plan {
	plan := Plan{Tokens: tokens}
	add := func(w Write) {
		if len(w.Changes) > 0 {
			plan.Writes = append(plan.Writes, w)
		}
	}
	server, _ := s.OutgoingServer(f.Mailbox())
	add(compare(openfire.MailModel, server, outgoing(s, f), f.Mail.Tokens, tokens))
	if f.Fetch != nil {
		fetch, _ := s.IncomingServer(f.Mailbox())
		add(compare(openfire.FetchModel, fetch, incoming(s, f), f.Fetch.Tokens, tokens))
	}
	if !s.HasSecret {
		add(Write{Model: openfire.ParamModel, Changes: []Change{{openfire.ParamSecret, nil, f.Client.Secret, true}}})
	}
	for _, p := range []struct{ key, value string }{{openfire.ParamEndpoint, f.Client.Endpoint}, {openfire.ParamClientID, f.Client.ID}} {
		if old := s.Params[p.key]; old != p.value && p.value != "" {
			add(Write{Model: openfire.ParamModel, Changes: []Change{{p.key, old, p.value, false}}})
		}
	}
	return plan
}

// outgoing are the values of the file's server, under the names this base has.
func outgoing(s openfire.MailConfig, f tokenfile.File) []tokenfile.FieldSpec {
	major := openfire.AuthSince - 1
	if s.Modern(openfire.MailModel) {
		major = openfire.AuthSince
	}
	out := f.Mail
	if !s.HasField(openfire.MailModel, "from_filter") {
		out.FromFilter = ""
	} else if out.FromFilter == "" {
		out.FromFilter = out.User
	}
	return withoutTokens(out.Members(major))
}

func incoming(s openfire.MailConfig, f tokenfile.File) []tokenfile.FieldSpec {
	major := openfire.TypeSince - 1
	if s.HasField(openfire.FetchModel, "server_type") {
		major = openfire.TypeSince
	}
	if s.Modern(openfire.FetchModel) {
		major = openfire.AuthSince
	}
	return withoutTokens(f.Fetch.Members(major))
}

func withoutTokens(ms []tokenfile.FieldSpec) []tokenfile.FieldSpec {
	return slices.DeleteFunc(ms, func(m tokenfile.FieldSpec) bool {
		return m.Omit && m.Empty() || slices.Contains(tokenFields, m.Key)
	})
}

var tokenFields = []string{"microsoft_outlook_refresh_token", "microsoft_outlook_access_token", "microsoft_outlook_access_token_expiration"}

// compare compares one record with what it is to be. The name that people gave
// it stays.
func compare(model string, have openfire.Server, want []tokenfile.FieldSpec, tokens tokenfile.Tokens, hand bool) Write {
	w := Write{Model: model, ID: have.ID()}
	for _, m := range want {
		switch {
		case m.Key == openfire.PasswordField(model):
			if have.Password || w.ID == 0 {
				w.Changes = append(w.Changes, Change{m.Key, have.Password, "", true})
			}
		case w.ID == 0:
			w.Changes = append(w.Changes, Change{m.Key, nil, m.Value, false})
		case m.Key != "name" && !equals(m, have.Record[m.Key]):
			w.Changes = append(w.Changes, Change{m.Key, have.Record[m.Key], m.Value, false})
		}
	}
	if w.ID != 0 && !have.Active() {
		w.Changes = append(w.Changes, Change{"active", false, true, false})
	}
	if hand {
		for _, m := range tokens.Members() {
			w.Changes = append(w.Changes, Change{m.Key, have.Connected, m.Value, true})
		}
	}
	return w
}

// equals compares a member with a value of Odoo's; empty text is false there.
func equals(m tokenfile.FieldSpec, v any) bool {
	switch want := m.Value.(type) {
	case *string:
		have, _ := v.(string)
		return have == *want
	case *int:
		number, _ := v.(json.Number)
		return number.String() == fmt.Sprint(*want)
	case *bool:
		return v == *want
	}
	return false
}

// odoo is a value as the API takes it.
func odoo(v any) any {
	switch v := v.(type) {
	case *string:
		return odoo(*v)
	case string:
		if v == "" {
			return false
		}
	case *secret.String:
		return odoo(v.Reveal())
	case secret.String:
		return odoo(v.Reveal())
	}
	return v
}

// Do makes one write and returns the record's number, 0 for a parameter.
func (w Write) Do(ctx context.Context, r *openfire.Client) (int, error) {
	if w.Model == openfire.ParamModel {
		for _, c := range w.Changes {
			value, _ := odoo(c.New).(string)
			if err := r.SetParam(ctx, c.Field, value); err != nil {
				return 0, err
			}
		}
		return 0, nil
	}
	values := map[string]any{}
	for _, c := range w.Changes {
		values[c.Field] = odoo(c.New)
	}
	if w.ID == 0 {
		return r.Create(ctx, w.Model, values)
	}
	return w.ID, r.Write(ctx, w.Model, w.ID, values)
}

// Fields are the names of what a plan changes, by model.
func (p Plan) Fields() []string {
	var names []string
	for _, w := range p.Writes {
		for _, c := range w.Changes {
			names = append(names, c.Field)
		}
	}
	return slices.Compact(slices.Sorted(maps.Keys(set(names))))
}

func set(names []string) map[string]bool {
	s := map[string]bool{}
	for _, n := range names {
		s[n] = true
	}
	return s
}
