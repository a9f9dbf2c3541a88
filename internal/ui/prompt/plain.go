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

// Plain asks in plain lines, for pipes, screen readers (--plain, ACCESSIBLE) and
// terminals that cannot move the cursor. All questions share one reader, so that a
// pipe can answer several of them.
type Plain struct {
	Tell  *ui.Printer
	In    io.Reader
	Guide Guide // opened by the line "?"; nil: no guide

	keys    *keys
	pending chan line // a read that did not end with its question
	told    []string  // commands already explained, by the keys of their texts
}

type line struct {
	text string
	err  error
}

// Ask prints the question, then reads lines until one is a valid answer. At the end
// of the input the error is *Missing for a pipe, ErrInterrupted for a terminal
// (Ctrl-D or a closed window).
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
		case p.keys.tty: // the error of a closed terminal varies
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

// command handles the commands back, copy and "?" (guide). A question with Exact has
// no commands.
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

// explainCommands prints the available commands on a terminal, each only once.
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

// question prints the title, the help and the commands.
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

// read prompts and waits for one line or the end of the context. A line that arrives
// later answers the next question. The mode of the terminal is restored.
func (p *Plain) read(ctx context.Context, q Question) (string, error) {
	restore := p.keys.ask(q.Kind) // before the prompt, so that fast typing is not shown
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

// keys reads lines from a pipe or a terminal. The line editor of a terminal truncates
// long lines silently (4,095 bytes on Linux, 1,024 on macOS) and shows what is typed.
// For a Hidden or Long answer it is therefore turned off and single keys are read.
type keys struct {
	reader *bufio.Reader
	echo   io.Writer
	fd     int
	tty    bool
	asked  atomic.Pointer[Kind] // kind of the current question; a new pointer means a new question
}

func newKeys(in io.Reader, echo io.Writer) *keys {
	// The size is also the limit of the line editor of Windows.
	k := &keys{reader: bufio.NewReaderSize(in, 8<<10), echo: echo}
	if f, ok := in.(*os.File); ok {
		k.fd, k.tty = int(f.Fd()), term.IsTerminal(int(f.Fd()))
	}
	cooked := Line
	k.asked.Store(&cooked)
	return k
}

// raw reports whether this kind is read key by key.
func (k *keys) raw(kind Kind) bool { return k.tty && (kind == Hidden || kind == Long) }

// ask sets the mode of the terminal for a question. restore sets it back and reports
// whether Enter has moved the cursor to the next line.
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

// line reads one line for the question that is current at the end of the line. On a
// terminal, input for an earlier question is dropped.
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
			_, _ = k.reader.Discard(k.reader.Buffered()) // the rest of a paste
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

// edit applies one key like the line editor of a terminal: Backspace, Ctrl-U, echo.
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
