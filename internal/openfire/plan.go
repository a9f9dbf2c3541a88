package openfire

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/openfire-fr/openfire-o365/internal/guard"
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
func (s Survey) NeedsTokens(f File) bool {
	server, found := s.Ours(f.Mailbox())
	if !found || !server.Connected || s.Params[paramClientID] != f.Client.ID || s.Major() < RotatesSince {
		return true
	}
	fetch, found := s.Fetching(f.Mailbox())
	return f.Fetch != nil && (!found || !fetch.Connected)
}

// Plan compares the base with the file; tokens says whether they are handed
// over, all of them.
func (s Survey) Plan(f File, tokens bool) Plan {
	plan := Plan{Tokens: tokens}
	add := func(w Write) {
		if len(w.Changes) > 0 {
			plan.Writes = append(plan.Writes, w)
		}
	}
	server, _ := s.Ours(f.Mailbox())
	add(s.server(mailModel, server, s.outgoing(f), f.Mail.Tokens, tokens))
	if f.Fetch != nil {
		fetch, _ := s.Fetching(f.Mailbox())
		add(s.server(fetchModel, fetch, s.incoming(f), f.Fetch.Tokens, tokens))
	}
	if !s.secret {
		add(Write{Model: paramModel, Changes: []Change{{paramSecret, nil, f.Client.Secret, true}}})
	}
	for _, p := range []struct{ key, value string }{{paramEndpoint, f.Client.Endpoint}, {paramClientID, f.Client.ID}} {
		if old := s.Params[p.key]; old != p.value && p.value != "" {
			add(Write{Model: paramModel, Changes: []Change{{p.key, old, p.value, false}}})
		}
	}
	return plan
}

// outgoing are the values of the file's server, under the names this base has.
func (s Survey) outgoing(f File) []member {
	major := authSince - 1
	if s.modern(mailModel) {
		major = authSince
	}
	out := f.Mail
	if !s.has(mailModel, "from_filter") {
		out.FromFilter = ""
	} else if out.FromFilter == "" {
		out.FromFilter = out.User
	}
	return withoutTokens(out.members(major))
}

func (s Survey) incoming(f File) []member {
	major := typeSince - 1
	if s.has(fetchModel, "server_type") {
		major = typeSince
	}
	if s.modern(fetchModel) {
		major = authSince
	}
	return withoutTokens(f.Fetch.members(major))
}

func withoutTokens(ms []member) []member {
	return slices.DeleteFunc(ms, func(m member) bool {
		return m.omit && m.empty() || slices.Contains(tokenFields, m.key)
	})
}

var tokenFields = []string{"microsoft_outlook_refresh_token", "microsoft_outlook_access_token", "microsoft_outlook_access_token_expiration"}

// server compares one record with what it is to be. The name that people gave
// it stays.
func (s Survey) server(model string, have Server, want []member, tokens Tokens, hand bool) Write {
	w := Write{Model: model, ID: have.ID()}
	for _, m := range want {
		switch {
		case m.key == passwordField(model):
			if have.Password || w.ID == 0 {
				w.Changes = append(w.Changes, Change{m.key, have.Password, "", true})
			}
		case w.ID == 0:
			w.Changes = append(w.Changes, Change{m.key, nil, m.value, false})
		case m.key != "name" && !m.equals(have.Record[m.key]):
			w.Changes = append(w.Changes, Change{m.key, have.Record[m.key], m.value, false})
		}
	}
	if w.ID != 0 && !have.Active() {
		w.Changes = append(w.Changes, Change{"active", false, true, false})
	}
	if hand {
		for _, m := range tokens.members() {
			w.Changes = append(w.Changes, Change{m.key, have.Connected, m.value, true})
		}
	}
	return w
}

// equals compares a member with a value of Odoo's; empty text is false there.
func (m member) equals(v any) bool {
	switch want := m.value.(type) {
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
	case *guard.Secret:
		return odoo(v.Reveal())
	case guard.Secret:
		return odoo(v.Reveal())
	}
	return v
}

// Do makes one write and returns the record's number, 0 for a parameter.
func (r *Remote) Do(ctx context.Context, w Write) (int, error) {
	if w.Model == paramModel {
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
