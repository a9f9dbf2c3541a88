package main

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// forbidden is an expression of the glossary that no text may use.
type forbidden struct {
	words   string
	pattern *regexp.Regexp
	except  []string
}

// glossary returns the forbidden expressions of a column of docs/glossary.md:
// "one; another (except a phrase; another phrase)".
func glossary(t *testing.T, column int) (all []forbidden) {
	t.Helper()
	entry := regexp.MustCompile(`([^;()]+)(?:\(except ([^)]*)\))?`)
	for line := range strings.Lines(read(t, root+"/docs/glossary.md")) {
		cells := strings.Split(line, "|")
		if len(cells) < 6 || strings.HasPrefix(line, "| English") || strings.HasPrefix(line, "|--") {
			continue
		}
		for _, m := range entry.FindAllStringSubmatch(cells[column], -1) {
			f := forbidden{words: strings.TrimSpace(m[1])}
			if f.words == "" {
				continue
			}
			if m[2] != "" {
				f.except = strings.Split(m[2], "; ")
			}
			flags := "(?i)"
			if f.words == strings.ToUpper(f.words) {
				flags = ""
			}
			f.pattern = regexp.MustCompile(flags + `(^|[^\pL\pN])` + regexp.QuoteMeta(f.words) + `s?([^\pL\pN]|$)`)
			all = append(all, f)
		}
	}
	return all
}

// in reports whether a text uses the expression outside its exceptions.
func (f forbidden) in(text string) bool {
	for _, phrase := range f.except {
		text = regexp.MustCompile(`(?i)`+regexp.QuoteMeta(phrase)).ReplaceAllString(text, " ")
	}
	return f.pattern.MatchString(text)
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Commands, addresses, identifiers, code and labels in brackets are not translated.
var code = regexp.MustCompile("`[^`]*`|\\([A-Z][^)]*\\)|\\]\\([^)]*\\)|openfire-o365( [a-z-]+)+|\\S*[/_=@]\\S*|--[a-z-]+|" +
	`\{[^}]*\}|[\w-]+(\.[\w-]+)+|\b(setup|verify|token (refresh|status|schedule)|token-file)\b`)

// prose returns the text without code and portal labels.
func prose(t *testing.T, text string) string {
	t.Helper()
	var labels []string
	for line := range strings.Lines(read(t, root+"/internal/guide/pages/labels.txt")) {
		if en, fr, found := strings.Cut(strings.TrimSpace(line), " | "); found {
			labels = append(labels, en, fr)
		}
	}
	slices.SortFunc(labels, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	text = code.ReplaceAllString(strings.ReplaceAll(text, "\u00a0", " "), " ")
	for _, label := range labels {
		if strings.Contains(label, " ") {
			text = strings.ReplaceAll(text, label, "§")
		}
	}
	return text
}

// The columns of the glossary with forbidden terms.
const inFrench, inEnglish = 3, 4

// checked are the files to check, by column.
var checked = map[int][]string{
	inFrench:  {"docs/README.fr.md", "internal/i18n/fr.po", "internal/guide/pages/fr.md", "docs/guide/fr/*.md"},
	inEnglish: {"README.md", "docs/*.md", "docs/deploy/README.md", "internal/i18n/fr.po", "internal/guide/pages/en.md", "docs/guide/en/*.md"},
}

// TestGlossaryIsUsed looks for forbidden terms in texts and documents.
func TestGlossaryIsUsed(t *testing.T) {
	t.Parallel()
	for column, patterns := range checked {
		terms := glossary(t, column)
		if len(terms) < 12 {
			t.Errorf("the glossary has only %d forbidden terms: is the search broken?", len(terms))
		}
		for _, pattern := range patterns {
			files, err := filepath.Glob(filepath.Join(root, pattern))
			if err != nil || len(files) == 0 {
				t.Errorf("no file %s: %v", pattern, err)
			}
			for _, file := range files {
				for _, text := range paragraphs(t, file, column) {
					words := prose(t, text)
					for _, f := range terms {
						if f.in(words) {
							t.Errorf("%s: %q is forbidden by docs/glossary.md in %q", file, f.words, text)
						}
					}
				}
			}
		}
	}
}

// paragraphs returns the texts of a catalog in one language, or the paragraphs of
// a document. The glossary and the French README are not English.
func paragraphs(t *testing.T, file string, column int) (all []string) {
	t.Helper()
	switch name := filepath.Base(file); {
	case column == inEnglish && (name == "glossary.md" || name == "README.fr.md"):
		return nil
	case filepath.Ext(name) != ".po":
		return strings.Split(read(t, file), "\n\n")
	}
	c, err := readCatalog(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range c.entries {
		if column == inEnglish {
			e.text = e.key
		}
		all = append(all, e.text)
	}
	return all
}

func TestGlossaryFindsForbiddenTerms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"Le jeton d'accès a expiré.", ""},
		{"Le token a expiré.", "token"},
		{"Les Tokens ont expiré.", "token"},
		{"Lancez « openfire-o365 token refresh ».", ""},
		{"Un message de non-remise.", ""},
		{"La remise du message.", "remise"},
		{"Résultat : INCONNU", "INCONNU"},
		{"Un code inconnu.", ""},
		{"Autorisations « Envoyer en tant que » (Send as permissions)", ""},
		{"Redirection vers login.microsoftonline.com", ""},
	} {
		got := ""
		for _, f := range glossary(t, inFrench) {
			if f.in(prose(t, c.text)) {
				got += f.words
			}
		}
		if got != c.want {
			t.Errorf("%q: found %q, want %q", c.text, got, c.want)
		}
	}
}
