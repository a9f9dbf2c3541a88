package prompt

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/term"

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
		{q.Back, i18n.T("Type \"back\" to return to the previous question.")},
		{p.Tell.Clipboard.Ready(), i18n.T("Type \"copy\" to copy the values shown to the clipboard, one after " +
			"the other.")},
		{p.Guide != nil, i18n.T("Type \"?\" to open the guide.")},
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
		hint = i18n.T("what you type is not shown").In(p.Tell.Lang)
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

// keys reads lines from a pipe or a terminal. The terminal's own line editor
// cuts what is long (after 4,095 bytes on Linux, 1,024 on macOS, without a
// word) and shows everything, so for a Hidden or Long answer it is switched off
// and the keys are read one by one.
type keys struct {
	reader *bufio.Reader
	echo   io.Writer
	fd     int
	tty    bool
	asked  atomic.Pointer[Kind] // of the question that waits now; another pointer is another question
}

func newKeys(in io.Reader, echo io.Writer) *keys {
	// The size is also what Windows' line editor takes at most.
	k := &keys{reader: bufio.NewReaderSize(in, 8<<10), echo: echo}
	if f, ok := in.(*os.File); ok {
		k.fd, k.tty = int(f.Fd()), term.IsTerminal(int(f.Fd()))
	}
	cooked := Line
	k.asked.Store(&cooked)
	return k
}

// raw reports that this kind is read key by key.
func (k *keys) raw(kind Kind) bool { return k.tty && (kind == Hidden || kind == Long) }

// ask makes the terminal ready for a question. What it returns puts it back and
// reports whether Enter has moved the cursor to the next line.
func (k *keys) ask(kind Kind) (restore func() (moved bool)) {
	k.asked.Store(&kind)
	if !k.raw(kind) {
		return func() bool { return k.tty }
	}
	before, err := term.MakeRaw(k.fd)
	return func() bool {
		cooked := Line
		k.asked.Store(&cooked)
		if err == nil {
			_ = term.Restore(k.fd, before)
		}
		return false
	}
}

// line reads one line for the question that waits when the line ends. At a
// terminal what was typed for an earlier question is dropped.
func (k *keys) line() line {
	var text []byte
	for asked := k.asked.Load(); ; {
		c, err := k.reader.ReadByte()
		if err != nil {
			return line{string(text), err}
		}
		if now := k.asked.Load(); now != asked {
			asked = now
			if k.tty {
				text = nil
			}
		}
		switch {
		case !k.raw(*asked) && c == '\n':
			return line{strings.TrimRight(string(text), "\r"), nil}
		case !k.raw(*asked):
			text = append(text, c)
		case c == '\r', c == '\n':
			_, _ = k.reader.Discard(k.reader.Buffered()) // the tail of a paste
			return line{string(text), nil}
		case c == 'C'-'@':
			return line{"", ErrInterrupted}
		case c == 'D'-'@' && len(text) == 0:
			return line{"", io.EOF}
		default:
			text = k.edit(text, c, *asked)
		}
	}
}

// edit applies one key as the terminal's line editor would: Backspace, Ctrl-U, echo.
func (k *keys) edit(text []byte, c byte, kind Kind) []byte {
	kept, shown := len(text), kind == Long
	switch {
	case c == '\b', c == 0x7f:
		_, size := utf8.DecodeLastRune(text)
		kept -= size
	case c == 'U'-'@':
		kept = 0
	case c >= ' ':
		if shown {
			_, _ = k.echo.Write([]byte{c})
		}
		return append(text, c)
	}
	if shown {
		_, _ = io.WriteString(k.echo, strings.Repeat("\b \b", utf8.RuneCount(text[kept:])))
	}
	return text[:kept]
}
