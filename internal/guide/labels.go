package guide

import (
	"strings"
	"sync"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// labels maps what the portals write in English to what they write in French.
var labels = sync.OnceValue(func() map[string]string {
	french := map[string]string{}
	for line := range strings.Lines(source("labels.txt")) {
		if en, fr, ok := strings.Cut(strings.TrimSpace(line), " | "); ok {
			french[en] = fr
		}
	}
	return french
})

// label returns a label in bold with the portal's other language behind it: the
// administrator's portal may speak either.
func (b *book) label(english string) string {
	other := labels()[english]
	if other == english {
		return "**" + english + "**"
	}
	if b.lang == i18n.French {
		other = english
	}
	return "**" + b.shortLabel(english) + "** (" + other + ")"
}

// shortLabel returns a label in the reader's language only.
func (b *book) shortLabel(english string) string {
	if b.lang == i18n.French {
		return unbreakable.Replace(labels()[english])
	}
	return english
}

// unbreakable keeps French punctuation on the line of the word before it.
var unbreakable = strings.NewReplacer("« ", "«\u00a0", " »", "\u00a0»",
	" :", "\u00a0:", " ;", "\u00a0;", " ?", "\u00a0?", " !", "\u00a0!")
