package orm

import (
	"crypto/rand"
	"maps"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

// models returns the tables of this version, without records.
func (db *Database) models() map[string]*Table {
	tables := map[string]*Table{
		openfire.ParamModel: {label: "System Parameter", columns: map[string]column{
			"key":   {kind: "char", label: "Key", required: true},
			"value": {kind: "text", label: "Value", required: true},
		}},
		openfire.MailModel:  {label: "Mail Server", columns: db.outgoing(), check: db.checkOutgoing},
		openfire.FetchModel: {label: "Incoming Mail Server", columns: db.incoming(), check: db.checkIncoming},
		"mail.mail":         {label: "Outgoing Mails", columns: mailColumns, check: giveMessageID},
		templateModel: {label: "Email Templates", columns: map[string]column{
			"name": char.must(), "mail_server_id": {kind: "many2one", model: openfire.MailModel},
		}},
		"res.users": {label: "User", Public: true, columns: map[string]column{
			"login": char.must(), "name": char, "email": char, "share": boolean(false), "active": boolean(true),
		}},
		"ir.model": {label: "Models", Public: true, columns: map[string]column{
			"model": {kind: "char", required: true},
		}},
	}
	db.addCompanies(tables)
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
	"mail_server_id": {kind: "many2one", model: openfire.MailModel}, "auto_delete": boolean(false), "message_id": char,
	"state":          selection("outgoing", "outgoing", "sent", "received", "exception", "cancel"),
	"failure_reason": {kind: "text"},
}

const templateModel = "mail.template"

// giveMessageID sets the Message-Id of a new mail.mail.
func giveMessageID(_ int, r Row) error {
	if r["message_id"] == false {
		r["message_id"] = "<" + strings.ToLower(rand.Text()[:20]) + "-openerp-private@" + tenant.Database + ">"
	}
	return nil
}

var (
	char   = column{kind: "char"}
	hidden = column{kind: "char", private: true}
)

func integer(start int64) column { return column{kind: "integer", start: start} }

func boolean(start any) column { return column{kind: "boolean", start: start} }

func selection(start string, values ...string) column {
	return column{kind: "selection", selection: values, start: start}
}

func (c column) must() column {
	c.required = true
	return c
}

// options are the labels of the values of selections.
var options = map[string]string{
	"login": "Username", "certificate": "SSL Certificate", "cli": "Command Line Interface",
	"gmail": "Gmail OAuth Authentication", "outlook": "Outlook OAuth Authentication",
	"none": "None", "starttls": "TLS (STARTTLS)", "ssl": "SSL/TLS",
	"imap": "IMAP Server", "pop": "POP Server", "local": "Local Server", "draft": "Not Confirmed", "done": "Confirmed",
}

// option returns the label of a value of a selection.
func (db *Database) option(value string) string {
	if plain, strict := strings.CutSuffix(value, "_strict"); strict {
		return options[plain] + ", encryption and validation"
	}
	label := options[value]
	if db.Supports(openfire.StrictEncryption) && (value == "starttls" || value == "ssl") {
		label += ", encryption only"
	}
	return label
}

// mixin returns the columns of microsoft.outlook.mixin.
func (db *Database) mixin() map[string]column {
	columns := map[string]column{
		openfire.RefreshTokenField: hidden, openfire.AccessTokenField: hidden,
		openfire.ExpirationField: {kind: "integer", start: int64(0), private: true},
		"microsoft_outlook_uri":  {kind: "char", computed: true, private: true},
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
		"name":            {kind: "char", label: "Name", required: true},
		"smtp_host":       {kind: "char", label: "SMTP Server", required: db.Major < 17},
		"smtp_port":       {kind: "integer", label: "SMTP Port", start: int64(25), required: db.Major < 17},
		"smtp_encryption": selection("none", encryption...).must(), "smtp_user": hidden, "smtp_pass": hidden,
		"smtp_debug": boolean(false), "sequence": integer(10), "active": boolean(true),
	}
	if db.fields.Has(openfire.FromFilter) {
		methods := []string{"login", "certificate"} // before 16 without "outlook", even with the field
		if db.Major >= 17 {
			methods = append(methods, "cli")
		}
		if db.fields.Has(openfire.OutlookSelection) && db.State != NoModule {
			methods = append(methods, "gmail", "outlook")
		}
		columns["from_filter"] = char
		columns["smtp_authentication"] = selection("login", methods...).must()
	}
	if db.Supports(openfire.StrictEncryption) {
		columns["owner_user_id"] = column{kind: "many2one", model: "res.users"}
	}
	return columns
}

// incoming returns the columns of fetchmail.server.
func (db *Database) incoming() map[string]column {
	kinds, name := []string{"imap", "pop", "local"}, "server_type"
	if !db.fields.Has(openfire.ServerType) {
		name = "type"
	}
	if db.fields.Has(openfire.OutlookSelection) && db.State != NoModule {
		kinds = append(kinds, "gmail", "outlook")
	}
	return map[string]column{
		"name": char.must(), "active": boolean(true), "state": selection("draft", "draft", "done"),
		"server": char, "port": integer(0), name: selection("pop", kinds...).must(), "is_ssl": boolean(false),
		"user": char, "password": char, "attach": boolean(true), "original": boolean(false), "priority": integer(5),
	}
}
