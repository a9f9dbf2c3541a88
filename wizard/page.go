package wizard

import (
	_ "embed"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/lang"
)

//go:embed page.html
var pageHTML string

// page is what the browser shows at the end of the sign-in. It has no foreign
// text in it, and needs nothing from elsewhere.
func page(l lang.Lang, ok bool) []byte {
	title := lang.Text{FR: "La connexion a échoué", EN: "The sign-in failed"}
	text := lang.Text{FR: "Rien n'a été enregistré. La fenêtre d'openfire-o365 dit pourquoi et quoi faire.", EN: "Nothing was saved. The openfire-o365 window says why and what to do."}
	class := "bad"
	if ok {
		title = lang.Text{FR: "Connexion réussie", EN: "Signed in"}
		text = lang.Text{FR: "Vous pouvez fermer cet onglet et revenir à la fenêtre d'openfire-o365.", EN: "You can close this tab and go back to the openfire-o365 window."}
		class = "good"
	}
	return []byte(strings.NewReplacer("{lang}", string(l), "{class}", class, "{title}", title.In(l), "{text}", text.In(l)).Replace(pageHTML))
}
