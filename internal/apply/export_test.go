package apply_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/apply"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/tokenfile"
)

// python returns a working interpreter, or skips the test.
func python(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath("/usr/bin/" + name)
	if err != nil {
		path, err = exec.LookPath(name)
	}
	if err == nil {
		err = exec.CommandContext(t.Context(), path, "-c", "import json").Run()
	}
	if err != nil {
		t.Skipf("no %s here (%v): what it would read is not checked", name, err)
	}
	return path
}

// odd returns a file whose values need escaping in CSV and in literals.
func odd(t *testing.T, odoo string) tokenfile.File {
	t.Helper()
	base, err := openfire.ParseBase("mabase")
	if err != nil {
		t.Fatal(err)
	}
	f := tokenfile.New(base, odoo)
	f.Client = tokenfile.Client{ID: "5a4db0c5-0000-4000-8000-0f1fe0365002", Secret: secret.New(`abc8Q~"quoted", with;comma='and%percent\`)}
	f.SetMailbox("compta@client.fr", true)
	f.Mail.Name = "Été, \"À l'envoi\"\n=1+1"
	for _, b := range f.Blocks() {
		*b.Tokens = tokenfile.Tokens{Refresh: secret.New("0.AX-refresh_,\"token"), Access: secret.New("eyJ.access"), Expiration: 1795462000}
	}
	return f
}

func export(t *testing.T, f tokenfile.File, kind, path string) string {
	t.Helper()
	files, err := apply.Export(f, kind, path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	readme := string(files["README.txt"])
	for _, head := range []string{"FR\n1. ", "EN\n1. "} {
		if _, after, found := strings.Cut(readme, head); !found || !strings.HasPrefix(strings.Join(strings.Split(after, "\n")[1:3], "\n"), "2. ") {
			t.Errorf("README.txt: %q", readme)
		}
	}
	return dir
}

// TestCSVReadByPython checks that Python's csv module reads the values of the token
// file.
func TestCSVReadByPython(t *testing.T) {
	t.Parallel()
	interpreter := python(t, "python3")
	for _, odoo := range []string{"10.0", "14.0", "15.0", "16.0", "19.0"} {
		f := odd(t, odoo)
		dir := export(t, f, "csv", "")
		raw, err := exec.CommandContext(t.Context(), interpreter, "-c", `import csv, json, sys, os
print(json.dumps({n: list(csv.DictReader(open(os.path.join(sys.argv[1], n), encoding="utf-8", newline=""), strict=True)) for n in os.listdir(sys.argv[1]) if n.endswith(".csv")}))`, dir).Output()
		if err != nil {
			t.Fatal(err)
		}
		var tables map[string][]map[string]string
		if err := json.Unmarshal(raw, &tables); err != nil {
			t.Fatal(err)
		}
		var block map[string]map[string]any
		encoded, err := f.Encode()
		if err != nil {
			t.Fatal(err)
		}
		_ = json.Unmarshal(encoded, &block) // the strings at the top level are not blocks
		for _, model := range []string{"ir.mail_server", "fetchmail.server"} {
			rows := tables[model+".csv"]
			if len(rows) != 1 || len(rows[0]) != len(block[model])+1 {
				t.Fatalf("%s %s: %d rows, %d columns, want %d", odoo, model, len(rows), len(rows[0]), len(block[model])+1)
			}
			for key, want := range block[model] {
				text := fmt.Sprint(want)
				if n, ok := want.(float64); ok {
					text = fmt.Sprintf("%.0f", n)
				} else if want == true {
					text = "True"
				}
				if got := rows[0][key]; got != text {
					t.Errorf("%s %s.%s: Python reads %q, the file says %q", odoo, model, key, got, text)
				}
			}
		}
		params := map[string]string{}
		for _, row := range tables["ir.config_parameter.csv"] {
			params[row["key"]] = row["value"]
			if !strings.HasPrefix(row["id"], "__import__.openfire_o365_") || strings.Count(row["id"], ".") != 1 {
				t.Errorf("external id %q", row["id"])
			}
		}
		if params["microsoft_outlook_client_secret"] != f.Client.Secret.Reveal() || params["microsoft_outlook_client_id"] != f.Client.ID || len(params) != 2 {
			t.Errorf("%s: parameters %v", odoo, len(params))
		}
	}
}

// TestScriptIsPython2Too checks with Python's own parser that the script contains
// no syntax of Python 3 only.
func TestScriptIsPython2Too(t *testing.T) {
	t.Parallel()
	script := filepath.Join(export(t, odd(t, "10.0"), "shell", "/srv/x.json"), "openfire_o365.py")
	out, err := exec.CommandContext(t.Context(), python(t, "python3"), "-c", `import ast, sys
for node in ast.walk(ast.parse(open(sys.argv[1], encoding="utf-8").read())):
    new = isinstance(node, (ast.JoinedStr, ast.AnnAssign, ast.Nonlocal, ast.YieldFrom, ast.AsyncFunctionDef, ast.Await, ast.NamedExpr, ast.Starred, ast.MatMult))
    if isinstance(node, ast.arguments):
        new = node.kwonlyargs or node.posonlyargs or any(a.annotation for a in node.args)
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("print", "super"):
        new = len(node.args) != 1 or node.keywords
    if isinstance(node, ast.Raise):
        new = node.cause
    if new:
        print(node.lineno, ast.dump(node)[:80])
`, script).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

// held is the content of the stand-in base after the script ran twice.
type held struct {
	Log     [][]any
	Refused string
	Params  map[string]any
	Out     []map[string]any
	Fetch   []map[string]any
}

func runScript(t *testing.T, interpreter, odoo, scenario string) held {
	t.Helper()
	f := odd(t, odoo)
	tokens := filepath.Join(t.TempDir(), `jetons "été".json`)
	data, err := f.Encode()
	if err == nil {
		err = os.WriteFile(tokens, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(export(t, f, "shell", tokens), "openfire_o365.py")
	if code, err := os.ReadFile(script); err != nil || strings.Contains(string(code), "refresh_,") || strings.Contains(string(code), "abc8Q~") {
		t.Errorf("%v: the script holds a secret", err)
	}
	var complaint strings.Builder
	cmd := exec.CommandContext(t.Context(), interpreter, "testdata/stub.py", script, fmt.Sprint(openfire.Major(odoo)), scenario)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "LC_ALL=C.UTF-8")
	cmd.Stderr = &complaint
	raw, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", odoo, scenario, err, complaint.String())
	}
	var h held
	if err := json.Unmarshal(raw, &h); err != nil {
		t.Fatal(err)
	}
	return h
}

// TestShellScript runs the script with the available Python against a stand-in for
// Odoo's env that records calls. Odoo 10 uses Python 2.7.
func TestShellScript(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"python3", "python2.7"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			interpreter := python(t, name)
			for odoo, want := range map[string]map[string]any{
				"10.0": {"use_microsoft_outlook_service": true, "smtp_authentication": nil, "from_filter": nil},
				"14.0": {"use_microsoft_outlook_service": true, "smtp_authentication": nil, "from_filter": nil},
				"15.0": {"use_microsoft_outlook_service": true, "smtp_authentication": nil, "from_filter": "compta@client.fr"},
				"16.0": {"use_microsoft_outlook_service": nil, "smtp_authentication": "outlook", "from_filter": "compta@client.fr"},
				"19.0": {"use_microsoft_outlook_service": nil, "smtp_authentication": "outlook", "from_filter": "compta@client.fr"},
			} {
				h := runScript(t, interpreter, odoo, "fresh")
				if h.Refused != "" || len(h.Out) != 1 || len(h.Fetch) != 1 {
					t.Fatalf("%s: %q, %d and %d servers", odoo, h.Refused, len(h.Out), len(h.Fetch))
				}
				for field, value := range want {
					if h.Out[0][field] != value {
						t.Errorf("%s: %s is %v, want %v", odoo, field, h.Out[0][field], value)
					}
				}
				h.checkCommon(t, odoo)
			}
			h := runScript(t, interpreter, "16.0", "password")
			if len(h.Out) != 1 || h.Out[0]["name"] != "Ours" || h.Out[0]["smtp_pass"] != false || h.Out[0]["active"] != true || h.Out[0]["smtp_user"] != "compta@client.fr" {
				t.Errorf("an older server of the same account: %v", h.Out)
			}
			for scenario, word := range map[string]string{"nomodule": "not installed", "copied": "copy", "elsewhere": "web.base.url"} {
				h := runScript(t, interpreter, "16.0", scenario)
				if !strings.Contains(h.Refused, word) || len(h.Log) != 0 {
					t.Errorf("%s: %q, %v", scenario, h.Refused, h.Log)
				}
			}
		})
	}
}

// checkCommon checks the values, their order and what the second run wrote.
func (h held) checkCommon(t *testing.T, odoo string) {
	t.Helper()
	out, fetch := h.Out[0], h.Fetch[0]
	if out["smtp_encryption"] != "starttls" || out["smtp_port"] != 587.0 || out["smtp_pass"] != false || out["microsoft_outlook_refresh_token"] != "0.AX-refresh_,\"token" || out["microsoft_outlook_access_token_expiration"] != 1795462000.0 {
		t.Errorf("%s: %v", odoo, out)
	}
	kind := "imap"
	if openfire.Major(odoo) >= 16 {
		kind = "outlook"
	}
	if fetch["is_ssl"] != true || fetch["password"] != false || fetch["type"] != kind && fetch["server_type"] != kind {
		t.Errorf("%s: %v", odoo, fetch)
	}
	if h.Params["microsoft_outlook_client_secret"] != `abc8Q~"quoted", with;comma='and%percent\` {
		t.Errorf("%s: the secret is another one", odoo)
	}
	verbs := map[string]int{}
	for _, l := range h.Log {
		verbs[fmt.Sprint(l[0])]++
	}
	if verbs["create"] != 2 || verbs["write"] != 2 || verbs["commit"] != 2 {
		t.Errorf("%s: two runs did %v", odoo, verbs)
	}
	last := slices.IndexFunc(h.Log, func(l []any) bool { return l[0] == "commit" })
	if fmt.Sprint(h.Log[last-1]) != "[set_param microsoft_outlook_client_id]" {
		t.Errorf("%s: the client's id is not written last: %v", odoo, h.Log[:last])
	}
	tokensAgain := strings.Contains(fmt.Sprint(h.Log[last+1:]), "refresh_token")
	if tokensAgain != (!openfire.FeaturesOf(openfire.Major(odoo)).Has(openfire.StoresRotatedToken)) {
		t.Errorf("%s: the second run handed tokens over: %v", odoo, tokensAgain)
	}
}

// TestCSVContainsNoFormula checks that no cell begins a formula of a spreadsheet (OWASP,
// "CSV Injection"). A changed value would not work in the base, so it is refused.
func TestCSVContainsNoFormula(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"=1+1", "+cmd|'/c calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1"} {
		for name, set := range map[string]func(*tokenfile.File){
			"name": func(f *tokenfile.File) { f.Mail.Name = value }, "microsoft_outlook_client_secret": func(f *tokenfile.File) { f.Client.Secret = secret.New(value) },
		} {
			f := odd(t, "16.0")
			set(&f)
			files, err := apply.Export(f, "csv", "")
			refused, is := errors.AsType[*problem.Problem](err)
			if !is || refused.Exit != problem.Usage || files != nil || !strings.Contains(refused.What.In(i18n.English), name) {
				t.Errorf("%s %q: %v, %v", name, value, files, err)
			}
			if _, err := apply.Export(f, "shell", "/x"); err != nil {
				t.Errorf("%s %q: %v", name, value, err)
			}
		}
	}
}
