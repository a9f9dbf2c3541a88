package help_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/cli"
	"github.com/openfire-fr/openfire-o365/cmd/openfire-o365/help"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// start runs the command line without commands.
func start(args ...string) (problem.Exit, string) {
	var out bytes.Buffer
	code := cli.Run(context.Background(), cli.Env{In: strings.NewReader(""), Out: ui.NewOutput(&out), Err: &out,
		Getenv: func(string) string { return "" }, Now: time.Now,
		Languages: func() []string { return nil }, DoubleClicked: func() bool { return false }}, args)
	return code, out.String()
}

// helpOf returns what the command help prints.
func helpOf(t *testing.T, args ...string) string {
	t.Helper()
	code, out := start(append([]string{"help"}, args...)...)
	if code != problem.OK {
		t.Errorf("help %q: exit %d", args, code)
	}
	return out
}

func flat(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\u00a0", " ")), " ")
}

// TestExitCodes checks that the program, docs/reference.md and the help page list the
// same exit codes.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	var rows []string
	listed := map[string]bool{}
	for _, m := range help.ExitMeanings() {
		rows = append(rows, fmt.Sprintf("| %s | %s | %s |", m.Names, m.What.In(i18n.English), strings.Replace(m.Do.In(i18n.English), ": setup", ": `setup`", 1)))
		for _, c := range m.Codes {
			listed[c] = true
		}
	}
	reference, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "reference.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(reference), "| code | meaning | who acts |\n|---|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	if want := strings.Join(rows, "\n"); table != want {
		t.Errorf("docs/reference.md:\n%s\nthe program:\n%s", table, want)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "..", "internal", "problem", "problem.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 {
			if code, ok := v.Values[0].(*ast.BasicLit); ok && code.Kind == token.INT {
				if found++; !listed[code.Value] {
					t.Errorf("exit code %s, problem.%s, is not documented", code.Value, v.Names[0])
				}
			}
		}
		return true
	})
	if found != len(listed) || found < 13 {
		t.Errorf("%d codes in the source, %d told", found, len(listed))
	}
	for _, l := range []i18n.Lang{i18n.French, i18n.English} {
		out := flat(helpOf(t, "exit-codes", "--lang", string(l)))
		for _, m := range help.ExitMeanings() {
			if want := flat(m.Names + " " + m.What.In(l) + " → " + m.Do.In(l)); !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", l, want, out)
			}
		}
	}
}

// TestTopics checks that help lists every topic in both languages and in its JSON, and
// that no line is too long.
func TestTopics(t *testing.T) {
	t.Parallel()
	for _, l := range []i18n.Lang{i18n.French, i18n.English} {
		list := helpOf(t, "--lang", string(l))
		all := helpOf(t, "--json", "--lang", string(l))
		for _, topic := range help.Topics() {
			if !strings.Contains(list, "  "+topic.Name+" ") || !strings.Contains(list, topic.Title.In(l)) {
				t.Errorf("%s: help does not list %s", l, topic.Name)
			}
			if out := helpOf(t, topic.Name, "--lang", string(l)); !strings.HasPrefix(out, topic.Text().In(l)+"\n") {
				t.Errorf("%s %s:\n%s", l, topic.Name, out)
			}
			for line := range strings.Lines(topic.Text().In(l)) {
				if n := len([]rune(line)); n > 110 && !strings.Contains(line, "  https://") { // addresses are not wrapped
					t.Errorf("%s %s: a line of %d characters: %s", l, topic.Name, n, line)
				}
			}
			if told, err := json.Marshal(topic.Text().In(l)); err != nil || !strings.Contains(all, `"topic":"`+topic.Name+`"`) || !strings.Contains(all, string(told)) {
				t.Errorf("%s: help --json does not tell %s", l, topic.Name)
			}
		}
	}
	if code, _ := start("help", "tokenfile"); code != problem.Usage {
		t.Errorf("a topic that is none: exit %d", code)
	}
}
