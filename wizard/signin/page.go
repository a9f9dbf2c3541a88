package signin

import (
	_ "embed"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

//go:embed page.html
var pageHTML string

// lastPage is what the browser shows at the end of the sign-in. It contains no
// foreign text and loads nothing.
func lastPage(l i18n.Lang, ok bool) []byte {
	title := i18n.T("The sign-in failed")
	text := i18n.T("Nothing was saved. The openfire-o365 window says why and what to do.")
	class := "bad"
	if ok {
		title = i18n.T("Signed in")
		text = i18n.T("You can close this tab and go back to the openfire-o365 window.")
		class = "good"
	}
	fill := strings.NewReplacer("{lang}", string(l), "{class}", class, "{title}", title.In(l), "{text}", text.In(l))
	return []byte(fill.Replace(pageHTML))
}
