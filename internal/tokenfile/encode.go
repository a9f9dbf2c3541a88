package tokenfile

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
)

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema (2020-12) of format 1.
func Schema() []byte { return slices.Clone(schema) }

// Encode writes the file: known keys in their order, unknown ones after them,
// two spaces of indent, a final newline.
func (f File) Encode() ([]byte, error) {
	var top ordered
	base := f.Base.URL()
	format := Format
	if err := top.add([]FieldSpec{{"format", &format, false}, {"base", &base, false}, {"odoo_version", &f.OdooVersion, false}}, nil); err != nil {
		return nil, err
	}
	for _, b := range f.Members() {
		var block ordered
		if err := block.add(b.Members, f.unknown[b.Block]); err != nil {
			return nil, err
		}
		top.put(b.Block, block.close())
	}
	if err := top.add(nil, f.unknown[""]); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, top.close(), "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// ordered builds a JSON object whose keys stay in order.
type ordered struct{ b bytes.Buffer }

func (o *ordered) put(key string, value []byte) {
	if o.b.Len() > 0 {
		o.b.WriteByte(',')
	}
	name, _ := openfire.PlainJSON(key) // a string always encodes
	o.b.Write(name)
	o.b.WriteByte(':')
	o.b.Write(value)
}

func (o *ordered) add(members []FieldSpec, unknown map[string]json.RawMessage) error {
	for _, m := range members {
		if m.Omit && m.Empty() {
			continue
		}
		value, err := openfire.PlainJSON(m.Plain())
		if err != nil {
			return err
		}
		o.put(m.Key, value)
	}
	for _, key := range slices.Sorted(maps.Keys(unknown)) {
		o.put(key, unknown[key])
	}
	return nil
}

func (o *ordered) close() []byte { return []byte("{" + o.b.String() + "}") }

// Unknown is a key that format 1 does not know, and the known one it may have
// been meant for, if any.
type Unknown struct{ Path, Nearest string }

// Unknown lists the keys that are kept without being understood.
func (f File) Unknown() []Unknown {
	var found []Unknown
	known := map[string][]string{"": {"format", "base", "odoo_version", "fetchmail.server"}}
	for _, b := range f.Members() {
		known[""] = append(known[""], b.Block)
		for _, m := range b.Members {
			known[b.Block] = append(known[b.Block], m.Key)
		}
	}
	for _, block := range slices.Sorted(maps.Keys(f.unknown)) {
		for _, key := range slices.Sorted(maps.Keys(f.unknown[block])) {
			found = append(found, Unknown{strings.TrimPrefix(block+" > "+key, " > "), nearest(key, known[block])})
		}
	}
	return found
}

// nearest is the known key that takes fewest changes, at most a third of it.
func nearest(key string, known []string) string {
	best, least := "", len(key)/3+1
	for _, k := range known {
		if d := distance(key, k); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance counts the letters to insert, delete or replace (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// FormatHelp describes the token file to whoever reads it.
func FormatHelp() i18n.Text {
	example := `{
  "format": "openfire-o365/1",
  "base": "https://mabase.openfire.fr",
  "odoo_version": "16.0",
  "azure": {
    "tenant_id": "…", "application_object_id": "…",
    "service_principal_id": "…", "secret_key_id": "…",
    "redirect_uri": "…", "loopback": true,
    "client_secret_expires": "2028-11-22",
    "signed_in_as": "…", "signed_in_oid": "…",
    "refresh_token_issued": "2026-11-23T18:00:00Z",
    "base_refresh_token_issued": "…",
    "created": ["application:…", "secret:…"]
  },
  "ir.config_parameter": {
    "microsoft_outlook_client_id": "…",
    "microsoft_outlook_client_secret": "…"
  },
  "ir.mail_server": {
    "name": "…", "smtp_host": "smtp.office365.com", "smtp_port": 587,
    "smtp_encryption": "starttls", "smtp_user": "compta@client.fr",
    "smtp_pass": "", "smtp_authentication": "outlook",
    "from_filter": "compta@client.fr",
    "microsoft_outlook_refresh_token": "…",
    "microsoft_outlook_access_token": "…",
    "microsoft_outlook_access_token_expiration": 1795462000
  }
}`
	return i18n.T("The token file: one per base, UTF-8, readable by its owner only. Its keys are Odoo's models and fields:\neach block is written into the model of that name. fetchmail.server exists only when incoming mail is\nconnected. Before Odoo 16 use_microsoft_outlook_service stands for smtp_authentication; before 15 there is\nno from_filter. The expiration is in Unix seconds, UTC. Unknown keys are kept.\n\n%s", i18n.Block(example))
}
