package tokenfile

import (
	"encoding/json"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// FieldSpec is one key of a block and the field behind it. The same list reads
// and writes, so that neither knows a key the other does not.
type FieldSpec struct {
	Key   string
	Value any  // *string, *int, *int64, *bool, *guard.Secret, *time.Time or *[]string
	Omit  bool // is left out while it is empty
}

// Members lists the blocks of the file in the order in which they are written.
func (f *File) Members() []struct {
	Block   string
	Members []FieldSpec
} {
	blocks := []struct {
		Block   string
		Members []FieldSpec
	}{
		{"azure", f.Azure.members()},
		{"ir.config_parameter", []FieldSpec{
			{"microsoft_outlook_client_id", &f.Client.ID, true},
			{"microsoft_outlook_client_secret", &f.Client.Secret, true},
			{"microsoft_outlook.endpoint", &f.Client.Endpoint, true},
		}},
		{"ir.mail_server", f.Mail.Members(f.Major())},
	}
	if f.Fetch != nil {
		blocks = append(blocks, struct {
			Block   string
			Members []FieldSpec
		}{"fetchmail.server", f.Fetch.Members(f.Major())})
	}
	return blocks
}

func (a *Azure) members() []FieldSpec {
	return []FieldSpec{
		{"tenant_id", &a.TenantID, true},
		{"application_object_id", &a.ApplicationObjectID, true},
		{"service_principal_id", &a.ServicePrincipalID, true},
		{"secret_key_id", &a.SecretKeyID, true},
		{"retired_secret_key_ids", &a.RetiredKeyIDs, true},
		{"redirect_uri", &a.RedirectURI, true},
		{"loopback", &a.Loopback, false},
		{"client_secret_expires", &a.SecretExpires, true},
		{"signed_in_as", &a.SignedInAs, true},
		{"signed_in_oid", &a.SignedInOID, true},
		{"refresh_token_issued", &a.RefreshIssued, true},
		{"base_refresh_token_issued", &a.BaseRefreshIssued, true},
		{"created", &a.Created, true},
	}
}

// Members of an ir.mail_server; nothing is written before the mailbox is known.
func (o *Outgoing) Members(odoo int) []FieldSpec {
	blank := o.User == ""
	ms := []FieldSpec{
		{"name", &o.Name, blank},
		{"smtp_host", &o.Host, blank},
		{"smtp_port", &o.Port, true},
		{"smtp_encryption", &o.Encryption, blank},
		{"smtp_user", &o.User, blank},
		{"smtp_pass", &o.Password, blank},
		service(odoo, "smtp_authentication", blank),
		{"from_filter", &o.FromFilter, true},
	}
	return append(ms, o.Tokens.Members()...)
}

func (i *Incoming) Members(odoo int) []FieldSpec {
	on, imap := true, "imap"
	ms := []FieldSpec{{"name", &i.Name, false}, {"server", &i.Server, false}, {"port", &i.Port, true}, {"is_ssl", &on, false}}
	switch {
	case odoo >= openfire.AuthSince:
		ms = append(ms, service(odoo, "server_type", false))
	case odoo >= openfire.TypeSince:
		ms = append(ms, FieldSpec{"server_type", &imap, false}, service(odoo, "", false))
	default:
		ms = append(ms, FieldSpec{"type", &imap, false}, service(odoo, "", false))
	}
	ms = append(ms, FieldSpec{"user", &i.User, false}, FieldSpec{"password", &i.Password, false})
	return append(ms, i.Tokens.Members()...)
}

// service is the switch that makes a server an Outlook one.
func service(odoo int, key string, omit bool) FieldSpec {
	outlook, on := "outlook", true
	if odoo >= openfire.AuthSince {
		if omit {
			outlook = ""
		}
		return FieldSpec{key, &outlook, omit}
	}
	on = !omit
	return FieldSpec{"use_microsoft_outlook_service", &on, omit}
}

func (t *Tokens) Members() []FieldSpec {
	return []FieldSpec{
		{"microsoft_outlook_refresh_token", &t.Refresh, true},
		{"microsoft_outlook_access_token", &t.Access, true},
		{"microsoft_outlook_access_token_expiration", &t.Expiration, true},
	}
}

// Empty reports a value that says nothing.
func (m FieldSpec) Empty() bool {
	switch v := m.Value.(type) {
	case *string:
		return *v == ""
	case *int:
		return *v == 0
	case *int64:
		return *v == 0
	case *secret.String:
		return v.Empty()
	case *time.Time:
		return v.IsZero()
	case *[]string:
		return len(*v) == 0
	}
	on, is := m.Value.(*bool)
	return is && !*on
}

// Plain is the value as it is written.
func (m FieldSpec) Plain() any {
	switch v := m.Value.(type) {
	case *secret.String:
		return v.Reveal()
	case *time.Time:
		return v.UTC().Format(time.RFC3339)
	}
	return m.Value
}

// set reads the value from its JSON text; a wrong type is said by its name.
func (m FieldSpec) set(raw json.RawMessage) (wanted string) {
	var text string
	isText := len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &text) == nil
	switch v := m.Value.(type) {
	case *string:
		if *v = text; !isText {
			return "a string"
		}
	case *secret.String:
		if *v = secret.New(text); !isText {
			return "a string"
		}
	case *time.Time:
		when, err := time.Parse(time.RFC3339, text)
		if *v = when; !isText || err != nil {
			return "a time such as 2026-11-23T18:00:00Z"
		}
	case *[]string:
		if string(raw) == "null" || json.Unmarshal(raw, v) != nil {
			return "a list of strings"
		}
	case *bool:
		if string(raw) == "null" || json.Unmarshal(raw, v) != nil {
			return "true or false"
		}
	default: // *int, *int64
		if string(raw) == "null" || json.Unmarshal(raw, v) != nil {
			return "a whole number"
		}
	}
	return ""
}
