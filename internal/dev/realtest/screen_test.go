//go:build linux

package realtest

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
	"golang.org/x/sys/unix"
)

const (
	// pace is the minimal time between Enter, or a new question, and the next key of a
	// person. Earlier keys are the rest of a paste, which the program drops.
	pace = 200 * time.Millisecond
)

// screen is the program on a pseudo-terminal, read by a terminal emulator.
type screen struct {
	t             *testing.T
	cmd           *exec.Cmd
	master, slave *os.File
	before        unix.Termios
	dir           string    // HOME, and above the token files
	started       time.Time // of the program
	entered       time.Time // when Enter was last typed, or a question came
	gone          chan error

	mu    sync.Mutex
	view  vt10x.Terminal // what a person sees
	fresh bytes.Buffer   // since the last wait
	all   bytes.Buffer   // since the start
	seen  *sync.Cond
	over  bool
}

// terminal describes the terminal of a screen.
type terminal struct {
	columns, rows int
	env           []string
	dir           string // "" is a new one
}

// open starts the program on a terminal, with this environment only, in French
// by default. Its browser shows nothing.
func open(t *testing.T, like terminal, args ...string) *screen {
	t.Helper()
	if like.columns == 0 {
		like.columns, like.rows = 80, 24
	}
	if like.dir == "" {
		like.dir = t.TempDir()
	}
	s := &screen{t: t, dir: like.dir, gone: make(chan error, 1), view: vt10x.New(vt10x.WithSize(like.columns, like.rows))}
	s.seen = sync.NewCond(&s.mu)
	s.cmd = exec.Command(program, args...)
	bin := t.TempDir() // the only command is a browser that does nothing
	if err := os.Symlink("/bin/true", filepath.Join(bin, "xdg-open")); err != nil {
		t.Fatal(err)
	}
	s.cmd.Env = append([]string{"PATH=" + bin, "HOME=" + s.dir, "OPENFIRE_O365_DIR=" + filepath.Join(s.dir, "tokens"), "TERM=xterm-256color", "DISPLAY=:0", "LANG=fr_FR.UTF-8"}, like.env...)
	var err error
	if s.master, s.slave, err = pty.Open(); err != nil {
		t.Fatal(err)
	}
	s.resize(like.columns, like.rows)
	s.before = s.termios()
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = s.slave, s.slave, s.slave
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	s.started = time.Now()
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go s.read()
	go func() { s.gone <- s.cmd.Wait() }()
	t.Cleanup(func() { _ = s.cmd.Process.Kill(); _ = s.master.Close(); _ = s.slave.Close() })
	return s
}

// read feeds the emulator, which answers no terminal queries: the program must
// not need them.
func (s *screen) read() {
	var cut []byte // of a character
	buffer := make([]byte, 4096)
	for {
		n, err := s.master.Read(buffer)
		chunk := append(cut, buffer[:n]...)
		whole := len(chunk)
		for back := 1; back < utf8.UTFMax && back <= len(chunk); back++ {
			if utf8.RuneStart(chunk[len(chunk)-back]) {
				if !utf8.FullRune(chunk[len(chunk)-back:]) {
					whole -= back
				}
				break
			}
		}
		s.mu.Lock()
		_, _ = s.view.Write(chunk[:whole])
		s.fresh.Write(chunk[:whole])
		s.all.Write(chunk[:whole])
		s.over = s.over || err != nil
		s.seen.Broadcast()
		s.mu.Unlock()
		if err != nil {
			return
		}
		cut = bytes.Clone(chunk[whole:])
	}
}

// flat returns a text without line breaks, borders and escape sequences.
func flat(s string) string {
	return strings.NewReplacer(" ", "", "\u00a0", "", "\t", "", "\r", "", "\n", "", "│", "").Replace(ansi.Strip(s))
}

// wait waits until what was written since the last wait holds text, on the
// screen or scrolled away.
func (s *screen) wait(text string) {
	s.t.Helper()
	if !s.comes(text) {
		s.t.Fatalf("%q never came; the screen:\n%s\nall of it:\n%s", text, s.view.String(), s.paper())
	}
}

func (s *screen) comes(text string) bool {
	late := false
	timer := time.AfterFunc(patience, func() { s.mu.Lock(); late = true; s.seen.Broadcast(); s.mu.Unlock() })
	defer timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !strings.Contains(flat(s.view.String()), flat(text)) && !strings.Contains(flat(s.fresh.String()), flat(text)) {
		if s.over || late {
			return false
		}
		s.seen.Wait()
	}
	s.fresh.Reset()
	s.entered = time.Now()
	return true
}

// sent returns everything that the program has written.
func (s *screen) sent() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.String()
}

// paper returns the output as shown on a terminal that is large enough that nothing
// wraps or scrolls away.
func (s *screen) paper() string {
	page := vt10x.New(vt10x.WithSize(1500, 1000))
	_, _ = page.Write([]byte(s.sent()))
	var lines []string
	for l := range strings.SplitSeq(page.String(), "\n") {
		lines = append(lines, strings.TrimRight(l, " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// keys types at the speed of a person; "\r" is Enter.
func (s *screen) keys(k string) {
	s.t.Helper()
	<-time.After(time.Until(s.entered.Add(pace)))
	if strings.Contains(k, "\r") {
		s.entered = time.Now()
	}
	if _, err := s.master.WriteString(k); err != nil {
		s.t.Fatal(err)
	}
}

// answer waits for a question, then types.
func (s *screen) answer(question, k string) {
	s.t.Helper()
	s.wait(question)
	s.keys(k)
}

func (s *screen) resize(columns, rows int) {
	s.t.Helper()
	s.mu.Lock()
	s.view.Resize(columns, rows)
	s.mu.Unlock()
	if err := pty.Setsize(s.master, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *screen) termios() unix.Termios {
	s.t.Helper()
	state, err := unix.IoctlGetTermios(int(s.slave.Fd()), unix.TCGETS)
	if err != nil {
		s.t.Fatal(err)
	}
	return *state
}

// exit waits for the end of the program and of its output, and returns the exit
// code, -1 for a signal.
func (s *screen) exit() int {
	s.t.Helper()
	var err error
	select {
	case err = <-s.gone:
	case <-time.After(patience):
		s.t.Fatalf("the program did not end; the screen:\n%s", s.view.String())
	}
	after := s.termios()
	_ = s.slave.Close() // read the rest, then the end
	s.mu.Lock()
	for !s.over {
		s.seen.Wait()
	}
	s.mu.Unlock()
	s.restored(after)
	var code *exec.ExitError
	if errors.As(err, &code) {
		return code.ExitCode()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return 0
}

// close closes the terminal while the program runs and returns its exit code.
func (s *screen) close() int {
	s.t.Helper()
	if err := s.master.Close(); err != nil {
		s.t.Fatal(err)
	}
	_, _ = s.slave.WriteString("\n") // a pending read keeps the window open until it gets data
	select {
	case <-s.gone:
	case <-time.After(patience):
		s.t.Fatal("the program did not end with its window")
	}
	return s.cmd.ProcessState.ExitCode()
}

// modes are the terminal modes that a program may leave on, and how each is
// turned off.
var modes = map[string][2]string{
	"an invisible cursor":  {"\x1b[?25l", "\x1b[?25h"},
	"bracketed paste":      {"\x1b[?2004h", "\x1b[?2004l"},
	"the alternate screen": {"\x1b[?1049h", "\x1b[?1049l"},
	"mouse reports":        {"\x1b[?1002h", "\x1b[?1002l"},
	"all mouse reports":    {"\x1b[?1003h", "\x1b[?1003l"},
	"focus reports":        {"\x1b[?1004h", "\x1b[?1004l"},
}

// restored fails unless the terminal is as before: echo, line input, every
// mode.
func (s *screen) restored(after unix.Termios) {
	s.t.Helper()
	if after != s.before {
		s.t.Errorf("the terminal's settings were\n%+v, are\n%+v", s.before, after)
	}
	sent := s.sent()
	for what, mode := range modes {
		if strings.LastIndex(sent, mode[0]) > strings.LastIndex(sent, mode[1]) {
			s.t.Errorf("left behind: %s", what)
		}
	}
}

var signInAddress = regexp.MustCompile(`http://127\.0\.0\.1:\d+/common/oauth2\S+`)

// address returns the sign-in address that was shown last.
func (s *screen) address() string {
	s.t.Helper()
	found := signInAddress.FindAllString(s.sent(), -1)
	if found == nil {
		s.t.Fatalf("no sign-in address in\n%s", s.paper())
	}
	return found[len(found)-1]
}

// holding returns the files below the screen's folder that hold text.
func (s *screen) holding(text string) (names []string) {
	s.t.Helper()
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(text)) {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return names
}

// value matches a line of its own: an address, or a value to copy.
var value = regexp.MustCompile(`^(  |    )\S`)
