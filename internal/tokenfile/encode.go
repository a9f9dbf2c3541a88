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

// Encode returns the JSON text of the file: known keys in their order, then unknown
// ones, indented by two spaces, with a final newline.
func (f File) Encode() ([]byte, error) {
	top := []Field{
		{Key: "format", Value: Format, always: true},
		{Key: "base", Value: f.Base.URL(), always: true},
		{Key: "odoo_version", Value: f.OdooVersion, always: true},
	}
	for _, s := range f.Sections() {
		raw, err := encodeObject(s.Fields, f.unknown[s.Name])
		if err != nil {
			return nil, err
		}
		top = append(top, Field{Key: s.Name, Value: raw})
	}
	raw, err := encodeObject(top, f.unknown[""])
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// encodeObject encodes an object with its fields in order, which a map would not
// keep.
func encodeObject(fields []Field, unknown map[string]json.RawMessage) (json.RawMessage, error) {
	for _, key := range slices.Sorted(maps.Keys(unknown)) {
		fields = append(fields, Field{Key: key, Value: unknown[key], always: true})
	}
	out := []byte("{")
	for _, field := range fields {
		if !field.Written() {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		key, _ := openfire.PlainJSON(field.Key) // encoding a string cannot fail
		value, err := openfire.PlainJSON(field.JSON())
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, key...), ':'), value...)
	}
	return append(out, '}'), nil
}

// Unknown is a key that is not part of format 1, and the most similar known key, if
// any.
type Unknown struct{ Path, Nearest string }

// Unknown returns the unknown keys of the file, which are kept unchanged.
func (f File) Unknown() []Unknown {
	var found []Unknown
	known := map[string][]string{"": {"format", "base", "odoo_version", "fetchmail.server"}}
	for _, s := range f.Sections() {
		known[""] = append(known[""], s.Name)
		for _, field := range s.Fields {
			known[s.Name] = append(known[s.Name], field.Key)
		}
	}
	for _, block := range slices.Sorted(maps.Keys(f.unknown)) {
		for _, key := range slices.Sorted(maps.Keys(f.unknown[block])) {
			found = append(found, Unknown{strings.TrimPrefix(block+" > "+key, " > "), nearest(key, known[block])})
		}
	}
	return found
}

// nearest returns the known key with the smallest edit distance to key, at most a
// third of its length, else "".
func nearest(key string, known []string) string {
	best, least := "", len(key)/3+1
	for _, k := range known {
		if d := distance(key, k); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance returns the Levenshtein distance between a and b.
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

//go:embed example.json
var example string

// FormatHelp returns the description of the token file's format.
func FormatHelp() i18n.Text {
	return i18n.T("The token file. There is one per base, in UTF-8, and only its owner can read it. Its keys are "+
		"Odoo models\nand fields: each block is written to the model of that name. fetchmail.server "+
		"exists only if incoming mail\nis connected. Before Odoo %d, use_microsoft_outlook_service "+
		"replaces smtp_authentication; before Odoo %d,\nthere is no from_filter. The expiration is in "+
		"Unix seconds, UTC. Unknown keys are kept.\n\n%s",
		openfire.OutlookSelection.Since(), openfire.FromFilter.Since(), i18n.Block(example))
}
