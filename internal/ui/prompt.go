package ui

import (
	"context"
	"errors"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
)

// Prompter is the one door to the person. A form on a terminal, plain lines for
// pipes and screen readers, and answers prepared ahead stand behind it.
type Prompter interface {
	// Ask returns the answer as Question.Check made it. Errors: ErrInterrupted
	// after Ctrl-C, ErrBack where the question allows it, *Missing when nobody can answer, the context's.
	Ask(ctx context.Context, q Question) (string, error)
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

// Question is one thing the program wants to know.
type Question struct {
	ID       string    // its flag, and its key in an --answers file
	Title    i18n.Text // the question itself
	Help     i18n.Text // where the answer is found; may be empty
	Kind     Kind
	Default  string            // taken when the answer is empty; a secret has none
	Words    map[string]string // further words for Yes and No
	Optional bool              // an empty answer is one
	Exact    bool              // the answer is taken as it was typed: a password
	Back     bool              // the person may go back from here: ErrBack is an answer

	// Meanwhile is what is waited for as long as the question stands.
	Meanwhile i18n.Text

	// Check returns the answer as it is kept, or a *problem.Problem; nil accepts all.
	Check func(string) (string, error)
}

// Guide opens the guide's page about a question, by the question's ID, and
// returns what to say: where it is, or what it says where no browser is at hand.
type Guide func(ctx context.Context, questionID string) i18n.Text

// ErrInterrupted says that the person pressed Ctrl-C.
var ErrInterrupted = errors.New("interrupted")

// ErrBack says that the person wants the question before this one again.
var ErrBack = errors.New("back")

// noBack is the answer to who wants to go back where Question.Back is not set.
func noBack() i18n.Text {
	return i18n.T("There is no going back from here: this is the first question, or what came before is done and saved.")
}

// Missing says which answers nobody gave.
type Missing struct{ IDs []string }

// Error names the flags that give the answers.
func (m *Missing) Error() string { return "missing: " + strings.Join(m.Flags(), " ") }

// Flags are the flags that give the missing answers.
func (m *Missing) Flags() []string {
	var flags []string
	for _, id := range m.IDs {
		switch id {
		case "base":
			flags = append(flags, "BASE")
		case "client-secret", "api-key":
			flags = append(flags, "--"+id+"-file")
		default:
			flags = append(flags, "--"+id)
		}
	}
	return flags
}

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
		return "", &problem.Problem{Exit: problem.Usage, ID: q.ID, What: i18n.T("An answer is needed.")}
	case q.Kind == YesNo:
		if answer, is := q.Words[s]; is {
			return answer, nil
		}
		return yesNo(q.ID, s)
	case q.Check == nil:
		return s, nil
	}
	return q.Check(s)
}

// AcceptGiven is accept for an answer given ahead: its error names the flag.
func (q Question) AcceptGiven(s string) (string, error) {
	answer, err := q.Accept(s)
	var prob *problem.Problem
	if !errors.As(err, &prob) {
		return answer, err
	}
	named := *prob
	named.What = i18n.T("%s: %s", (&Missing{[]string{q.ID}}).Flags()[0], prob.What)
	return "", &named
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

// Prepared answers from what was given ahead, each answer once: one that is
// refused is then asked for. It is an Asker before another.
type Prepared struct {
	Given map[string]string // by question id: flags, --answers file
	Next  Prompter          // nil: nobody is there (--no-input)
}

// Ask returns the given answer, or asks Next. A given answer that is refused is
// an error that names its flag.
func (p *Prepared) Ask(ctx context.Context, q Question) (string, error) {
	if s, ok := p.Given[q.ID]; ok {
		delete(p.Given, q.ID)
		return q.AcceptGiven(s)
	}
	if p.Next != nil {
		return p.Next.Ask(ctx, q)
	}
	if q.Default != "" {
		return q.Accept(q.Default)
	}
	if q.Optional {
		return "", nil
	}
	return "", &Missing{[]string{q.ID}}
}
