package base

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"strings"
)

// models are the few of Odoo that mail needs, as of this version.
func (s *Server) models() map[string]*table {
	tables := map[string]*table{
		"ir.config_parameter": {label: "System Parameter", fields: map[string]field{
			"key": {kind: "char", label: "Key", required: true}, "value": {kind: "text", label: "Value", required: true}}},
		"ir.mail_server":   {label: "Mail Server", fields: s.outgoing(), check: s.checkOutgoing},
		"fetchmail.server": {label: "Incoming Mail Server", fields: s.incoming(), check: s.checkIncoming},
		"mail.mail": {label: "Outgoing Mails", fields: map[string]field{
			"subject": {kind: "char"}, "body_html": {kind: "text"}, "email_from": {kind: "char"}, "email_to": {kind: "text"},
			"mail_server_id": {kind: "many2one"}, "auto_delete": {kind: "boolean", start: false}, "message_id": {kind: "char"},
			"state": {kind: "selection", selection: []string{"outgoing", "sent", "received", "exception", "cancel"}, start: "outgoing"}, "failure_reason": {kind: "text"}},
			check: func(r row) error {
				if r["message_id"] == false {
					r["message_id"] = "<" + strings.ToLower(rand.Text()[:20]) + "-openerp-private@" + s.DB + ">"
				}
				return nil
			}},
		"ir.model": {label: "Models", fields: map[string]field{"model": {kind: "char", required: true}}, open: true},
	}
	for name, t := range tables {
		t.name, t.rows = name, map[int]row{}
	}
	if !s.NoModule {
		for _, name := range []string{"ir.mail_server", "fetchmail.server"} {
			t := tables[name]
			maps.Copy(t.fields, s.mixin())
			t.compute = func(id int, r row) { r["microsoft_outlook_uri"] = s.address(t, id) }
		}
	}
	return tables
}

// mixin is microsoft.outlook.mixin.
func (s *Server) mixin() map[string]field {
	fields := map[string]field{
		"microsoft_outlook_refresh_token": {kind: "char"}, "microsoft_outlook_access_token": {kind: "char"},
		"microsoft_outlook_access_token_expiration": {kind: "integer"}, "microsoft_outlook_uri": {kind: "char", computed: true},
	}
	if s.fields() < 16 {
		fields["use_microsoft_outlook_service"] = field{kind: "boolean", label: "Outlook Authentication", start: false}
	}
	return fields
}

func (s *Server) outgoing() map[string]field {
	encryption := []string{"none", "starttls", "ssl"}
	if s.odoo() >= 19 {
		encryption = []string{"none", "starttls_strict", "starttls", "ssl_strict", "ssl"}
	}
	fields := map[string]field{
		"name": {kind: "char", label: "Name", required: true}, "smtp_host": {kind: "char", required: s.odoo() < 16}, "smtp_port": {kind: "integer", required: true, start: int64(25)},
		"smtp_encryption": {kind: "selection", selection: encryption, required: true, start: "none"}, "smtp_user": {kind: "char"}, "smtp_pass": {kind: "char"},
		"smtp_debug": {kind: "boolean", start: false}, "sequence": {kind: "integer", start: int64(10)}, "active": {kind: "boolean", start: true},
	}
	if s.fields() >= 15 {
		methods := []string{"login", "certificate", "cli"} // without "outlook" until 16: the field alone says nothing
		if s.fields() >= 16 && !s.NoModule {
			methods = append(methods, "outlook")
		}
		fields["from_filter"] = field{kind: "char"}
		fields["smtp_authentication"] = field{kind: "selection", selection: methods, required: true, start: "login"}
	}
	return fields
}

func (s *Server) incoming() map[string]field {
	kinds, name := []string{"pop", "imap", "local"}, "server_type"
	if s.fields() < 13 {
		name = "type"
	}
	if s.fields() >= 16 && !s.NoModule {
		kinds = append(kinds, "outlook")
	}
	return map[string]field{
		"name": {kind: "char", required: true}, "active": {kind: "boolean", start: true}, "state": {kind: "selection", selection: []string{"draft", "done"}, start: "draft"},
		"server": {kind: "char"}, "port": {kind: "integer"}, name: {kind: "selection", selection: kinds, required: true, start: "pop"}, "is_ssl": {kind: "boolean", start: false},
		"user": {kind: "char"}, "password": {kind: "char"}, "attach": {kind: "boolean", start: true}, "original": {kind: "boolean", start: false}, "priority": {kind: "integer", start: int64(5)},
	}
}

// furnish puts in what a base has before anybody connects it; a copy of
// another is disarmed as OpenFire does it (of_base, of_sanitize_query.xml).
func (s *Server) furnish() {
	add := func(model string, values map[string]any) { _, _ = s.tables[model].put(s, 0, values) }
	add("ir.config_parameter", map[string]any{"key": "web.base.url", "value": s.URL})
	add("ir.config_parameter", map[string]any{"key": "mail.bounce.alias", "value": "bounce"})
	for name := range s.tables {
		add("ir.model", map[string]any{"model": name})
	}
	if s.Copied {
		add("ir.mail_server", map[string]any{"name": "Office 365", "smtp_host": "none", "smtp_port": json.Number("55555")})
	}
}

// param is a system parameter, "" when there is none.
func (s *Server) param(key string) string {
	for _, r := range s.tables["ir.config_parameter"].rows {
		if r["key"] == key {
			return text(r["value"])
		}
	}
	return ""
}

// text is a char field's value.
func text(v any) string {
	t, _ := v.(string)
	return t
}
