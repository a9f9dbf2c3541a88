package sanitize_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// isHostile contains texts that move the cursor, or hide, reorder or forge text.
var isHostile = []string{
	"\x1b[2J\x1b[H", "\x1b]0;title\x07", "\x1b]52;c;ZXZpbA==\x07", "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
	"\x1bP$q\x1b\\", "\x1b_apc\x1b\\", "\x1b^pm\x1b\\", "\x1bc", "\x1b[6n", "\x1b[?1049h", "\x1b", "\x1b[31mred",
	"\x00", "a\x00b", "\x07bell", "back\x08\x08\x08\x08", "over\rwritten", "line\nforged: ok", "crlf\r\nforged", "\v\f", "tab\tbed",
	"\x7f", "\u0080", "\u009b31m", "\u009d0;t\u009c", "\u0085next", "\x9b31m", "\xc2", "\xff\xfe", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
	"\u202eexe.fdp", "\u202a\u202b\u202c\u202d", "\u2066\u2067\u2068\u2069", "\u200e\u200f\u061c", "zero\u200bwidth", "\u200c\u200d\u2060", "\ufeffbom",
	"\u00adsoft", "\u2028line\u2029paragraph", "\u180e", "\ue000private", "\U000f0000", "\U000e0041tag", "\ufff9\ufffa\ufffb", "\uffff", "\U0010ffff",
	"\u115ffiller", "\u3164filler", "\u1160\uffa0", "e" + strings.Repeat("\u0301", 2000), strings.Repeat("x", 10_000), strings.Repeat("\x1b", 10_000), strings.Repeat("\n", 10_000) + "x",
	strings.Repeat("a ", 10_000), `"><script>alert(1)</script>`, "%s%n%x", "|'; rm -rf ~",
}

// longest is the maximum length of a result: MaxText characters, each replaced by a
// number with a space before it, and the ellipsis.
const longest = sanitize.MaxText*len(" <10FFFF>") + len("…")

// obeyed reports whether a terminal or a log interprets r, or a reader cannot see
// it.
func obeyed(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}

func checkLine(t *testing.T, in string) {
	t.Helper()
	out := sanitize.Line(in)
	if !utf8.ValidString(out) || strings.IndexFunc(out, obeyed) >= 0 {
		t.Errorf("%+q became %+q", in, out)
	}
	if len(out) > longest*utf8.UTFMax {
		t.Errorf("%d bytes became %d", len(in), len(out))
	}
	if strings.TrimSpace(out) != out {
		t.Errorf("%+q keeps blanks around: %+q", in, out)
	}
}

func TestLineReplacesControlCharacters(t *testing.T) {
	t.Parallel()
	if len(isHostile) < 50 {
		t.Fatalf("only %d hostile texts", len(isHostile))
	}
	for _, s := range isHostile {
		checkLine(t, s)
		checkLine(t, "before "+s+" after")
	}
}

func TestTextReplacesControlCharacters(t *testing.T) {
	t.Parallel()
	for _, s := range isHostile {
		out := sanitize.Text("before " + s + " after\nnext")
		if !utf8.ValidString(out) || strings.IndexFunc(strings.ReplaceAll(out, "\n", ""), obeyed) >= 0 {
			t.Errorf("%+q became %+q", s, out)
		}
		if !strings.HasPrefix(out, "before ") || !strings.HasSuffix(out, " after\nnext") {
			t.Errorf("%+q cut the sentence: %+q", s, out)
		}
	}
	if got := sanitize.Text("« été » :\u00a0a\tb\ufffd\xff"); got != "« été » :\u00a0a b\ufffd<FF>" {
		t.Errorf("%+q", got)
	}
}

func TestLineShowsWhatWasThere(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                             "",
		" \r\n\t ":                     "",
		"AADSTS50011: ok.":             "AADSTS50011: ok.",
		"boîte aux lettres « compta »": "boîte aux lettres « compta »",
		"Ελληνικά 日本語 العربية 🙂":                "Ελληνικά 日本語 العربية 🙂",
		"one\r\n\ttwo   three\n":                "one two three",
		"\x1b[31mred":                           "<1B>[31mred",
		"a\u202eb\u200bc":                       "a<202E>b<200B>c",
		"bad \xff byte":                         "bad <FF> byte",
		"a \x1b b":                              "a <1B> b",
		"a\u1160b\uffa0":                        "a<1160>b<FFA0>",
		strings.Repeat("a ", sanitize.MaxText):  strings.Repeat("a ", sanitize.MaxText/2) + "a…",
		"a\u00a0b":                              "a\u00a0b",
		"5.7.3 <a@b.fr>":                        "5.7.3 <a@b.fr>",
		strings.Repeat("é", sanitize.MaxText):   strings.Repeat("é", sanitize.MaxText),
		strings.Repeat("é", sanitize.MaxText+1): strings.Repeat("é", sanitize.MaxText) + "…",
	} {
		if got := sanitize.Line(in); got != want {
			t.Errorf("Line(%+q) = %+q, want %+q", in, got, want)
		}
	}
}

func FuzzLine(f *testing.F) {
	for _, s := range isHostile {
		f.Add(s)
	}
	f.Fuzz(checkLine)
}

func TestPastedUndoesWhatProgramsAdd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"plain", "abc", "abc"},
		{"blanks", "  abc\t ", "abc"},
		{"line end", "abc\r\n", "abc"},
		{"no-break space", "\u00a0abc\u202f", "abc"},
		{"figure and thin space", "\u2007abc\u2009", "abc"},
		{"zero width", "\u200ba\u200db\u200cc\u2060", "abc"},
		{"byte order mark", "\ufeffabc", "abc"},
		{"soft hyphen", "a\u00adbc", "abc"},
		{"direction marks of Windows' property pages", "\u200eabc\u202c\u200f", "abc"},
		{"double quotes", `"abc"`, "abc"},
		{"single quotes", "'abc'", "abc"},
		{"typographic double quotes", "\u201cabc\u201d", "abc"},
		{"typographic single quotes", "\u2018abc\u2019", "abc"},
		{"Teams' code", "`abc`", "abc"},
		{"mail's angle brackets", "<https://mabase.openfire.fr>", "https://mabase.openfire.fr"},
		{"blanks inside quotes", `" abc "`, "abc"},
		{"one pair only", `""abc""`, `"abc"`},
		{"one quote stays", `"abc`, `"abc`},
		{"a lone quote", `"`, `"`},
		{"two quotes are nothing", `""`, ""},
		{"French quotes", "\u00ab\u00a0abc\u00a0\u00bb", "abc"},
		{"direction overrides and isolates", "\u202dabc\u202e\u2066\u2069", "abc"},
		{"inside is left", `a"b'c d`, `a"b'c d`},
		{"apostrophe", "l\u2019adresse", "l'adresse"},
		{"tilde and dots of a secret", "8Q~8.a_-b%C", "8Q~8.a_-b%C"},
		{"nothing", "", ""},
		{"only invisible", "\u200b\ufeff \u00a0", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := sanitize.Pasted(c.in); got != c.want {
				t.Errorf("Pasted(%+q) = %+q, want %+q", c.in, got, c.want)
			}
		})
	}
}

func FuzzPasted(f *testing.F) {
	f.Add("\u00a0\u201cabc\u201d ")
	f.Add(`"'a'"`)
	f.Fuzz(func(t *testing.T, s string) {
		if got := sanitize.Pasted(s); len(got) > len(s) || got != strings.TrimSpace(got) {
			t.Errorf("Pasted(%+q) = %+q", s, got)
		}
	})
}
