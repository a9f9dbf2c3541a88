package guide

import (
	"bytes"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// page returns one page as HTML.
func page(t *testing.T, l i18n.Lang, v Values, n int) string {
	t.Helper()
	var b bytes.Buffer
	shown := view{Lang: l, Nonce: "nonce", Pages: Pages(l, v), Number: n, Paste: &pasteView{}}
	if err := pageTemplate(l).Execute(&b, shown); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

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
		for n, p := range Pages(l, hostile) {
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
	for name, text := range files() {
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

func TestDrawingsDescribeTheNumbersOfTheirSteps(t *testing.T) {
	t.Parallel()
	number := regexp.MustCompile(`class="number"[^>]*>(\d+)<`)
	for _, l := range []i18n.Lang{i18n.French, i18n.English} {
		for _, p := range Pages(l, Example()) {
			for i, part := range p.Parts {
				if part.Drawing == nil {
					continue
				}
				svg := drawingSVG(part.Drawing)
				if !strings.Contains(svg, "<title id=\"drawing-title\">"+html.EscapeString(part.Drawing.Shows)) ||
					!strings.Contains(svg, "<desc") {
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

func TestLabelsAreShownInBothLanguages(t *testing.T) {
	t.Parallel()
	text := map[string]string{}  // by language
	drawn := map[string]string{} // labels in drawings are folded: without blanks
	for name, content := range files() {
		if l := name[:2]; strings.HasSuffix(name, ".svg") {
			content = html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(content, ""))
			drawn[l] += strings.Join(strings.Fields(content), "")
		} else {
			text[l] += content
		}
	}
	for en, fr := range labels() {
		for _, l := range []i18n.Lang{i18n.French, i18n.English} {
			b := book{lang: l}
			short := strings.Join(strings.Fields(b.shortLabel(en)), "")
			if !strings.Contains(text[string(l)], b.label(en)) && !strings.Contains(drawn[string(l)], short) {
				t.Errorf("%s (%s) is not in the guide in %s", en, fr, l)
			}
		}
	}
	if len(labels()) < 60 {
		t.Errorf("only %d labels", len(labels()))
	}
}

func TestOtherLanguagesGetTheEnglishGuide(t *testing.T) {
	t.Parallel()
	if got, want := Text("de"), Text(i18n.English); got != want {
		t.Errorf("in German:\n%s\nin English:\n%s", got, want)
	}
}

func TestLanguagesHaveTheSameStructure(t *testing.T) {
	t.Parallel()
	en, fr := structure(i18n.English), structure(i18n.French)
	if !slices.Equal(en, fr) {
		t.Errorf("the pages differ:\n%s\n\n%s", strings.Join(en, "\n"), strings.Join(fr, "\n"))
	}
	if len(en) < 150 {
		t.Errorf("only %d lines", len(en))
	}
}

// structure returns the structure of a language's file: the kind of each line with its
// anchor, placeholders, labels and drawing.
func structure(l i18n.Lang) (lines []string) {
	kind := regexp.MustCompile(`^(\{if:[a-z]+\})?(#+ |\*|<|!\[|\d+\. |\x60|- |$)?`)
	common := regexp.MustCompile(`\{[^}]*\}|\]\([^)]*\)|^\x60.*`)
	for line := range strings.Lines(source(string(l) + ".md")) {
		line = strings.TrimSpace(line)
		found := common.FindAllString(line, -1)
		slices.Sort(found) // languages have their own order of words
		lines = append(lines, kind.FindString(line)+" "+strings.Join(found, " "))
	}
	return lines
}

func TestSourcesUseOnlyKnownNames(t *testing.T) {
	t.Parallel()
	drawings := source("drawings.txt")
	known := words(i18n.English, Example())
	placeholder := regexp.MustCompile(`\{([a-z_]+)(?::([^}]*))?\}`)
	picture := regexp.MustCompile(`(?m)^!\[(.*)\]\((.*)\)$`)
	for _, l := range []i18n.Lang{i18n.French, i18n.English} {
		pages := source(string(l) + ".md")
		for _, m := range placeholder.FindAllStringSubmatch(pages+drawings[strings.Index(drawings, "\n\n["):], -1) {
			_, word := known[m[1]]
			_, label := labels()[m[2]]
			if !word && m[1] != "if" && m[1] != "app_page" && (m[1] != "label" || !label) {
				t.Errorf("%s: %s is unknown", l, m[0])
			}
		}
		for _, m := range picture.FindAllStringSubmatch(strings.ReplaceAll(pages, "\n", "\n\n"), -1) {
			if !strings.Contains(drawings, "\n["+m[2]+"] ") {
				t.Errorf("%s: there is no drawing %s", l, m[2])
			}
		}
	}
}

func TestDrawingsAreTheSameInBothLanguages(t *testing.T) {
	t.Parallel()
	shapes := []string{"heading", "line", "tool", "tabs", "field", "choice", "check", "button", "table"}
	french := Pages(i18n.French, Example())
	for n, p := range Pages(i18n.English, Example()) {
		for k, part := range p.Parts {
			if part.Drawing == nil {
				continue
			}
			other := french[n].Parts[k].Drawing
			rows := append(part.Drawing.Rows, Row{"line", part.Drawing.Menu})
			for r, otherRow := range append(other.Rows, Row{"line", other.Menu}) {
				if !slices.Contains(shapes, rows[r].Shape) || rows[r].Shape != otherRow.Shape {
					t.Errorf("%s, %s: the shapes are %q and %q", p.ID, part.Title, rows[r].Shape, otherRow.Shape)
				}
				for i, item := range rows[r].Items { // a label that is not in labels.txt has no French text
					if (item.Text == "") != (otherRow.Items[i].Text == "") {
						t.Errorf("%s, %s: %q is no label", p.ID, part.Title, item.Text)
					}
				}
			}
		}
	}
}

func TestPagesFollowTheArticle(t *testing.T) {
	t.Parallel()
	var ids []string
	for _, p := range Pages(i18n.French, Example()) {
		ids = append(ids, p.ID)
		found, ok := Find(i18n.French, Example(), p.ID)
		if !ok || found.Title != p.Title || p.About == "" || len(p.Parts) == 0 {
			t.Errorf("%s: %v %+v", p.ID, ok, found)
		}
		for _, part := range p.Parts {
			if part.Title == "" || len(part.Steps) == 0 || len(part.Steps) > 9 {
				t.Errorf("%s: %v has %d steps", p.ID, part.Title, len(part.Steps))
			}
		}
	}
	if got := strings.Join(ids, " "); got != "prerequisites administrator registration secret users permissions sign-in test hand-over" {
		t.Errorf("the order is %s", got)
	}
	if _, ok := Find(i18n.French, Example(), "nowhere"); ok {
		t.Error("a page that there is not was found")
	}
}

func TestPlainLinesHaveNoMarksAndEachLinkOnce(t *testing.T) {
	t.Parallel()
	p, _ := Find(i18n.French, Example(), Registration)
	text := p.Text()
	for _, want := range []string{
		"Inscrire l'application\n\nCréer l'application\n  https://", "  2. Nom (Name)\u00a0:\n     OpenFire\n",
		"S'inscrire (Register)", "     SMTP.Send\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
	if strings.Contains(text, "**") || strings.Count(text, "ApplicationsListBlade") != 1 {
		t.Errorf("a mark, or a link again and again:\n%s", text)
	}
}

func TestPermissionForIncomingMailIsShownOnlyWhereNeeded(t *testing.T) {
	t.Parallel()
	v := Example()
	for _, incoming := range []bool{true, false} {
		v.Incoming = incoming
		text := page(t, i18n.English, v, 2)
		if got := strings.Contains(text, "<code id=\"part3-4-3\">IMAP.AccessAsUser.All"); got != incoming {
			t.Errorf("incoming %v: permission shown %v", incoming, got)
		}
		if got := strings.Contains(text, "is for incoming mail only"); got != incoming {
			t.Errorf("incoming %v: note shown %v", incoming, got)
		}
	}
}

func TestForeignTextIsEscapedInSentencesAndDrawings(t *testing.T) {
	t.Parallel()
	if got := string(bold(`<b> **c & "d"** e`)); got != `&lt;b&gt; <strong>c &amp; &#34;d&#34;</strong> e` {
		t.Error(got)
	}
	d := Drawing{Shows: "<x>", Bar: "<y>", Rows: []Row{{"button", []Item{{Text: "<z>", Mark: 1}}}}}
	if svg := drawingSVG(&d); strings.Contains(svg, "<x>") || strings.Contains(svg, "<y>") || strings.Contains(svg, "<z>") {
		t.Error(svg)
	}
}
