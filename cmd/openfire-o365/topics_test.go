package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// TestExitCodes: the codes of the program, the table of the README and the page
// of help are the same.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	var rows []string
	named := map[string]bool{}
	for _, m := range exitMeanings() {
		rows = append(rows, fmt.Sprintf("| %s | %s | %s |", m.names(), m.what.In(i18n.English), strings.Replace(m.do.In(i18n.English), ": setup", ": `setup`", 1)))
		for _, c := range m.codes {
			named[fmt.Sprint(int(c))] = true
		}
	}
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(readme), "| code | meaning | who acts |\n|---|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	if want := strings.Join(rows, "\n"); table != want {
		t.Errorf("README:\n%s\nthe program:\n%s", table, want)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "internal", "problem", "problem.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 {
			if code, ok := v.Values[0].(*ast.BasicLit); ok && code.Kind == token.INT {
				if found++; !named[code.Value] {
					t.Errorf("nobody is told what exit code %s, problem.%s, means", code.Value, v.Names[0])
				}
			}
		}
		return true
	})
	if found != len(named) || found < 13 {
		t.Errorf("%d codes in the source, %d told", found, len(named))
	}
	for _, l := range []i18n.Lang{i18n.French, i18n.English} {
		out := flat(newBench(t).run("", "help", "exit-codes", "--lang", string(l)).out)
		for _, m := range exitMeanings() {
			if want := flat(m.names() + " " + m.what.In(l) + " → " + m.do.In(l)); !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", l, want, out)
			}
		}
	}
}

// TestTopics: every topic is listed by help, in both languages, fits a page of
// ordinary width, and is told to programs.
func TestTopics(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, l := range []i18n.Lang{i18n.French, i18n.English} {
		list := b.run("", "help", "--lang", string(l)).out
		all := b.run("", "help", "--json", "--lang", string(l)).out
		for _, name := range []string{"token", "refresh", "status", "schedule"} { // a value is no command
			var out bytes.Buffer
			if b.program(strings.NewReader(""), &out, &out).run(t.Context(), []string{"--dir", name, "help", "--json", "--lang", string(l)}); out.String() != all {
				t.Errorf("%s: --dir %s changes help --json", l, name)
			}
		}
		for _, topic := range topics() {
			if !strings.Contains(list, "  "+topic.name+" ") || !strings.Contains(list, topic.title.In(l)) {
				t.Errorf("%s: help does not list %s", l, topic.name)
			}
			got := b.run("", "help", topic.name, "--lang", string(l))
			if got.code != problem.OK || !strings.HasPrefix(got.out, topic.text().In(l)+"\n") {
				t.Errorf("%s %s: exit %d\n%s", l, topic.name, got.code, got.out)
			}
			for line := range strings.Lines(topic.text().In(l)) {
				if n := len([]rune(line)); n > 110 && !strings.Contains(line, "  https://") { // an address is whole
					t.Errorf("%s %s: a line of %d characters: %s", l, topic.name, n, line)
				}
			}
			if told, err := json.Marshal(topic.text().In(l)); err != nil || !strings.Contains(all, `"topic":"`+topic.name+`"`) || !strings.Contains(all, string(told)) {
				t.Errorf("%s: help --json does not tell %s", l, topic.name)
			}
		}
	}
	if got := b.run("", "help", "tokenfile"); got.code != problem.Usage {
		t.Errorf("a topic that is none: exit %d", got.code)
	}
}

// TestHelpTokenFile: the example of help token-file has the keys of a file that
// the program writes, and no other.
func TestHelpTokenFile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.connected("compta@client.fr", single)
	written, err := os.ReadFile(filepath.Join(b.dir, "mabase.openfire.fr.json"))
	if err != nil {
		t.Fatal(err)
	}
	help := b.run("", "help", "token-file", "--lang", "en").out
	example := help[strings.Index(help, "{"):]
	shown, used := keys(t, example), keys(t, string(written))
	for _, k := range used {
		if !slices.Contains(shown, k) {
			t.Errorf("help token-file does not show %s", k)
		}
	}
	schema, err := os.ReadFile(filepath.Join("..", "..", "internal", "tokenfile", "schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range shown {
		name := k[strings.LastIndex(k, "/")+1:]
		if !regexp.MustCompile(`"` + regexp.QuoteMeta(name) + `"\s*:`).Match(schema) {
			t.Errorf("help token-file shows %s, which the schema does not know", k)
		}
	}
}

// keys are the names in a JSON object, and in the objects inside it.
func keys(t *testing.T, text string) (names []string) {
	t.Helper()
	var top map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &top); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	for k, v := range top {
		names = append(names, k)
		var inner map[string]json.RawMessage
		if json.Unmarshal(v, &inner) == nil {
			for i := range inner {
				names = append(names, k+"/"+i)
			}
		}
	}
	return names
}
