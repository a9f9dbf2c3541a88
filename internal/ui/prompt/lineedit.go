package prompt

import (
	"bufio"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/term"
)

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
