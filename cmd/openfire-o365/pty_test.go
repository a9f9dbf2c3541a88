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

// screen is the program on a pseudo-terminal that a terminal emulator reads.
type screen struct {
	t   *testing.T
	cmd *exec.Cmd
	tty *os.File

	entered time.Time // when Enter was last typed, or a text appeared

	term vt10x.Terminal

	mu    sync.Mutex
	stale string       // the screen when the last key was typed
	raw   bytes.Buffer // output since then
	all   bytes.Buffer
	seen  *sync.Cond
	over  bool
}

// open starts the program on a terminal of that size, with its files in dir.
func open(t *testing.T, columns, rows int, dir string, env []string, args ...string) *screen {
	t.Helper()
	return openIn(t, dir, columns, rows, env, append([]string{"openfire-o365"}, args...)...)
}

// openIn starts a program in a folder.
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

// read feeds the emulator and answers terminal queries.
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

// wait waits until the output since the last key contains text, on the screen or
// scrolled away. Earlier output does not count, because the introduction names the
// questions that follow.
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
	s.entered = time.Now() // give the program time to read what follows Enter on a busy machine
}

// sent returns all output of the program.
func (s *screen) sent() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.String()
}

// pace is the minimal time between Enter and the next key of a person. Earlier keys are
// the rest of a paste, which the program drops.
const pace = 200 * time.Millisecond

// keys types at the speed of a person; "\r" is Enter.
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

// exit waits for the end and returns the exit code.
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

// end waits until all output of an ended program was read.
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
