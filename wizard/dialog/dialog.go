// Package dialog asks the questions of setup and apply. It holds the table of all
// questions, takes answers given ahead, remembers the answers that a person may go
// back to, and shows the guide beside the conversation.
package dialog

import (
	"cmp"
	"context"
	"errors"
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

// ErrRestart says that a problem was printed and the step's conversation starts
// again.
var ErrRestart = errors.New("start the step again")

// Dialog is one conversation. Tell and Now are needed.
type Dialog struct {
	Tell     *ui.Printer
	Answers  map[string]string // given ahead, by question; each is taken out when it is used
	Prompter prompt.Prompter   // asks the person; nil: nobody can be asked
	Book     *Guidebook        // nil: there is none
	Hints    map[string]string // defaults of questions that have none, by ID (the sandbox's values)
	Now      func() time.Time
	Machine  Machine // the program that runs this one, if it reads anything
	Reentry  bool    // the first question may be left with prompt.ErrBack: the caller asks another before it
	Step     int     // the step that asks, from 0

	history   []answer          // the answers that can be gone back to
	reopened  map[string]string // questions to ask again, with the answer they had
	committed bool
}

// answer is an answered question. The answer of a secret is not kept.
type answer struct {
	step     int
	id, text string
}

// Unattended reports that nobody can be asked.
func (d *Dialog) Unattended() bool { return d.Prompter == nil }

// Restart begins a conversation in which a person may go back. Before its first
// call the dialog keeps no history.
func (d *Dialog) Restart() {
	d.Step, d.history, d.reopened, d.committed = 0, nil, map[string]string{}, false
}

// Ask asks a question of the table in the step's words. Its default is the answer
// it had before the person went back to it, else q.Default, else the hint. Errors
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

// answer returns the answer given ahead, or asks the person. A given answer that is
// refused is an error that names its flag; it is used once, so that a question that
// comes again is asked.
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

// Confirm asks a yes-or-no question; otherwise is the error of a no.
func (d *Dialog) Confirm(ctx context.Context, q prompt.Question, otherwise error) error {
	text, err := d.Ask(ctx, q)
	if err == nil && text != prompt.Yes {
		return otherwise
	}
	return err
}

// Back reopens the last answered question and goes back to its step; false when
// there is none.
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

// Reopened reports that the person went back to one of these questions.
func (d *Dialog) Reopened(ids ...string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { _, is := d.reopened[id]; return is })
}

// Settle closes all reopened questions: their step is done.
func (d *Dialog) Settle() { clear(d.reopened) }

// Commit ends the way back: what the answers led to exists at Microsoft or is
// saved with what came of it.
func (d *Dialog) Commit() { d.history, d.committed = nil, true }

// Given returns an answer given ahead that no question has taken yet.
func (d *Dialog) Given(id string) (text string, ok bool) {
	text, ok = d.Answers[id]
	return text, ok
}

// Differs reports that a question is not answered by the current value: another
// answer was given ahead, or the person went back to it.
func (d *Dialog) Differs(id, current string) bool {
	given, ok := d.Given(id)
	row, _ := find(id)
	if text, err := row.fill(prompt.Question{}, d.Now()).Accept(given); err == nil && row.kind != prompt.Hidden {
		given = text // 22/11/2028 and 2028-11-22 are one date
	}
	return ok && sanitize.Pasted(given) != current || d.Reopened(id)
}

// ShowPage prints where a page of the guide is, with the base's values in it, and
// returns the page.
func (d *Dialog) ShowPage(id string, values guide.Values) guide.Page {
	d.Book.Show(values)
	d.Book.beside(id)
	page, _ := guide.Find(d.Tell.Lang, values, id)
	return page
}

// Read prints parts of a page; the values in them can be copied.
func (d *Dialog) Read(parts ...guide.Part) {
	for _, p := range parts {
		d.Tell.Title(i18n.Literal(p.Title))
		if p.Link != "" {
			d.Tell.Address(p.Link)
		}
		d.Tell.Print(i18n.Literal(p.Text()))
		for _, step := range p.Steps {
			for _, v := range step.Values {
				d.Tell.Clipboard.Add(v)
			}
		}
	}
}

// Machine is the program that runs this one and reads its standard output. The
// zero Machine reads nothing.
type Machine struct {
	Out    *ui.Output
	JSON   bool // it reads JSON lines
	SignIn bool // it opens the addresses of sign-ins, as nobody is there
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
