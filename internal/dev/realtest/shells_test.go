//go:build linux

package realtest

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
)

// shell is a shell on a terminal, with the program and its completion.
type shell struct {
	t    *testing.T
	keys *os.File

	screen vt10x.Terminal
}

// startShell starts a shell without user settings. ready is the command that
// enables completion.
func startShell(t *testing.T, ready string, name string, args ...string) *shell {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
	home := t.TempDir()
	for _, base := range []string{"mabase", "mabase-test"} {
		write(t, filepath.Join(home, "tokens", base+".openfire.fr.json"), "{}")
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = home
	cmd.Env = []string{"HOME=" + home, "PATH=" + filepath.Dir(program) + ":" + os.Getenv("PATH"), "TERM=xterm", "PS1=ready> ", "LC_ALL=C.UTF-8",
		"OPENFIRE_O365_DIR=" + filepath.Join(home, "tokens"), "OPENFIRE_O365_LANG=en"}
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 100, Rows: 30})
	if err != nil {
		t.Fatal(err)
	}
	s := &shell{t: t, keys: terminal, screen: vt10x.New(vt10x.WithSize(100, 30))}
	go func() { _, _ = io.Copy(s.screen, terminal) }()
	t.Cleanup(func() {
		_ = terminal.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	s.types(ready + "; clear; echo rea''dy\r")
	s.shows("ready\n")
	return s
}

func (s *shell) types(keys string) {
	s.t.Helper()
	if _, err := s.keys.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// shows waits until every text is on the screen.
func (s *shell) shows(texts ...string) {
	s.t.Helper()
	shown := ""
	ctx, stop := context.WithTimeout(s.t.Context(), patience)
	defer stop()
	if until(ctx, func() bool {
		shown = trailing.ReplaceAllString(s.screen.String()+"\n", "\n")
		return !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(shown, text) })
	}) != nil {
		s.t.Fatalf("no %q on the screen:\n%s", texts, shown)
	}
}

// trailing matches the padding of a line.
var trailing = regexp.MustCompile(` *\n`)

// TestShells presses Tab in real shells.
func TestShells(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, ready string
		args        []string
	}{
		{"bash", ". /usr/share/bash-completion/bash_completion; . <(openfire-o365 completion bash); bind 'set show-all-if-ambiguous on'", []string{"--norc", "--noprofile", "-i"}},
		{"zsh", "autoload -U compinit; compinit -u; . <(openfire-o365 completion zsh)", []string{"-f", "-i"}},
		{"fish", "openfire-o365 completion fish | source", []string{"--no-config", "-i"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := startShell(t, c.ready, c.name, c.args...)
			for _, press := range []struct {
				keys  string
				shown []string
			}{
				{"openfire-o365 app\t", []string{"openfire-o365 apply"}},
				{"openfire-o365 token ref\t", []string{"openfire-o365 token refresh"}},
				{"openfire-o365 verify mab\t\t", []string{"openfire-o365 verify mabase", "mabase-test"}},
				{"openfire-o365 token status mabase-\t", []string{"openfire-o365 token status mabase-test"}},
				{"openfire-o365 explain AADSTS5010\t", []string{"openfire-o365 explain AADSTS50105"}},
				{"openfire-o365 help exit\t", []string{"openfire-o365 help exit-codes"}},
				{"openfire-o365 setup mabase --register \t\t", []string{"auto", "manual"}},
				{"openfire-o365 verify --offl\t", []string{"openfire-o365 verify --offline"}},
			} {
				s.types("\x15\x0c" + press.keys)
				s.shows(press.shown...)
			}
		})
	}
}
