package apply

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

//go:embed export_shell.py
var shellScript string

//go:embed readme_csv.txt
var readmeCSV []byte

//go:embed readme_shell.txt
var readmeShell []byte

// Export returns the files, by name, for a base whose API is not accessible. The
// kind "csv" is for the import of the web client. The kind "shell" is a script for
// "odoo shell" that reads the token file at path itself and contains no secret.
// Errors are *problem.Problem.
func Export(f tokenfile.File, kind, path string) (map[string][]byte, error) {
	if !f.Complete() {
		return nil, &problem.Problem{Exit: problem.Usage, ID: "token.file",
			What: i18n.T("%s: setup is not finished, so there are no tokens yet.", f.Base.Host()),
			Do:   i18n.T("Run \"openfire-o365 setup %s\".", f.Base.Name())}
	}
	if kind == "shell" {
		// The script puts u before it: a Go literal in ASCII is then valid in Python 2 and 3.
		script := strings.Replace(shellScript, "@PATH@", strconv.QuoteToASCII(path), 1)
		return map[string][]byte{"openfire_o365.py": []byte(script), "README.txt": readmeShell}, nil
	}
	files := map[string][]byte{"README.txt": readmeCSV}
	for _, s := range f.Sections()[1:] { // without "azure", which is not a model
		data, err := table(s)
		if err != nil {
			return nil, err
		}
		files[s.Name+".csv"] = data
	}
	return files, nil
}

// table returns the CSV file for one model. Because of the external ids, a second
// import changes the same records.
func table(s tokenfile.Section) ([]byte, error) {
	head, row := []string{"id"}, []string{external(s.Name)}
	params := [][]string{{"id", "key", "value"}}
	for _, field := range s.Fields {
		if field.Written() {
			if strings.IndexAny(cell(field), "=+-@\t\r") == 0 {
				return nil, &problem.Problem{Exit: problem.Usage, ID: "export",
					What: i18n.T("The value of %s begins with a character that a spreadsheet takes for a formula.", field.Key),
					Do:   i18n.T("Use --export shell, or correct the value.")}
			}
			head, row = append(head, field.Key), append(row, cell(field))
			params = append(params, []string{external(field.Key), field.Key, cell(field)})
		}
	}
	rows := [][]string{head, row}
	if s.Name == openfire.ParamModel {
		rows = params
	}
	var out bytes.Buffer
	err := csv.NewWriter(&out).WriteAll(rows)
	return out.Bytes(), err
}

// external returns an external id with the module name that Odoo's own import uses.
func external(name string) string {
	return "__import__.openfire_o365_" + strings.NewReplacer(".", "_", "microsoft_outlook_", "").Replace(name)
}

// cell returns a value in the format of the import.
func cell(field tokenfile.Field) string {
	switch field.Value {
	case true:
		return "True"
	case false:
		return "False"
	}
	return fmt.Sprint(field.JSON())
}
