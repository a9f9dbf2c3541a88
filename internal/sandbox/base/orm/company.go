package orm

import (
	"maps"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

const (
	companyModel = "res.company"
	domainModel  = "mail.alias.domain"
)

// addCompanies adds the models of companies and, since Odoo 17, of alias domains.
func (db *Database) addCompanies(tables map[string]*Table) {
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

// Company returns the main company with its computed fields.
func (db *Database) Company() Row {
	t := db.Tables[companyModel]
	company := maps.Clone(t.Rows[t.IDs()[0]])
	if t.Compute != nil {
		t.Compute(0, company)
	}
	return company
}
