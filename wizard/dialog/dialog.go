// Package dialog asks the questions of setup and apply. It contains the table of
// all questions, uses answers given in advance, keeps the history of answers that
// the user can go back to, and shows the guide next to the questions.
package dialog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/openfire-fr/openfire-o365/internal/guide"
	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/sanitize"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/ui"
	"github.com/openfire-fr/openfire-o365/internal/ui/prompt"
)

// Dialog asks questions in one language. Tell and Now are required.
type Dialog struct {
	Tell     *ui.Printer
	Answers  map[string]string // given in advance, by question; each is deleted when it is used
	Prompter prompt.Prompter   // nil: nobody can be asked
	Book     *Guidebook        // nil: no guide
	Hints    map[string]string // defaults of questions without one, by ID (the sandbox's values)
	Now      func() time.Time
	Machine  Machine // the program that runs this one, if any
	Reentry  bool    // the first question may return prompt.ErrBack: the caller has an earlier one
	Step     int     // the current step, from 0

	history   []answer          // the answers that the user can go back to
	reopened  map[string]string // questions to ask again, with their previous answers
	read      map[string]bool   // the parts of the guide that were printed
	committed bool
}

// answer is an answered question. Secrets are not kept.
type answer struct {
	step     int
	id, text string
}

// Unattended reports whether nobody can be asked.
func (d *Dialog) Unattended() bool { return d.Prompter == nil }

// ShowsLinks reports whether a question shows its link after a key.
func (d *Dialog) ShowsLinks() bool {
	_, form := d.Prompter.(*prompt.Form)
	return form
}

// Restart clears the history and starts recording it, so that the user can go
// back. Before the first call no history is kept.
func (d *Dialog) Restart() {
	d.Step, d.history, d.reopened, d.committed = 0, nil, map[string]string{}, false
	d.read = nil
}

// Ask asks a question of the table with the texts of q. Its default is the answer
// it had before the user went back to it, else q.Default, else the hint. Errors
// are those of prompt.Prompter.
func (d *Dialog) Ask(ctx context.Context, q prompt.Question) (string, error) {
	answer, err := d.AskSecret(ctx, q)
	return answer.Reveal(), err
}

// AskSecret is Ask for a secret.
func (d *Dialog) AskSecret(ctx context.Context, q prompt.Question) (secret.String, error) {
	row, known := find(q.ID)
	if !known {
		return secret.String{}, fmt.Errorf("question %q is not in the table", q.ID)
	}
	q.Default = cmp.Or(d.reopened[q.ID], q.Default, d.Hints[q.ID])
	_, ahead := d.Given(q.ID)
	q.Back = q.Back || len(d.history) > 0 || d.Reentry && !d.committed
	text, err := d.answer(ctx, row.fill(q, d.Now()))
	if err != nil {
		return text, err
	}
	delete(d.reopened, q.ID)
	if !ahead && row.revise && d.reopened != nil {
		kept := answer{step: d.Step, id: q.ID}
		if row.kind != prompt.Hidden {
			kept.text = text.Reveal()
		}
		d.history = slices.DeleteFunc(d.history, func(a answer) bool { return a.step == d.Step && a.id == q.ID })
		d.history = append(d.history, kept)
	}
	return text, nil
}

// answer returns the answer given in advance, or asks the user. A given answer is
// used only once: the next time the question is asked. If it is invalid, the error
// names its flag.
func (d *Dialog) answer(ctx context.Context, q prompt.Question) (secret.String, error) {
	given, ok := d.Given(q.ID)
	switch {
	case ok:
		delete(d.Answers, q.ID)
		text, err := q.AcceptGiven(given)
		return secret.New(text), err
	case d.Prompter != nil:
		return d.Prompter.Ask(ctx, q)
	case q.Default != "" || q.Optional:
		text, err := q.Accept("")
		return secret.New(text), err
	}
	return secret.String{}, q.Missing()
}

// Confirm asks a yes-or-no question and returns otherwise if the answer is no.
func (d *Dialog) Confirm(ctx context.Context, q prompt.Question, otherwise error) error {
	text, err := d.Ask(ctx, q)
	if err == nil && text != prompt.Yes {
		return otherwise
	}
	return err
}

// Back reopens the last answered question and returns to its step. It returns
// false if there is none.
func (d *Dialog) Back() bool {
	if len(d.history) == 0 {
		return false
	}
	last := d.history[len(d.history)-1]
	d.history = d.history[:len(d.history)-1]
	d.reopened[last.id] = last.text
	d.Step = last.step
	return true
}

// Reopened reports whether the user went back to one of these questions.
func (d *Dialog) Reopened(ids ...string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { _, is := d.reopened[id]; return is })
}

// Settle closes all reopened questions when their step is done.
func (d *Dialog) Settle() { clear(d.reopened) }

// Commit clears the history: the user cannot go back further, because the answers
// have taken effect at Microsoft or in the token file.
func (d *Dialog) Commit() { d.history, d.committed = nil, true }

// Given returns an answer given in advance that is not used yet.
func (d *Dialog) Given(id string) (text string, ok bool) {
	text, ok = d.Answers[id]
	return text, ok
}

// Differs reports whether the current value does not answer a question, because
// another answer was given in advance or the user went back to it.
func (d *Dialog) Differs(id, current string) bool {
	given, ok := d.Given(id)
	row, _ := find(id)
	if text, err := row.fill(prompt.Question{}, d.Now()).Accept(given); err == nil && row.kind != prompt.Hidden {
		given = text // 22/11/2028 and 2028-11-22 are the same date
	}
	return ok && sanitize.Pasted(given) != current || d.Reopened(id)
}

// ShowPage prints the address of a page of the guide, once, and returns the page,
// filled with these values.
func (d *Dialog) ShowPage(id string, values guide.Values) guide.Page {
	d.Book.Show(values)
	if d.once(id) {
		d.Book.showAddress(id)
	}
	page, _ := guide.Find(d.Tell.Lang, values, id)
	return page
}

// once reports whether a part of the guide was not printed before.
func (d *Dialog) once(part string) bool {
	if d.read == nil {
		d.read = map[string]bool{}
	}
	printed := d.read[part]
	d.read[part] = true
	return !printed
}

// Read prints parts of a page, each once, and adds their values to the clipboard
// list: the whole page is behind a key.
func (d *Dialog) Read(parts ...guide.Part) {
	for _, p := range parts {
		if d.once(p.Title) {
			d.Tell.Title(i18n.Literal(p.Title))
			if p.Link != "" {
				d.Tell.Address(p.Link)
			}
			d.Tell.Print(i18n.Literal(p.Text()))
		}
		for _, step := range p.Steps {
			for _, v := range step.Values {
				d.Tell.Clipboard.Add(v)
			}
		}
	}
}

// Machine describes what the program that runs this one reads from standard
// output. The zero Machine reads nothing.
type Machine struct {
	Out    *ui.Output
	JSON   bool // JSON lines
	SignIn bool // addresses of sign-ins, which it opens itself
}

// Report writes a JSON line, if the program reads them.
func (m Machine) Report(kind string, fields map[string]any) {
	if m.JSON {
		m.Out.JSON(kind, fields)
	}
}

// Address writes the address of a sign-in, if the program opens them.
func (m Machine) Address(address string) {
	switch {
	case m.SignIn && m.JSON:
		m.Out.JSON("sign-in", map[string]any{"url": address})
	case m.SignIn:
		_, _ = m.Out.Write([]byte(address + "\n"))
	}
}
