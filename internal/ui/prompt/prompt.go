// Package prompt asks the user questions: as a form on a terminal, or as plain lines
// for pipes and screen readers.
package prompt

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/secret"
)

// Prompter asks the user. It is implemented by Form and Plain.
type Prompter interface {
	// Ask returns the answer as returned by Question.Check. Errors are ErrInterrupted
	// after Ctrl-C, ErrBack if the question allows it, *Missing if nobody can
	// answer, or that of the context.
	Ask(ctx context.Context, q Question) (secret.String, error)
}

// Kind is the type of a question.
type Kind int

// The kinds.
const (
	Line   Kind = iota // one line of text
	Hidden             // one line that is not shown, for a secret
	YesNo              // the answer is Yes or No
	Long               // one line of text, possibly longer than the line limit of a terminal
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

// Question is a question to the user.
type Question struct {
	ID       string    // key in an --answers file
	Flag     string    // name of the flag for the answer; "" means --ID
	Page     string    // page of the guide that explains it
	Title    i18n.Text // the question itself
	Help     i18n.Text // where to find the answer; may be empty
	Kind     Kind
	Default  string            // used if the answer is empty; must be "" for a secret
	Words    map[string]string // other words for the answers, in lower case
	Optional bool              // an empty answer is allowed
	Exact    bool              // the answer is not trimmed or cleaned, for a password
	Back     bool              // the user can go back: Ask may return ErrBack

	// Meanwhile is what the program waits for while it asks, since Since; may be empty.
	Meanwhile i18n.Text
	Since     time.Time

	Link string // an address that a form shows after ctrl+l; may be empty

	// Check returns the normalized answer, or a *problem.Problem if it is invalid.
	// A nil Check accepts any answer.
	Check func(string) (string, error)
}

// Guide opens a page of the guide (Question.Page) and returns what to print: its
// address, or its text if there is no browser. It is a function because the server
// of the guide starts only when a page is first needed.
type Guide func(page string) i18n.Text

// ErrInterrupted means that the user pressed Ctrl-C.
var ErrInterrupted = errors.New("interrupted")

// ErrBack means that the user wants to go back to the previous question.
var ErrBack = errors.New("back")

// noBack is shown if the user tries to go back but Question.Back is not set.
func noBack() i18n.Text {
	return i18n.T("You cannot go back from here: this is the first question, or the previous answers are already " +
		"saved.")
}

// Missing lists the flags of the answers that are missing.
type Missing struct{ Flags []string }

// Error names the flags.
func (m *Missing) Error() string { return "missing: " + strings.Join(m.Flags, " ") }

// Missing returns the error for the question if nobody can answer it.
func (q Question) Missing() *Missing { return &Missing{[]string{q.flag()}} }

func (q Question) flag() string { return cmp.Or(q.Flag, "--"+q.ID) }

// Accept returns the answer for a typed text: cleaned, with the default, checked.
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

// AcceptGiven is Accept for an answer given in advance. Its error names the flag.
func (q Question) AcceptGiven(s string) (string, error) {
	answer, err := q.Accept(s)
	if prob, refused := errors.AsType[*problem.Problem](err); refused {
		named := *prob
		named.What = i18n.T("%s: %s", q.flag(), prob.What)
		if words := slices.Sorted(maps.Keys(q.Words)); len(words) > 0 {
			named.What = i18n.T("Invalid value \"%s\" for %s (for example %s).", s, q.flag(), strings.Join(words, ", "))
		}
		return "", &named
	}
	return answer, err
}

// yesNo parses an answer in French or English.
func yesNo(id, s string) (string, error) {
	switch strings.ToLower(s) {
	case "o", "oui", "y", Yes, "true", "1":
		return Yes, nil
	case "n", No, "non", "false", "0":
		return No, nil
	}
	return "", &problem.Problem{Exit: problem.Usage, ID: id, What: i18n.T("Answer yes or no.")}
}
