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

// Export makes files for a base whose API is closed: "csv" for the web
// client's import, "shell" a script for "odoo shell" that reads the token file
// at path by itself and contains no secret. Errors are *problem.Problem.
func Export(f tokenfile.File, kind, path string) (map[string][]byte, error) {
	if !f.Complete() {
		return nil, &problem.Problem{Exit: problem.Usage, ID: "token.file",
			What: i18n.T("%s: setup is not finished, there are no tokens yet.", f.Base.Host()),
			Do:   i18n.T("Run \"openfire-o365 setup %s\".", f.Base.Name())}
	}
	if kind == "shell" {
		// After u, Go's literal is one of Python 2 and of Python 3.
		script := strings.Replace(shellScript, "@PATH@", strconv.QuoteToASCII(path), 1)
		return map[string][]byte{"openfire_o365.py": []byte(script), "README.txt": readmeShell}, nil
	}
	files := map[string][]byte{"README.txt": readmeCSV}
	for _, s := range f.Sections()[1:] { // without "azure", which is no model
		data, err := table(s)
		if err != nil {
			return nil, err
		}
		files[s.Name+".csv"] = data
	}
	return files, nil
}

// table is one model as the web client imports it. The external ids make a
// second import change the same records.
func table(s tokenfile.Section) ([]byte, error) {
	head, row := []string{"id"}, []string{external(s.Name)}
	params := [][]string{{"id", "key", "value"}}
	for _, field := range s.Fields {
		if field.Written() {
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

// external is an external id under the module name that Odoo's own import uses.
func external(name string) string {
	return "__import__.openfire_o365_" + strings.NewReplacer(".", "_", "microsoft_outlook_", "").Replace(name)
}

// cell is a value as the import reads it.
func cell(field tokenfile.Field) string {
	switch field.Value {
	case true:
		return "True"
	case false:
		return "False"
	}
	return fmt.Sprint(field.JSON())
}
