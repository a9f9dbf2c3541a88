package help

import (
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// ExitMeaning is a row of the table of exit codes.
type ExitMeaning struct {
	Codes    []problem.Exit
	What, Do i18n.Text
	names    string
}

// Names returns the codes of the row as they are written.
func (m ExitMeaning) Names() string { return m.names }

// ExitMeanings returns the table of exit codes.
func ExitMeanings() (all []ExitMeaning) {
	for _, m := range exitMeanings() {
		all = append(all, ExitMeaning{m.codes, m.what, m.do, m.names()})
	}
	return all
}

// Text returns the page of the topic.
func (t Topic) Text() i18n.Text { return t.text() }
