package base

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/azure"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/sandbox/base/orm"
)

// TestSimulatedBaseSelectsServersLikeOdoo compares the simulated base with the table
// that was measured with a real Odoo 16, and with the rules read from the other
// versions' source.
func TestSimulatedBaseSelectsServersLikeOdoo(t *testing.T) {
	t.Parallel()
	f, err := os.Open("../../openfire/sender/testdata/sender-selection.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 150 {
		t.Fatal(len(rows), err)
	}
	for _, row := range rows[1:] {
		o := inSituation(t, row[0]+".0", row[2], row[3], row[4])
		from := row[5] + "@contoso.test"
		server, smtpFrom := o.findServer(from)
		header, envelope := o.senders(server, from, smtpFrom)
		if i := strings.Index(header, "<"); i >= 0 {
			header = strings.Trim(header[i:], "<>")
		}
		name := orm.Text(server.Row["name"])
		if name != strings.TrimSuffix(row[6], "2") || header != row[7] || envelope != row[8] {
			t.Errorf("%s, From %s, envelope %s, want %q", name, header, envelope, row)
		}
	}
}

// inSituation returns a base in a situation of the table, with the servers in that
// order.
func inSituation(t *testing.T, odoo, situation, order, from string) *outlook {
	t.Helper()
	s := New(Options{Odoo: odoo, Now: time.Now}, azure.Cloud{}, nil)
	param := func(key, value string) {
		if _, err := s.SetParam(key, value); err != nil {
			t.Fatal(err)
		}
	}
	put := func(model string, id int, values map[string]any) {
		if _, err := s.Tables[model].Put(id, values); err != nil {
			t.Fatal(err)
		}
	}
	if from != "-" {
		param("mail.default.from", from)
	}
	for _, name := range []string{"C", "B", "A"} {
		if !strings.Contains(order, name) {
			continue
		}
		values := map[string]map[string]any{
			"A": {"smtp_host": "smtp.office365.com", "smtp_user": "anna@contoso.test", "from_filter": "anna@contoso.test"},
			"B": {"smtp_host": "smtp.office365.com", "smtp_user": "bob@contoso.test", "from_filter": false},
			"C": {"smtp_host": "smtp.contoso.test", "smtp_user": "relais", "from_filter": false},
		}[name]
		_, value, _ := strings.Cut(situation, "=")
		switch {
		case situation == "each has its own from_filter":
			values["from_filter"] = strings.Replace(values["smtp_user"].(string), "relais", "relais@contoso.test", 1)
		case name != "A":
		case strings.HasSuffix(situation, "A without from_filter"):
			values["from_filter"] = false
		case strings.HasPrefix(situation, "A from_filter="):
			values["from_filter"] = value
		case strings.HasPrefix(situation, "smtp_user "):
			values["smtp_user"], _, _ = strings.Cut(strings.TrimPrefix(situation, "smtp_user "), ",")
		}
		if s.Major < 15 {
			delete(values, "from_filter")
		}
		values["name"], values["sequence"] = name, json.Number("1"+string('0'+rune(strings.Index(order, name))))
		values["smtp_port"] = json.Number("587")
		put(openfire.MailModel, 0, values)
	}
	for part := range strings.SplitSeq(situation, ", ") {
		key, value, _ := strings.Cut(part, "=")
		params := []string{"catchall.domain", "mail.catchall.domain", "force", "mail.force.smtp.from", "dynamic",
			"mail.dynamic.smtp.from"}
		if i := slices.Index(params, key); i >= 0 {
			param(params[i+1], value)
		}
		if name, is := strings.CutPrefix(key, "alias domain "); is {
			put("mail.alias.domain", 0, map[string]any{"name": "contoso.test", "default_from": name})
			put("res.company", 1, map[string]any{"alias_domain_id": json.Number("1")})
		}
	}
	return s.outlook
}
