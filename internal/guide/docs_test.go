package guide

import (
	"flag"
	"fmt"
	"html"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

var update = flag.Bool("update", false, "regenerate docs/guide")

// docs is the folder of the generated files.
var docs = filepath.Join("..", "..", "docs", "guide")

// The files in docs/guide are generated from the guide of the program.
func TestDocsHoldTheGuide(t *testing.T) {
	t.Parallel()
	want := files()
	if *update {
		if err := os.RemoveAll(docs); err != nil {
			t.Fatal(err)
		}
		for name, text := range want {
			path := filepath.Join(docs, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	var found []string
	err := filepath.WalkDir(docs, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(docs, path)
		name = filepath.ToSlash(name)
		found = append(found, name)
		text, err := os.ReadFile(path)
		if string(text) != want[name] {
			t.Errorf("docs/guide/%s is out of date (go test ./internal/guide -update)", name)
		}
		return err
	})
	names := slices.Sorted(maps.Keys(want))
	slices.Sort(found)
	if err != nil || !slices.Equal(found, names) {
		t.Errorf("docs/guide holds %v, want %v, %v", found, names, err)
	}
}

// files returns the guide as Markdown pages and drawings, by path below docs/guide.
func files() map[string]string {
	files := map[string]string{}
	for _, l := range []i18n.Lang{i18n.French, i18n.English} {
		b := read(l, Example())
		files[string(l)+"/README.md"] = contents(b)
		for n, p := range b.pages {
			files[string(l)+"/"+p.ID+".md"] = markdown(b, n)
			for i, part := range p.Parts {
				if part.Drawing != nil {
					files[string(l)+"/"+drawingFile(p, i)] = drawingSVG(part.Drawing)
				}
			}
		}
	}
	return files
}

func drawingFile(p Page, part int) string { return fmt.Sprintf("%s-%d.svg", p.ID, part+1) }

// drawingSVG returns a drawing as an SVG file. An SVG file needs a height, which is
// estimated.
func drawingSVG(d *Drawing) string {
	rows, menu := 60, 60
	for _, r := range d.Rows {
		for _, i := range r.Items {
			rows += 36 + 17*(utf8.RuneCountInString(i.Text)/40)
		}
	}
	for _, i := range d.Menu {
		menu += 36 + 17*(utf8.RuneCountInString(i.Text)/15)
	}
	var inside strings.Builder
	if err := pageTemplate(d.Lang).ExecuteTemplate(&inside, "drawing", d); err != nil {
		panic(err) // no template of a page may fail
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="drawing-title drawing-desc"`+
		` width="460" height="%d" lang="%s">
<title id="drawing-title">%s</title>
<desc id="drawing-desc">%s</desc>
<style>
%s</style>
<foreignObject width="100%%" height="100%%"><div xmlns="http://www.w3.org/1999/xhtml">
%s</div></foreignObject>
</svg>
`, max(rows, menu), d.Lang, html.EscapeString(d.Shows), html.EscapeString(d.Steps()), drawingCSS, inside.String())
}

// navigation contains the texts that only the files have.
var navigation = map[i18n.Lang]struct{ all, open, other, colon string }{
	i18n.French:  {"Toutes les étapes", "Ouvrir cette page", "[In English](../en/README.md)", "\u00a0: "},
	i18n.English: {"All steps", "Open this page", "[En français](../fr/README.md)", ": "},
}

// longTitle returns the step of the article and the title of a page.
func longTitle(l i18n.Lang, p Page) string {
	if p.Article == "" {
		return p.Title
	}
	return p.Article + navigation[l].colon + p.Title
}

func contents(g *book) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n\n", g.cover.Title, g.cover.About)
	for n, p := range g.pages {
		fmt.Fprintf(&b, "%d. [%s](%s.md)\n", n+1, longTitle(g.lang, p), p.ID)
	}
	fmt.Fprintf(&b, "\n%s\n", navigation[g.lang].other)
	return b.String()
}

// markdown returns one page, with links to the previous and the next one.
func markdown(g *book, n int) string {
	var b strings.Builder
	p := g.pages[n]
	fmt.Fprintf(&b, "# %s\n\n%s\n\n*%s*\n", longTitle(g.lang, p), p.About, g.cover.Article)
	for i, part := range p.Parts {
		fmt.Fprintf(&b, "\n## %s\n\n", part.Title)
		if part.Link != "" {
			fmt.Fprintf(&b, "[%s](%s)\n\n", navigation[g.lang].open, part.Link)
		}
		for k, s := range part.Steps {
			fmt.Fprintf(&b, "%d. %s\n", k+1, s.Do)
			for _, v := range s.Values {
				fmt.Fprintf(&b, "\n   ```\n   %s\n   ```\n", v)
			}
		}
		if part.Drawing != nil {
			fmt.Fprintf(&b, "\n![%s](%s)\n", part.Drawing.Shows, drawingFile(p, i))
		}
		if len(part.Notes) > 0 {
			fmt.Fprintf(&b, "\n- %s\n", strings.Join(part.Notes, "\n- "))
		}
	}
	fmt.Fprintf(&b, "\n%s\n", beside(g, n))
	return b.String()
}

func beside(g *book, n int) string {
	var links []string
	if n > 0 {
		links = append(links, fmt.Sprintf("← [%s](%s.md)", g.pages[n-1].Title, g.pages[n-1].ID))
	}
	links = append(links, fmt.Sprintf("[%s](README.md)", navigation[g.lang].all))
	if n+1 < len(g.pages) {
		links = append(links, fmt.Sprintf("[%s](%s.md) →", g.pages[n+1].Title, g.pages[n+1].ID))
	}
	return strings.Join(links, " · ")
}
