package lang_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// sentences finds every lang.Text written as a literal in one Go file and says
// what is wrong with it; count is how many it looked at.
func sentences(name string, src []byte) (wrong []string, count int, err error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, 0, err
	}
	look := func(c *ast.CompositeLit) {
		count++
		for _, fault := range textFaults(c) {
			wrong = append(wrong, fmt.Sprintf("%s: %s", files.Position(c.Pos()), fault))
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		c, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if isText(c.Type, file.Name.Name) {
			look(c)
			return true
		}
		for _, e := range elided(c, file.Name.Name) {
			look(e)
		}
		return true
	})
	return wrong, count, nil
}

// isText recognises lang.Text, and Text inside package lang.
func isText(e ast.Expr, pkg string) bool {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		x, ok := e.X.(*ast.Ident)
		return ok && x.Name == "lang" && e.Sel.Name == "Text"
	case *ast.Ident:
		return pkg == "lang" && e.Name == "Text"
	}
	return false
}

// elided returns the elements of []lang.Text{…} and map[…]lang.Text{…} that
// are written without their type.
func elided(c *ast.CompositeLit, pkg string) (texts []*ast.CompositeLit) {
	var key, elem ast.Expr
	switch t := c.Type.(type) {
	case *ast.ArrayType:
		elem = t.Elt
	case *ast.MapType:
		key, elem = t.Key, t.Value
	default:
		return nil
	}
	add := func(t, e ast.Expr) {
		if star, ok := t.(*ast.StarExpr); ok {
			t = star.X
		}
		if l, ok := e.(*ast.CompositeLit); ok && l.Type == nil && t != nil && isText(t, pkg) {
			texts = append(texts, l)
		}
	}
	for _, e := range c.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			add(key, kv.Key)
			e = kv.Value
		}
		add(elem, e)
	}
	return texts
}

// half is one language's part of a literal: what of it is written here, and
// whether all of it is.
type half struct {
	given, whole bool
	text         string
}

func textFaults(c *ast.CompositeLit) (faults []string) {
	if len(c.Elts) == 0 {
		return nil // nothing to say
	}
	var fr, en half
	for i, e := range c.Elts {
		to := []*half{&fr, &en}[min(i, 1)]
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if to = &en; kv.Key.(*ast.Ident).Name == "FR" {
				to = &fr
			}
			e = kv.Value
		}
		text, whole := written(e)
		*to = half{true, whole, text}
	}
	for name, h := range map[string]half{"FR": fr, "EN": en} {
		if !h.given || h.whole && strings.TrimSpace(h.text) == "" {
			faults = append(faults, name+" is empty")
		}
		for _, r := range h.text {
			if why := badRune(r); why != "" {
				faults = append(faults, fmt.Sprintf("%s has %U: %s", name, r, why))
			}
		}
	}
	if f, e := verbs(fr.text), verbs(en.text); f != e && (fr.whole && en.whole || fr.text != "" && en.text != "") {
		faults = append(faults, fmt.Sprintf("the verbs differ: FR %s, EN %s", f, e))
	}
	if fr.whole && en.whole && fr.text == en.text && letters(fr.text) > 25 {
		faults = append(faults, "both halves are the same: use lang.Same, or translate")
	}
	if m := tight.FindString(fr.text); m != "" {
		faults = append(faults, fmt.Sprintf("FR wants a space before the punctuation in %q", m))
	}
	if m := quoted.FindString(fr.text); m != "" {
		faults = append(faults, fmt.Sprintf("FR wants spaces inside the guillemets in %q", m))
	}
	return faults
}

// French double punctuation follows a space; a colon in an address or in a
// time is followed by something, and is another matter.
var (
	tight  = regexp.MustCompile(`[\pL\pN)»][:;!?](\s|$)`)
	quoted = regexp.MustCompile(`«[^ ]|[^ ]»`)
)

// written evaluates what is a literal in e.
func written(e ast.Expr) (text string, whole bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.ParenExpr:
		return written(e.X)
	case *ast.BinaryExpr:
		a, wa := written(e.X)
		b, wb := written(e.Y)
		return a + b, wa && wb
	}
	return "", false
}

var verb = regexp.MustCompile(`%([-+# 0]*)(\*|\d+)?(\.(\*|\d+)?)?(\[\d+\])?(.|$)`)

// verbs lists the fmt verbs of a text by the argument they show, so that
// "%[2]s de %[1]d" is the same as "%d of %s".
func verbs(s string) string {
	var list []string
	next := 1
	put := func(v string) {
		for len(list) < next {
			list = append(list, "")
		}
		list[next-1] += v
		next++
	}
	for _, m := range verb.FindAllStringSubmatch(s, -1) {
		if m[6] == "%" && m[1]+m[2]+m[3]+m[5] == "" {
			continue
		}
		if m[2] == "*" {
			put("*")
		}
		if m[4] == "*" {
			put("*")
		}
		if m[5] != "" {
			next, _ = strconv.Atoi(strings.Trim(m[5], "[]"))
		}
		put("%" + strings.TrimSpace(m[1]) + m[6])
	}
	return "[" + strings.Join(list, " ") + "]"
}

func letters(s string) (n int) {
	for _, r := range s {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

// badRune says why a character may not be typed into a sentence.
func badRune(r rune) string {
	switch {
	case r == '\u00a0', r == '\u202f':
		return "write an ordinary space, In puts the unbreakable one"
	case r == '\n':
		return ""
	}
	for _, span := range wgl4 {
		if r >= span[0] && r <= span[1] {
			return ""
		}
	}
	return "not in WGL4, so a box on many Windows consoles"
}

// wgl4 are the characters of Windows Glyph List 4
// (learn.microsoft.com/typography/develop/character-design-standards, WGL4).
var wgl4 = [][2]rune{
	{0x20, 0x7e}, {0xa1, 0x17f}, {0x192, 0x192}, {0x1fa, 0x1ff}, {0x2c6, 0x2c7}, {0x2c9, 0x2c9}, {0x2d8, 0x2dd},
	{0x384, 0x38a}, {0x38c, 0x38c}, {0x38e, 0x3a1}, {0x3a3, 0x3ce}, {0x401, 0x40c}, {0x40e, 0x44f}, {0x451, 0x45c}, {0x45e, 0x45f}, {0x490, 0x491},
	{0x1e80, 0x1e85}, {0x1ef2, 0x1ef3}, {0x2013, 0x2015}, {0x2017, 0x201e}, {0x2020, 0x2022}, {0x2026, 0x2026}, {0x2030, 0x2030}, {0x2032, 0x2033},
	{0x2039, 0x203a}, {0x203c, 0x203c}, {0x203e, 0x203e}, {0x2044, 0x2044}, {0x207f, 0x207f}, {0x20a3, 0x20a4}, {0x20a7, 0x20a7}, {0x20ac, 0x20ac},
	{0x2105, 0x2105}, {0x2113, 0x2113}, {0x2116, 0x2116}, {0x2122, 0x2122}, {0x2126, 0x2126}, {0x212e, 0x212e}, {0x215b, 0x215e}, {0x2190, 0x2195}, {0x21a8, 0x21a8},
	{0x2202, 0x2202}, {0x2206, 0x2206}, {0x220f, 0x220f}, {0x2211, 0x2212}, {0x2215, 0x2215}, {0x2219, 0x221a}, {0x221e, 0x221f}, {0x2229, 0x2229}, {0x222b, 0x222b},
	{0x2248, 0x2248}, {0x2260, 0x2261}, {0x2264, 0x2265}, {0x2302, 0x2302}, {0x2310, 0x2310}, {0x2320, 0x2321},
	{0x2500, 0x2500}, {0x2502, 0x2502}, {0x250c, 0x250c}, {0x2510, 0x2510}, {0x2514, 0x2514}, {0x2518, 0x2518}, {0x251c, 0x251c}, {0x2524, 0x2524},
	{0x252c, 0x252c}, {0x2534, 0x2534}, {0x253c, 0x253c}, {0x2550, 0x256c}, {0x2580, 0x2580}, {0x2584, 0x2584}, {0x2588, 0x2588}, {0x258c, 0x258c}, {0x2590, 0x2593},
	{0x25a0, 0x25a1}, {0x25aa, 0x25ac}, {0x25b2, 0x25b2}, {0x25ba, 0x25ba}, {0x25bc, 0x25bc}, {0x25c4, 0x25c4}, {0x25ca, 0x25cb}, {0x25cf, 0x25cf},
	{0x25d8, 0x25d9}, {0x25e6, 0x25e6}, {0x263a, 0x263c}, {0x2640, 0x2640}, {0x2642, 0x2642}, {0x2660, 0x2660}, {0x2663, 0x2663}, {0x2665, 0x2666}, {0x266a, 0x266b}, {0xfb01, 0xfb02},
}

// TestEverySentenceSpeaksBothLanguages reads the whole module.
func TestEverySentenceSpeaksBothLanguages(t *testing.T) {
	t.Parallel()
	root := "../.."
	total := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		wrong, count, err := sentences(strings.TrimPrefix(filepath.ToSlash(path), root+"/"), src)
		for _, w := range wrong {
			t.Error(w)
		}
		total += count
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if total < 100 {
		t.Errorf("only %d sentences found: is the search broken?", total)
	}
}

// TestBadSentencesAreFound plants what the test above is there to refuse.
func TestBadSentencesAreFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, src, want string }{
		{"good", `lang.Text{FR: "Bonjour %s : voilà.", EN: "Hello %s: there."}`, ""},
		{"nothing to say", `lang.Text{}`, ""},
		{"no English", `lang.Text{FR: "Bonjour"}`, "EN is empty"},
		{"no French", `lang.Text{EN: "Hello"}`, "FR is empty"},
		{"blank French", `lang.Text{FR: " ", EN: "Hello"}`, "FR is empty"},
		{"empty by place", `lang.Text{"", "Hello"}`, "FR is empty"},
		{"good by place", `lang.Text{"Bonjour", "Hello"}`, ""},
		{"a verb less", `lang.Text{FR: "%s de %s", EN: "%s"}`, "verbs differ"},
		{"verbs in another order", `lang.Text{FR: "%d de %s", EN: "%s of %d"}`, "verbs differ"},
		{"another order, numbered", `lang.Text{FR: "%[2]d de %[1]s", EN: "%s of %d"}`, ""},
		{"another verb", `lang.Text{FR: "%d jours", EN: "%s days"}`, "verbs differ"},
		{"another flag", `lang.Text{FR: "%+d", EN: "%d"}`, "verbs differ"},
		{"widths may differ", `lang.Text{FR: "%20s|", EN: "%18s|"}`, ""},
		{"percent signs are no verbs", `lang.Text{FR: "%d %%", EN: "%d%%"}`, ""},
		{"a verb beyond a plus", `lang.Text{FR: "a " + "%s", EN: "b"}`, "verbs differ"},
		{"a verb beyond a plus, with a constant", `lang.Text{FR: "a " + x + " %s", EN: "b " + x}`, "verbs differ"},
		{"values are not judged", `lang.Text{FR: a, EN: b}`, ""},
		{"no-break space", "lang.Text{FR: \"Oui\u00a0!\", EN: \"Yes!\"}", "U+00A0"},
		{"no-break space, escaped", `lang.Text{FR: "Oui\u00a0!", EN: "Yes!"}`, "U+00A0"},
		{"narrow no-break space", "lang.Text{FR: \"Oui\u202f!\", EN: \"Yes!\"}", "U+202F"},
		{"tick", `lang.Text{FR: "✓ fait", EN: "done"}`, "U+2713"},
		{"cross", `lang.Text{FR: "non", EN: "✗ no"}`, "U+2717"},
		{"prompt", `lang.Text{FR: "❯ oui", EN: "yes"}`, "U+276F"},
		{"emoji", `lang.Text{FR: "oui 🙂", EN: "yes"}`, "U+1F642"},
		{"tab", `lang.Text{FR: "a\tb", EN: "a b"}`, "U+0009"},
		{"escape", `lang.Text{FR: "\x1b[1moui", EN: "yes"}`, "U+001B"},
		{"glyphs that are there", `lang.Text{FR: "│ • → √ × … « œ » – €", EN: "x\ny"}`, ""},
		{"not translated", `lang.Text{FR: "Copy the client secret again, please", EN: "Copy the client secret again, please"}`, "same"},
		{"a short one may be the same", `lang.Text{FR: "SMTP, IMAP", EN: "SMTP, IMAP"}`, ""},
		{"English punctuation", `lang.Text{FR: "Erreur: %s", EN: "Error: %s"}`, "space before"},
		{"English exclamation", `lang.Text{FR: "Oui!", EN: "Yes!"}`, "space before"},
		{"an address's colon", `lang.Text{FR: "Ouvrez https://localhost:80 à 10:30.", EN: "Open it."}`, ""},
		{"tight guillemets", `lang.Text{FR: "le «secret»", EN: "the secret"}`, "guillemets"},
		{"straight apostrophe", `lang.Text{FR: "l'adresse", EN: "the address"}`, ""},
		{"in a slice", `[]lang.Text{{FR: "a", EN: "b"}, {FR: "a"}}`, "EN is empty"},
		{"in a slice of pointers", `[]*lang.Text{{FR: "a"}}`, "EN is empty"},
		{"in an array", `[...]lang.Text{2: {EN: "a"}}`, "FR is empty"},
		{"in a map", `map[string]lang.Text{"x": {FR: "a"}}`, "EN is empty"},
		{"as a map's key", `map[lang.Text]int{{FR: "a"}: 1}`, "EN is empty"},
		{"in a struct", `Fault{ID: "x", What: lang.Text{FR: "a"}}`, "EN is empty"},
		{"with arguments", `lang.Text{FR: "a"}.With(1)`, "EN is empty"},
		{"pointer", `&lang.Text{FR: "a"}`, "EN is empty"},
		{"deep", `f(func() any { return []any{[]T{{Title: lang.Text{FR: "a"}}}} })`, "EN is empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wrong, count, err := sentences("planted.go", []byte("package p\nvar _ = "+c.src+"\n"))
			got := strings.Join(wrong, "; ")
			if err != nil || count == 0 || (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("%s: found %q in %d texts, want %q, %v", c.src, got, count, c.want, err)
			}
		})
	}
	wrong, _, err := sentences("planted.go", []byte(`package lang; var t = Text{FR: "a"}`))
	if err != nil || len(wrong) != 1 {
		t.Errorf("inside package lang: %q %v", wrong, err)
	}
}
