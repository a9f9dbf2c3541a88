package sender_test

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/openfire/sender"
)

const anna = "anna@contoso.test"

// TestRouteIsThatOfEachOdooVersion compares Find with testdata/sender-selection.csv.
// The rows marked "measured" were recorded with a real Odoo 16, those marked "read"
// come from the source code of that version. A is the Outlook server of anna, B one of
// bob without a filter, C a relay of the company's domain.
func TestRouteIsThatOfEachOdooVersion(t *testing.T) {
	t.Parallel()
	f, err := os.Open("testdata/sender-selection.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	measured := 0
	for _, row := range rows[1:] {
		odoo, situation, order, from := row[0], row[2], row[3], row[5]+"@contoso.test"
		if row[1] == "measured" {
			measured++
		}
		c := sendingBase(t, odoo, situation, order, row[4])
		got := sender.Find(c, from)
		refused := ""
		if server := got.Server.Text("name"); server[0] == 'A' && got.ForeignSender(anna) != "" {
			refused = "refused"
		}
		if strings.TrimSuffix(row[6], "2") != got.Server.Text("name") || row[7] != got.From || row[8] != got.Envelope ||
			row[9] != refused {
			t.Errorf("Odoo %s: server %s, From %s, envelope %s, %q; want %q", odoo, got.Server.Text("name"), got.From,
				got.Envelope, refused, row)
		}
	}
	if measured != 73 {
		t.Errorf("%d measured rows", measured)
	}
}

// sendingBase returns a base in a situation of the table, with its servers in that
// order of sequence.
func sendingBase(t *testing.T, odoo, situation, order, from string) openfire.MailConfig {
	t.Helper()
	c := openfire.MailConfig{Version: odoo + ".0", Params: map[string]string{openfire.ParamBounce: "bounce"}}
	if from != "-" {
		c.Params[openfire.ParamDefaultFrom] = from
	}
	servers := map[rune]openfire.Record{
		'A': {"smtp_host": "smtp.office365.com", "smtp_user": anna, "from_filter": anna},
		'B': {"smtp_host": "smtp.office365.com", "smtp_user": "bob@contoso.test", "from_filter": false},
		'C': {"smtp_host": "smtp.contoso.test", "smtp_user": "relais", "from_filter": false},
	}
	for part := range strings.SplitSeq(situation, ", ") {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "order", "A alone":
		case "from_filter anna": // A's, as always
		case "catchall.domain":
			c.Params[openfire.ParamCatchall] = value
		case "force":
			c.Params[openfire.ParamForcedFrom] = value
		case "dynamic":
			c.Params[openfire.ParamDynamicFrom] = value
		case "A without from_filter":
			servers['A']["from_filter"] = false
		case "A from_filter":
			servers['A']["from_filter"] = value
		case "dora@contoso.test": // the rest of a list
			servers['A']["from_filter"] = servers['A'].Text("from_filter") + ", " + part
		case "each has its own from_filter":
			servers['B']["from_filter"], servers['C']["from_filter"] = "bob@contoso.test", "relais@contoso.test"
		case "smtp_user u123", "smtp_user ANNA@contoso.test":
			servers['A']["smtp_user"] = strings.TrimPrefix(key, "smtp_user ")
		case "alias domain anna", "alias domain notifications":
			c.Company = openfire.Company{AliasDomain: 1, DefaultFrom: strings.TrimPrefix(key, "alias domain ") + "@contoso.test",
				Bounce: "bounce@contoso.test"}
		default:
			t.Fatalf("unknown situation %q", part)
		}
	}
	for i, name := range order {
		r := servers[name]
		r["id"], r["name"], r["active"] = number(30-i), string(name), true
		r["sequence"] = number(10 * (i + 1))
		c.Outgoing = append(c.Outgoing, openfire.Server{Record: r, Model: openfire.MailModel})
	}
	return c
}

func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }

// TestRouteLeavesOutArchivedServers also covers a base without any server.
func TestRouteLeavesOutArchivedServers(t *testing.T) {
	t.Parallel()
	c := sendingBase(t, "16", "order", "AB", "-")
	c.Outgoing[0].Record["active"] = false
	if got := sender.Find(c, anna); got.Server.Text("name") != "B" || !got.Through(c.Outgoing[1]) || got.Through(c.Outgoing[0]) {
		t.Errorf("server %s", got.Server.Text("name"))
	}
	c.Outgoing = nil
	if got := sender.Find(c, anna); got.Server.ID() != 0 || got.Through(openfire.Server{}) || got.From != anna {
		t.Errorf("%+v without a server", got)
	}
}
