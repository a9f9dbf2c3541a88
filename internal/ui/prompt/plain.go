package prompt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/openfire-fr/openfire-o365/internal/i18n"
	"github.com/openfire-fr/openfire-o365/internal/problem"
	"github.com/openfire-fr/openfire-o365/internal/secret"
	"github.com/openfire-fr/openfire-o365/internal/ui"
)

// Plain asks with plain lines: for pipes, screen readers (--plain, ACCESSIBLE)
// and terminals that cannot move their cursor. All questions share one reader,
// so that a pipe can answer several.
type Plain struct {
	Tell  *ui.Printer
	In    io.Reader
	Guide Guide // the line "?" opens it; nil: there is none

	keys    *keys
	pending chan line // a read that outlived its question
	told    []string  // commands that were explained already, by their texts' keys
}

type line struct {
	text string
	err  error
}

// Ask prints the question, then reads lines until one is a valid answer. At the
// end of a pipe the error is *Missing, at the end of a terminal (Ctrl-D, a closed
// window) ErrInterrupted.
func (p *Plain) Ask(ctx context.Context, q Question) (answer secret.String, err error) {
	if p.keys == nil {
		p.keys = newKeys(p.In, p.Tell.W)
	}
	defer p.Tell.Hold()()
	p.question(q)
	for {
		typed, err := p.read(ctx, q)
		switch {
		case err == nil, errors.Is(err, io.EOF) && typed != "":
		case ctx.Err() != nil:
			return answer, ctx.Err()
		case p.keys.tty: // a terminal that is gone has several errors
			return answer, ErrInterrupted
		case errors.Is(err, io.EOF):
			return answer, q.Missing()
		default:
			return answer, err
		}
		if back, taken := p.command(q, typed); back {
			return answer, ErrBack
		} else if taken {
			continue
		}
		accepted, err := q.Accept(typed)
		var prob *problem.Problem
		if !errors.As(err, &prob) {
			return secret.New(accepted), err
		}
		p.Tell.Problem(prob)
	}
}

// command handles the words that are no answer: back, copy and the guide's "?".
// A question whose answer is taken exactly as typed has none.
func (p *Plain) command(q Question, typed string) (back, taken bool) {
	if q.Exact {
		return false, false
	}
	switch word := strings.ToLower(strings.TrimSpace(typed)); {
	case (word == "retour" || word == "back") && q.Back:
		return true, true
	case word == "retour" || word == "back":
		p.Tell.Print(noBack())
	case (word == "copier" || word == "copy") && p.Tell.Clipboard.Copy != nil:
		p.Tell.Print(p.Tell.Clipboard.CopyNext(p.Tell.TextWidth()))
	case word == "?" && p.Guide != nil:
		p.Tell.Print(p.Guide(q.Page))
	default:
		return false, false
	}
	return false, true
}

// explainCommands prints the commands that a question takes, once each, to a
// person at a terminal.
func (p *Plain) explainCommands(q Question) {
	if !p.keys.tty || q.Exact {
		return
	}
	for _, w := range []struct {
		there bool
		text  i18n.Text
	}{
		{q.Back, i18n.T("\"back\" asks the question before again.")},
		{p.Tell.Clipboard.Ready(), i18n.T("\"copy\" puts the value shown on the clipboard, then the next one.")},
		{p.Guide != nil, i18n.T("\"?\" opens the guide.")},
	} {
		if key := w.text.Key(); w.there && !slices.Contains(p.told, key) {
			p.told = append(p.told, key)
			p.Tell.Print(w.text)
		}
	}
}

// question prints title and help on lines of their own.
func (p *Plain) question(q Question) {
	p.Tell.Blank()
	p.Tell.Print(q.Title)
	if !q.Help.IsZero() {
		p.Tell.Print(q.Help)
	}
	p.explainCommands(q)
}

func (p *Plain) prompt(q Question) {
	hint := q.Default
	switch {
	case q.Kind == YesNo && q.Default == Yes:
		hint = i18n.T("Y/n").In(p.Tell.Lang)
	case q.Kind == YesNo:
		hint = i18n.T("y/N").In(p.Tell.Lang)
	case q.Kind == Hidden:
		hint = i18n.T("what you type stays invisible").In(p.Tell.Lang)
	}
	if hint != "" {
		hint = "[" + hint + "] "
	}
	fmt.Fprint(p.Tell.W, "> "+hint)
}

// read prompts and waits for one line or the context's end; a line that comes
// later goes to the next question. The terminal is left as it was found.
func (p *Plain) read(ctx context.Context, q Question) (string, error) {
	restore := p.keys.ask(q.Kind) // before the prompt: nothing typed at once is shown
	p.prompt(q)
	if p.pending == nil {
		p.pending = make(chan line, 1)
		go func(to chan line) { to <- p.keys.line() }(p.pending)
	}
	select {
	case l := <-p.pending:
		p.pending = nil
		if moved := restore(); !moved {
			fmt.Fprintln(p.Tell.W)
		}
		return l.text, l.err
	case <-ctx.Done():
		restore()
		fmt.Fprintln(p.Tell.W)
		return "", ctx.Err()
	}
}
