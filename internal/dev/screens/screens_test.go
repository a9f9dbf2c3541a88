package screens

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hinshun/vt10x"
)

// terminal returns what an emulator of that size shows after it received sent.
func terminal(name string, columns, rows int, sent string) Screen {
	v := vt10x.New(vt10x.WithSize(columns, rows))
	_, _ = v.Write([]byte(sent))
	return Of(v, name)
}

const styled = "plain \x1b[1mbold\x1b[0m \x1b[31mred\x1b[0m \x1b[7mreverse\x1b[0m\r\n" +
	"\x1b[3;4;93;45mmuch\x1b[0m é│ <&>\r\n\r\n│ last"

// TestText checks that Decode reads what Encode and EncodeChanges write.
func TestText(t *testing.T) {
	t.Parallel()
	first, second := terminal("one", 24, 5, styled), terminal("two", 24, 5, styled+"\r\nscrolled\x1b[?25l")
	second.Hold = 1500 * time.Millisecond
	third := terminal("three", 24, 5, styled+"!")
	all := []Screen{first, third, second}
	for _, text := range []string{Encode(all), EncodeChanges(all)} {
		back, err := Decode(text)
		if err != nil || len(back) != len(all) {
			t.Fatalf("%d screens, %v\n%s", len(back), err, text)
		}
		for i := range all {
			if !back[i].Same(&all[i]) || back[i].Name != all[i].Name || back[i].Hold != all[i].Hold {
				t.Errorf("%s came back as\n%s", Encode(all[i:i+1]), Encode(back[i:i+1]))
			}
		}
	}
	want := `# one 24x5 cursor 6,3
|plain bold red reverse
: 6-9 bold, 11-13 red, 15-21 paper on ink
|much é│ <&>
: 0-3 italic underline bright-yellow on magenta
|
|│ last
`
	if got := Encode(all[:1]); got != want {
		t.Errorf("written\n%s\nwant\n%s", got, want)
	}
	if !strings.Contains(EncodeChanges(all[:2]), "# three 24x5 cursor 7,3\n=3\n|│ last!\n") {
		t.Errorf("changes:\n%s", EncodeChanges(all[:2]))
	}
}

// TestTextRefused checks that an invalid line is an error with its number.
func TestTextRefused(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"|x", "# a", "# a 2x", "# a 2x2 cursor", "# a 2x2 soon", "# a 2x1\n|abc", "# a 2x1\n|a\n|b", "# a 2x1\n=1", "# a 2x1\n: 0 bold",
		"# a 2x1\n|a\n: 2 bold", "# a 2x1\n|a\n: x bold", "# a 2x1\n|a\n: 0-x bold", "# a 2x1\n|a\n: 0 pink", "# a 2x1\n|a\n: 0", "# a 2x1\n?",
	} {
		if all, err := Decode(bad); err == nil || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%q is %v, %v", bad, all, err)
		}
	}
}

// TestSame checks that every visible difference counts.
func TestSame(t *testing.T) {
	t.Parallel()
	one := terminal("", 10, 2, "abc")
	for name, other := range map[string]Screen{
		"text": terminal("", 10, 2, "abd"), "bold": terminal("", 10, 2, "ab\x1b[1mc"), "colour": terminal("", 10, 2, "ab\x1b[32mc"),
		"cursor": terminal("", 10, 2, "abc\x1b[1G"), "no cursor": terminal("", 10, 2, "abc\x1b[?25l"), "size": terminal("", 10, 3, "abc"),
	} {
		if one.Same(&other) {
			t.Errorf("%s makes no difference", name)
		}
	}
	if same := terminal("", 10, 2, "abc"); !one.Same(&same) {
		t.Error("a screen is not the same as itself")
	}
}

// TestReplace checks that a match may continue in the next row, keeps its style
// and moves nothing.
func TestReplace(t *testing.T) {
	t.Parallel()
	s := terminal("at", 8, 2, "port \x1b[1m12345\x1b[0m end")
	s.Replace(regexp.MustCompile(`\d+`), func(string) string { return "777" })
	if got := Encode([]Screen{s}); got != "# at 8x2 cursor 6,1\n|port 777\n: 5-7 bold\n|   end\n: 0-1 bold\n" {
		t.Error(got)
	}
}

// elements returns the start tags of an SVG, which must be well-formed.
func elements(t *testing.T, svg string) (all []xml.StartElement) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		if e, is := token.(xml.StartElement); is {
			all = append(all, e)
		}
	}
}

// TestFilm checks that the picture is well-formed, has no scripts and loads
// nothing, has colours for light and dark, and is not animated for readers who
// prefer reduced motion.
func TestFilm(t *testing.T) {
	t.Parallel()
	one, two := terminal("one", 24, 5, "$ \x1b[36mfirst\x1b[0m"), terminal("two", 24, 5, "$ \x1b[36mfirst\x1b[0m\r\n"+styled)
	one.Hold, two.Hold = time.Second, 3*time.Second
	svg := Film([]Screen{one, two}, Words{"en", "<Title>", "About & more", "window"})
	var names []string
	for _, e := range elements(t, svg) {
		names = append(names, e.Name.Local)
		for _, a := range e.Attr {
			if a.Name.Local == "href" && !strings.HasPrefix(a.Value, "#") || strings.HasPrefix(a.Name.Local, "on") {
				t.Errorf("%s has %s=%q", e.Name.Local, a.Name.Local, a.Value)
			}
		}
	}
	if slices.Contains(names, "script") || slices.Contains(names, "image") || slices.Contains(names, "foreignObject") || !slices.Contains(names, "title") || !slices.Contains(names, "desc") {
		t.Errorf("elements: %q", names)
	}
	for _, want := range []string{
		"prefers-color-scheme:dark", "prefers-reduced-motion:reduce", `role="img" lang="en"`, "&lt;Title&gt;", "About &amp; more",
		".k{animation:4.00s step-end infinite;visibility:hidden}.z{visibility:visible}",
		"@keyframes k1{0%{visibility:visible}25.000%{visibility:hidden}}", // the cursor of the first
		"@keyframes k2{0%{visibility:hidden}25.000%{visibility:visible}}",
		`<g class="k k1">`, `<g class="k k2 z">`, "</text>", ">first</text>", `&lt;&amp;&gt;`, dark.ansi[11],
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("%s is missing in\n%s", want, svg)
		}
	}
	if svg != Film([]Screen{one, two}, Words{"en", "<Title>", "About & more", "window"}) {
		t.Error("the same screens give another picture")
	}
}

// TestUnroll checks that the rows appear one by one, and that the last screen is unchanged.
func TestUnroll(t *testing.T) {
	t.Parallel()
	before, after := terminal("typed", 10, 5, "$ run"), terminal("end", 10, 5, "$ run\r\na\r\nb\r\n$ ")
	after.Hold = time.Second
	all := Unroll(before, after, 50*time.Millisecond)
	if got := EncodeChanges(all); got != `# end-0 10x5 cursor 0,1 50ms
|$ run
# end-1 10x5 cursor 0,2 50ms
=1
|a
# end-2 10x5 cursor 0,3 50ms
=2
|b
# end 10x5 cursor 2,3 1000ms
=3
|$
` {
		t.Error(got)
	}
	if got := Encode(Scroll(all[2:], 2)); got != "# end-2 10x2 cursor 0,1 50ms\n|b\n# end 10x2 cursor 2,1 1000ms\n|b\n|$\n" {
		t.Error(got)
	}
}
