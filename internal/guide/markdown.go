package guide

import (
	"fmt"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// Files are the guide as it is read in the project's documentation: Markdown
// pages and their drawings, by path below docs/guide.
func Files() map[string]string {
	files := map[string]string{}
	pages := Pages(Example())
	for _, l := range []i18n.Lang{i18n.French, i18n.English} {
		files[string(l)+"/README.md"] = contents(l, pages)
		for n, p := range pages {
			files[string(l)+"/"+p.ID+".md"] = markdown(l, pages, n)
			for i, part := range p.Parts {
				if part.Drawing != nil {
					files[string(l)+"/"+picture(p, i)] = part.Drawing.SVG(l, "drawing", true)
				}
			}
		}
	}
	return files
}

// picture is the file of a part's drawing.
func picture(p Page, part int) string { return fmt.Sprintf("%s-%d.svg", p.ID, part+1) }

// title is the guide's own.
func title() i18n.Text {
	return i18n.T("Azure authentication for Office 365, step by step")
}

func about() i18n.Text {
	return i18n.T("OpenFire's article, click by click, for whoever wants to do it all by hand or to see what openfire-o365 does. Every label of the portals is given in English and in French; the drawings show where to click, not how the pages look exactly. During setup openfire-o365 opens these same pages with your base's values and Copy buttons.")
}

// exemplary says whose values the pages show.
func exemplary() i18n.Text {
	return i18n.T("Values of an example: put your base's name for mabase, and its mailbox for compta@client.fr.")
}

// named is the page's title behind the step of the article that it is.
func (p Page) named(l i18n.Lang) string {
	if p.Article.IsZero() {
		return p.Title.In(l)
	}
	return i18n.T("%s: %s", p.Article, p.Title).In(l)
}

func contents(l i18n.Lang, pages []Page) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n\n", title().In(l), about().In(l))
	for n, p := range pages {
		fmt.Fprintf(&b, "%d. [%s](%s.md)\n", n+1, p.named(l), p.ID)
	}
	other := i18n.T("[En français](../fr/README.md)")
	fmt.Fprintf(&b, "\n%s\n", other.In(l))
	return b.String()
}

// markdown is one page, with the way to those beside it.
func markdown(l i18n.Lang, pages []Page, n int) string {
	var b strings.Builder
	p := pages[n]
	fmt.Fprintf(&b, "# %s\n\n%s\n\n*%s*\n", p.named(l), p.About.In(l), exemplary().In(l))
	for i, part := range p.Parts {
		fmt.Fprintf(&b, "\n## %s\n\n", part.Title.In(l))
		if part.Link != "" {
			fmt.Fprintf(&b, "[%s](%s)\n\n", opens().In(l), part.Link)
		}
		for k, s := range part.Steps {
			fmt.Fprintf(&b, "%d. %s\n", k+1, s.Do.In(l))
			for _, v := range s.Values {
				fmt.Fprintf(&b, "\n   ```\n   %s\n   ```\n", v)
			}
		}
		if part.Drawing != nil {
			fmt.Fprintf(&b, "\n![%s](%s)\n", part.Drawing.Shows.In(l), picture(p, i))
		}
		for k, note := range part.Notes {
			if k == 0 {
				b.WriteString("\n")
			}
			fmt.Fprintf(&b, "- %s\n", note.In(l))
		}
	}
	fmt.Fprintf(&b, "\n%s\n", beside(l, pages, n))
	return b.String()
}

// opens is the link to where a part is done.
func opens() i18n.Text {
	return i18n.T("Open this page")
}

func beside(l i18n.Lang, pages []Page, n int) string {
	var ways []string
	if n > 0 {
		ways = append(ways, fmt.Sprintf("← [%s](%s.md)", pages[n-1].Title.In(l), pages[n-1].ID))
	}
	ways = append(ways, fmt.Sprintf("[%s](README.md)", i18n.T("All steps").In(l)))
	if n+1 < len(pages) {
		ways = append(ways, fmt.Sprintf("[%s](%s.md) →", pages[n+1].Title.In(l), pages[n+1].ID))
	}
	return strings.Join(ways, " · ")
}
