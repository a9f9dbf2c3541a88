package wizard

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/openfire-fr/openfire-o365/internal/lang"
)

// Plain asks with lines: for pipes, for screen readers (--plain, ACCESSIBLE),
// for terminals that cannot move their cursor. All questions share one reader,
// so that a pipe may answer several.
type Plain struct {
	Tell *Teller
	In   io.Reader

	reader  *bufio.Reader
	pending chan line // of a question that ended before its line came
}

type line struct {
	text string
	err  error
}

// Ask says the question, then reads lines until one is a good answer. The end
// of the input is *Missing: nobody is there to answer.
func (p *Plain) Ask(ctx context.Context, q Question) (string, error) {
	p.question(q)
	for {
		typed, err := p.read(ctx, q.Kind == Hidden)
		if err != nil && (!errors.Is(err, io.EOF) || typed == "") {
			if errors.Is(err, io.EOF) {
				return "", &Missing{[]string{q.ID}}
			}
			return "", err
		}
		answer, err := q.accept(typed)
		var problem *lang.Problem
		if !errors.As(err, &problem) {
			return answer, err
		}
		p.Tell.Problem(problem)
		p.prompt(q)
	}
}

// question says title and help on lines of their own, then the prompt.
func (p *Plain) question(q Question) {
	p.Tell.Blank()
	p.Tell.Say(q.Title)
	if !q.Help.Empty() {
		p.Tell.Say(q.Help)
	}
	p.prompt(q)
}

func (p *Plain) prompt(q Question) {
	hint := q.Default
	switch {
	case q.Kind == YesNo && q.Default == Yes:
		hint = lang.Text{FR: "O/n", EN: "Y/n"}.In(p.Tell.Lang)
	case q.Kind == YesNo:
		hint = lang.Text{FR: "o/N", EN: "y/N"}.In(p.Tell.Lang)
	case q.Kind == Hidden:
		hint = lang.Text{FR: "la saisie reste invisible", EN: "what you type stays invisible"}.In(p.Tell.Lang)
	}
	if hint != "" {
		hint = "[" + hint + "] "
	}
	fmt.Fprint(p.Tell.W, "> "+hint)
}

// read waits for one line or the context's end; a line that comes later goes
// to the next question.
func (p *Plain) read(ctx context.Context, hidden bool) (string, error) {
	if p.pending == nil {
		p.pending = make(chan line, 1)
		go func(to chan line) { to <- p.readLine(hidden) }(p.pending)
	}
	select {
	case l := <-p.pending:
		p.pending = nil
		if _, shown := p.terminal(); !shown || hidden { // nobody's Enter has moved to the next line
			fmt.Fprintln(p.Tell.W)
		}
		return l.text, l.err
	case <-ctx.Done():
		fmt.Fprintln(p.Tell.W)
		return "", ctx.Err()
	}
}

func (p *Plain) readLine(hidden bool) line {
	if fd, ok := p.terminal(); ok && hidden {
		b, err := term.ReadPassword(fd)
		return line{string(b), err}
	}
	if p.reader == nil {
		p.reader = bufio.NewReader(p.In)
	}
	s, err := p.reader.ReadString('\n')
	return line{strings.TrimRight(s, "\r\n"), err}
}

// terminal is the input's descriptor, if it is a terminal.
func (p *Plain) terminal() (fd int, ok bool) {
	f, ok := p.In.(*os.File)
	if !ok {
		return 0, false
	}
	return int(f.Fd()), term.IsTerminal(int(f.Fd()))
}
