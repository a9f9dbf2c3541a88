package guide

import (
	"bytes"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// page renders one page as it is served.
func page(t *testing.T, l i18n.Lang, v Values, n int) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, l, v, n, "nonce", box(l)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPagesAreWellFormed: every page as HTML, every drawing as XML.
func TestPagesAreWellFormed(t *testing.T) {
	t.Parallel()
	script := regexp.MustCompile(`(?s)(<script[^>]*>).*?(</script>)`) // what is in it is no markup
	parse := func(name, text string, strict bool) {
		d := xml.NewDecoder(strings.NewReader(script.ReplaceAllString(text, "$1$2")))
		if d.Strict = strict; !strict {
			d.AutoClose, d.Entity = xml.HTMLAutoClose, xml.HTMLEntity
		}
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
		}
	}
	hostile := Example()
	hostile.Mailbox, hostile.Base = `"><script>alert(1)</script>&@client.fr`, `https://a&b<c>.fr`
	for _, l := range []i18n.Lang{i18n.French, i18n.English} {
		for n, p := range Pages(hostile) {
			text := page(t, l, hostile, n)
			parse(p.ID, text, false)
			if strings.Contains(text, "<script>alert") || strings.Contains(text, "**") || strings.Contains(text, "%!") {
				t.Errorf("%s, %s: not escaped, or a mark is left:\n%s", p.ID, l, text)
			}
			if ids := regexp.MustCompile(` id="([^"]*)"`).FindAllString(text, -1); len(ids) != len(unique(ids)) {
				t.Errorf("%s: an id twice: %v", p.ID, ids)
			}
		}
	}
	for name, text := range Files() {
		if strings.HasSuffix(name, ".svg") {
			parse(name, text, true)
		}
		if strings.Contains(text, "%!") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func unique(list []string) map[string]bool {
	set := map[string]bool{}
	for _, s := range list {
		set[s] = true
	}
	return set
}

// TestDrawings: each has a title and says its numbers, which are those of its
// part's steps, and every text stays inside.
func TestDrawings(t *testing.T) {
	t.Parallel()
	number := regexp.MustCompile(`class="number"[^>]*>(\d+)<`)
	for _, l := range []i18n.Lang{i18n.French, i18n.English} {
		for _, p := range Pages(Example()) {
			for i, part := range p.Parts {
				if part.Drawing == nil {
					continue
				}
				svg := part.Drawing.SVG(l, "x", true)
				if !strings.Contains(svg, "<title id=\"x-title\">"+html.EscapeString(part.Drawing.Shows.In(l))) || !strings.Contains(svg, "<desc") {
					t.Errorf("%s %d: no title or description", p.ID, i)
				}
				_, description, _ := strings.Cut(svg, "<desc")
				description, _, _ = strings.Cut(description, "</desc>")
				found := number.FindAllStringSubmatch(svg, -1)
				if len(found) == 0 {
					t.Errorf("%s %d: no step is in the drawing", p.ID, i)
				}
				for _, m := range found {
					if n := int(m[1][0] - '0'); len(m[1]) != 1 || n < 1 || n > len(part.Steps) {
						t.Errorf("%s %d: the drawing has a step %s of %d", p.ID, i, m[1], len(part.Steps))
					}
					if !strings.Contains(description, m[1]+" : ") {
						t.Errorf("%s %d: step %s is not described", p.ID, i, m[1])
					}
				}
				if len(svg) > 9000 {
					t.Errorf("%s %d: %d bytes", p.ID, i, len(svg))
				}
			}
		}
	}
}

// TestLabels: every label is in the guide in both languages, with the other one
// behind it where it is read, and in the glossary.
func TestLabels(t *testing.T) {
	t.Parallel()
	glossary, err := os.ReadFile("../../docs/glossary.md")
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]string{}  // by language
	drawn := map[string]string{} // labels in drawings are folded: without blanks
	for name, text := range Files() {
		if l := name[:2]; strings.HasSuffix(name, ".svg") {
			text = html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(text, ""))
			drawn[l] += strings.Join(strings.Fields(text), "")
		} else {
			read[l] += text
		}
	}
	in := func(l i18n.Lang, label Label) bool {
		return strings.Contains(read[string(l)], label.Text().In(l)) || strings.Contains(drawn[string(l)], strings.Join(strings.Fields(label.Short().In(l)), ""))
	}
	count := 0
	for _, of := range []any{portal, base} {
		v := reflect.ValueOf(of)
		for i := range v.NumField() {
			label, name := v.Field(i).Interface().(Label), v.Type().Field(i).Name
			if label.EN == "" || label.FR == "" {
				t.Errorf("%s: %+v", name, label)
			}
			if !in(i18n.French, label) || !in(i18n.English, label) {
				t.Errorf("%s %+v is not in the guide in both languages", name, label)
			}
			for _, half := range []string{label.EN, label.FR} {
				if !strings.Contains(string(glossary), half) {
					t.Errorf("%s: %q is not in docs/glossary.md", name, half)
				}
			}
			count++
		}
	}
	if count < 60 {
		t.Errorf("only %d labels", count)
	}
}

// TestArticle: the pages are in the article's order, each can be found, and
// says what to do.
func TestArticle(t *testing.T) {
	t.Parallel()
	var ids []string
	for _, p := range Pages(Example()) {
		ids = append(ids, p.ID)
		found, ok := Find(Example(), p.ID)
		if !ok || found.Title.Key() != p.Title.Key() || p.About.IsZero() || len(p.Parts) == 0 {
			t.Errorf("%s: %v %+v", p.ID, ok, found)
		}
		for _, part := range p.Parts {
			if part.Title.IsZero() || len(part.Steps) == 0 || len(part.Steps) > 9 {
				t.Errorf("%s: %v has %d steps", p.ID, part.Title, len(part.Steps))
			}
		}
	}
	if got := strings.Join(ids, " "); got != "prerequisites registration secret users permissions sign-in test hand-over" {
		t.Errorf("the order is %s", got)
	}
	if _, ok := Find(Example(), "nowhere"); ok {
		t.Error("a page that there is not was found")
	}
}

// TestPlainLines: the terminal gets the same steps without marks, and knows no
// link twice.
func TestPlainLines(t *testing.T) {
	t.Parallel()
	p, _ := Find(Example(), Registration)
	text := p.Text().In(i18n.French)
	for _, want := range []string{"Inscrire l'application\n\nCréer l'application\n  https://", "  2. Nom (Name)\u00a0:\n     OpenFire\n", "S'inscrire (Register)", "     SMTP.Send\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
	if strings.Contains(text, "**") || strings.Count(text, "ApplicationsListBlade") != 1 {
		t.Errorf("a mark, or a link again and again:\n%s", text)
	}
}

// TestIncomingMail: who fetches no mail is not asked to allow it.
func TestIncomingMail(t *testing.T) {
	t.Parallel()
	v := Example()
	for _, incoming := range []bool{true, false} {
		v.Incoming = incoming
		if got := strings.Contains(page(t, i18n.English, v, 1), "<code id=\"part3-4-3\">IMAP.AccessAsUser.All"); got != incoming {
			t.Errorf("incoming %v: permission shown %v", incoming, got)
		}
	}
}

// TestMarks: what is marked is strong, and what comes from elsewhere is no
// markup, in a sentence as in a drawing.
func TestMarks(t *testing.T) {
	t.Parallel()
	if got := string(rich(`<b> **c & "d"** e`)); got != `&lt;b&gt; <strong>c &amp; &#34;d&#34;</strong> e` {
		t.Error(got)
	}
	d := Drawing{Shows: i18n.Literal("<x>"), Bar: i18n.Literal("<y>"), Rows: []Row{one(Button, item(i18n.Literal("<z>"), 1))}}
	if svg := d.SVG(i18n.French, "x", false); strings.Contains(svg, "<x>") || strings.Contains(svg, "<y>") || strings.Contains(svg, "<z>") {
		t.Error(svg)
	}
}
