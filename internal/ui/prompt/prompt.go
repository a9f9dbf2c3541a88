// Package prompt asks a person questions: as a form on a terminal, or as plain
// lines for pipes and screen readers.
package prompt

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// Prompter asks a person. Its implementations are Form and Plain.
type Prompter interface {
	// Ask returns the answer as Question.Check returned it; it may be a secret.
	// Errors: ErrInterrupted after Ctrl-C, ErrBack where the question allows it,
	// *Missing when nobody can answer, the context's.
	Ask(ctx context.Context, q Question) (secret.String, error)
}

// Kind is how a question is answered.
type Kind int

// The kinds.
const (
	Line   Kind = iota // one line of text
	Hidden             // one line that is not shown: a secret
	YesNo              // answered Yes or No
	Long               // one line of text that may be longer than a terminal takes by itself
)

// The answers to a YesNo question.
const (
	Yes = "yes"
	No  = "no"
)

// YesOrNo returns the answer to a YesNo question.
func YesOrNo(yes bool) string {
	if yes {
		return Yes
	}
	return No
}

// Question is one thing the program wants to know.
type Question struct {
	ID       string    // its key in an --answers file
	Flag     string    // what gives the answer on the command line; "" means --ID
	Page     string    // the page of the guide that helps
	Title    i18n.Text // the question itself
	Help     i18n.Text // where the answer is found; may be empty
	Kind     Kind
	Default  string            // taken when the answer is empty; a secret has none
	Words    map[string]string // answers by the words that stand for them, in lower case
	Optional bool              // an empty answer is one
	Exact    bool              // the answer is taken as it was typed: a password
	Back     bool              // the person may go back from here: ErrBack is an answer

	// Meanwhile is what is waited for as long as the question stands.
	Meanwhile i18n.Text

	// Check returns the answer as it is kept, or a *problem.Problem; nil accepts all.
	Check func(string) (string, error)
}

// Guide opens a page of the guide, by Question.Page, and returns what to print:
// its address, or its text where there is no browser. It is a hook because the
// guide's server is started only when somebody first asks for a page.
type Guide func(page string) i18n.Text

// ErrInterrupted says that the person pressed Ctrl-C.
var ErrInterrupted = errors.New("interrupted")

// ErrBack says that the person wants the question before this one again.
var ErrBack = errors.New("back")

// noBack is printed for a person who wants to go back where Question.Back is not set.
func noBack() i18n.Text {
	return i18n.T("You cannot go back from here: this is the first question, or the previous answers are already " +
		"saved.")
}

// Missing says which answers nobody gave, by the flags that give them.
type Missing struct{ Flags []string }

// Error names the flags.
func (m *Missing) Error() string { return "missing: " + strings.Join(m.Flags, " ") }

// Missing returns the error that says that nobody has answered the question.
func (q Question) Missing() *Missing { return &Missing{[]string{q.flag()}} }

func (q Question) flag() string { return cmp.Or(q.Flag, "--"+q.ID) }

// Accept turns what was typed into the answer: cleaned, defaulted, checked.
func (q Question) Accept(typed string) (string, error) {
	s := sanitize.Pasted(typed)
	if q.Exact {
		s = typed
	}
	if s == "" {
		s = q.Default
	}
	switch {
	case s == "" && q.Optional:
		return "", nil
	case s == "":
		return "", &problem.Problem{Exit: problem.Usage, ID: q.ID, What: i18n.T("An answer is required.")}
	case q.Words[strings.ToLower(s)] != "":
		return q.Words[strings.ToLower(s)], nil
	case q.Kind == YesNo:
		return yesNo(q.ID, s)
	case q.Check == nil:
		return s, nil
	}
	return q.Check(s)
}

// AcceptGiven is Accept for an answer given ahead: its error names the flag.
func (q Question) AcceptGiven(s string) (string, error) {
	answer, err := q.Accept(s)
	if prob, refused := errors.AsType[*problem.Problem](err); refused {
		named := *prob
		named.What = i18n.T("%s: %s", q.flag(), prob.What)
		return "", &named
	}
	return answer, err
}

// yesNo reads o, oui, y, yes, n, no, non: French first.
func yesNo(id, s string) (string, error) {
	switch strings.ToLower(s) {
	case "o", "oui", "y", Yes, "true", "1":
		return Yes, nil
	case "n", No, "non", "false", "0":
		return No, nil
	}
	return "", &problem.Problem{Exit: problem.Usage, ID: id, What: i18n.T("Answer yes or no.")}
}
