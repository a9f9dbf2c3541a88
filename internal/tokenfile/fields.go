package tokenfile

import (
	"encoding/json"
	"net/url"
	"reflect"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/openfire/input"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// Field is one key of an object of the file. The same table is used to read and to
// write the file, so both know the same keys.
type Field struct {
	Key   string
	Value any // string, secret.String, int, int64, bool, time.Time or []string

	always bool // write the key even if the value is empty
	read   func(json.RawMessage) (wanted i18n.Text)
}

// Empty reports whether the value is the zero value.
func (f Field) Empty() bool {
	switch v := f.Value.(type) {
	case time.Time:
		return v.IsZero()
	case []string:
		return len(v) == 0
	}
	return reflect.ValueOf(f.Value).IsZero()
}

// Written reports whether the key is written to the file. Most keys are omitted if
// they are empty.
func (f Field) Written() bool { return f.always || !f.Empty() }

// JSON returns the value in its encoded form.
func (f Field) JSON() any {
	switch v := f.Value.(type) {
	case secret.String:
		return v.Reveal()
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	}
	return f.Value
}

// Section is one object of the file: an Odoo model, or "azure".
type Section struct {
	Name   string
	Fields []Field
}

// Sections returns the objects of the file in the order in which they are written.
func (f *File) Sections() []Section {
	base := f.Features()
	sections := []Section{
		{"azure", f.Azure.fields()},
		{openfire.ParamModel, f.Client.fields()},
		{openfire.MailModel, append(f.Mail.Fields(base), f.Mail.Tokens.Fields()...)},
	}
	if f.Fetch != nil {
		fields := append(f.Fetch.Fields(base), f.Fetch.Tokens.Fields()...)
		sections = append(sections, Section{openfire.FetchModel, fields})
	}
	return sections
}

func (a *Azure) fields() []Field {
	loopback := boolean("loopback", &a.Loopback)
	loopback.always = true
	return []Field{
		text("tenant_id", &a.TenantID),
		guid("application_object_id", &a.ApplicationObjectID),
		guid("service_principal_id", &a.ServicePrincipalID),
		guid("secret_key_id", &a.SecretKeyID),
		list("retired_secret_key_ids", &a.RetiredKeyIDs),
		address("redirect_uri", &a.RedirectURI),
		loopback,
		date("client_secret_expires", &a.SecretExpires),
		mailbox("mailbox", &a.Mailbox),
		text("signed_in_as", &a.SignedInAs),
		text("signed_in_oid", &a.SignedInOID),
		timestamp("refresh_token_issued", &a.RefreshIssued),
		timestamp("base_refresh_token_issued", &a.BaseRefreshIssued),
		list("created", &a.Created),
	}
}

func (c *Client) fields() []Field {
	return []Field{
		guid(openfire.ParamClientID, &c.ID),
		confidential(openfire.ParamSecret, &c.Secret),
		address(openfire.ParamEndpoint, &c.Endpoint),
	}
}

// Fields returns all fields except the tokens, under the names that a base with
// these features uses. Nothing is written before the mailbox is known.
func (o *Outgoing) Fields(base openfire.Features) []Field {
	fields := []Field{
		text("name", &o.Name),
		text("smtp_host", &o.Host),
		port("smtp_port", &o.Port),
		text("smtp_encryption", &o.Encryption),
		mailbox("smtp_user", &o.User),
		text("smtp_pass", &o.Password),
		outlookSwitch(base, "smtp_authentication", o.User != ""),
	}
	for i := range fields {
		fields[i].always = o.User != "" && fields[i].Key != "smtp_port"
	}
	return append(fields, text("from_filter", &o.FromFilter))
}

// Fields returns all fields except the tokens, under the names that a base with
// these features uses.
func (i *Incoming) Fields(base openfire.Features) []Field {
	fields := []Field{text("name", &i.Name), text("server", &i.Server), port("port", &i.Port), constant("is_ssl", true)}
	switch {
	case base.Has(openfire.OutlookSelection):
	case base.Has(openfire.ServerType):
		fields = append(fields, constant("server_type", "imap"))
	default:
		fields = append(fields, constant("type", "imap"))
	}
	fields = append(fields, outlookSwitch(base, "server_type", true),
		mailbox("user", &i.User), text("password", &i.Password))
	for n := range fields {
		fields[n].always = fields[n].Key != "port"
	}
	return fields
}

// outlookSwitch returns the field that makes a server an Outlook server.
func outlookSwitch(base openfire.Features, selection string, on bool) Field {
	switch {
	case !base.Has(openfire.OutlookSelection):
		return constant("use_microsoft_outlook_service", on)
	case !on:
		return constant(selection, "")
	}
	return constant(selection, "outlook")
}

// Fields returns the fields of microsoft.outlook.mixin.
func (t *Tokens) Fields() []Field {
	return []Field{
		confidential("microsoft_outlook_refresh_token", &t.Refresh),
		confidential("microsoft_outlook_access_token", &t.Access),
		seconds("microsoft_outlook_access_token_expiration", &t.Expiration),
	}
}

// value returns a field that reads a JSON value of exactly the type of *p. null is
// read as a missing value.
func value[T any](key string, p *T, wanted i18n.Text) Field {
	return Field{Key: key, Value: *p, read: func(raw json.RawMessage) i18n.Text {
		if string(raw) == "null" || json.Unmarshal(raw, p) != nil {
			return wanted
		}
		return i18n.Text{}
	}}
}

// check adds a condition that a value must meet when it is read.
func (f Field) check(wanted i18n.Text, valid func() bool) Field {
	read := f.read
	f.read = func(raw json.RawMessage) i18n.Text {
		if other := read(raw); !other.IsZero() || valid() {
			return other
		}
		return wanted
	}
	return f
}

func text(key string, p *string) Field { return value(key, p, i18n.T("a string")) }

// guid returns the field of an identifier at Microsoft, which may be empty.
func guid(key string, p *string) Field {
	return text(key, p).check(i18n.T("an identifier (8-4-4-4-12 digits and letters from a to f)"),
		func() bool { return *p == "" || azure.IsGUID(*p) })
}

func boolean(key string, p *bool) Field { return value(key, p, i18n.T("true or false")) }

// constant returns a field that is always written with the value v and accepts any
// value when it is read.
func constant(key string, v any) Field {
	f := boolean(key, new(bool))
	if _, is := v.(string); is {
		f = text(key, new(string))
	}
	f.Value = v
	return f
}

func list(key string, p *[]string) Field { return value(key, p, i18n.T("a list of strings")) }

func port(key string, p *int) Field {
	return value(key, p, i18n.T("a whole number")).
		check(i18n.T("a port from 1 to 65535"), func() bool { return *p >= 1 && *p <= 65535 })
}

// seconds returns a field for a Unix time in seconds up to the year 9999. A larger
// number is an error: it is in milliseconds.
func seconds(key string, p *int64) Field {
	return value(key, p, i18n.T("a whole number")).
		check(i18n.T("a time in Unix seconds, such as 1795462000,"),
			func() bool { return *p >= 0 && *p <= 253402300799 })
}

func confidential(key string, p *secret.String) Field {
	var s string
	f := text(key, &s).check(i18n.Text{}, func() bool { *p = secret.New(s); return true })
	f.Value = *p
	return f
}

func timestamp(key string, p *time.Time) Field {
	var s string
	wanted := i18n.T("a time such as 2026-11-23T18:00:00Z")
	f := value(key, &s, wanted).check(wanted, func() bool {
		t, err := time.Parse(time.RFC3339, s)
		*p = t
		return err == nil
	})
	f.Value = *p
	return f
}

func date(key string, p *string) Field {
	return text(key, p).check(i18n.T("a date such as 2028-11-22"), func() bool {
		_, err := time.Parse(time.DateOnly, *p)
		return *p == "" || err == nil
	})
}

func address(key string, p *string) Field {
	return text(key, p).check(i18n.T("a web address: https://…"), func() bool {
		u, err := url.Parse(*p)
		return *p == "" || err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
	})
}

func mailbox(key string, p *string) Field {
	return text(key, p).check(i18n.T("an email address"), func() bool {
		_, err := input.ParseMailbox(*p)
		return *p == "" || err == nil
	})
}
