// Package orm simulates the part of Odoo that the sandbox's base needs: the models
// for mail, in memory, with the fields, constraints and messages of each version.
// It does no network I/O.
package orm

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"maps"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// Options configure the base.
type Options struct {
	Odoo   string // "16.0"
	Fields int    // major version whose Outlook module was backported to this base; 0: its own
	State  State
	Now    func() time.Time
}

// State is the condition of a base.
type State string

// The states. The zero value is a base that works.
const (
	NoModule    State = "nomodule"    // without the Outlook module
	Copied      State = "copied"      // a copy, neutralized as OpenFire does it
	Neutralized State = "neutralized" // a copy, neutralized by "odoo-bin neutralize"
	NoSelection State = "noselection" // no database is selected by the host name
	Closed      State = "closed"      // the database accepts no connections
	Down        State = "down"        // PostgreSQL does not run
	Missing     State = "missing"     // the database does not exist
	Empty       State = "empty"       // the database is not one of Odoo
	OtherOdoo   State = "other"       // the database belongs to another version of Odoo
	Maintenance State = "maintenance" // the proxy before Odoo answers 502
)

// Database is the data of the base: the Odoo models for mail.
type Database struct {
	Options
	Major    int // 16
	features openfire.Features
	module   int               // the version whose Outlook module and fields it has
	fields   openfire.Features // of that version
	Tables   map[string]*Table
}

// NewDatabase creates the tables of a version.
func NewDatabase(o Options) *Database {
	db := &Database{Options: o, Major: openfire.Major(o.Odoo)}
	db.module = cmp.Or(o.Fields, db.Major)
	db.features, db.fields = openfire.FeaturesOf(db.Major), openfire.FeaturesOf(db.module)
	db.Tables = db.models()
	db.furnish()
	return db
}

// models returns the tables of this version, without records.
func (db *Database) models() map[string]*Table {
	tables := map[string]*Table{
		openfire.ParamModel: {label: "System Parameter", columns: map[string]column{
			"key":   {kind: "char", label: "Key", required: true},
			"value": {kind: "text", label: "Value", required: true},
		}},
		openfire.MailModel:  {label: "Mail Server", columns: db.outgoing(), check: db.checkOutgoing},
		openfire.FetchModel: {label: "Incoming Mail Server", columns: db.incoming(), check: checkIncoming},
		"mail.mail":         {label: "Outgoing Mails", columns: mailColumns, check: giveMessageID},
		"ir.model": {label: "Models", Public: true, columns: map[string]column{
			"model": {kind: "char", required: true},
		}},
	}
	for name, t := range tables {
		t.db, t.Name, t.Rows = db, name, map[int]Row{}
	}
	if db.State != NoModule {
		maps.Copy(tables[openfire.MailModel].columns, db.mixin())
		maps.Copy(tables[openfire.FetchModel].columns, db.mixin())
	}
	return tables
}

var mailColumns = map[string]column{
	"subject": char, "body_html": {kind: "text"}, "email_from": char, "email_to": {kind: "text"},
	"mail_server_id": {kind: "many2one"}, "auto_delete": boolean(false), "message_id": char,
	"state":          selection("outgoing", "outgoing", "sent", "received", "exception", "cancel"),
	"failure_reason": {kind: "text"},
}

// giveMessageID sets the Message-Id of a new mail.mail.
func giveMessageID(r Row) error {
	if r["message_id"] == false {
		r["message_id"] = "<" + strings.ToLower(rand.Text()[:20]) + "-openerp-private@" + tenant.Database + ">"
	}
	return nil
}

var char = column{kind: "char"}

func integer(start int64) column { return column{kind: "integer", start: start} }

func boolean(start any) column { return column{kind: "boolean", start: start} }

func selection(start string, values ...string) column {
	return column{kind: "selection", selection: values, start: start}
}

func (c column) must() column {
	c.required = true
	return c
}

// mixin returns the columns of microsoft.outlook.mixin.
func (db *Database) mixin() map[string]column {
	columns := map[string]column{
		openfire.RefreshTokenField: char, openfire.AccessTokenField: char, openfire.ExpirationField: integer(0),
		"microsoft_outlook_uri": {kind: "char", computed: true},
	}
	if !db.fields.Has(openfire.OutlookSelection) {
		columns["use_microsoft_outlook_service"] = column{kind: "boolean", label: "Outlook Authentication", start: false}
	}
	return columns
}

// outgoing returns the columns of ir.mail_server.
func (db *Database) outgoing() map[string]column {
	encryption := []string{"none", "starttls", "ssl"}
	if db.Supports(openfire.StrictEncryption) {
		encryption = []string{"none", "starttls_strict", "starttls", "ssl_strict", "ssl"}
	}
	columns := map[string]column{
		"name":      {kind: "char", label: "Name", required: true},
		"smtp_host": {kind: "char", required: db.Major < 16}, "smtp_port": integer(25).must(),
		"smtp_encryption": selection("none", encryption...).must(), "smtp_user": char, "smtp_pass": char,
		"smtp_debug": boolean(false), "sequence": integer(10), "active": boolean(true),
	}
	if db.fields.Has(openfire.FromFilter) {
		methods := []string{"login", "certificate", "cli"} // before 16 without "outlook", even with the field
		if db.fields.Has(openfire.OutlookSelection) && db.State != NoModule {
			methods = append(methods, "outlook")
		}
		columns["from_filter"] = char
		columns["smtp_authentication"] = selection("login", methods...).must()
	}
	return columns
}

// incoming returns the columns of fetchmail.server.
func (db *Database) incoming() map[string]column {
	kinds, name := []string{"pop", "imap", "local"}, "server_type"
	if !db.fields.Has(openfire.ServerType) {
		name = "type"
	}
	if db.fields.Has(openfire.OutlookSelection) && db.State != NoModule {
		kinds = append(kinds, "outlook")
	}
	return map[string]column{
		"name": char.must(), "active": boolean(true), "state": selection("draft", "draft", "done"),
		"server": char, "port": integer(0), name: selection("pop", kinds...).must(), "is_ssl": boolean(false),
		"user": char, "password": char, "attach": boolean(true), "original": boolean(false), "priority": integer(5),
	}
}

// furnish creates the records of a base that is not yet connected. A copy is
// neutralized as OpenFire does it (of_base, of_sanitize_query.xml).
func (db *Database) furnish() {
	add := func(model string, values map[string]any) { _, _ = db.Tables[model].Put(0, values) }
	add(openfire.ParamModel, map[string]any{"key": "web.base.url", "value": tenant.Base})
	add(openfire.ParamModel, map[string]any{"key": "mail.bounce.alias", "value": "bounce"})
	for name := range db.Tables {
		add("ir.model", map[string]any{"model": name})
	}
	if db.State == Copied {
		add(openfire.MailModel, map[string]any{"name": "Office 365", "smtp_host": "none", "smtp_port": json.Number("55555")})
	}
}

// Supports reports whether this version of Odoo has a feature. For features of the
// Outlook module use db.fields.
func (db *Database) Supports(f openfire.Features) bool { return db.features.Has(f) }

// VersionInfo returns the answer of /web/webclient/version_info.
func (db *Database) VersionInfo() map[string]any {
	return map[string]any{"server_version": db.Odoo, "server_version_info": []any{db.Major, 0, 0, "final", 0, ""},
		"server_serie": db.Odoo, "protocol_version": 1}
}

// param returns the id of a system parameter, or 0 if it does not exist.
func (db *Database) param(key string) int {
	for id, r := range db.Tables[openfire.ParamModel].Rows {
		if r["key"] == key {
			return id
		}
	}
	return 0
}

// Param returns a system parameter, or "" if it does not exist.
func (db *Database) Param(key string) string {
	return Text(db.Tables[openfire.ParamModel].Rows[db.param(key)]["value"])
}

// Text returns the value of a char field, "" for false.
func Text(v any) string {
	t, _ := v.(string)
	return t
}

// SetParam is set_param of ir.config_parameter: an empty value deletes the key.
func (db *Database) SetParam(key string, value any) (any, error) {
	t, id := db.Tables[openfire.ParamModel], db.param(key)
	if value == nil || value == false || value == "" {
		delete(t.Rows, id)
		return true, nil
	}
	_, err := t.Put(id, map[string]any{"key": key, "value": value})
	return true, err
}

// IsOutlook reports whether a mail server's record uses Outlook OAuth.
func IsOutlook(r Row) bool {
	return r["use_microsoft_outlook_service"] == true || r["smtp_authentication"] == "outlook" ||
		r["server_type"] == "outlook"
}

const passwordNotEmpty = "Please leave the password field empty for Outlook mail server '%s'." +
	" The OAuth process does not require it"

// checkOutgoing is the constraint in ir_mail_server.py of microsoft_outlook.
func (db *Database) checkOutgoing(r Row) error {
	switch {
	case !IsOutlook(r):
	case r["smtp_pass"] != false:
		return UserError(passwordNotEmpty, Text(r["name"]))
	case r["smtp_encryption"] != "starttls":
		return UserError("Incorrect Connection Security for Outlook mail server '%s'."+
			" Please set it to \"TLS (STARTTLS)\".", Text(r["name"]))
	case r["smtp_user"] == false && db.module >= 14:
		return UserError("Please fill the \"Username\" field with your Outlook/Office365 username (your email address)." +
			" This should be the same account as the one used for the Outlook OAuthentication Token.")
	}
	return nil
}

// checkIncoming is the constraint of fetchmail_outlook, part of microsoft_outlook
// since 16.
func checkIncoming(r Row) error {
	switch {
	case !IsOutlook(r):
	case r["is_ssl"] != true:
		return UserError("SSL is required for server '%s'.", Text(r["name"]))
	case r["password"] != false:
		return UserError(passwordNotEmpty, Text(r["name"]))
	}
	return nil
}
