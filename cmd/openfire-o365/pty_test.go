//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
)

// screen is the program on a pseudo-terminal, read by a terminal emulator.
type screen struct {
	t   *testing.T
	cmd *exec.Cmd
	tty *os.File

	entered time.Time // when Enter was last typed, or a text was seen

	term vt10x.Terminal

	mu    sync.Mutex
	stale string       // the screen as the last key was typed
	raw   bytes.Buffer // since then
	all   bytes.Buffer
	seen  *sync.Cond
	over  bool
}

// open starts the program on a terminal of that size, its files in dir.
func open(t *testing.T, columns, rows int, dir string, env []string, args ...string) *screen {
	t.Helper()
	return openIn(t, dir, columns, rows, env, append([]string{"openfire-o365"}, args...)...)
}

// openIn starts one of the programs that the tests know in a folder.
func openIn(t *testing.T, dir string, columns, rows int, env []string, args ...string) *screen {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	for _, name := range []string{"openfire-o365", "openfire-o365-then", "openfire-o365-since", "xdg-open"} {
		if err := os.Symlink(exe, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	s := &screen{t: t, term: vt10x.New(vt10x.WithSize(columns, rows))}
	s.seen = sync.NewCond(&s.mu)
	if !filepath.IsAbs(args[0]) {
		args[0] = filepath.Join(bin, args[0])
	}
	s.cmd = exec.Command(args[0], args[1:]...)
	s.cmd.Dir = dir
	s.cmd.Env = append([]string{hasty, "PATH=" + bin, "HOME=" + dir, "OPENFIRE_O365_DIR=" + dir, "TERM=xterm-256color", "DISPLAY=:0", "LANG=fr_FR.UTF-8"}, env...)
	s.tty, err = pty.StartWithSize(s.cmd, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)})
	if err != nil {
		t.Fatal(err)
	}
	go s.read()
	t.Cleanup(func() { _ = s.cmd.Process.Kill(); _ = s.tty.Close() })
	return s
}

// read feeds the emulator, and answers what real terminals answer.
func (s *screen) read() {
	buffer := make([]byte, 4096)
	for {
		n, err := s.tty.Read(buffer)
		s.mu.Lock()
		_, _ = s.term.Write(buffer[:n])
		s.raw.Write(buffer[:n])
		s.all.Write(buffer[:n])
		if bytes.Contains(buffer[:n], []byte("\x1b[6n")) {
			_, _ = s.tty.WriteString("\x1b[1;1R")
		}
		s.over = err != nil
		s.seen.Broadcast()
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// wait waits until what was written since the last key holds text, on the
// screen or scrolled away. A guide names the questions to come: what it said
// before that key is not yet the question.
func (s *screen) wait(text string) {
	s.t.Helper()
	timer := time.AfterFunc(patience, func() { s.mu.Lock(); s.over = true; s.seen.Broadcast(); s.mu.Unlock() })
	defer timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	text = flat(text)
	before := strings.Count(s.stale, text)
	for strings.Count(flat(s.term.String()), text) <= before && !strings.Contains(flat(ansi.Strip(s.raw.String())), text) {
		if s.over {
			s.t.Fatalf("%q never came; the screen:\n%s", text, s.term.String())
		}
		s.seen.Wait()
	}
	s.entered = time.Now() // nobody answers before having read; a busy machine is late with what Enter does
}

// sent is all that the program wrote.
func (s *screen) sent() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.String()
}

// pace is how soon after Enter a person's next key comes at the earliest. What
// comes sooner is the rest of a paste, and the program drops it.
const pace = 200 * time.Millisecond

// keys types as a person does; "\r" is Enter.
func (s *screen) keys(k string) {
	s.t.Helper()
	<-time.After(time.Until(s.entered.Add(pace)))
	if strings.Contains(k, "\r") {
		s.entered = time.Now()
	}
	s.mu.Lock()
	s.stale = flat(s.term.String())
	s.raw.Reset()
	s.mu.Unlock()
	if _, err := io.WriteString(s.tty, k); err != nil {
		s.t.Fatal(err)
	}
}

// answer waits for a question, then types.
func (s *screen) answer(question, k string) {
	s.t.Helper()
	s.wait(question)
	s.keys(k)
}

// exit waits for the end and returns the code.
func (s *screen) exit() int {
	s.t.Helper()
	done := make(chan error, 1)
	go func() { done <- s.cmd.Wait() }()
	select {
	case err := <-done:
		var code *exec.ExitError
		if errors.As(err, &code) {
			return code.ExitCode()
		}
		return 0
	case <-time.After(patience):
		s.t.Fatalf("the program did not end; the screen:\n%s", s.term.String())
		return -1
	}
}

// end waits until all that an ended program wrote is read.
func (s *screen) end() {
	s.t.Helper()
	timer := time.AfterFunc(patience, func() { s.mu.Lock(); s.over = true; s.seen.Broadcast(); s.mu.Unlock() })
	defer timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.over {
		s.seen.Wait()
	}
}
