package orm

import (
	"maps"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/tenant"
)

const (
	companyModel = "res.company"
	userModel    = "res.users"
	domainModel  = "mail.alias.domain"
)

// addUsers adds the models of users and companies and, since Odoo 17, of alias
// domains.
func (db *Database) addUsers(tables map[string]*Table) {
	tables[userModel] = &Table{label: "User", columns: map[string]column{
		"login": char.must(), "email": char, "share": boolean(false), "active": boolean(true),
	}}
	company := &Table{label: "Companies", columns: map[string]column{"name": char.must()}}
	tables[companyModel] = company
	if !db.Supports(openfire.AliasDomain) {
		return
	}
	domains := &Table{label: "Email Domain", columns: map[string]column{
		"name": char.must(), "default_from": {kind: "char", start: "notifications"},
		"bounce_alias": {kind: "char", start: "bounce", required: true},
	}}
	tables[domainModel] = domains
	company.columns["alias_domain_id"] = column{kind: "many2one", model: domainModel}
	company.columns["default_from_email"] = column{kind: "char", computed: true}
	company.columns["bounce_email"] = column{kind: "char", computed: true}
	company.Compute = func(_ int, r Row) { domains.addresses(r) }
}

// addresses adds the addresses of the company's alias domain to a company.
func (t *Table) addresses(company Row) {
	company["default_from_email"], company["bounce_email"] = false, false
	id, _ := company["alias_domain_id"].(int64)
	domain, found := t.Rows[int(id)]
	if !found {
		return
	}
	company["bounce_email"] = Text(domain["bounce_alias"]) + "@" + Text(domain["name"])
	if from := Text(domain["default_from"]); strings.Contains(from, "@") {
		company["default_from_email"] = from
	} else if from != "" {
		company["default_from_email"] = from + "@" + Text(domain["name"])
	}
}

// furnishUsers creates the company and its users.
func (db *Database) furnishUsers(add func(model string, values map[string]any)) {
	add(companyModel, map[string]any{"name": tenant.Name})
	for _, login := range []string{"__system__", "admin", "demo"} {
		add(userModel, map[string]any{"login": login, "email": login + "@" + tenant.Domain,
			"active": login != "__system__"})
	}
}

// Company returns the main company with its computed fields.
func (db *Database) Company() Row {
	t := db.Tables[companyModel]
	company := maps.Clone(t.Rows[t.IDs()[0]])
	if t.Compute != nil {
		t.Compute(0, company)
	}
	return company
}
