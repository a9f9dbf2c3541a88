//go:build unix

package main

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/creack/pty"

	"github.com/openfire-fr/openfire-o365/internal/problem"
)

// TestDoubleClickStartsSetup checks that the program starts setup when it is started
// from Explorer without arguments, instead of printing its help. With arguments, or
// without a terminal, it must not.
func TestDoubleClickStartsSetup(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.env = map[string]string{"OPENFIRE_O365_CLOUD": b.cloud, "OPENFIRE_O365_DIR": b.dir, "TERM": "dumb"}
	keyboard, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer keyboard.Close()
	var out strings.Builder
	e := b.environment(tty, &out, tty)
	e.DoubleClicked = func() bool { return true }
	if code := run(context.Background(), e, []string{"version"}); code != problem.OK || !strings.Contains(out.String(), "openfire-o365") {
		t.Errorf("version: exit %d, %q", code, out.String())
	}
	if _, err := keyboard.WriteString("\x04"); err != nil { // end of input
		t.Fatal(err)
	}
	out.Reset()
	code := run(context.Background(), e, []string{"--lang", "fr"})
	_ = tty.Close()
	screen, _ := io.ReadAll(keyboard) // returns an error when the terminal is closed
	if code != problem.Interrupted || !strings.Contains(flat(string(screen)), "votre base OpenFire ?") || out.Len() > 0 {
		t.Errorf("a double-click: exit %d, %q on the screen, %q on standard output", code, screen, out.String())
	}
	if got := b.run("", "--lang", "en"); !strings.Contains(got.out, "Usage:") {
		t.Errorf("no help without a screen:\n%s", got.out)
	}
}
