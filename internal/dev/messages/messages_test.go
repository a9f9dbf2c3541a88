package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../../.."

// TestTranslationsAreComplete compares the texts of the module with every .po file: no
// text may be untranslated, unused or fuzzy, and the format verbs must agree.
func TestTranslationsAreComplete(t *testing.T) {
	t.Parallel()
	texts, err := extract(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(texts) < 1000 {
		t.Errorf("only %d texts found: is the search broken?", len(texts))
	}
	files, err := filepath.Glob(filepath.Join(root, folder, "*.po"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v %v", files, err)
	}
	var catalogs []catalog
	for _, file := range files {
		c, err := readCatalog(file)
		if err != nil {
			t.Fatal(err)
		}
		catalogs = append(catalogs, c)
		known := map[string]translation{}
		for _, e := range c.entries {
			known[e.key] = e
		}
		for _, m := range texts {
			for i, form := range strings.Split(known[m.key()].text, "\x00") {
				english := m.key()
				if i > 0 {
					english = m.many
				}
				for _, fault := range faults(english, translation{text: form, fuzzy: known[m.key()].fuzzy}) {
					t.Errorf("%s, %v: %q: %s", c.lang, m.files, m.format, fault)
				}
			}
			delete(known, m.key())
		}
		for key := range known {
			t.Errorf("%s: %q is no longer used; run internal/dev/messages", c.lang, key)
		}
	}
	want, err := compile(catalogs)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(root, folder, "catalog.go")); err != nil || !bytes.Equal(got, want) {
		t.Errorf("catalog.go does not match the .po files; run internal/dev/messages: %v", err)
	}
}

func TestBadTranslationsAreFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, english, french, want string }{
		{"good", "Hello %s: there.", "Bonjour %s : voilà.", ""},
		{"with a context", "menu\x04Hello %s", "Bonjour %s", ""},
		{"no English", "", "Bonjour", "empty"},
		{"no French", "Hello", "", "not translated"},
		{"blank French", "Hello", " ", "not translated"},
		{"a verb less", "%s", "%s de %s", "verbs differ"},
		{"verbs in another order", "%s of %d", "%d de %s", "verbs differ"},
		{"another order, numbered", "%s of %d", "%[2]d de %[1]s", ""},
		{"another verb", "%s days", "%d jours", "verbs differ"},
		{"another flag", "%d", "%+d", "verbs differ"},
		{"widths may differ", "%18s|", "%20s|", ""},
		{"percent signs are no verbs", "%d%%", "%d %%", ""},
		{"no-break space", "Yes!", "Oui\u00a0!", "U+00A0"},
		{"narrow no-break space", "Yes!", "Oui\u202f!", "U+202F"},
		{"tick", "done", "✓ fait", "U+2713"},
		{"cross", "✗ no", "non", "U+2717"},
		{"prompt", "yes", "❯ oui", "U+276F"},
		{"emoji", "yes", "oui 🙂", "U+1F642"},
		{"tab", "a b", "a\tb", "U+0009"},
		{"escape", "yes", "\x1b[1moui", "U+001B"},
		{"allowed characters", "x\ny", "│ • → √ × … « œ » – €", ""},
		{"not translated", "Copy the client secret again, please", "Copy the client secret again, please", "same"},
		{"a short one may be the same", "SMTP, IMAP", "SMTP, IMAP", ""},
		{"English punctuation", "Error: %s", "Erreur: %s", "space before"},
		{"English exclamation", "Yes!", "Oui!", "space before"},
		{"colon in an address", "Open it.", "Ouvrez https://localhost:80 à 10:30.", ""},
		{"guillemets without spaces", "the secret", "le «secret»", "guillemets"},
		{"straight apostrophe", "the address", "l'adresse", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.Join(faults(c.english, translation{text: c.french}), "; ")
			if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
	if got := faults("Hello", translation{text: "Bonjour", fuzzy: true}); len(got) != 1 {
		t.Errorf("fuzzy: %q", got)
	}
}

func TestExtractFindsTexts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, src, want, bad string }{
		{"plain", `i18n.T("a")`, "a", ""},
		{"with arguments", `i18n.T("a %s", x)`, "a %s", ""},
		{"joined", `i18n.T("a " + ("b"))`, "a b", ""},
		{"with a context", `i18n.C("menu", "a", x)`, "menu\x04a", ""},
		{"with a plural", `i18n.N("%d a", "%d as", n, n)`, "%d a", ""},
		{"in a slice", `[]i18n.Text{i18n.T("a"), i18n.T("b")}`, "a|b", ""},
		{"as an argument", `i18n.T("a", i18n.T("b"))`, "a|b", ""},
		{"deep", `f(func() any { return []any{[]T{{Title: i18n.T("a").With(1)}}} })`, "a", ""},
		{"literals are not translated", `i18n.Literal("a")`, "", ""},
		{"empty", `i18n.Text{}`, "", ""},
		{"a variable", `i18n.T(x)`, "", "planted.go:3:9: the format of a text must be a constant"},
		{"a variable joined", `i18n.T("a" + x)`, "", "must be a constant"},
		{"a plural that varies", `i18n.N("a", x, n)`, "", "must be a constant"},
		{"a context that varies", `i18n.C(x, "a")`, "", "must be a constant"},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, err := extractFile("planted.go", []byte("package p\n\nvar _ = "+c.src+"\n"))
			if c.bad != "" {
				if err == nil || !strings.Contains(err.Error(), c.bad) {
					t.Errorf("%v, want %q", err, c.bad)
				}
				return
			}
			var got []string
			for _, m := range found {
				got = append(got, m.key())
			}
			if strings.Join(got, "|") != c.want || err != nil {
				t.Errorf("%q %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestFrenchPunctuationDoesNotBreak(t *testing.T) {
	t.Parallel()
	if got, want := unbreakable("Bonjour %s : %d « essais » ! Où ; là ?"), "Bonjour %s\u00a0: %d «\u00a0essais\u00a0»\u00a0! Où\u00a0; là\u00a0?"; got != want {
		t.Errorf("%+q, want %+q", got, want)
	}
}

func TestReadCatalog(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "fr.po")
	po := "msgid \"\"\nmsgstr \"\"\n\"Language: fr\\n\"\n\"Plural-Forms: nplurals=2; plural=(n > 1);\\n\"\n\n#: a.go b.go\n#, fuzzy\nmsgctxt \"menu\"\nmsgid \"\"\n\"one\\n\"\n\"\\\"two\\\"\"\nmsgstr \"un\"\n" +
		"\nmsgid \"%d base\"\nmsgid_plural \"%d bases\"\nmsgstr[0] \"%d base\"\nmsgstr[1] \"%d bases\"\n"
	if err := os.WriteFile(file, []byte(po), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := readCatalog(file)
	want := []translation{{"menu\x04one\n\"two\"", "un", true}, {"%d base", "%d base\x00%d bases", false}}
	if err != nil || !slices.Equal(c.entries, want) || c.lang != "fr" || c.plural != "(n > 1)" {
		t.Errorf("%+v %v", c, err)
	}
}

func TestPluralRulesAreCompiled(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		"0":                         "return 0",
		"(n > 1)":                   "if (n > 1) {\nreturn 1\n}\nreturn 0",
		"n==1 ? 0 : n%10<5 ? 1 : 2": "if n==1  {\nreturn  0 \n}\nif n%10<5  {\nreturn  1 \n}\nreturn 2",
	} {
		if got := pluralRule(expression); got != want {
			t.Errorf("%s: %q, want %q", expression, got, want)
		}
	}
}
