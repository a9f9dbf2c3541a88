//go:build scale

package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// build builds the program with the catalogs given instead of its own.
func build(t *testing.T, catalogs ...catalog) (program string) {
	t.Helper()
	dir := t.TempDir()
	source, err := compile(catalogs)
	if err != nil {
		t.Fatal(err)
	}
	table := filepath.Join(dir, "catalog.go")
	if err := os.WriteFile(table, source, 0o600); err != nil {
		t.Fatal(err)
	}
	replaced, err := filepath.Abs(filepath.Join(root, folder, "catalog.go"))
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{replaced: table}})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	program = filepath.Join(dir, "openfire-o365")
	command := exec.CommandContext(t.Context(), "go", "build", "-overlay", list, "-o", program, "./cmd/openfire-o365")
	command.Dir = root
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// output runs the program and returns all that it prints.
func output(ctx context.Context, program, lang string, args ...string) string {
	command := exec.CommandContext(ctx, program, append(args, "--lang", lang)...)
	command.Env = []string{"HOME=/nowhere", "COLUMNS=500"}
	out, _ := command.CombinedOutput() // the output of failures is checked too
	return string(out)
}

// TestALanguageIsOneFile builds the program with a copy of the French translations
// under another name. Its output must be the same as in French.
//
//ci:scale
func TestALanguageIsOneFile(t *testing.T) {
	t.Parallel()
	french, err := readCatalog(filepath.Join(root, folder, "fr.po"))
	if err != nil {
		t.Fatal(err)
	}
	copied := french
	copied.lang = "de"
	copied.entries = nil
	for _, e := range french.entries {
		copied.entries = append(copied.entries, translation{key: e.key, text: unbreakable(e.text)})
	}
	program := build(t, french, copied)
	for _, args := range [][]string{{"help"}, {"help", "setup"}, {"help", "exit-codes"}, {"explain", "AADSTS50105"}, {"explain", "nothing"}} {
		want, got := output(t.Context(), program, "fr", args...), output(t.Context(), program, "de", args...)
		if want != got || !strings.ContainsAny(want, "éèà") {
			t.Errorf("%q in the copied language:\n%s\nin French:\n%s", args, got, want)
		}
	}
}

// marked returns the catalog of a language that puts ⟦ and ⟧ around each text, except
// the arguments.
func marked(t *testing.T) catalog {
	t.Helper()
	texts, err := extract(root)
	if err != nil {
		t.Fatal(err)
	}
	c := catalog{lang: "qps", plural: "(n != 1)"}
	for _, m := range texts {
		mark := func(format string) string {
			words := verb.ReplaceAllStringFunc(format, func(v string) string {
				if v == "%%" {
					return v
				}
				return "⟧" + v + "⟦"
			})
			return "⟦" + words + "⟧"
		}
		text := mark(m.format)
		if m.many != "" {
			text += "\x00" + mark(m.many)
		}
		c.entries = append(c.entries, translation{key: m.key(), text: text})
	}
	return c
}

var (
	translated = regexp.MustCompile(`(?s)⟦[^⟦⟧]*⟧`)
	word       = regexp.MustCompile(`\pL{3,}`)
	// data matches what is the same in every language: commands, topics, flags and their
	// values, bases, addresses, files, identifiers and names of systems.
	data = regexp.MustCompile(`openfire-o365[^⟦\n]*|-?-[a-z][a-z0-9-]*( [A-Z|]+)?|\S*[/\\@._=]\S*|` +
		`[0-9A-Fa-f]{8}-[0-9A-Fa-f-]+|\b[A-Z]+[0-9]*\b|\b(setup|setpu|verify|token|refresh|apply|explain|sandbox|` +
		`completion|version|exit-codes|guide|auto|manual|yes|nameOffice|Office|csv|shell|keep|mailbox|below|archive|browser|least|timeout|fish|cron|crontab|qps|(mabase)+)\b`)
)

// TestEverySentenceIsTranslated runs the commands in a language that marks its texts.
// Unmarked text is not translated.
//
//ci:scale
func TestEverySentenceIsTranslated(t *testing.T) {
	t.Parallel()
	program, dir := build(t, marked(t)), t.TempDir()
	// Setup shows pages of the guide, which are translated as whole files.
	output(t.Context(), program, "qps", "setup", "--sandbox", "--dir", dir)
	for _, args := range [][]string{
		{"help"}, {"help", "setup"}, {"help", "verify"}, {"help", "apply"}, {"help", "explain"}, {"help", "sandbox"},
		{"help", "token", "refresh"}, {"help", "token", "status"}, {"help", "token", "schedule", "install"},
		{"help", "completion"}, {"help", "exit-codes"},
		{"verify", "--sandbox", "--dir", dir}, {"token", "status", "mabase", "--dir", dir + "/sandbox"},
		{"apply", "--sandbox", "--dir", dir},
		{"verify", "--offline", "--all", "--dir", dir + "/sandbox"}, {"token", "schedule", "show", "--with", "cron"},
		{"explain", "AADSTS50105"}, {"explain", "535 5.7.139"}, {"explain", "nothing"}, {"setpu"}, {"verify", "--nosuch"},
		{"verify", "--timeout", "1"}, {"verify", "a b"}, {"setup", "192.0.2.1"}, {"token", "refresh", "--all", "--dir", dir + "/none"},
	} {
		out := output(t.Context(), program, "qps", args...)
		if !strings.Contains(out, "⟦") {
			t.Errorf("%q prints no marked text:\n%s", args, out)
		}
		left := out
		for translated.MatchString(left) {
			left = translated.ReplaceAllString(left, "")
		}
		for line := range strings.Lines(data.ReplaceAllString(left, "")) {
			if found := word.FindAllString(line, -1); found != nil {
				t.Errorf("%q: %q is not translated", args, found)
			}
		}
	}
}
