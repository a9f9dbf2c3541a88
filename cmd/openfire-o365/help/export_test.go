package help

import (
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
)

// ExitMeaning is a row of the table of exit codes.
type ExitMeaning struct {
	Names    string // the codes as they are written
	Codes    []string
	What, Do i18n.Text
}

// ExitMeanings returns the table of exit codes.
func ExitMeanings() (all []ExitMeaning) {
	for _, f := range sections()["exit codes"] {
		all = append(all, ExitMeaning{f.parts[0], strings.Split(f.parts[0], ", "), i18n.Keyed(f.parts[1]), f.text()})
	}
	return all
}

// Text returns the page of the topic.
func (t Topic) Text() i18n.Text { return t.text() }
