// Package orm simulates the part of Odoo that the sandbox's base needs: the models
// for mail, in memory, with the fields, constraints and messages of each version.
// It does no network I/O.
package orm

import (
	"cmp"
	"encoding/json"
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

// furnish creates the records of a base that is not yet connected. A copy is
// neutralized as OpenFire (of_base, of_sanitize_query.xml; not measured) or Odoo
// (base/data/neutralize.sql) does it.
func (db *Database) furnish() {
	add := func(model string, values map[string]any) { _, _ = db.Tables[model].Put(0, values) }
	add(openfire.ParamModel, map[string]any{"key": "web.base.url", "value": tenant.Base})
	add(openfire.ParamModel, map[string]any{"key": "mail.bounce.alias", "value": "bounce"})
	for name := range db.Tables {
		add("ir.model", map[string]any{"model": name})
	}
	add(companyModel, map[string]any{"name": tenant.Name})
	if db.State == Copied {
		add(openfire.MailModel, map[string]any{"name": "Office 365", "smtp_host": "none", "smtp_port": json.Number("55555")})
	}
	if db.State == Neutralized {
		add(openfire.ParamModel, map[string]any{"key": "database.is_neutralized", "value": "true"})
		add(openfire.MailModel, map[string]any{"name": "neutralization - disable emails", "smtp_host": "invalid",
			"smtp_port": json.Number("1025"), "smtp_encryption": "none"})
	}
}

// Supports reports whether this version of Odoo has a feature. For features of the
// Outlook module use db.fields.
func (db *Database) Supports(f openfire.Features) bool { return db.features.Has(f) }

// VersionInfo returns the answer of /web/webclient/version_info.
func (db *Database) VersionInfo() map[string]any {
	build := map[int]string{16: "-20230301", 17: "-20240709", 18: "+e-20250520", 19: "+e-20251227"}[db.Major]
	return map[string]any{"server_version": db.Odoo + build, "server_version_info": []any{db.Major, 0, 0, "final", 0, ""},
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

// SetParam is set_param of ir.config_parameter: an empty value deletes the key. It
// returns the old value, false without one.
func (db *Database) SetParam(key string, value any) (any, error) {
	t, id := db.Tables[openfire.ParamModel], db.param(key)
	var old any = false
	if id != 0 {
		old = t.Rows[id]["value"]
	}
	if value == nil || value == false || value == "" {
		delete(t.Rows, id)
		return old, nil
	}
	_, err := t.Put(id, map[string]any{"key": key, "value": value})
	return old, err
}
