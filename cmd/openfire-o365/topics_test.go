package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// TestHelpIgnoresValuesThatNameCommands checks that the value of a flag is not taken
// for a command.
func TestHelpIgnoresValuesThatNameCommands(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, l := range []i18n.Lang{i18n.French, i18n.English} {
		all := b.run("", "help", "--json", "--lang", string(l)).out
		for _, name := range []string{"token", "refresh", "status", "schedule"} {
			var out bytes.Buffer
			if run(t.Context(), b.environment(strings.NewReader(""), &out, &out), []string{"--dir", name, "help", "--json", "--lang", string(l)}); out.String() != all {
				t.Errorf("%s: --dir %s changes help --json", l, name)
			}
		}
	}
}

// TestHelpDescribesEveryCommandAndFlag checks that each command and flag has a text, and
// that help/texts.txt describes no other.
func TestHelpDescribesEveryCommandAndFlag(t *testing.T) {
	t.Parallel()
	flags, uses := map[string][]string{"exit codes": {}}, map[string]int{}
	for line := range strings.Lines(newBench(t).run("", "help", "--json").out) {
		var command struct {
			Type, Command, Short string
			Flags                []struct{ Name, What string }
		}
		if err := json.Unmarshal([]byte(line), &command); err != nil {
			t.Fatal(err)
		}
		if command.Type != "command" {
			continue
		}
		if command.Short == "" {
			t.Errorf("%s has no text", command.Command)
		}
		flags[command.Command] = []string{}
		for _, f := range command.Flags {
			if uses[f.Name]++; f.What == "" {
				t.Errorf("%s --%s has no text", command.Command, f.Name)
			}
			flags[command.Command] = append(flags[command.Command], f.Name)
		}
	}
	texts, err := os.ReadFile(filepath.Join("help", "texts.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range uses {
		if n > 1 {
			flags["flags"] = append(flags["flags"], name)
		}
	}
	section := ""
	for line := range strings.Lines(string(texts)) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0] == "#":
		case line[0] != ' ':
			if section = strings.TrimSpace(line); flags[section] == nil {
				t.Errorf("help/texts.txt: %s is not a command", section)
			}
		case words[0] == "flag" || words[0] == "rare":
			if !slices.Contains(flags[section], words[1]) {
				t.Errorf("help/texts.txt: %s has no flag --%s", section, words[1])
			}
		}
	}
}

// TestHelpTokenFile checks that the example of help token-file has exactly the keys of
// a file that the program writes.
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
			t.Errorf("help token-file shows %s, which is not in the schema", k)
		}
	}
}

// keys returns the names in a JSON object and the objects in it.
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
