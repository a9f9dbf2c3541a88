package apply

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

//go:embed export_shell.py
var shellScript string

// readme is what stands beside the exported files, in both languages.
const readme = `FR
1. %s
2. %s
3. Effacez ce dossier ensuite%s.

EN
1. %s
2. %s
3. Delete this folder afterwards%s.
`

// Export makes files for a base whose API is closed: "csv" for the web
// client's import, "shell" a script for "odoo shell" that reads the token file
// at path by itself and holds no secret. Errors are *problem.Problem.
func Export(f tokenfile.File, kind, path string) (map[string][]byte, error) {
	if !f.Complete() {
		return nil, &problem.Problem{Exit: problem.Usage, ID: "token.file",
			What: i18n.T("%s: the set-up is not finished, there are no tokens yet.", f.Base.Host()),
			Do:   i18n.T("Run \"openfire-o365 setup %s\".", f.Base.Name())}
	}
	if kind == "shell" {
		name, err := asciiJSON(path)
		if err != nil {
			return nil, err
		}
		return map[string][]byte{"openfire_o365.py": []byte(strings.Replace(shellScript, "@PATH@", name, 1)), "README.txt": []byte(fmt.Sprintf(readme,
			"Copiez openfire_o365.py et le fichier de jetons sur le serveur de la base (OPENFIRE_O365_FILE dit où il est).", "Lancez : odoo shell -d BASE --no-http < openfire_o365.py", "",
			"Copy openfire_o365.py and the token file to the base's server (OPENFIRE_O365_FILE says where it is).", "Run: odoo shell -d BASE --no-http < openfire_o365.py", ""))}, nil
	}
	files := map[string][]byte{"README.txt": []byte(fmt.Sprintf(readme,
		"Mode développeur, Technique > Serveurs de courriel sortant (et entrant) > Importer : ir.mail_server.csv (fetchmail.server.csv), champs reconnus par leur nom.",
		"Puis Technique > Paramètres système > Importer : ir.config_parameter.csv. Si une clé existe déjà sans cet import, effacez-la d'abord.", " : il contient des secrets",
		"Developer mode, Technical > Outgoing (and Incoming) Mail Servers > Import: ir.mail_server.csv (fetchmail.server.csv), fields recognised by their names.",
		"Then Technical > System Parameters > Import: ir.config_parameter.csv. If a key exists already without this import, delete it first.", ": it holds secrets"))}
	for _, b := range f.Members()[1:] {
		data, err := table(b.Block, b.Members)
		if err != nil {
			return nil, err
		}
		files[b.Block+".csv"] = data
	}
	return files, nil
}

// asciiJSON is a text as a literal that JSON, Python 2 (after u) and Python 3
// read alike.
func asciiJSON(s string) (string, error) {
	raw, err := openfire.PlainJSON(s)
	var out strings.Builder
	for _, r := range string(raw) {
		switch {
		case r < 0x80:
			out.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			fmt.Fprintf(&out, `\U%08x`, r) // Python's; JSON has none, and nobody reads it as JSON
		}
	}
	return out.String(), err
}

// table is one block as the web client imports it. The external ids make a
// second import change the same records.
func table(block string, members []tokenfile.FieldSpec) ([]byte, error) {
	var rows [][]string
	if block == openfire.ParamModel {
		rows = append(rows, []string{"id", "key", "value"})
		for _, m := range members {
			if !m.Empty() {
				rows = append(rows, []string{external(m.Key), m.Key, cell(m)})
			}
		}
	} else {
		head, row := []string{"id"}, []string{external(block)}
		for _, m := range members {
			if !m.Omit || !m.Empty() {
				head, row = append(head, m.Key), append(row, cell(m))
			}
		}
		rows = append(rows, head, row)
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	if err := w.WriteAll(rows); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// external is an external id under the module name that Odoo's own import uses.
func external(name string) string {
	return "__import__.openfire_o365_" + strings.NewReplacer(".", "_", "microsoft_outlook_", "").Replace(name)
}

// cell is a value as the import reads it.
func cell(m tokenfile.FieldSpec) string {
	switch v := m.Plain().(type) {
	case *string:
		return *v
	case *int:
		return fmt.Sprint(*v)
	case *int64:
		return fmt.Sprint(*v)
	case *bool:
		if *v {
			return "True"
		}
		return "False"
	default:
		return fmt.Sprint(v)
	}
}
