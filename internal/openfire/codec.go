package openfire

import (
	"encoding/json"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/guard"
)

// The versions of Odoo in which the fields of the two models changed
// (Odoo's addons microsoft_outlook, fetchmail_outlook, fetchmail).
const (
	authSince   = 16 // smtp_authentication and server_type "outlook"; a boolean before
	filterSince = 15 // ir.mail_server.from_filter
	typeSince   = 13 // fetchmail.server.server_type; "type" before
)

// member is one key of a block and the field behind it. The same list reads
// and writes, so that neither knows a key the other does not.
type member struct {
	key   string
	value any  // *string, *int, *int64, *bool, *guard.Secret, *time.Time or *[]string
	omit  bool // is left out while it is empty
}

// members lists the blocks of the file in the order in which they are written.
func (f *File) members() []struct {
	block   string
	members []member
} {
	blocks := []struct {
		block   string
		members []member
	}{
		{"azure", f.Azure.members()},
		{"ir.config_parameter", []member{
			{"microsoft_outlook_client_id", &f.Client.ID, true},
			{"microsoft_outlook_client_secret", &f.Client.Secret, true},
			{"microsoft_outlook.endpoint", &f.Client.Endpoint, true},
		}},
		{"ir.mail_server", f.Mail.members(f.Major())},
	}
	if f.Fetch != nil {
		blocks = append(blocks, struct {
			block   string
			members []member
		}{"fetchmail.server", f.Fetch.members(f.Major())})
	}
	return blocks
}

func (a *Azure) members() []member {
	return []member{
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

// members of an ir.mail_server; nothing is written before the mailbox is known.
func (o *Outgoing) members(odoo int) []member {
	blank := o.User == ""
	ms := []member{
		{"name", &o.Name, blank},
		{"smtp_host", &o.Host, blank},
		{"smtp_port", &o.Port, true},
		{"smtp_encryption", &o.Encryption, blank},
		{"smtp_user", &o.User, blank},
		{"smtp_pass", &o.Password, blank},
		service(odoo, "smtp_authentication", blank),
		{"from_filter", &o.FromFilter, true},
	}
	return append(ms, o.Tokens.members()...)
}

func (i *Incoming) members(odoo int) []member {
	on, imap := true, "imap"
	ms := []member{{"name", &i.Name, false}, {"server", &i.Server, false}, {"port", &i.Port, true}, {"is_ssl", &on, false}}
	switch {
	case odoo >= authSince:
		ms = append(ms, service(odoo, "server_type", false))
	case odoo >= typeSince:
		ms = append(ms, member{"server_type", &imap, false}, service(odoo, "", false))
	default:
		ms = append(ms, member{"type", &imap, false}, service(odoo, "", false))
	}
	ms = append(ms, member{"user", &i.User, false}, member{"password", &i.Password, false})
	return append(ms, i.Tokens.members()...)
}

// service is the switch that makes a server an Outlook one.
func service(odoo int, key string, omit bool) member {
	outlook, on := "outlook", true
	if odoo >= authSince {
		if omit {
			outlook = ""
		}
		return member{key, &outlook, omit}
	}
	on = !omit
	return member{"use_microsoft_outlook_service", &on, omit}
}

func (t *Tokens) members() []member {
	return []member{
		{"microsoft_outlook_refresh_token", &t.Refresh, true},
		{"microsoft_outlook_access_token", &t.Access, true},
		{"microsoft_outlook_access_token_expiration", &t.Expiration, true},
	}
}

// empty reports a value that says nothing.
func (m member) empty() bool {
	switch v := m.value.(type) {
	case *string:
		return *v == ""
	case *int:
		return *v == 0
	case *int64:
		return *v == 0
	case *guard.Secret:
		return v.Empty()
	case *time.Time:
		return v.IsZero()
	case *[]string:
		return len(*v) == 0
	}
	on, is := m.value.(*bool)
	return is && !*on
}

// plain is the value as it is written.
func (m member) plain() any {
	switch v := m.value.(type) {
	case *guard.Secret:
		return v.Reveal()
	case *time.Time:
		return v.UTC().Format(time.RFC3339)
	}
	return m.value
}

// set reads the value from its JSON text; a wrong type is said by its name.
func (m member) set(raw json.RawMessage) (wanted string) {
	var text string
	isText := len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &text) == nil
	switch v := m.value.(type) {
	case *string:
		if *v = text; !isText {
			return "a string"
		}
	case *guard.Secret:
		if *v = guard.NewSecret(text); !isText {
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
