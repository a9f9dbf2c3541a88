package dialog

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/openfire"
	"github.com/openfire-fr/openfire-o365/internal/openfire/input"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
)

// question is a row of the table of questions.
type question struct {
	id     string
	kind   prompt.Kind
	check  func(answer string, now time.Time) (string, error) // nil accepts any answer
	words  map[string]string                                  // other words for the answers, in lower case
	exact  bool                                               // the answer is not trimmed or cleaned
	page   string                                             // the page of the guide that explains it
	ahead  bool                                               // a flag or an --answers file can give the answer
	revise bool                                               // the user can go back to it: no side effects

	setup, apply, account bool // setup, apply, or every command that can sign in to a base has a flag for it
}

// The values of --register.
const (
	Automatic = "auto"
	ByHand    = "manual"
)

// KeepOthers is the answer to "others" that changes nothing. The other answers are
// the kinds of apply.Remedy.
const KeepOthers = "keep"

// table contains all questions of setup and apply. Flags, --answers files,
// completion and the pages of the guide are derived from it; the steps add the
// texts.
var table = []question{
	{id: "base", check: anyTime(baseName), page: guide.Prerequisites, ahead: true},
	{id: "odoo-version", check: anyTime(odooVersion), page: guide.Prerequisites, ahead: true, revise: true, setup: true},
	{id: "register", kind: prompt.YesNo, page: guide.Registration, ahead: true, revise: true,
		words: map[string]string{Automatic: prompt.Yes, ByHand: prompt.No}, setup: true},
	{id: "existing-application", kind: prompt.YesNo, page: guide.Registration},
	{id: "loopback", kind: prompt.YesNo, page: guide.Registration, ahead: true, revise: true, setup: true},
	{id: "client-id", check: anyTime(input.ParseGUID), page: guide.Registration, ahead: true, revise: true,
		setup: true, apply: true},
	{id: "tenant", check: anyTime(input.ParseTenant), page: guide.Registration, ahead: true, revise: true, setup: true},
	{id: "client-secret", kind: prompt.Hidden, check: anyTime(clientSecret), page: guide.Secret,
		ahead: true, revise: true, setup: true, apply: true},
	{id: "secret-expires", check: input.ParseExpiry, page: guide.Secret, ahead: true, revise: true, setup: true},
	{id: "old-secret", kind: prompt.YesNo, page: guide.Secret},
	{id: "mailbox", check: anyTime(input.ParseMailbox), page: guide.SignIn, ahead: true, revise: true,
		setup: true, apply: true},
	{id: "incoming", kind: prompt.YesNo, page: guide.Prerequisites, ahead: true, revise: true, setup: true},
	{id: "accept-account", check: anyTime(input.ParseMailbox), page: guide.SignIn, ahead: true, setup: true},
	{id: "other-account", kind: prompt.YesNo, page: guide.SignIn},
	{id: "open-browser", page: guide.SignIn},
	{id: "pasted-address", kind: prompt.Long, page: guide.SignIn},
	{id: "page-says", kind: prompt.Long, page: guide.Users},
	{id: "test-to", check: anyTime(input.ParseMailbox), page: guide.Permissions, ahead: true, revise: true, setup: true},
	{id: "base-unreachable", kind: prompt.YesNo, page: guide.Prerequisites},
	{id: "again", kind: prompt.YesNo, page: guide.Test},
	{id: "arrived", kind: prompt.YesNo, page: guide.Test},
	{id: "retry", kind: prompt.YesNo, page: guide.Test},
	{id: "login", page: guide.Finish, ahead: true, account: true},
	{id: "api-key", kind: prompt.Hidden, exact: true, page: guide.Finish, ahead: true, account: true},
	{id: "apply", kind: prompt.YesNo, page: guide.Finish, ahead: true},
	{id: "others", check: anyTime(others), page: guide.Finish, ahead: true,
		words: map[string]string{KeepOthers: KeepOthers, "garder": KeepOthers, "mailbox": "mailbox",
			"boite": "mailbox", "boîte": "mailbox", "below": "below", "apres": "below", "après": "below",
			"archive": "archive", "archiver": "archive"},
		apply: true},
	{id: "confirm", kind: prompt.YesNo, page: guide.Finish},
	{id: "yes", kind: prompt.YesNo, page: guide.Registration, ahead: true}, // --yes is a global flag
}

// find returns the row of a question, and whether it exists.
func find(id string) (question, bool) {
	i := slices.IndexFunc(table, func(q question) bool { return q.id == id })
	if i < 0 {
		return question{}, false
	}
	return table[i], true
}

// flag returns the name of the flag for the answer. The flag of a secret takes a file.
func (q question) flag() string {
	switch {
	case q.id == "base":
		return "BASE"
	case q.kind == prompt.Hidden:
		return "--" + q.id + "-file"
	}
	return "--" + q.id
}

// fill completes the texts of a step with the row of the table.
func (q question) fill(asked prompt.Question, now time.Time) prompt.Question {
	asked.ID, asked.Flag, asked.Kind, asked.Words = q.id, q.flag(), q.kind, q.words
	asked.Page = cmp.Or(asked.Page, q.page)
	asked.Exact = q.exact
	if asked.Check == nil && q.check != nil {
		asked.Check = func(s string) (string, error) { return q.check(s, now) }
	}
	return asked
}

// Validate validates all answers given in advance, before any of them is used. Errors
// are *problem.Problem with exit code 2, and name the flag.
func Validate(given map[string]string, now time.Time) error {
	for _, id := range slices.Sorted(maps.Keys(given)) {
		q, known := find(id)
		if !known || !q.ahead {
			return &problem.Problem{Exit: problem.Usage, ID: "answers",
				What: i18n.T("Unknown question \"%s\".", id)}
		}
		if _, err := q.fill(prompt.Question{}, now).AcceptGiven(given[id]); err != nil {
			return err
		}
	}
	return nil
}

// Missing returns the error for questions without an answer.
func Missing(ids ...string) error {
	var flags []string
	for _, id := range ids {
		q, _ := find(id)
		flags = append(flags, q.flag())
	}
	return &prompt.Missing{Flags: flags}
}

// Flag is a command-line flag that answers a question in advance.
type Flag struct {
	ID     string // of the question
	Name   string // without the dashes
	Secret bool   // its value is the name of a file
}

// SetupFlags returns the flags of setup that answer its questions.
func SetupFlags() []Flag { return flags(func(q question) bool { return q.setup }) }

// ApplyFlags returns the flags of apply that answer its questions.
func ApplyFlags() []Flag { return flags(func(q question) bool { return q.apply }) }

// AccountFlags returns the flags of commands that can sign in to a base.
func AccountFlags() []Flag { return flags(func(q question) bool { return q.account }) }

func flags(has func(question) bool) (all []Flag) {
	for _, q := range table {
		if has(q) {
			all = append(all, Flag{q.id, strings.TrimPrefix(q.flag(), "--"), q.kind == prompt.Hidden})
		}
	}
	return all
}

// anyTime adapts a validation that does not need the time.
func anyTime(check func(string) (string, error)) func(string, time.Time) (string, error) {
	return func(s string, _ time.Time) (string, error) { return check(s) }
}

func baseName(s string) (string, error) {
	b, err := openfire.ParseBase(s)
	return b.Name(), err
}

func clientSecret(s string) (string, error) {
	found, _, err := input.ParseSecret(s)
	return found.Reveal(), err
}

// versionForm matches 10 to 99, with or without a minor number.
var versionForm = regexp.MustCompile(`^([1-9]\d)(?:\.(\d{0,2}))?$`)

func odooVersion(v string) (string, error) {
	m := versionForm.FindStringSubmatch(v)
	if m == nil {
		return "", &problem.Problem{Exit: problem.Usage, ID: "odoo-version",
			What: i18n.T("This is not a version of Odoo (for example 10.0 or 16.0).")}
	}
	return m[1] + "." + cmp.Or(m[2], "0"), nil
}

// others rejects any answer that is not one of the question's words.
func others(string) (string, error) {
	return "", &problem.Problem{Exit: problem.Usage, ID: "others", What: i18n.T("Answer keep, mailbox, below or archive.")}
}
